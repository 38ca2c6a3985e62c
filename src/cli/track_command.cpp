#include <chrono>
#include <ctime>
#include <iostream>

#include "base/file.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "eval/replay.h"

namespace mien::cli {
namespace {

struct Options {
    std::string detections{};
    std::string result{};
    int keep_milliseconds = 0;
    bool json = false;
    eval::ReplayOptions replay{};
};

Result<int> track_detections(Options options) {
    MIEN_LET(bytes, read_file(options.detections));
    auto detections = eval::read_mot(bytes, eval::MotKind::Detections);
    if (!detections) return Error{detections.error().fault, options.detections + ": " + detections.error().message};
    if (options.keep_milliseconds > 0) {
        options.replay.tracker.keep = std::chrono::milliseconds(options.keep_milliseconds);
        options.replay.tracker.remember = std::max(options.replay.tracker.keep, options.replay.tracker.remember);
    }
    const std::clock_t start = std::clock();  // the processor's time: one thread, and the machine may be shared
    MIEN_LET(tracked, eval::replay(*detections, options.replay));
    const double taken = static_cast<double>(std::clock() - start) * 1e6 / CLOCKS_PER_SEC;
    MIEN_TRY(write_file(options.result, eval::mot_text(tracked)));
    std::int64_t tracks = 0;
    int frames = 0;
    for (const eval::MotBox& box : tracked) tracks = std::max(tracks, box.id);
    for (const eval::MotBox& box : *detections) frames = std::max(frames, box.frame);
    const double each = frames > 0 ? taken / frames : 0;
    if (options.json)
        print_json(Json{{"frames", frames},
                        {"detections", detections->size()},
                        {"boxes", tracked.size()},
                        {"last_track", tracks},
                        {"microseconds_per_frame", rounded(each)}});
    else
        std::cout << options.result << ": " << tracked.size() << " boxes in " << frames << " frames, last track "
                  << tracks << ", " << rounded(each) << " us a frame\n";
    return done;
}

}  // namespace

Command make_track_command(CLI::App& parent) {
    auto options = std::make_shared<Options>();
    CLI::App* app = parent.add_subcommand("track", "Follow people through detections that another program made");
    app->add_option("detections", options->detections,
                    "MOTChallenge text: frame, any id, x, y, width, height, confidence 0..1 or -1")
        ->required();
    app->add_option("-o,--output", options->result, "Where the tracks go, in the same form")->required();
    app->add_option("--fps", options->replay.fps, "Frames a second of the film")->capture_default_str();
    app->add_option("--high", options->replay.tracker.high_score, "Confidence from which a detection is joined first")
        ->capture_default_str();
    app->add_option("--start", options->replay.tracker.start_score, "Confidence from which one starts a track")
        ->capture_default_str();
    app->add_option("--keep", options->keep_milliseconds, "Milliseconds that a lost track is looked for; default 1200");
    app->add_flag("--json", options->json, "One JSON document on standard output");
    app->footer("Example:\n  mien track det.txt -o tracks.txt --fps 30 && mien eval tracking gt.txt tracks.txt");
    return {app, [options] {
                const auto code = track_detections(*options);
                return code ? *code : report(code.error());
            }};
}

}  // namespace mien::cli
