#include "gallery/search/listed_index.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <string>
#include <thread>
#include <utility>

#include "gallery/search/kernels.h"
#include "gallery/search/listed_state.h"
#include "gallery/search/scan.h"
#include "gallery/search/similarity.h"

namespace mien::gallery {
namespace {

// From this size of a batch on the exact scan takes for each probe what lists take for a sixteenth of the rows
// (docs/results.md, "Lists").
constexpr std::size_t big_batch = 16;
constexpr double cheaper_share = 1.0 / 16;

Status check(const ListedOptions& options) {
    if (options.dimension == 0 || options.dimension > max_dimension)
        return Error{Fault::BadInput, "the dimension must be 1..2048, got " + std::to_string(options.dimension)};
    if (options.chunk_rows < block_rows || options.chunk_rows > (1u << 20) || options.chunk_rows % block_rows != 0) {
        return Error{Fault::BadInput,
                     "chunk_rows must be a multiple of 16 in 16..1048576, got " + std::to_string(options.chunk_rows)};
    }
    if (options.threads < 0 || options.threads > 1024)
        return Error{Fault::BadInput, "threads must be 0..1024, got " + std::to_string(options.threads)};
    if (options.lists > most_lists)
        return Error{Fault::BadInput, "lists must be 0..65536, got " + std::to_string(options.lists)};
    return {};
}

Status check_share(double share) {
    if (share > 0 && share <= 1) return {};
    return Error{Fault::BadInput, "share must be above 0 and at most 1, got " + std::to_string(share)};
}

int thread_count(int wished) {
    return wished > 0 ? wished : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

}  // namespace

ListedIndex::State::State(ListedOptions given, const Kernel* chosen)
    : options(std::move(given)),
      shape(Shape::of(options.dimension, Values::Kept)),
      kernel(chosen),
      workers(thread_count(options.threads)) {
    auto empty = std::make_shared<Layout>();
    empty->axis = std::make_shared<const std::vector<float>>(shape.dimension, 0.0F);
    layout = std::move(empty);
}

// Rows of a view that a search with this filter can find.
std::size_t ListedIndex::State::eligible(const Layout& now, const Sieve& sieve, const Question& question,
                                         std::uint32_t at) const {
    const View& view = now.all.views[at];
    if (sieve.closes(view, at)) return 0;
    std::vector<std::uint16_t> open((view.count + block_rows - 1) / block_rows);
    const std::size_t rows = sieve.open(view, at, 0, open);
    if (question.filter.not_subjects.empty()) return rows;
    std::size_t passing = 0;
    for (std::uint32_t block = 0; block < open.size(); ++block) {
        for (std::uint32_t bits = open[block]; bits != 0; bits &= bits - 1) {
            const auto r = static_cast<std::uint32_t>(std::countr_zero(bits));
            if (sieve.lets_through(*view.chunk, block * block_rows + r)) ++passing;
        }
    }
    return passing;
}

// The views that every search looks at and those of the nearest lists, of at least one, that hold, together, `share` of
// the rows as rows that can be found; all views where there are fewer.
Result<std::vector<std::uint32_t>> ListedIndex::State::choose(const Layout& now, const Sieve& sieve,
                                                              std::span<const float> probe, const Question& question,
                                                              double share) const {
    const auto wanted = static_cast<std::size_t>(std::ceil(share * static_cast<double>(now.rows_then)));
    const std::size_t lists = now.lists.size() - 1;
    std::vector<std::uint32_t> chosen = now.lists.back();
    std::size_t found = 0;
    std::size_t seen = 0;  // lists
    // Lists differ in size, so somewhat more of them are ranked than their mean size asks for.
    auto ranked = static_cast<std::size_t>(std::ceil(1.5 * share * static_cast<double>(lists))) + 4;
    while (found < wanted && seen < lists) {
        ranked = std::min(ranked, lists);
        MIEN_LET(nearest, now.centroids->search(probe, {.k = ranked, .threads = question.threads}));
        for (; seen < ranked && found < wanted; ++seen) {
            for (const std::uint32_t view : now.lists[nearest.front().hits[seen].id]) {
                found += eligible(now, sieve, question, view);
                chosen.push_back(view);
            }
        }
        ranked = lists;
    }
    return chosen;
}

Result<std::vector<Answer>> ListedIndex::State::scan_views(const Snapshot& views, const Sieve::IdRows& id_rows,
                                                           std::span<const float> probes,
                                                           const Question& question) const {
    const Scanned scanned{views, shape, *kernel, no_fetch, workers};
    return scan(scanned, probes, question, Sieve(question.filter, id_rows));
}

Sieve::IdRows ListedIndex::State::rows_of(const std::vector<std::uint64_t>& ids) const {
    return Sieve::rows_of(ids, options.chunk_rows, [&](std::uint64_t id) { return places.find(id, id_at(*layout)); });
}

ListedIndex::ListedIndex(std::unique_ptr<State> state) : state_(std::move(state)) {}
ListedIndex::~ListedIndex() = default;

Result<std::unique_ptr<ListedIndex>> ListedIndex::make(ListedOptions options) {
    MIEN_TRY(check(options));
    MIEN_TRY(check_share(options.share));
    for (const Kernel* kernel : usable_kernels()) {
        if (!options.kernel.empty() && options.kernel != kernel->name) continue;
        return std::unique_ptr<ListedIndex>(new ListedIndex(std::make_unique<State>(std::move(options), kernel)));
    }
    return Error{Fault::Unsupported, "this CPU has no kernel " + options.kernel};
}

Status ListedIndex::insert(std::span<const Row> rows, std::span<const float> values) {
    MIEN_TRY(check_unit_vectors(values, rows.size(), state_->shape.dimension));
    const std::lock_guard lock(state_->writing);
    MIEN_TRY(state_->check_new(rows));
    Layout next = *state_->layout;
    MIEN_LET(added, state_->append(next, rows, values));
    state_->publish(std::move(next), {}, added);
    // The rows are in: that there is no memory for new lists is no fault of this change, and the old ones do.
    static_cast<void>(state_->arrange_if_grown());
    return {};
}

Status ListedIndex::update(std::span<const Row> rows, std::span<const float> values) {
    MIEN_TRY(check_unit_vectors(values, rows.size(), state_->shape.dimension));
    const std::lock_guard lock(state_->writing);
    MIEN_LET(old, state_->find_all(rows));
    Layout next = *state_->layout;
    MIEN_LET(added, state_->append(next, rows, values));
    state_->clear(next, old);
    state_->publish(std::move(next), old, added);
    return {};
}

Result<std::size_t> ListedIndex::remove(std::span<const std::uint64_t> ids) {
    const std::lock_guard lock(state_->writing);
    Places gone;
    for (const std::uint64_t id : ids) gone.push_back(state_->places.find(id, state_->id_at(*state_->layout)));
    std::erase(gone, IdMap::none);
    std::ranges::sort(gone);
    gone.erase(std::unique(gone.begin(), gone.end()), gone.end());
    if (gone.empty()) return std::size_t{0};
    Layout next = *state_->layout;
    state_->clear(next, gone);
    state_->publish(std::move(next), gone, {});
    return gone.size();
}

Result<std::vector<Answer>> ListedIndex::search(std::span<const float> probes, const Question& question) const {
    return search_share(probes, question, state_->options.share);
}

Result<std::vector<Answer>> ListedIndex::search_share(std::span<const float> probes, const Question& question,
                                                      double share) const {
    const std::size_t dimension = state_->shape.dimension;
    if (question.k == 0) return Error{Fault::BadInput, "k must be 1 or more"};
    MIEN_TRY(check_share(share));
    MIEN_TRY(check_unit_vectors(probes, probes.size() / dimension, dimension));
    std::shared_ptr<const Layout> now;
    Sieve::IdRows id_rows;
    {
        const std::shared_lock lock(state_->gate);
        now = state_->layout;
        if (question.filter.ids) id_rows = state_->rows_of(*question.filter.ids);
    }
    const std::size_t count = probes.size() / dimension;
    const bool cheaper_together = count >= big_batch && share >= cheaper_share;
    if (!now->centroids || share >= 1 || cheaper_together || question.filter.also)
        return state_->scan_views(now->all, id_rows, probes, question);
    const Sieve sieve(question.filter, id_rows);
    std::vector<Answer> answers;
    for (std::size_t p = 0; p < count; ++p) {
        const auto probe = probes.subspan(p * dimension, dimension);
        MIEN_LET(views, state_->choose(*now, sieve, probe, question, share));
        Snapshot chosen;
        Sieve::IdRows chosen_ids;
        for (const std::uint32_t view : views) {
            if (const auto listed = id_rows.find(view); listed != id_rows.end())
                chosen_ids[static_cast<std::uint32_t>(chosen.views.size())] = listed->second;
            chosen.views.push_back(now->all.views[view]);
            chosen.rows += now->all.views[view].living;
        }
        MIEN_LET(answer, state_->scan_views(chosen, chosen_ids, probe, question));
        answers.push_back(std::move(answer.front()));
    }
    return answers;
}

Status ListedIndex::arrange() {
    const std::lock_guard lock(state_->writing);
    return state_->arrange();
}

std::size_t ListedIndex::size() const {
    return state_->now()->all.rows;
}

std::size_t ListedIndex::dimension() const {
    return state_->shape.dimension;
}

std::size_t ListedIndex::lists() const {
    const auto now = state_->now();
    return now->centroids ? now->lists.size() - 1 : 1;
}

std::size_t ListedIndex::memory() const {
    const std::shared_lock lock(state_->gate);
    std::size_t bytes = state_->places.bytes();
    if (state_->layout->centroids) bytes += state_->layout->centroids->memory();
    for (const View& view : state_->layout->all.views) {
        if (view.chunk) bytes += view.chunk->size();
        if (view.alive) bytes += view.alive->size() * sizeof(std::uint16_t);
    }
    return bytes;
}

const char* ListedIndex::kernel() const {
    return state_->kernel->name;
}

}  // namespace mien::gallery
