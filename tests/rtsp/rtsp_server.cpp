// A small RTSP camera for tests, on loopback only: rtsp_server [--port N] [--size WxH] [--user NAME --password WORD]
// [--film FILE | --stream FILE.h264]. A film is encoded again and ends; a stream (H.264 byte stream without B frames)
// is sent as it is, 25 frames a second, over and over. Prints "port N" once it serves rtsp://127.0.0.1:N/live.
// With --make FILE.h264 it serves nothing: it writes the film, at the size, as such a stream.
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
    std::string make{};
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
        if (name == "--make") options.make = value;
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
               " loop=true caps=\"video/x-h264,stream-format=byte-stream,framerate=25/1\" ! h264parse ! "
               "video/x-h264,stream-format=byte-stream,alignment=au ! " +
               sender;
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

// A byte stream has no times: one frame each 40 ms.
GstPadProbeReturn stamp(GstPad*, GstPadProbeInfo* info, gpointer frames) {
    GstBuffer* buffer = gst_buffer_make_writable(GST_PAD_PROBE_INFO_BUFFER(info));
    info->data = buffer;
    auto& number = *static_cast<guint64*>(frames);
    GST_BUFFER_PTS(buffer) = GST_BUFFER_DTS(buffer) = number++ * (GST_SECOND / 25);
    GST_BUFFER_DURATION(buffer) = GST_SECOND / 25;
    return GST_PAD_PROBE_OK;
}

void stamp_frames(GstRTSPMediaFactory*, GstRTSPMedia* media, gpointer) {
    GstElement* whole = gst_rtsp_media_get_element(media);
    GstElement* payloader = gst_bin_get_by_name_recurse_up(GST_BIN(whole), "pay0");
    GstPad* pad = gst_element_get_static_pad(payloader, "sink");
    gst_pad_add_probe(pad, GST_PAD_PROBE_TYPE_BUFFER, stamp, new guint64(0),
                      [](gpointer frames) { delete static_cast<guint64*>(frames); });
    gst_object_unref(pad);
    gst_object_unref(payloader);
    gst_object_unref(whole);
}

// The film's frames one by one, 25 a second whatever its own rate, in the middle of the size; 0 when all went well.
int make_stream(const Options& options) {
    const std::string words =
        "filesrc location=" + options.film +
        " ! decodebin ! videoconvert ! videoscale add-borders=true ! video/x-raw,format=I420,width=" + options.width +
        ",height=" + options.height +
        ",pixel-aspect-ratio=1/1 ! capssetter caps=\"video/x-raw,framerate=25/1\" ! x264enc bframes=0 "
        "speed-preset=veryfast bitrate=4000 key-int-max=25 threads=1 ! video/x-h264,stream-format=byte-stream ! "
        "filesink location=" +
        options.make;
    GstElement* pipeline = gst_parse_launch(words.c_str(), nullptr);
    if (pipeline == nullptr) return 1;
    gst_element_set_state(pipeline, GST_STATE_PLAYING);
    GstBus* bus = gst_element_get_bus(pipeline);
    GstMessage* message = gst_bus_timed_pop_filtered(bus, GST_CLOCK_TIME_NONE,
                                                     static_cast<GstMessageType>(GST_MESSAGE_EOS | GST_MESSAGE_ERROR));
    const bool ended = GST_MESSAGE_TYPE(message) == GST_MESSAGE_EOS;
    gst_message_unref(message);
    gst_object_unref(bus);
    gst_element_set_state(pipeline, GST_STATE_NULL);
    gst_object_unref(pipeline);
    return ended ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
    gst_init(nullptr, nullptr);
    const Options options = options_of(argc, argv);
    if (!options.make.empty()) return make_stream(options);
    GstRTSPServer* server = gst_rtsp_server_new();
    gst_rtsp_server_set_address(server, "127.0.0.1");
    gst_rtsp_server_set_service(server, options.port.c_str());
    GstRTSPMediaFactory* factory = gst_rtsp_media_factory_new();
    gst_rtsp_media_factory_set_launch(factory, pipeline_of(options).c_str());
    gst_rtsp_media_factory_set_shared(factory, TRUE);
    if (!options.stream.empty()) g_signal_connect(factory, "media-configure", G_CALLBACK(stamp_frames), nullptr);
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
