#include "gallery/live.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <set>
#include <shared_mutex>
#include <thread>
#include <unordered_map>

#include "gallery/search/listed_index.h"
#include "gallery/search/memory.h"
#include "gallery/search/similarity.h"
#include "gallery/search/template_index.h"

namespace mien::gallery {
namespace {

float as_similarity(float inner_product) {
    return std::clamp((1 + inner_product) / 2, 0.0F, 1.0F);
}

Row row_of(const StoredTemplate& made) {
    return {static_cast<std::uint64_t>(made.id), static_cast<std::uint64_t>(made.subject),
            made.created.time_since_epoch().count(), made.tags};
}

// What one thread has read, handed to the engine in parts.
struct Part {
    static constexpr std::size_t most = 4096;
    std::vector<Row> rows{};
    std::vector<float> values{};
};

}  // namespace

struct LiveGallery::State {
    Store* store = nullptr;
    std::string gallery{};
    Maker maker{};
    LiveOptions options{};
    std::unique_ptr<SearchEngine> engine{};  // made with the first template, which tells the dimension
    bool fetches = false;                    // the engine keeps no fp32 copies
    std::string memory_note{};
    std::int64_t last_change = 0;
    std::vector<Rejection> rejections{};
    std::unordered_map<std::int64_t, Facts> facts{};  // by subject
    mutable std::shared_mutex gate{};  // guards engine's making, a fetching engine's updates, rejections and facts
    std::mutex refreshing{};

