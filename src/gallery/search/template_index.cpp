#include "gallery/search/template_index.h"

#include <algorithm>
#include <limits>
#include <mutex>
#include <shared_mutex>
#include <thread>
#include <utility>

#include "gallery/search/chunk.h"
#include "gallery/search/code.h"
#include "gallery/search/id_map.h"
#include "gallery/search/kernels.h"
#include "gallery/search/scan.h"
#include "gallery/search/similarity.h"

namespace mien::gallery {
namespace {

constexpr std::uint32_t least_capacity = 256;  // of a chunk
constexpr std::size_t rows_for_an_axis = 256;
constexpr std::size_t growth_for_a_new_axis = 4;

Status check(const IndexOptions& options) {
    if (options.dimension == 0 || options.dimension > max_dimension) {
        return Error{Fault::BadInput, "the dimension must be 1..2048, got " + std::to_string(options.dimension)};
    }
    if (options.chunk_rows < block_rows || options.chunk_rows > (1u << 20) || options.chunk_rows % block_rows != 0) {
        return Error{Fault::BadInput,
                     "chunk_rows must be a multiple of 16 in 16..1048576, got " + std::to_string(options.chunk_rows)};
    }
    if (options.threads < 0 || options.threads > 1024) {
        return Error{Fault::BadInput, "threads must be 0..1024, got " + std::to_string(options.threads)};
    }
    return {};
}

Shape shape_of(const IndexOptions& options) {
    return Shape::of(options.dimension, options.fetch ? Values::Fetched : Values::Kept);
}

// Chunks grow with the index, so that a small one stays small and a big one has few.
std::uint32_t next_capacity(std::size_t rows_so_far, std::size_t rows_to_come, std::size_t chunk_rows) {
    const std::size_t wish = std::max({rows_so_far, rows_to_come, std::size_t{least_capacity}});
    return static_cast<std::uint32_t>((std::min(wish, chunk_rows) + block_rows - 1) / block_rows * block_rows);
}

int thread_count(int wished) {
    return wished > 0 ? wished : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

}  // namespace

// Writers come one at a time (`writing`), prepare a new snapshot and room for the ids beside the old ones, and put them
// in place together under `gate`. A search holds `gate` shared only to take the snapshot, and to look ids up.
struct TemplateIndex::State {
    State(IndexOptions given, const Kernel* chosen)
        : options(std::move(given)),
          shape(shape_of(options)),
          kernel(chosen),
          workers(thread_count(options.threads)),
          sum(shape.dimension, 0.0),
          axis(std::make_shared<const std::vector<float>>(axis_of(sum))) {}

    // A place is a row's number over all views, chunk_rows to each.
    using Places = std::vector<std::uint32_t>;
    std::size_t view_of(std::uint32_t place) const { return place / options.chunk_rows; }
    std::uint32_t row_of(std::uint32_t place) const { return static_cast<std::uint32_t>(place % options.chunk_rows); }
    auto id_at(const Snapshot& now) const {
        return [this, &now](std::uint32_t place) { return now.views[view_of(place)].chunk->id(row_of(place)); };
    }

    Result<Places> find_all(std::span<const Row> rows) const;
    Status check_new(std::span<const Row> rows) const;
    Result<Places> append(Snapshot& next, std::span<const Row> rows, std::span<const float> values);
    Status open_chunk(Snapshot& next, std::size_t rows_to_come);
    void fill(View& view, std::span<const Row> rows, std::span<const float> values);
    void clear(Snapshot& next, const Places& gone);
    void publish(Snapshot next, const Places& gone, const Places& added);
    Status move_rows(std::size_t view);
    Sieve::IdRows rows_of(const std::vector<std::uint64_t>& ids) const;

    const IndexOptions options;
    const Shape shape;
    const Kernel* const kernel;
    mutable Workers workers;

    std::mutex writing{};
    std::size_t open = none;  // the view that rows are appended to
    std::vector<double> sum;  // of all rows ever appended
    std::size_t summed = 0;
    Axis axis;                  // of the next chunk
    std::size_t axis_rows = 0;  // that it was made of

    mutable std::shared_mutex gate{};
    std::shared_ptr<const Snapshot> snapshot = std::make_shared<const Snapshot>();
    IdMap places{};

