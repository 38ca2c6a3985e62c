#include <cstdlib>
#include <iostream>

#include "cli/commands.h"
#include "cli/output.h"
#include "media/video/onvif.h"
#include "media/video/video_source.h"
#include "media/write_picture.h"

namespace mien::cli {
namespace {

struct Options {
    bool json = false;
    int wait_seconds = 3;
    std::string address{};
    std::string user{};
    std::string draw{};
    bool udp = false;
    bool hardware = false;
    int wait_for_camera = 10;
};

// A password on a command line can be read by everybody on the machine, one in the environment can't.
media::CameraLogin login_of(const Options& options) {
    const char* password = std::getenv("MIEN_CAMERA_PASSWORD");
    return {options.user, password == nullptr ? "" : password};
}

Result<int> discover(const Options& options) {
    media::DiscoverOptions search;
    search.wait = std::chrono::seconds(options.wait_seconds);
    MIEN_LET(cameras, media::discover_cameras(search));
    if (options.json) {
        Json list = Json::array();
        for (const media::FoundCamera& camera : cameras)
            list.push_back({{"endpoint", camera.endpoint},
                            {"name", camera.name},
                            {"hardware", camera.hardware},
                            {"services", camera.services}});
        print_json(Json{{"cameras", list}});
        return cameras.empty() ? negative : done;
    }
    for (const media::FoundCamera& camera : cameras) {
        std::cout << (camera.name.empty() ? camera.endpoint : camera.name) << "  " << camera.hardware;
        for (const std::string& service : camera.services) std::cout << "  " << service;
        std::cout << '\n';
    }
    if (cameras.empty()) std::cout << "no ONVIF camera answered within " << options.wait_seconds << " s\n";
    return cameras.empty() ? negative : done;
}

bool is_onvif(const std::string& address) {
    return address.starts_with("http") && address.find("/onvif/") != std::string::npos;
}

void print_text(const media::VideoInfo& info) {
    std::cout << info.source << '\n'
              << "  container  " << info.container << '\n'
              << "  codec      " << info.codec << (info.device.empty() ? "" : " on " + info.device) << '\n'
              << "  size       " << info.size.width << " x " << info.size.height << '\n'
              << "  rate       " << rounded(info.fps) << " frames a second\n";
    if (info.length)
        std::cout << "  length     " << rounded(static_cast<double>(info.length->count()) / 1000) << " s\n";
    if (info.frames) std::cout << "  frames     " << *info.frames << '\n';
    std::cout << "  kind       " << (info.live ? "live" : "recorded") << '\n';
}

Result<int> show(const Options& options) {
    std::string address = options.address;
    if (is_onvif(address)) {
        MIEN_LET(stream, media::camera_stream(address, login_of(options)));
        address = stream;
    }
    media::VideoOptions video;
    video.transport = options.udp ? media::Transport::Udp : media::Transport::Tcp;
    video.hardware = options.hardware ? media::Hardware::WhereThere : media::Hardware::Off;
    video.open_deadline = video.read_deadline = std::chrono::seconds(options.wait_for_camera);
    MIEN_LET(source, media::VideoSource::open(address, video));
    MIEN_LET(frame, source.next());
    media::VideoInfo info = source.info();
    if (frame) info.size = frame->picture->size();
    if (!options.draw.empty()) {
        if (!frame) return Error{Fault::Corrupt, info.source + ": it has no frame to draw"};
        MIEN_TRY(media::write_picture(*frame->picture, options.draw));
    }
    if (!options.json) {
        print_text(info);
        return done;
    }
    Json document{{"source", info.source},    {"container", info.container}, {"codec", info.codec},
                  {"width", info.size.width}, {"height", info.size.height},  {"fps", rounded(info.fps)},
                  {"live", info.live}};
    if (!info.device.empty()) document["device"] = info.device;
    if (info.length) document["milliseconds"] = info.length->count();
    if (info.frames) document["frames"] = *info.frames;
    print_json(document);
    return done;
}

}  // namespace

Command make_sources_command(CLI::App& parent) {
    auto options = std::make_shared<Options>();
    CLI::App* app = parent.add_subcommand("sources", "Find cameras, and tell what a video or camera gives");
    app->require_subcommand(1);
    CLI::App* find = app->add_subcommand("discover", "ONVIF cameras of the local network that answer a probe");
    find->add_option("--wait", options->wait_seconds, "Seconds to wait for answers")
        ->check(CLI::Range(1, 60))
        ->capture_default_str();
    find->add_flag("--json", options->json, "One JSON document on standard output");
    CLI::App* tell = app->add_subcommand("show", "Codec, size and rate of a video, stream, camera or image sequence");
    tell->add_option(
            "address", options->address,
            "File, folder of pictures, pattern, rtsp:// or http:// address, /dev/videoN, or the device service "
            "of an ONVIF camera")
        ->required();
    tell->add_option("--draw", options->draw, "Write the first frame as a picture (.jpg or .png)");
    tell->add_option("--user", options->user,
                     "User of an ONVIF camera; the password is read from MIEN_CAMERA_PASSWORD");
    tell->add_flag("--udp", options->udp, "RTSP over UDP instead of TCP");
    tell->add_flag("--hardware", options->hardware, "Decode by a device where there is one");
    tell->add_option("--wait", options->wait_for_camera, "Seconds to wait for the source")
        ->check(CLI::Range(1, 300))
        ->capture_default_str();
    tell->add_flag("--json", options->json, "One JSON document on standard output");
    app->footer("Example:\n  mien sources show rtsp://user:password@camera/stream --draw first.jpg");
    return {app, [options, find] {
                const auto code = find->parsed() ? discover(*options) : show(*options);
                return code ? *code : report(code.error());
            }};
}

}  // namespace mien::cli
