#include <sys/resource.h>

#include <chrono>
#include <ctime>
#include <iostream>
#include <memory>
#include <numeric>
#include <random>

#include "base/stop.h"
#include "cli/bench_search.h"
#include "cli/commands.h"
#include "cli/faces.h"
#include "inference/run/engine.h"
#include "media/list_pictures.h"
#include "media/read_picture.h"
#include "models/catalogue.h"
#include "models/store.h"

namespace mien::cli {
namespace {

struct Options {
    std::vector<std::string> inputs{};
    std::string model{};
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
    const auto network_ns = std::make_shared<std::atomic<std::int64_t>>(0);
    MIEN_LET(faces, open_faces({.threads = 1, .network_ns = network_ns, .mesh = pipeline::Mesh::Yes}));
    const double open_ms = cpu_ms() - before_open;
    std::vector<double> read;
    std::vector<double> regions;
    std::vector<double> mesh;
    std::vector<double> quality;
    std::vector<double> whole;
    std::vector<double> outside;
    for (int round = 0; round <= options.rounds; ++round) {
        for (const auto& file : files) {
            MIEN_TRY(go_on());
            const double start = cpu_ms();
            MIEN_LET(frame, media::read_frame(file));
            const double decoded = cpu_ms();
            const auto timed = [&](pipeline::FaceOptions wanted) -> Result<double> {
                wanted.faces = pipeline::Faces::Largest;
                const double from = cpu_ms();
                MIEN_TRY(faces.analyse(frame, wanted));
                return cpu_ms() - from;
            };
            using pipeline::Wanted;
            MIEN_LET(to_regions, timed({.wanted = Wanted::Regions}));
            MIEN_LET(to_mesh, timed({.wanted = Wanted::Regions, .mesh = pipeline::Mesh::Yes}));
            MIEN_LET(to_quality,
                     timed({.wanted = Wanted::Regions, .mesh = pipeline::Mesh::Yes, .quality = pipeline::Judge::Yes}));
            *network_ns = 0;
            MIEN_LET(to_templates, timed({.wanted = Wanted::Templates}));
            if (round == 0) continue;  // warms caches and memory
            read.push_back(decoded - start);
            regions.push_back(to_regions);
            mesh.push_back(to_mesh - to_regions);
            quality.push_back(to_quality - to_mesh);
            whole.push_back(decoded - start + to_templates);
            outside.push_back(whole.back() - static_cast<double>(*network_ns) / 1e6);
        }
    }
    if (whole.empty()) return Error{Fault::BadInput, "nothing was measured: give pictures and at least one round"};
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const double total = median(whole);
    const double network = total - median(read) - median(regions);
    const Json metrics{{"open_cpu_ms", open_ms},
                       {"read_cpu_ms", median(read)},
                       {"detect_and_align_cpu_ms", median(regions)},
                       {"mesh_cpu_ms", median(mesh)},
                       {"quality_cpu_ms", median(quality)},
                       {"template_cpu_ms", network},
                       {"file_to_template_cpu_ms", total},
                       {"outside_networks_cpu_ms", median(outside)},
                       {"outside_networks_share", median(outside) / total},
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

std::size_t count_of(const std::vector<std::size_t>& shape) {
    return std::accumulate(shape.begin(), shape.end(), std::size_t{1}, std::multiplies<>{});
}

// One network of the catalogue alone, on noise, in one thread.
Result<int> bench_model(const Options& options) {
    MIEN_LET(catalogue, models::Catalogue::open());
    MIEN_LET(store, models::Store::open());
    MIEN_LET(card, catalogue.find(options.model));
    MIEN_LET(local, store.find(card));
    MIEN_LET(engine, inference::Engine::make());
    MIEN_LET(model, engine.load(local, {.threads = 1}));
    std::vector<inference::Tensor> inputs;
    std::mt19937 random(1);
    constexpr std::size_t free_side = 256;
    for (const inference::Port& port : model->inputs()) {
        inference::Tensor tensor{port.shape, {}};
        // Only the first free dimension is the batch.
        for (std::size_t i = 0; i < tensor.shape.size(); ++i)
            if (tensor.shape[i] == 0) tensor.shape[i] = i == 0 ? 1 : free_side;
        tensor.values.resize(count_of(tensor.shape));
        for (float& value : tensor.values) value = static_cast<float>(random() % 256) / 255;
        inputs.push_back(std::move(tensor));
    }
    std::vector<double> times;
    std::vector<inference::Tensor> outputs;
    for (int round = 0; round <= options.rounds; ++round) {
        MIEN_TRY(go_on());
        const double start = cpu_ms();
        MIEN_LET(answer, model->run(inputs));
        if (round > 0) times.push_back(cpu_ms() - start);
        outputs = std::move(answer);
    }
    const auto ports = [](const std::vector<inference::Port>& all, const std::vector<inference::Tensor>& tensors) {
        Json json = Json::array();
        for (std::size_t i = 0; i < all.size(); ++i)
            json.push_back({{"name", all[i].name}, {"shape", tensors[i].shape}});
        return json;
    };
    const Json document{{"bench", "model"},
                        {"model", card.name},
                        {"rounds", options.rounds},
                        {"threads", 1},
                        {"inputs", ports(model->inputs(), inputs)},
                        {"outputs", ports(model->outputs(), outputs)},
                        {"metrics", {{"run_cpu_ms", median(times)}}}};
    if (options.json) {
        print_json(document);
        return done;
    }
    std::cout << card.name << ": " << rounded(median(times)) << " ms CPU a run, one thread, median of "
              << options.rounds << "\n  inputs  " << document["inputs"].dump() << "\n  outputs "
              << document["outputs"].dump() << '\n';
    return done;
}

CLI::App* add_search(CLI::App& parent, BenchSearchOptions& options) {
    CLI::App* app = parent.add_subcommand("search", "Time the 1:N search over synthetic templates");
    const std::map<std::string, SearchIndex> indexes{{"exact", SearchIndex::Exact}, {"lists", SearchIndex::Lists}};
    app->add_option("--index", options.index, "exact, or lists: inverted lists that look at a share of the rows")
        ->transform(CLI::CheckedTransformer(indexes));
    app->add_option("--share", options.share, "Of the rows that a probe looks at, with lists")
        ->capture_default_str()
        ->check(CLI::Range(0.0001, 1.0));
    app->add_option("--rows", options.rows, "Templates")->capture_default_str()->check(CLI::Range(64, 100'000'000));
    app->add_option("--dimension", options.dimension, "Numbers in each")
        ->capture_default_str()
        ->check(CLI::Range(1, 2048));
    app->add_option("--threads", options.threads, "0: one for each core")
        ->capture_default_str()
        ->check(CLI::Range(0, 1024));
    app->add_option("--rounds", options.rounds, "Searches timed")->capture_default_str()->check(CLI::PositiveNumber);
    app->add_option("--top", options.k, "Hits of a search")->capture_default_str()->check(CLI::PositiveNumber);
    app->add_flag("--without-copies", options.without_copies, "Keep no fp32 values in memory; make candidates' anew");
    app->add_flag("--json", options.json, "One JSON document on standard output");
    return app;
}

}  // namespace

Command make_bench_command(CLI::App& parent) {
    auto options = std::make_shared<Options>();
    CLI::App* app = parent.add_subcommand("bench", "Time each stage from file to template on this machine");
    auto* pictures = app->add_option("pictures", options->inputs, "Files, folders or patterns");
    app->add_option("--model", options->model, "Time one network of the catalogue instead, on noise")
        ->excludes(pictures);
    app->add_option("--rounds", options->rounds, "How often each picture is done")
        ->capture_default_str()
        ->check(CLI::PositiveNumber);
    app->add_flag("--json", options->json, "One JSON document on standard output");
    app->footer(
        "Example:\n  mien bench photos/ --rounds 10\n  mien bench --model centerface\n  mien bench search --json");
    auto search_options = std::make_shared<BenchSearchOptions>();
    CLI::App* search = add_search(*app, *search_options);
    return {app, [options, search_options, search] {
                if (search->parsed()) {
                    const auto code = bench_search(*search_options);
                    return code ? *code : report(code.error());
                }
                if (options->inputs.empty() && options->model.empty())
                    return report({Fault::BadInput, "give pictures, or --model with a name of the catalogue"});
                const auto code = options->model.empty() ? bench(*options) : bench_model(*options);
                return code ? *code : report(code.error());
            }};
}

}  // namespace mien::cli
