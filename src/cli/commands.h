#pragma once

#include "cli/command.h"

namespace mien::cli {

Command make_analyze_command(CLI::App& parent);
Command make_verify_command(CLI::App& parent);
Command make_identify_command(CLI::App& parent);
Command make_search_command(CLI::App& parent);
Command make_gallery_command(CLI::App& parent);
Command make_enroll_command(CLI::App& parent);
Command make_forget_command(CLI::App& parent);
Command make_calibrate_command(CLI::App& parent);
Command make_audit_command(CLI::App& parent);
Command make_archive_command(CLI::App& parent);
Command make_watch_command(CLI::App& parent);
Command make_index_command(CLI::App& parent);
Command make_models_command(CLI::App& parent);
Command make_eval_command(CLI::App& parent);
Command make_sources_command(CLI::App& parent);
Command make_track_command(CLI::App& parent);
Command make_bench_command(CLI::App& parent);
Command make_simulate_command(CLI::App& parent);
Command make_completion_command(CLI::App& parent);
Command make_manual_command(CLI::App& parent);

}  // namespace mien::cli
