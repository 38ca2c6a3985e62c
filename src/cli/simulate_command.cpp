#include <charconv>
#include <iostream>

#include "cli/commands.h"
#include "cli/output.h"
#include "cli/progress_bar.h"
#include "media/list_pictures.h"
#include "simulate/crowd/crowd.h"

namespace mien::cli {
namespace {

struct Options {
    simulate::CrowdOptions crowd{};
    std::string size = "1280x720";
    std::vector<std::string> lines{};
    std::vector<std::string> zones{};
    bool detections = false;
    bool json = false;
};

struct CutOptions {
    std::vector<std::string> frames{};
    std::string output{};
    simulate::CuttingOptions cutting{};
    bool json = false;
};

Result<std::vector<float>> numbers_of(const std::string& text, const std::string& what) {
    std::vector<float> numbers;
    const char* at = text.data();
    const char* end = at + text.size();
    while (at < end) {
        float value = 0;
        const auto [stopped_at, wrong] = std::from_chars(at, end, value);
        if (wrong != std::errc{} || (stopped_at != end && *stopped_at != ','))
            return Error{Fault::BadInput, what + " takes numbers with commas between, got '" + text + "'"};
        numbers.push_back(value);
        at = stopped_at == end ? end : stopped_at + 1;
    }
    return numbers;
}

Status read_places(Options& options) {
    for (const std::string& text : options.lines) {
        MIEN_LET(n, numbers_of(text, "--line"));
        if (n.size() != 4) return Error{Fault::BadInput, "--line takes X1,Y1,X2,Y2, got '" + text + "'"};
        options.crowd.lines.push_back(
            {"line" + std::to_string(options.crowd.lines.size() + 1), {n[0], n[1]}, {n[2], n[3]}});
    }
    for (const std::string& text : options.zones) {
        MIEN_LET(n, numbers_of(text, "--zone"));
        if (n.size() < 6 || n.size() % 2 != 0)
            return Error{Fault::BadInput, "--zone takes three corners or more as X,Y,X,Y,X,Y, got '" + text + "'"};
        simulate::Zone zone{"zone" + std::to_string(options.crowd.zones.size() + 1), {}};
        for (std::size_t i = 0; i < n.size(); i += 2) zone.corners.push_back({n[i], n[i + 1]});
        options.crowd.zones.push_back(std::move(zone));
    }
    const std::size_t cross = options.size.find('x');
    int width = 0;
    int height = 0;
    if (cross != std::string::npos) {
        std::from_chars(options.size.data(), options.size.data() + cross, width);
        std::from_chars(options.size.data() + cross + 1, options.size.data() + options.size.size(), height);
    }
    if (width <= 0 || height <= 0)
        return Error{Fault::BadInput, "--size takes WIDTHxHEIGHT such as 1280x720, got '" + options.size + "'"};
    options.crowd.size = {width, height};
    return {};
}

Json document_of(const simulate::Crowd& crowd) {
    Json cameras = Json::array();
    for (const auto& camera : crowd.cameras) {
        Json counts = Json::object();
        for (const auto& line : camera.lines) {
            const auto count = [&](simulate::Direction way) {
                return std::ranges::count_if(camera.crossings,
                                             [&](const auto& c) { return c.line == line.name && c.direction == way; });
            };
            counts[line.name] = {{"in", count(simulate::Direction::In)}, {"out", count(simulate::Direction::Out)}};
        }
        cameras.push_back({{"name", camera.hall.camera.name}, {"boxes", camera.rows.size()}, {"counts", counts}});
    }
    return {{"simulated", "crowd"},
            {"synthetic", true},
            {"folder", crowd.options.output.string()},
            {"seed", crowd.options.seed},
            {"people", crowd.walks.size()},
            {"frames", crowd.frames},
            {"cameras", cameras}};
}

Result<int> crowd(Options options) {
    MIEN_TRY(read_places(options));
    if (options.detections) options.crowd.detections = simulate::Detections::Yes;
    ProgressBar bar(ProgressBar::Unit::Items);
    MIEN_LET(made, simulate::simulate_crowd(options.crowd, [&](std::size_t now, std::size_t all) {
                 bar.show("frames", static_cast<double>(now), static_cast<double>(all));
             }));
    const Json document = document_of(made);
    if (options.json) {
        print_json(document);
        return done;
    }
    for (const Json& camera : document["cameras"])
        std::cout << camera["name"].get<std::string>() << ": " << made.frames << " frames, " << camera["boxes"]
                  << " boxes, counts " << camera["counts"].dump() << '\n';
    std::cout << "Synthetic: " << made.walks.size() << " people on made-up walks, in " << options.crowd.output.string()
              << '\n';
    return done;
}

Result<int> cut(const CutOptions& options) {
    MIEN_LET(frames, media::list_pictures(options.frames));
    MIEN_LET(people, simulate::cut_people(frames, options.output, options.cutting));
    if (options.json) {
        print_json({{"simulated", "cut"}, {"folder", options.output}, {"frames", frames.size()}, {"people", people}});
    } else {
        std::cout << people << " people cut out of " << frames.size() << " frames\n";
    }
    return done;
}

void add_places(CLI::App& app, Options& options) {
    app.add_option("--line", options.lines,
                   "X1,Y1,X2,Y2 in pixels, of every camera; repeatable. Default: one across each hall")
        ->allow_extra_args(false);
    app.add_option("--zone", options.zones,
                   "X,Y,X,Y,… in pixels, of every camera; repeatable. Default: each hall's middle")
        ->allow_extra_args(false);
    app.add_option("--background", options.crowd.background, "A picture instead of rendered halls");
    app.add_option("--pillars", options.crowd.pillars, "Pillars in each hall")->capture_default_str();
    app.add_option("--size", options.size, "Of the pictures")->capture_default_str();
}

CLI::App* add_crowd(CLI::App& parent, Options& options) {
    CLI::App* app = parent.add_subcommand("crowd", "People who walk before cameras, with the truth of every frame");
    auto& o = options.crowd;
    app->add_option("-o,--output", o.output, "Folder for pictures and truth")->required();
    app->add_option("--archive,--people-from", o.people_from,
                    "MakeHuman's data, a folder or a .tar.xz: rendered people");
    app->add_option("--crops", o.crops,
                    "Folder made by `mien simulate cut`: real people, each once, before rendered ones");
    app->add_option("--seed", o.seed, "The same seed gives the same set")->capture_default_str();
    app->add_option("--people", o.people, "Identities")->capture_default_str();
    app->add_option("--cameras", o.cameras, "Cameras, each in a hall of its own")->capture_default_str();
    app->add_option("--seconds", o.seconds, "Length")->capture_default_str();
    app->add_option("--fps", o.fps, "Frames a second")->capture_default_str();
    add_places(*app, options);
    app->add_option("--reid", o.reid, "Also write crops of every identity there, as Market-1501 lays them out");
    app->add_flag("--detections", options.detections,
                  "Also write detections.txt: truth with misses, jitter and false alarms");
    app->add_option("--workers", o.workers, "Threads; 0: one for each core")->capture_default_str();
    app->add_flag("--json", options.json, "One JSON document on standard output");
    app->footer(
        "The layout is in contracts/crowd.md.\n\nExample:\n"
        "  mien simulate crowd -o crowd/ --seed 1 --people 20 --cameras 2 --archive makehuman-cc0.tar.xz");
    return app;
}

CLI::App* add_cut(CLI::App& parent, CutOptions& options) {
    CLI::App* app = parent.add_subcommand("cut", "Cut moving people out of a clip with a still camera, for --crops");
    app->add_option("frames", options.frames, "The clip's frames as pictures, in order of their names")->required();
    app->add_option("-o,--output", options.output, "Folder for the people")->required();
    app->add_option(
        "--background", options.cutting.background,
        "A frame without people; without it the median, which fails where people stay for half of the clip");
    app->add_option("--difference", options.cutting.difference,
                    "From which a pixel differs from the background, 1..255")
        ->capture_default_str()
        ->check(CLI::Range(1, 255));
    app->add_option("--least-pixels", options.cutting.least_pixels, "Smaller areas are no person")
        ->capture_default_str()
        ->check(CLI::PositiveNumber);
    app->add_option("--every", options.cutting.every, "Take each such frame")
        ->capture_default_str()
        ->check(CLI::PositiveNumber);
    app->add_flag("--json", options.json, "One JSON document on standard output");
    return app;
}

}  // namespace

Command make_simulate_command(CLI::App& parent) {
    auto options = std::make_shared<Options>();
    auto cut_options = std::make_shared<CutOptions>();
    CLI::App* app = parent.add_subcommand("simulate", "Make labelled synthetic recordings");
    app->require_subcommand(1);
    CLI::App* crowd_app = add_crowd(*app, *options);
    add_cut(*app, *cut_options);
    return {app, [=] {
                const auto code = crowd_app->parsed() ? crowd(*options) : cut(*cut_options);
                return code ? *code : report(code.error());
            }};
}

}  // namespace mien::cli
