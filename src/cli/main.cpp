#include <cstdio>
#include <iostream>

#include "base/log.h"
#include "base/stop.h"
#include "cli/commands.h"

namespace {

int run(int argc, char** argv) {
    using namespace mien::cli;
    CLI::App app{
        "Mien finds, measures and, where that is allowed, recognises faces, and follows and counts people in video. "
        "Everything stays on this machine."};
    app.set_version_flag("--version", "mien 0.1.0");
    app.require_subcommand(1);
    bool verbose = false;
    app.add_flag("-v,--verbose", verbose, "Say more on standard error");
    const std::vector<Command> commands{
        make_analyze_command(app), make_verify_command(app), make_identify_command(app),  make_gallery_command(app),
        make_enroll_command(app),  make_forget_command(app), make_calibrate_command(app), make_audit_command(app),
        make_archive_command(app), make_models_command(app), make_eval_command(app),      make_bench_command(app),
        make_track_command(app),   make_watch_command(app),  make_index_command(app),     make_completion_command(app),
        make_manual_command(app),  make_search_command(app), make_sources_command(app),   make_simulate_command(app),
    };
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& wrong) {
        return app.exit(wrong) == 0 ? done : bad_input;
    }
    if (verbose) mien::log::set_level(mien::log::Level::Debug);
    mien::stop_on_signals();
    for (const Command& command : commands) {
        if (!command.app->parsed()) continue;
        const int code = command.run();
        std::cout.flush();
        if (!std::cout || std::fflush(stdout) != 0) {
            std::cerr << "mien: the answer could not be written to standard output: is the disk full?\n";
            return missing;
        }
        return mien::stop_asked() && code != done ? stopped : code;
    }
    return bad_input;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        return run(argc, argv);
    } catch (const std::exception& bug) {
        std::cerr << "mien: an unexpected failure, please report it: " << bug.what() << '\n';
        return mien::cli::missing;
    }
}
