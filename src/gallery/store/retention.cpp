#include "gallery/store/state.h"

namespace mien::gallery {
namespace {

constexpr std::string_view automatic = "automatic retention";  // 0: off; missing or 1: daily
constexpr std::string_view last_run = "last retention";        // milliseconds since 1970
constexpr std::chrono::hours between_runs{24};
constexpr std::int64_t at_once = 200;  // subjects in one transaction

}  // namespace

Result<std::optional<std::int64_t>> Store::State::setting(std::string_view name) {
    auto query = data.prepare("SELECT value FROM setting WHERE name = ?");
    query.bind(name);
    MIEN_LET(found, query.step());
    return found ? std::optional(query.integer(0)) : std::nullopt;
}

Status Store::State::set(std::string_view name, std::int64_t value) {
    auto insert = data.prepare("INSERT OR REPLACE INTO setting(name, value) VALUES(?, ?)");
    return insert.bind(name).bind(value).run();
}

Result<RetentionState> Store::retention() {
    State& s = *state_;
    const std::lock_guard guard(s.lock);
    RetentionState state;
    MIEN_LET(rule, s.setting(automatic));
    if (rule && *rule == 0) state.automatic = AutomaticRetention::Off;
    MIEN_LET(last, s.setting(last_run));
    if (last) state.last_run = Time{std::chrono::milliseconds{*last}};
    const Time at = s.clock();
    // A last run that lies ahead is a clock that was set back: better once too often.
    state.due = state.automatic == AutomaticRetention::Daily &&
                (!state.last_run || *state.last_run + between_runs <= at || *state.last_run > at);
    return state;
}

Status Store::set_retention(AutomaticRetention rule, const Actor& actor) {
    State& s = *state_;
    const std::lock_guard guard(s.lock);
    MIEN_LET(transaction, Transaction::begin(s.data));
    MIEN_TRY(s.set(automatic, rule == AutomaticRetention::Daily ? 1 : 0));
    MIEN_TRY(s.note({.action = "set retention",
                     .outcome = rule == AutomaticRetention::Daily ? "automatic: daily" : "automatic: off",
                     .actor = actor}));
    return transaction.commit();
}

Result<std::vector<ErasureProof>> Store::erase_expired(const Actor& actor) {
    State& s = *state_;
    const std::lock_guard guard(s.lock);
    const std::int64_t at = s.clock().time_since_epoch().count();
    const auto whom = [&]() -> Result<std::vector<std::int64_t>> {
        std::vector<std::int64_t> ids;
        auto query = s.data.prepare("SELECT id FROM subject WHERE expires <= ? ORDER BY expires LIMIT ?");
        query.bind(at).bind(at_once);
        while (true) {
            MIEN_LET(more, query.step());
            if (!more) return ids;
            ids.push_back(query.integer(0));
        }
    };
    std::vector<ErasureProof> all;
    while (true) {
        MIEN_LET(proofs, s.erase(whom, actor, ScanFor::KeysOnly));
        if (proofs.empty()) break;
        std::ranges::move(proofs, std::back_inserter(all));
    }
    MIEN_LET(transaction, Transaction::begin(s.data));
    MIEN_TRY(s.set(last_run, at));
    if (!all.empty())
        MIEN_TRY(s.note({.action = "retention",
                         .outcome = std::to_string(all.size()) + " subjects whose time was over erased",
                         .actor = actor}));
    MIEN_TRY(transaction.commit());
    return all;
}

Result<std::vector<std::int64_t>> Store::expired_among(std::span<const std::int64_t> subjects) {
    State& s = *state_;
    const std::lock_guard guard(s.lock);
    const std::int64_t at = s.clock().time_since_epoch().count();
    std::vector<std::int64_t> over;
    for (const std::int64_t id : subjects) {
        auto query = s.data.prepare("SELECT expires FROM subject WHERE id = ?");
        query.bind(id);
        MIEN_LET(found, query.step());
        if (!found || query.integer(0) <= at) over.push_back(id);
    }
    return over;
}

Result<std::vector<SubjectInfo>> Store::expired() {
    State& s = *state_;
    const std::lock_guard guard(s.lock);
    std::vector<std::int64_t> ids;
    {
        auto query = s.data.prepare("SELECT id FROM subject WHERE expires <= ? ORDER BY expires");
        query.bind(s.clock().time_since_epoch().count());
        while (true) {
            MIEN_LET(more, query.step());
            if (!more) break;
            ids.push_back(query.integer(0));
        }
    }
    std::vector<SubjectInfo> subjects;
    for (const std::int64_t id : ids) {
        MIEN_LET(info, s.read_subject(id));
        subjects.push_back(std::move(info));
    }
    return subjects;
}

}  // namespace mien::gallery
