#include <sys/resource.h>

#include <chrono>
#include <ctime>
#include <iostream>
#include <memory>

#include "cli/commands.h"
#include "cli/faces.h"
#include "media/list_pictures.h"
#include "media/read_picture.h"

namespace mien::cli {
namespace {

struct Options {
    std::vector<std::string> inputs{};
    int rounds = 5;
    bool json = false;
};

// CPU milliseconds of the whole process: other load on the machine does not count.
double cpu_ms() {
    return 1000.0 * static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

double median(std::vector<double> values) {
    std::ranges::sort(values);
    return values[values.size() / 2];
}

Result<int> bench(const Options& options) {
    MIEN_LET(files, media::list_pictures(options.inputs));
    const double before_open = cpu_ms();
    MIEN_LET(faces, open_faces(1, 1));
    const double open_ms = cpu_ms() - before_open;
    std::vector<double> read;
    std::vector<double> regions;
    std::vector<double> quality;
    std::vector<double> whole;
    for (int round = 0; round <= options.rounds; ++round) {
        for (const auto& file : files) {
            const double start = cpu_ms();
            MIEN_LET(frame, media::read_frame(file));
            const double decoded = cpu_ms();
            const auto timed = [&](pipeline::Wanted wanted) -> Result<double> {
                const double from = cpu_ms();
                MIEN_TRY(faces.analyse(frame, {.wanted = wanted, .faces = pipeline::Faces::Largest}));
                return cpu_ms() - from;
            };
            MIEN_LET(to_regions, timed(pipeline::Wanted::Regions));
            MIEN_LET(to_quality, timed(pipeline::Wanted::Quality));
            MIEN_LET(to_templates, timed(pipeline::Wanted::Templates));
            if (round == 0) continue;  // warms caches and memory
            read.push_back(decoded - start);
            regions.push_back(to_regions);
            quality.push_back(to_quality - to_regions);
            whole.push_back(decoded - start + to_templates);
        }
    }
    if (whole.empty()) return Error{Fault::BadInput, "nothing was measured: give pictures and at least one round"};
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const double total = median(whole);
    const double crop = median(quality);
    const double network = total - median(read) - median(regions) - crop;
    const Json metrics{{"open_cpu_ms", open_ms},
                       {"read_cpu_ms", median(read)},
                       {"detect_cpu_ms", median(regions)},
                       {"align_and_quality_cpu_ms", crop},
                       {"template_cpu_ms", network},
                       {"file_to_template_cpu_ms", total},
                       {"peak_memory_mb", static_cast<double>(usage.ru_maxrss) / 1000}};
    if (options.json) {
        print_json({{"bench", "faces"},
                    {"pictures", files.size()},
                    {"rounds", options.rounds},
                    {"threads", 1},
                    {"metrics", metrics}});
        return done;
    }
    std::cout << files.size() << " pictures, " << options.rounds << " rounds, one thread, medians of CPU time\n";
    for (const auto& [name, value] : metrics.items()) std::printf("  %-28s %9.2f\n", name.c_str(), value.get<double>());
    return done;
}

}  // namespace

Command make_bench_command(CLI::App& parent) {
    auto options = std::make_shared<Options>();
    CLI::App* app = parent.add_subcommand("bench", "Time each stage from file to template on this machine");
    app->add_option("pictures", options->inputs, "Files, folders or patterns")->required();
    app->add_option("--rounds", options->rounds, "How often each picture is done")
        ->capture_default_str()
        ->check(CLI::PositiveNumber);
    app->add_flag("--json", options->json, "One JSON document on standard output");
    app->footer("Example:\n  mien bench photos/ --rounds 10");
    return {app, [options] {
                const auto code = bench(*options);
                return code ? *code : report(code.error());
            }};
}

}  // namespace mien::cli
