#include <cstdio>
#include <iostream>
#include <memory>

#include "base/file.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/models_tensors.h"
#include "cli/output.h"
#include "cli/progress_bar.h"
#include "inference/import/export.h"
#include "models/catalogue.h"
#include "models/pull.h"
#include "models/store.h"

namespace mien::cli {
namespace {

struct Options {
    std::vector<std::string> names{};
    std::string out{};
    bool json = false;
};

struct Shelf {
    models::Catalogue catalogue;
    models::Store store;
};

Result<Shelf> open_shelf() {
    MIEN_LET(catalogue, models::Catalogue::open());
    MIEN_LET(store, models::Store::open());
    return Shelf{std::move(catalogue), std::move(store)};
}

std::uint64_t bytes_of(const models::Card& card) {
    std::uint64_t bytes = 0;
    for (const auto& file : card.files) bytes += file.bytes;
    return bytes;
}

Json json_of(const models::Card& card, const models::Store& store) {
    Json files = Json::array();
    for (const auto& file : card.files) {
        files.push_back({{"name", file.name},
                         {"sha256", file.sha256},
                         {"bytes", file.bytes},
                         {"sources", file.sources},
                         {"source_tested", !file.untested}});
    }
    Json details = Json::object();
    for (const auto& [key, value] : card.details) details[key] = value;
    return {{"name", card.name},
            {"version", card.version},
            {"task", card.task},
            {"title", card.title},
            {"format", models::name_of(card.format)},
            {"code_licence", card.code_licence},
            {"weights_licence", card.weights_licence},
            {"training_data", card.training_data},
            {"business_use", models::name_of(card.business_use)},
            {"business_reason", card.business_reason},
            {"default", card.in_default_pack},
            {"here", store.has(card)},
            {"bytes", bytes_of(card)},
            {"files", files},
            {"details", details}};
}

Result<std::vector<models::Card>> chosen(const Shelf& shelf, const std::vector<std::string>& names) {
    if (names.empty()) return shelf.catalogue.default_pack();
    std::vector<models::Card> cards;
    for (const std::string& name : names) {
        MIEN_LET(card, shelf.catalogue.find(name));
        cards.push_back(std::move(card));
    }
    return cards;
}

Result<int> list(const Options& options) {
    MIEN_LET(shelf, open_shelf());
    if (options.json) {
        Json models = Json::array();
        for (const auto& card : shelf.catalogue.cards()) models.push_back(json_of(card, shelf.store));
        print_json({{"models", models}, {"folder", shelf.store.root().string()}});
        return done;
    }
    std::printf("%-36s %-16s %-9s %10s  %-8s %s\n", "MODEL", "TASK", "BUSINESS", "SIZE", "HERE", "WHAT");
    for (const auto& card : shelf.catalogue.cards()) {
        std::printf("%-36s %-16s %-9s %10s  %-8s %s%s\n", card.name.c_str(), card.task.c_str(),
                    models::name_of(card.business_use), human_bytes(static_cast<double>(bytes_of(card))).c_str(),
                    shelf.store.has(card) ? "yes" : "", card.title.c_str(),
                    card.in_default_pack ? " (default pack)" : "");
    }
    return done;
}

Result<int> show(const Options& options) {
    MIEN_LET(shelf, open_shelf());
    MIEN_LET(card, shelf.catalogue.find(options.names.front()));
    if (options.json) {
        print_json(json_of(card, shelf.store));
        return done;
    }
    std::cout << card.name << ' ' << card.version << ": " << card.title << "\n  task            " << card.task
              << "\n  format          " << models::name_of(card.format) << "\n  code            " << card.code_licence
              << "\n  weights         " << card.weights_licence << "\n  training data   " << card.training_data
              << "\n  may be used in business: " << models::name_of(card.business_use) << ", because "
              << card.business_reason << '\n';
    for (const auto& [key, value] : card.details)
        std::cout << "  " << key << std::string(key.size() < 14 ? 16 - key.size() : 2, ' ') << value << '\n';
    for (const auto& file : card.files) {
        std::cout << "  file " << file.name << ", " << human_bytes(static_cast<double>(file.bytes)) << ", sha256 "
                  << file.sha256 << '\n';
        for (const auto& source : file.sources)
            std::cout << "    from " << source << (file.untested ? " (source untested)" : "") << '\n';
    }
    std::cout << (shelf.store.has(card) ? "  lies in " + shelf.store.folder_of(card).string()
                                        : "  not here yet: mien models pull " + card.name)
              << '\n';
    return done;
}

Result<int> verify(const Options& options) {
    MIEN_LET(shelf, open_shelf());
    MIEN_LET(cards, chosen(shelf, options.names));
    if (options.names.empty()) {
        cards = shelf.catalogue.cards();
        std::erase_if(cards, [&](const models::Card& card) { return !shelf.store.has(card) && !card.in_default_pack; });
    }
    int code = done;
    Json results = Json::array();
    for (const auto& card : cards) {
        const auto found = shelf.store.find(card);
        std::string state = "good";
        if (!found) {
            const bool damaged = found.error().fault == Fault::Corrupt;
            state = damaged ? "damaged" : "missing";
            code = damaged && code != missing ? negative : damaged ? code : missing;
            report(found.error());
        }
        results.push_back({{"name", card.name}, {"state", state}});
        if (!options.json) std::cout << card.name << ": " << state << '\n';
    }
    if (options.json) print_json({{"models", results}});
    return code;
}

Result<int> pull(const Options& options) {
    MIEN_LET(shelf, open_shelf());
    MIEN_LET(cards, chosen(shelf, options.names));
    const models::Plan plan = models::plan_pull(shelf.store, cards);
    if (!plan.items.empty()) announce(plan);
    std::vector<models::LocalModel> pulled;
    {
        ProgressBar bar(ProgressBar::Unit::Bytes);
        MIEN_LET(local, models::pull(shelf.store, cards, models::pull_options_from_environment(),
                                     [&bar](const models::Progress& p) {
                                         bar.show(p.what, static_cast<double>(p.done), static_cast<double>(p.total));
                                     }));
        pulled = std::move(local);
    }
    Json results = Json::array();
    for (const auto& local : pulled) {
        results.push_back({{"name", local.card.name}, {"folder", local.files.front().parent_path().string()}});
        if (!options.json)
            std::cout << local.card.name
                      << " is here, its hash is right: " << local.files.front().parent_path().string() << '\n';
    }
    if (options.json) print_json({{"models", results}});
    return done;
}

Result<int> export_ir(const Options& options) {
    MIEN_LET(shelf, open_shelf());
    MIEN_LET(card, shelf.catalogue.find(options.names.front()));
    MIEN_LET(local, shelf.store.find(card));
    const auto folder = std::filesystem::path(options.out);
    MIEN_TRY(make_folder(folder));
    const auto xml = folder / (card.name + ".xml");
    MIEN_TRY(inference::write_ir(local, xml));
    if (options.json) {
        print_json({{"model", card.name}, {"xml", xml.string()}});
    } else {
        std::cout << card.name << " as OpenVINO IR: " << xml.string() << " and the .bin beside it\n";
    }
    return done;
}

Result<int> tensors(const Options& options) {
    return list_tensors(options.names.front(), options.json ? ListAs::Json : ListAs::Table);
}

using Action = Result<int> (*)(const Options&);

void add_action(CLI::App& app, const char* name, const char* what, Action action,
                const std::shared_ptr<std::function<int()>>& chosen_action) {
    auto options = std::make_shared<Options>();
    CLI::App* sub = app.add_subcommand(name, what);
    auto* names = action == tensors ? sub->add_option("file", options->names, "A file torch.save wrote")
                                    : sub->add_option("names", options->names, "Model names");
    if (action == export_ir) sub->add_option("--out", options->out, "Folder for NAME.xml and NAME.bin")->required();
    if (action == show || action == export_ir || action == tensors) names->required()->expected(1);
    if (action == list) sub->remove_option(names);
    sub->add_flag("--json", options->json, "One JSON document on standard output");
    sub->callback([options, action, chosen_action] {
        *chosen_action = [options, action] {
            const auto code = action(*options);
            if (code) return *code;
            report(code.error());
            const bool usage = code.error().fault == Fault::NotFound || code.error().fault == Fault::BadInput ||
                               code.error().fault == Fault::Unsupported;
            return usage ? bad_input : missing;
        };
    });
}

}  // namespace

Command make_models_command(CLI::App& parent) {
    CLI::App* app = parent.add_subcommand("models", "The models: what there is, their licences, fetch and check them");
    app->require_subcommand(1);
    auto action = std::make_shared<std::function<int()>>();
    add_action(*app, "list", "All models of the catalogue", list, action);
    add_action(*app, "show", "Everything about one model, with its licences", show, action);
    add_action(*app, "pull", "Fetch models (none named: the default pack) and check their hashes", pull, action);
    add_action(*app, "verify", "Hash the models on this disk again (none named: all that are here)", verify, action);
    add_action(*app, "export", "Leave a network of any format as OpenVINO IR, for other programs", export_ir, action);
    add_action(*app, "tensors", "What lies in a PyTorch state dict; nothing in the file is executed", tensors, action);
    app->footer(
        "Examples:\n  mien models list\n  mien models pull\n  mien models show dlib-face-resnet\n  mien models export "
        "dlib-face-resnet --out nets\n\nFolder: "
        "MIEN_MODELS, else ~/.cache/mien/models. MIEN_MODEL_MIRROR names a folder that is searched first; "
        "MIEN_OFFLINE=1 forbids the network.");
    return {app, [action] { return (*action)(); }};
}

}  // namespace mien::cli
