// A small RTSP camera for tests, on loopback only: rtsp_server [--port N] [--size WxH] [--user NAME --password WORD]
// [--film FILE | --stream FILE.h264]. A film is encoded again and ends; a stream (H.264 byte stream without B frames)
// is sent as it is, 25 frames a second, over and over. Prints "port N" once it serves rtsp://127.0.0.1:N/live.
#include <gst/gst.h>
#include <gst/rtsp-server/rtsp-server.h>

#include <cstdio>
#include <string>

namespace {

struct Options {
    std::string port = "0";
    std::string width = "320";
    std::string height = "240";
    std::string user{};
    std::string password{};
    std::string film{};
    std::string stream{};
};

Options options_of(int argc, char** argv) {
    Options options;
    for (int i = 1; i + 1 < argc; i += 2) {
        const std::string name = argv[i];
        const std::string value = argv[i + 1];
        if (name == "--port") options.port = value;
        if (name == "--user") options.user = value;
        if (name == "--password") options.password = value;
        if (name == "--film") options.film = value;
        if (name == "--stream") options.stream = value;
        if (name == "--size") {
            options.width = value.substr(0, value.find('x'));
            options.height = value.substr(value.find('x') + 1);
        }
    }
    return options;
}

std::string pipeline_of(const Options& options) {
    const std::string sender = "rtph264pay name=pay0 pt=96 config-interval=1 )";
    if (!options.stream.empty())
        return "( multifilesrc location=" + options.stream +
               " loop=true caps=\"video/x-h264,stream-format=byte-stream,framerate=25/1\" ! h264parse ! " + sender;
    const std::string encoder = "x264enc tune=zerolatency speed-preset=ultrafast key-int-max=12 threads=1 ! " + sender;
    if (!options.film.empty()) return "( filesrc location=" + options.film + " ! decodebin ! videoconvert ! " + encoder;
    return "( videotestsrc is-live=true pattern=ball ! video/x-raw,format=I420,width=" + options.width +
           ",height=" + options.height + ",framerate=25/1 ! " + encoder;
}

void ask_for_password(GstRTSPServer* server, GstRTSPMediaFactory* factory, const Options& options) {
    GstRTSPAuth* auth = gst_rtsp_auth_new();
    gst_rtsp_auth_set_supported_methods(auth, GST_RTSP_AUTH_DIGEST);
    GstRTSPToken* token = gst_rtsp_token_new(GST_RTSP_TOKEN_MEDIA_FACTORY_ROLE, G_TYPE_STRING, "viewer", nullptr);
    gst_rtsp_auth_add_digest(auth, options.user.c_str(), options.password.c_str(), token);
    gst_rtsp_token_unref(token);
    gst_rtsp_server_set_auth(server, auth);
    g_object_unref(auth);
    gst_rtsp_media_factory_add_role(factory, "viewer", GST_RTSP_PERM_MEDIA_FACTORY_ACCESS, G_TYPE_BOOLEAN, TRUE,
                                    GST_RTSP_PERM_MEDIA_FACTORY_CONSTRUCT, G_TYPE_BOOLEAN, TRUE, nullptr);
}

}  // namespace

int main(int argc, char** argv) {
    gst_init(nullptr, nullptr);
    const Options options = options_of(argc, argv);
    GstRTSPServer* server = gst_rtsp_server_new();
    gst_rtsp_server_set_address(server, "127.0.0.1");
    gst_rtsp_server_set_service(server, options.port.c_str());
    GstRTSPMediaFactory* factory = gst_rtsp_media_factory_new();
    gst_rtsp_media_factory_set_launch(factory, pipeline_of(options).c_str());
    gst_rtsp_media_factory_set_shared(factory, TRUE);
    if (!options.user.empty()) ask_for_password(server, factory, options);
    GstRTSPMountPoints* mounts = gst_rtsp_server_get_mount_points(server);
    gst_rtsp_mount_points_add_factory(mounts, "/live", factory);
    g_object_unref(mounts);
    if (gst_rtsp_server_attach(server, nullptr) == 0) {
        std::fprintf(stderr, "the port can't be had\n");
        return 1;
    }
    std::printf("port %d\n", gst_rtsp_server_get_bound_port(server));
    std::fflush(stdout);
    g_main_loop_run(g_main_loop_new(nullptr, FALSE));
}