    Status make_engine(std::size_t dimension, std::size_t about);
    Status load();
    bool opened() const { return options.metadata == LiveOptions::Metadata::Opened; }
    Status load_facts();
    Status refresh_facts(std::int64_t subject);
    Status drop_facts_of_gone();
    Result<bool> apply(std::int64_t id, std::set<std::int64_t>& told);
    Result<Look> resolved(const Look& look) const;
    Result<LookResult> look_once_more(const Template& probe, const Look& look) const;
};

Status LiveGallery::State::make_engine(std::size_t dimension, std::size_t about) {
    if (options.search == LiveOptions::Search::Lists) {
        ListedOptions wanted{.dimension = dimension, .threads = options.threads};
        if (options.memory == LiveOptions::Memory::Locked) wanted.lock = Lock::Required;
        MIEN_LET(made, ListedIndex::make(std::move(wanted)));
        engine = std::move(made);
        return {};
    }
    IndexOptions wanted{.dimension = dimension, .threads = options.threads};
    fetches = about > options.copies_at_most / (dimension * sizeof(float));
    if (fetches) {
        wanted.fetch = [this](std::uint64_t id, std::span<float> values) {
            return store->read_values(static_cast<std::int64_t>(id), maker, values);
        };
    }
    if (options.memory == LiveOptions::Memory::Locked) wanted.lock = Lock::Required;
    MIEN_LET(made, TemplateIndex::make(wanted));
    engine = std::move(made);
    return {};
}

Status LiveGallery::State::load() {
    const int workers =
        options.threads > 0 ? options.threads : static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
    MIEN_LET(about, store->templates_at_most());
    std::vector<Part> parts(static_cast<std::size_t>(workers));
    std::mutex making;
    std::mutex failing;
    Status failed;
    std::atomic<std::size_t> loaded{0};
    const auto hand_over = [&](Part& part) -> Status {
        if (part.rows.empty()) return {};
        {
            const std::lock_guard guard(making);
            if (!engine) MIEN_TRY(make_engine(part.values.size() / part.rows.size(), about));
        }
        Status inserted = engine->insert(part.rows, part.values);
        if (!inserted && inserted.error().fault == Fault::Unavailable &&
            options.memory == LiveOptions::Memory::Locked) {
            memory_note = inserted.error().message;
            return inserted;
        }
        options.on_progress(loaded += part.rows.size(), about);
        wipe(part.values.data(), part.values.size() * sizeof(float));
        part.rows.clear();
        part.values.clear();
        return inserted;
    };
    auto last = store->load(gallery, maker, workers, [&](int worker, const StoredTemplate& made) {
        Part& part = parts[static_cast<std::size_t>(worker)];
        part.rows.push_back(row_of(made));
        part.values.insert(part.values.end(), made.values.begin(), made.values.end());
        if (part.rows.size() < Part::most) return;
        if (Status status = hand_over(part); !status) {
            const std::lock_guard guard(failing);
            if (failed) failed = std::move(status);
        }
    });
    MIEN_TRY(std::move(failed));
    if (!last) return last.error();
    for (Part& part : parts) MIEN_TRY(hand_over(part));
    if (loaded < about) options.on_progress(loaded, loaded);
    last_change = *last;
    MIEN_LET(rejected, store->rejections(gallery, maker));
    rejections = std::move(rejected);
    return opened() ? load_facts() : Status{};
}

Status LiveGallery::State::load_facts() {
    std::unordered_map<std::int64_t, Facts> all;
    constexpr std::size_t page = 4096;
    std::int64_t after = 0;
    while (true) {
        MIEN_LET(some, store->facts(gallery, after, page));
        if (some.empty()) break;
        for (const SubjectFacts& one : some) all.insert_or_assign(one.id, Facts(one.kind, one.metadata));
        after = some.back().id;
    }
    facts = std::move(all);
    return {};
}

Status LiveGallery::State::refresh_facts(std::int64_t subject) {
    MIEN_LET(found, store->facts(gallery, subject - 1, 1));
    const std::unique_lock guard(gate);
    if (!found.empty() && found.front().id == subject)
        facts.insert_or_assign(subject, Facts(found.front().kind, found.front().metadata));
    return {};
}

Status LiveGallery::State::drop_facts_of_gone() {
    MIEN_LET(there, store->subject_ids(gallery));  // rising
    const std::unique_lock guard(gate);
    std::erase_if(facts, [&](const auto& entry) { return !std::ranges::binary_search(there, entry.first); });
    return {};
}

// The look with `where` made a condition on subjects, by whichever list is the shorter one: rows of a short list are
// told before their codes are read, those of a long one are asked last, for few rows.
Result<Look> LiveGallery::State::resolved(const Look& look) const {
    Look asked = look;
    if (!look.where.asks()) return asked;
    if (!opened())
        return Error{Fault::BadInput, "the gallery was opened without its metadata, which these conditions ask for"};
    std::vector<std::uint64_t> passing;
    std::vector<std::uint64_t> others;
    for (const auto& [subject, known] : facts)
        (look.where.lets_through(known) ? passing : others).push_back(static_cast<std::uint64_t>(subject));
    if (others.size() < passing.size()) {
        asked.filter.not_subjects.insert(asked.filter.not_subjects.end(), others.begin(), others.end());
        return asked;
    }
    if (asked.filter.subjects) {
        std::ranges::sort(passing);
        std::erase_if(*asked.filter.subjects,
                      [&](std::uint64_t subject) { return !std::ranges::binary_search(passing, subject); });
    } else {
        asked.filter.subjects = std::move(passing);
    }
    return asked;
}

Result<LiveGallery> LiveGallery::open(Store& store, const std::string& gallery, const Maker& maker,
                                      const LiveOptions& options) {
    auto state = std::make_unique<State>();
    state->store = &store;
    state->gallery = gallery;
    state->maker = maker;
    state->options = options;
    Status loaded = state->load();
    if (!loaded && !state->memory_note.empty()) {  // the system locks less memory than this: go on without, and say so
        const std::string note = std::move(state->memory_note);
        state->engine.reset();
        state->options.memory = LiveOptions::Memory::Free;
        loaded = state->load();
        state->memory_note = note;
    }
    if (!loaded) return loaded.error();
    return LiveGallery(std::move(state));
}

// Gives whether the template is there. `told`: subjects whose facts were read anew already.
Result<bool> LiveGallery::State::apply(std::int64_t id, std::set<std::int64_t>& told) {
    MIEN_LET(made, store->find_template(id, maker));
    if (!made) {
        if (!engine) return false;
        const std::vector gone{static_cast<std::uint64_t>(id)};
        MIEN_TRY(engine->remove(gone));
        return false;
    }
    // Before the row, so that no search finds the row without its facts.
    if (opened() && told.insert(made->subject).second) MIEN_TRY(refresh_facts(made->subject));
    if (!engine) {
        const std::unique_lock guard(gate);
        MIEN_TRY(make_engine(made->values.size(), 1));
    }
    const std::vector rows{row_of(*made)};
    if (fetches) {  // in two steps, between which no search may look
        const std::unique_lock guard(gate);
        const std::vector old{rows.front().id};
        MIEN_TRY(engine->remove(old));
        MIEN_TRY(engine->insert(rows, made->values));
        return true;
    }
    Status updated = engine->update(rows, made->values);
    if (!updated && updated.error().fault == Fault::NotFound) updated = engine->insert(rows, made->values);
    MIEN_TRY(std::move(updated));
    return true;
}

Status LiveGallery::refresh() {
    State& s = *state_;
    const std::lock_guard one(s.refreshing);
    MIEN_LET(changes, s.store->changes(s.gallery, s.last_change));
    if (!changes.complete) {
        const std::unique_lock guard(s.gate);
        auto before = std::move(s.engine);
        Status loaded = s.load();
        if (!loaded) s.engine = std::move(before);  // rather what was than nobody
        return loaded;
    }
    std::set<std::int64_t> told;
    bool some_gone = false;
    for (const std::int64_t id : changes.templates) {
        MIEN_LET(there, s.apply(id, told));
        some_gone = some_gone || !there;
    }
    if (s.opened() && some_gone) MIEN_TRY(s.drop_facts_of_gone());
    MIEN_LET(rejected, s.store->rejections(s.gallery, s.maker));
    const std::unique_lock guard(s.gate);
    s.rejections = std::move(rejected);
    s.last_change = changes.last;
    return {};
}

// One probe, again and again without those who must not be named, until who is left may be.
Result<LookResult> LiveGallery::State::look_once_more(const Template& probe, const Look& look) const {
    LookResult result;
    Question question{
        .k = look.top, .threshold = look.threshold * 2 - 1, .rank = Rank::BestOfSubject, .filter = look.filter};
    while (true) {
        MIEN_LET(answers, engine->search(probe.values, question));
        std::vector<std::int64_t> subjects;
        for (const Hit& hit : answers.at(0).hits) subjects.push_back(static_cast<std::int64_t>(hit.subject));
        MIEN_LET(over, store->expired_among(subjects));
        bool again = false;
        result.found.clear();
        for (const Hit& hit : answers.at(0).hits) {
            const Found found{static_cast<std::int64_t>(hit.subject), static_cast<std::int64_t>(hit.id),
                              as_similarity(hit.similarity)};
            const bool rejected = std::ranges::any_of(rejections, [&](const Rejection& r) {
                return r.subject == found.subject && r.probe.size() == probe.values.size() &&
                       similarity(r.probe, probe.values) >= hit.similarity;
            });
            if (rejected) result.held_back.push_back(found);
            if (rejected || std::ranges::find(over, found.subject) != over.end()) {
                question.filter.not_subjects.push_back(hit.subject);
                again = true;
            } else {
                result.found.push_back(found);
            }
        }
        if (!again) return result;
    }
}

Result<std::vector<LookResult>> LiveGallery::search(std::span<const Template> probes, const Look& look) const {
    const State& s = *state_;
    std::vector<LookResult> results(probes.size());
    const std::shared_lock guard(s.gate);
    for (const Template& probe : probes) {
        if (probe.maker != s.maker)
            return Error{Fault::BadInput, "a probe by " + probe.maker.model + " can't be compared with templates by " +
                                              s.maker.model + " (" + s.maker.preprocessing + ")"};
    }
    MIEN_LET(asked, s.resolved(look));
    if (!s.engine || probes.empty()) return results;
    std::vector<float> values;
    for (const Template& probe : probes) values.insert(values.end(), probe.values.begin(), probe.values.end());
    const Question question{
        .k = look.top, .threshold = look.threshold * 2 - 1, .rank = Rank::BestOfSubject, .filter = asked.filter};
    MIEN_LET(answers, s.engine->search(values, question));
    for (std::size_t i = 0; i < probes.size(); ++i) {
        std::vector<std::int64_t> subjects;
        for (const Hit& hit : answers[i].hits) {
            subjects.push_back(static_cast<std::int64_t>(hit.subject));
            results[i].found.push_back(
                {subjects.back(), static_cast<std::int64_t>(hit.id), as_similarity(hit.similarity)});
        }
        MIEN_LET(over, s.store->expired_among(subjects));
        const bool rejected = std::ranges::any_of(
            s.rejections, [&](const Rejection& r) { return std::ranges::find(subjects, r.subject) != subjects.end(); });
        if (over.empty() && !rejected) continue;
        MIEN_LET(result, s.look_once_more(probes[i], asked));
        results[i] = std::move(result);
    }
    return results;
}

std::size_t LiveGallery::size() const {
    const std::shared_lock guard(state_->gate);
    return state_->engine ? state_->engine->size() : 0;
}
const std::string& LiveGallery::gallery() const {
    return state_->gallery;
}
const Maker& LiveGallery::maker() const {
    return state_->maker;
}
std::size_t LiveGallery::memory() const {
    const std::shared_lock guard(state_->gate);
    return state_->engine ? state_->engine->memory() : 0;
}
const std::string& LiveGallery::memory_note() const {
    return state_->memory_note;
}
LiveGallery::LiveGallery(std::unique_ptr<State> state) : state_(std::move(state)) {}
LiveGallery::LiveGallery(LiveGallery&&) noexcept = default;
LiveGallery& LiveGallery::operator=(LiveGallery&&) noexcept = default;
LiveGallery::~LiveGallery() = default;

}  // namespace mien::gallery
