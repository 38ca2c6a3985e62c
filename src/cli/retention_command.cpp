#include <charconv>
#include <chrono>
#include <iostream>
#include <memory>
#include <thread>

#include "base/stop.h"
#include "cli/gallery_commands.h"
#include "cli/store.h"

namespace mien::cli {
namespace {

using gallery::AutomaticRetention;
using gallery::Store;
using Missing = gallery::StoreOptions::Missing;

struct Options {
    StoreChoice store{};
    bool apply = false;
    std::string every{};
    std::string automatic{};
};

// "30s", "15m", "1h", "1d"; 1 s to 365 days.
Result<std::chrono::seconds> period_from(const std::string& text) {
    const Error wrong{Fault::BadInput, "--every takes a period such as 30s, 15m, 1h or 1d, not " + text};
    std::int64_t count = 0;
    const char* const last = text.data() + text.size() - 1;
    if (text.size() < 2) return wrong;
    const auto [end, fault] = std::from_chars(text.data(), last, count);
    if (fault != std::errc{} || end != last || count < 1 || count > 365 * 86400) return wrong;
    const std::int64_t unit = *last == 's' ? 1 : *last == 'm' ? 60 : *last == 'h' ? 3600 : *last == 'd' ? 86400 : 0;
    if (unit == 0 || count * unit > 365 * 86400) return wrong;
    return std::chrono::seconds{count * unit};
}

Result<int> show(Store& store, const Options& o) {
    MIEN_LET(over, store.expired());
    MIEN_LET(state, store.retention());
    Json json = Json::array();
    for (const auto& subject : over) {
        json.push_back({{"subject", subject.name}, {"expired", gallery::to_text(subject.expires)}});
        if (!o.store.json)
            std::cout << "would erase " << subject.name << ", expired "
                      << gallery::to_text(subject.expires).substr(0, 10) << '\n';
    }
    const bool daily = state.automatic == AutomaticRetention::Daily;
    if (o.store.json) {
        Json all{{"applied", false}, {"automatic", daily ? "daily" : "off"}, {"subjects", json}};
        if (state.last_run) all["last_run"] = gallery::to_text(*state.last_run);
        print_json(all);
        return done;
    }
    if (over.empty()) std::cout << "nobody's time is over\n";
    std::cout << (daily ? "automatic: daily, by whichever command works on people first"
                        : "automatic: off, run mien gallery retention --apply yourself")
              << "; last run: " << (state.last_run ? gallery::to_text(*state.last_run) : "never") << '\n';
    return done;
}

Result<int> apply(Store& store, const Options& o) {
    MIEN_LET(over, store.expired());
    MIEN_LET(proofs, store.erase_expired({o.store.who, "retention"}));
    Json json = Json::array();
    for (const auto& proof : proofs) {
        Json entry{{"proof", json_of(proof)}};
        for (const auto& subject : over) {
            if (subject.reference != proof.subject_reference) continue;
            entry["subject"] = subject.name;
            entry["expired"] = gallery::to_text(subject.expires);
            if (!o.store.json)
                std::cout << "erased " << subject.name << ", expired "
                          << gallery::to_text(subject.expires).substr(0, 10) << '\n';
        }
        json.push_back(std::move(entry));
    }
    if (o.store.json)
        print_json({{"applied", true}, {"subjects", json}});
    else if (proofs.empty())
        std::cout << "nobody's time is over\n";
    return done;
}

// Opens the store anew each time, so that nothing is held in between. Ends with 0 when it is asked to stop.
Result<int> repeat(const Options& o, std::chrono::seconds period) {
    std::size_t erased = 0;
    std::size_t runs = 0;
    while (!stop_asked()) {
        const auto run = [&]() -> Result<std::size_t> {
            MIEN_LET(store, open_store(o.store, Missing::Fail));
            MIEN_LET(proofs, store.erase_expired({o.store.who, "retention"}));
            return proofs.size();
        };
        const auto count = run();
        if (!count && count.error().fault != Fault::Overloaded) return count.error();
        if (count) {
            ++runs;
            erased += *count;
            if (*count > 0) std::cerr << "mien: erased " << *count << " subjects whose time was over\n";
        } else {
            report(count.error());  // somebody holds the store; the next turn tries again
        }
        const auto next = std::chrono::steady_clock::now() + period;
        while (!stop_asked() && std::chrono::steady_clock::now() < next)
            std::this_thread::sleep_for(std::chrono::milliseconds{100});
    }
    if (o.store.json)
        print_json({{"runs", runs}, {"erased", erased}});
    else
        std::cout << "stopped after " << runs << " runs; " << erased << " subjects erased\n";
    return done;
}

Result<int> retention(const Options& o) {
    if (int{o.apply} + int{!o.every.empty()} + int{!o.automatic.empty()} > 1)
        return Error{Fault::BadInput, "say one of --apply, --every and --automatic"};
    if (!o.every.empty()) {
        MIEN_LET(period, period_from(o.every));
        return repeat(o, period);
    }
    MIEN_LET(store, open_store(o.store, Missing::Fail));
    if (!o.automatic.empty()) {
        MIEN_TRY(store.set_retention(o.automatic == "off" ? AutomaticRetention::Off : AutomaticRetention::Daily,
                                     o.store.actor()));
        if (o.store.json)
            print_json({{"automatic", o.automatic}});
        else
            std::cout << "automatic retention: " << o.automatic << '\n';
        return done;
    }
    return o.apply ? apply(store, o) : show(store, o);
}

}  // namespace

Command make_retention_command(CLI::App& parent) {
    auto options = std::make_shared<Options>();
    CLI::App* app =
        parent.add_subcommand("retention", "Show whose time is over, or erase them, once or again and again");
    app->add_flag("--apply", options->apply, "Erase them; without it nothing is changed");
    app->add_option("--every", options->every,
                    "Erase them now and after each such period (30s, 15m, 1h, 1d), until stopped");
    app->add_option("--automatic", options->automatic,
                    "daily: the first command of a day that works on people erases them (how a new store is set); off: "
                    "only --apply and --every do")
        ->check(CLI::IsMember({"daily", "off"}));
    add_store_options(*app, options->store);
    app->footer(
        "Who has expired is not found by searches any more, even before this runs.\n\nExamples:\n  mien gallery "
        "retention\n  mien gallery retention --apply\n  mien gallery retention --every 1h      for a service; stops at "
        "SIGTERM");
    return {app, [options] {
                const auto code = retention(*options);
                return code ? *code : report(code.error());
            }};
}

}  // namespace mien::cli