    static constexpr std::size_t none = ~std::size_t{0};
};

Result<TemplateIndex::State::Places> TemplateIndex::State::find_all(std::span<const Row> rows) const {
    Places found;
    for (const Row& row : rows) {
        found.push_back(places.find(row.id, id_at(*snapshot)));
        if (found.back() == IdMap::none) return Error{Fault::NotFound, "no row " + std::to_string(row.id)};
    }
    Places sorted = found;
    std::ranges::sort(sorted);
    const auto twice = std::ranges::adjacent_find(sorted);
    if (twice != sorted.end()) {
        return Error{Fault::Conflict, "row " + std::to_string(id_at(*snapshot)(*twice)) + " came twice"};
    }
    return sorted;
}

Status TemplateIndex::State::check_new(std::span<const Row> rows) const {
    std::vector<std::uint64_t> ids;
    for (const Row& row : rows) {
        if (places.find(row.id, id_at(*snapshot)) != IdMap::none) {
            return Error{Fault::Conflict, "row " + std::to_string(row.id) + " is there already"};
        }
        ids.push_back(row.id);
    }
    std::ranges::sort(ids);
    const auto twice = std::ranges::adjacent_find(ids);
    if (twice != ids.end()) return Error{Fault::Conflict, "row " + std::to_string(*twice) + " is there already"};
    return {};
}

Status TemplateIndex::State::open_chunk(Snapshot& next, std::size_t rows_to_come) {
    const auto vacant = std::ranges::find(next.views, nullptr, &View::chunk);
    const auto at = static_cast<std::size_t>(vacant - next.views.begin());
    if ((at + 1) * options.chunk_rows >= IdMap::none) {
        return Error{Fault::Unsupported, "the index is full: it numbers rows with 32 bits"};
    }
    // Seldom, so that a search codes its probes for few axes.
    if (summed >= std::max(rows_for_an_axis, growth_for_a_new_axis * axis_rows)) {
        axis = std::make_shared<const std::vector<float>>(axis_of(sum));
        axis_rows = summed;
    }
    const std::uint32_t capacity = next_capacity(next.rows, rows_to_come, options.chunk_rows);
    MIEN_LET(chunk, Chunk::make(shape, capacity, axis, options.lock));
    if (vacant == next.views.end()) next.views.emplace_back();
    next.views[at] = View{};
    next.views[at].chunk = std::move(chunk);
    next.views[at].earliest = std::numeric_limits<std::int64_t>::max();
    next.views[at].latest = std::numeric_limits<std::int64_t>::min();
    open = at;
    return {};
}

// Rows past a view's count are no one's but the writer's: no snapshot shows them.
void TemplateIndex::State::fill(View& view, std::span<const Row> rows, std::span<const float> values) {
    const std::shared_ptr<Chunk> chunk = std::const_pointer_cast<Chunk>(view.chunk);
    const std::uint32_t begin = view.count;
    const auto end = static_cast<std::uint32_t>(begin + rows.size());
    chunk->mark_written(end);
    const auto write = [&](std::uint32_t block) {
        const std::uint32_t first = std::max(begin, block * block_rows);
        const std::uint32_t after = std::min(end, (block + 1) * block_rows);
        const std::size_t skipped = first - begin;
        chunk->write(first, after, rows.data() + skipped, values.data() + skipped * shape.dimension);
    };
    const std::uint32_t first_block = begin / block_rows;
    const std::uint32_t full_blocks = end / block_rows - first_block;
    constexpr std::uint32_t worth_waking = 16;
    workers.run(full_blocks, full_blocks >= worth_waking ? static_cast<std::size_t>(workers.size()) : 1,
                [&](std::size_t block, std::size_t) { write(first_block + static_cast<std::uint32_t>(block)); });
    if (end % block_rows != 0) write(end / block_rows);
    for (const Row& row : rows) {
        view.earliest = std::min(view.earliest, row.enrolled_at);
        view.latest = std::max(view.latest, row.enrolled_at);
    }
    view.count = end;
    view.living += static_cast<std::uint32_t>(rows.size());
}

Result<TemplateIndex::State::Places> TemplateIndex::State::append(Snapshot& next, std::span<const Row> rows,
                                                                  std::span<const float> values) {
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const float* own = values.data() + i * shape.dimension;
        for (std::size_t j = 0; j < shape.dimension; ++j) sum[j] += static_cast<double>(own[j]);
    }
    summed += rows.size();
    const std::size_t open_before = open;
    Places added;
    while (added.size() < rows.size()) {
        const std::size_t done = added.size();
        if (open == none || next.views[open].count == next.views[open].chunk->capacity()) {
            if (auto opened = open_chunk(next, rows.size() - done); !opened) {
                open = open_before;
                return std::move(opened).error();
            }
        }
        View& view = next.views[open];
        const std::size_t now = std::min<std::size_t>(view.chunk->capacity() - view.count, rows.size() - done);
        for (std::size_t i = 0; i < now; ++i) {
            added.push_back(static_cast<std::uint32_t>(open * options.chunk_rows + view.count + i));
        }
        fill(view, rows.subspan(done, now), values.subspan(done * shape.dimension, now * shape.dimension));
    }
    next.rows += rows.size();
    return added;
}

void TemplateIndex::State::clear(Snapshot& next, const Places& gone) {
    for (std::size_t i = 0; i < gone.size();) {
        const std::size_t at = view_of(gone[i]);
        View& view = next.views[at];
        auto alive = view.alive ? *view.alive : std::vector<std::uint16_t>(view.chunk->capacity() / block_rows, 0xffff);
        for (; i < gone.size() && view_of(gone[i]) == at; ++i) {
            const std::uint32_t row = row_of(gone[i]);
            alive[row / block_rows] = static_cast<std::uint16_t>(alive[row / block_rows] & ~(1u << row % block_rows));
            --view.living;
            --next.rows;
        }
        view.alive = std::make_shared<const std::vector<std::uint16_t>>(std::move(alive));
        if (view.living > 0) continue;
        view = View{};
        if (open == at) open = none;
    }
}

void TemplateIndex::State::publish(Snapshot next, const Places& gone, const Places& added) {
    auto shown = std::make_shared<const Snapshot>(std::move(next));
    const Snapshot& before = *snapshot;
    const bool roomy = places.has_room_for(before.rows + added.size());
    IdMap grown = roomy ? IdMap{} : places.with_room_for(before.rows + added.size(), id_at(before));
    {
        const std::unique_lock lock(gate);
        if (!roomy) std::swap(places, grown);
        for (const std::uint32_t place : gone) places.remove(id_at(before)(place), id_at(before));
        for (const std::uint32_t place : added) places.add(id_at(*shown)(place), place);
        snapshot.swap(shown);
    }
    // What the last search has left of the old snapshot is zeroed and freed here, or at that search's end.
}

// Moves a chunk's living rows to the end.
Status TemplateIndex::State::move_rows(std::size_t from) {
    Snapshot next = *snapshot;
    const View view = std::exchange(next.views[from], View{});
    const std::size_t open_before = open;
    if (open == from) open = none;
    MIEN_LET(memory, Memory::make(std::size_t{view.living} * shape.dimension * sizeof(float), options.lock));
    auto* values = reinterpret_cast<float*>(memory.data());
    std::vector<Row> rows;
    Places gone;
    Status moved;
    for (std::uint32_t at = 0; at < view.count && moved; ++at) {
        if (!view.is_alive(at)) continue;
        gone.push_back(static_cast<std::uint32_t>(from * options.chunk_rows + at));
        const std::span<float> own(values + rows.size() * shape.dimension, shape.dimension);
        if (shape.values == Values::Kept) {
            std::copy_n(view.chunk->values(at), shape.dimension, own.data());
        } else if (const auto there = options.fetch(view.chunk->id(at), own); !there) {
            moved = there.error();
        } else if (!*there) {
            continue;
        } else {
            moved = check_unit_vectors(own, 1, shape.dimension);
        }
        rows.push_back(view.chunk->row(at));
    }
    next.rows -= view.living;
    const std::span<const float> all(values, rows.size() * shape.dimension);
    Result<Places> added = moved ? append(next, rows, all) : Result<Places>(std::move(moved).error());
    wipe(values, all.size_bytes());
    if (!added) {
        open = open_before;
        return std::move(added).error();
    }
    publish(std::move(next), gone, *added);
    return {};
}

Sieve::IdRows TemplateIndex::State::rows_of(const std::vector<std::uint64_t>& ids) const {
    return Sieve::rows_of(ids, options.chunk_rows, [&](std::uint64_t id) { return places.find(id, id_at(*snapshot)); });
}

TemplateIndex::TemplateIndex(std::unique_ptr<State> state) : state_(std::move(state)) {}
TemplateIndex::~TemplateIndex() = default;

Result<std::unique_ptr<TemplateIndex>> TemplateIndex::make(IndexOptions options) {
    MIEN_TRY(check(options));
    for (const Kernel* kernel : usable_kernels()) {
        if (!options.kernel.empty() && options.kernel != kernel->name) continue;
        return std::unique_ptr<TemplateIndex>(new TemplateIndex(std::make_unique<State>(std::move(options), kernel)));
    }
    return Error{Fault::Unsupported, "this CPU has no kernel " + options.kernel};
}

Status TemplateIndex::insert(std::span<const Row> rows, std::span<const float> values) {
    MIEN_TRY(check_unit_vectors(values, rows.size(), state_->shape.dimension));
    const std::lock_guard lock(state_->writing);
    MIEN_TRY(state_->check_new(rows));
    Snapshot next = *state_->snapshot;
    MIEN_LET(added, state_->append(next, rows, values));
    state_->publish(std::move(next), {}, added);
    return {};
}

Status TemplateIndex::update(std::span<const Row> rows, std::span<const float> values) {
    if (state_->options.fetch) {
        return Error{Fault::Unsupported,
                     "values are fetched by id, so a row's can't change: insert a new id and remove the old"};
    }
    MIEN_TRY(check_unit_vectors(values, rows.size(), state_->shape.dimension));
    const std::lock_guard lock(state_->writing);
    MIEN_LET(old, state_->find_all(rows));
    Snapshot next = *state_->snapshot;
    MIEN_LET(added, state_->append(next, rows, values));
    state_->clear(next, old);
    state_->publish(std::move(next), old, added);
    return {};
}

Result<std::size_t> TemplateIndex::remove(std::span<const std::uint64_t> ids) {
    const std::lock_guard lock(state_->writing);
    State::Places gone;
    for (const std::uint64_t id : ids) gone.push_back(state_->places.find(id, state_->id_at(*state_->snapshot)));
    std::erase(gone, IdMap::none);
    std::ranges::sort(gone);
    gone.erase(std::unique(gone.begin(), gone.end()), gone.end());
    if (gone.empty()) return std::size_t{0};
    Snapshot next = *state_->snapshot;
    state_->clear(next, gone);
    state_->publish(std::move(next), gone, {});
    return gone.size();
}

Result<std::vector<Answer>> TemplateIndex::search(std::span<const float> probes, const Question& question) const {
    if (question.k == 0) return Error{Fault::BadInput, "k must be 1 or more"};
    MIEN_TRY(check_unit_vectors(probes, probes.size() / state_->shape.dimension, state_->shape.dimension));
    std::shared_ptr<const Snapshot> snapshot;
    Sieve::IdRows id_rows;
    {
        const std::shared_lock lock(state_->gate);
        snapshot = state_->snapshot;
        if (question.filter.ids) id_rows = state_->rows_of(*question.filter.ids);
    }
    const Scanned scanned{*snapshot, state_->shape, *state_->kernel, state_->options.fetch, state_->workers};
    return scan(scanned, probes, question, Sieve(question.filter, std::move(id_rows)));
}

Result<std::size_t> TemplateIndex::compact(double share) {
    std::size_t freed = 0;
    std::size_t views = 0;
    {
        const std::lock_guard lock(state_->writing);
        views = state_->snapshot->views.size();
    }
    for (std::size_t at = 0; at < views; ++at) {
        const std::lock_guard lock(state_->writing);
        const View& view = state_->snapshot->views[at];
        const std::uint32_t removed = view.count - view.living;
        if (removed == 0 || removed < share * view.count) continue;
        MIEN_TRY(state_->move_rows(at));
        ++freed;
    }
    return freed;
}

std::size_t TemplateIndex::size() const {
    const std::shared_lock lock(state_->gate);
    return state_->snapshot->rows;
}

std::size_t TemplateIndex::dimension() const {
    return state_->shape.dimension;
}

std::size_t TemplateIndex::memory() const {
    const std::shared_lock lock(state_->gate);
    std::size_t bytes = state_->places.bytes();
    for (const View& view : state_->snapshot->views) {
        if (view.chunk) bytes += view.chunk->size();
        if (view.alive) bytes += view.alive->size() * sizeof(std::uint16_t);
    }
    return bytes;
}

const char* TemplateIndex::kernel() const {
    return state_->kernel->name;
}

bool TemplateIndex::huge_pages_advised() const {
    const std::shared_lock lock(state_->gate);
    return std::ranges::any_of(state_->snapshot->views,
                               [](const View& view) { return view.chunk && view.chunk->huge(); });
}

Result<std::size_t> memory_needed(std::size_t rows, const IndexOptions& options) {
    MIEN_TRY(check(options));
    const Shape shape = shape_of(options);
    std::size_t bytes = IdMap::slots_for(rows) * sizeof(std::uint32_t);
    for (std::size_t left = rows; left > 0;) {
        // An insert of many rows opens its chunks before any of them counts.
        const std::uint32_t capacity = next_capacity(0, left, options.chunk_rows);
        bytes += Chunk::bytes(shape, capacity);
        left -= std::min<std::size_t>(left, capacity);
    }
    return bytes;
}

}  // namespace mien::gallery
