#include "gallery/live.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <shared_mutex>
#include <thread>

#include "gallery/search/listed_index.h"
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
    std::string memory_note{};
    std::int64_t last_change = 0;
    std::vector<Rejection> rejections{};
    mutable std::shared_mutex gate{};  // guards engine's making and rejections
    std::mutex refreshing{};

    Status make_engine(std::size_t dimension);
    Status load();
    Status apply(std::int64_t id);
    Result<LookResult> look_once_more(const Template& probe, const Look& look) const;
};

Status LiveGallery::State::make_engine(std::size_t dimension) {
    if (options.search == LiveOptions::Search::Lists) {
        ListedOptions wanted{.dimension = dimension, .threads = options.threads};
        if (options.memory == LiveOptions::Memory::Locked) wanted.lock = Lock::Required;
        MIEN_LET(made, ListedIndex::make(std::move(wanted)));
        engine = std::move(made);
        return {};
    }
    IndexOptions wanted{.dimension = dimension, .threads = options.threads};
    if (options.memory == LiveOptions::Memory::Locked) wanted.lock = Lock::Required;
    MIEN_LET(made, TemplateIndex::make(wanted));
    engine = std::move(made);
    return {};
}

Status LiveGallery::State::load() {
    const int workers =
        options.threads > 0 ? options.threads : static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
    MIEN_LET(info, store->gallery(gallery));
    std::vector<Part> parts(static_cast<std::size_t>(workers));
    std::mutex making;
    std::mutex failing;
    Status failed;
    std::atomic<std::size_t> loaded{0};
    const auto hand_over = [&](Part& part) -> Status {
        if (part.rows.empty()) return {};
        {
            const std::lock_guard guard(making);
            if (!engine) MIEN_TRY(make_engine(part.values.size() / part.rows.size()));
        }
        Status inserted = engine->insert(part.rows, part.values);
        if (!inserted && inserted.error().fault == Fault::Unavailable &&
            options.memory == LiveOptions::Memory::Locked) {
            memory_note = inserted.error().message;
            return inserted;
        }
        options.on_progress(loaded += part.rows.size(), info.templates);
        std::ranges::fill(part.values, 0.0F);
        part.rows.clear();
        part.values.clear();
        return inserted;
    };
    auto last = store->load(gallery, maker, workers, [&](int worker, StoredTemplate&& made) {
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
    last_change = *last;
    MIEN_LET(rejected, store->rejections(gallery, maker));
    rejections = std::move(rejected);
    return {};
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

Status LiveGallery::State::apply(std::int64_t id) {
    MIEN_LET(made, store->find_template(id, maker));
    if (!made) {
        if (!engine) return {};
        const std::vector gone{static_cast<std::uint64_t>(id)};
        MIEN_TRY(engine->remove(gone));
        return {};
    }
    if (!engine) {
        const std::unique_lock guard(gate);
        MIEN_TRY(make_engine(made->values.size()));
    }
    const std::vector rows{row_of(*made)};
    Status updated = engine->update(rows, made->values);
    if (updated || updated.error().fault != Fault::NotFound) return updated;
    return engine->insert(rows, made->values);
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
    for (const std::int64_t id : changes.templates) MIEN_TRY(s.apply(id));
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
    if (!s.engine || probes.empty()) return results;
    std::vector<float> values;
    for (const Template& probe : probes) values.insert(values.end(), probe.values.begin(), probe.values.end());
    const Question question{
        .k = look.top, .threshold = look.threshold * 2 - 1, .rank = Rank::BestOfSubject, .filter = look.filter};
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
        MIEN_LET(result, s.look_once_more(probes[i], look));
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
const std::string& LiveGallery::memory_note() const {
    return state_->memory_note;
}
LiveGallery::LiveGallery(std::unique_ptr<State> state) : state_(std::move(state)) {}
LiveGallery::LiveGallery(LiveGallery&&) noexcept = default;
LiveGallery& LiveGallery::operator=(LiveGallery&&) noexcept = default;
LiveGallery::~LiveGallery() = default;

}  // namespace mien::gallery
