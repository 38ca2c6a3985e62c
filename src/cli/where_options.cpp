#include "cli/where_options.h"

namespace mien::cli {
namespace {

std::int64_t count_of(gallery::Time time) {
    return time.time_since_epoch().count();
}

}  // namespace

void add_where_options(CLI::App& app, WhereOptions& options) {
    app.add_option(
           "--where", options.where,
           "Only people whose metadata say so: team=red, team!=red, age<30, joined>=2026-01-01; several must all "
           "hold")
        ->allow_extra_args(false);
    app.add_option("--tag", options.tags, "Only people with this tag; several: with all of them")
        ->allow_extra_args(false);
    app.add_option("--since", options.since, "Only samples taken at this time or later: 2026-11-25, 2026-11-25T08:30Z");
    app.add_option("--until", options.until, "Only samples taken up to the end of this day, minute or second");
}

Result<Chosen> chosen_by(const WhereOptions& options) {
    Chosen chosen;
    for (const std::string& text : options.where) {
        MIEN_LET(condition, gallery::condition_from(text));
        chosen.where.conditions.push_back(std::move(condition));
    }
    chosen.where.tags = options.tags;
    if (!options.since.empty()) {
        MIEN_LET(span, gallery::span_from(options.since));
        chosen.filter.enrolled_from = count_of(span.from);
    }
    if (!options.until.empty()) {
        MIEN_LET(span, gallery::span_from(options.until));
        chosen.filter.enrolled_before = count_of(span.before);
    }
    if (chosen.filter.enrolled_from >= chosen.filter.enrolled_before)
        return Error{Fault::BadInput, "--since " + options.since + " is later than --until " + options.until};
    return chosen;
}

}  // namespace mien::cli
