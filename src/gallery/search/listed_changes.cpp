#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "gallery/search/centroids.h"
#include "gallery/search/code.h"
#include "gallery/search/listed_state.h"
#include "gallery/search/memory.h"

namespace mien::gallery {
namespace {

constexpr std::size_t sample_rows_a_list = 64;  // enough for a mean: more moves it little
constexpr int rounds = 8;
constexpr std::size_t rows_at_once = 256;  // that are put into lists together
constexpr std::uint32_t least_capacity = 64;
constexpr std::size_t growth = 2;  // of the rows, from which on lists are made anew

std::uint32_t whole_blocks(std::size_t rows) {
    return static_cast<std::uint32_t>((rows + block_rows - 1) / block_rows * block_rows);
}

// Zeroed at its end.
class Floats {
public:
    static Result<Floats> make(std::size_t count, Lock lock) {
        MIEN_LET(memory, Memory::make(std::max<std::size_t>(count, 1) * sizeof(float), lock));
        return Floats(std::move(memory), count);
    }
    Floats(Floats&&) = default;
    Floats(const Floats&) = delete;
    Floats& operator=(const Floats&) = delete;
    Floats& operator=(Floats&&) = delete;
    ~Floats() {
        if (memory_.data() != nullptr) wipe(memory_.data(), count_ * sizeof(float));
    }
    std::span<float> all() const { return {reinterpret_cast<float*>(memory_.data()), count_}; }

private:
    Floats(Memory memory, std::size_t count) : memory_(std::move(memory)), count_(count) {}
    Memory memory_;
    std::size_t count_;
};

}  // namespace

Status ListedIndex::State::check_new(std::span<const Row> rows) const {
    std::vector<std::uint64_t> ids;
    for (const Row& row : rows) {
        if (places.find(row.id, id_at(*layout)) != IdMap::none)
            return Error{Fault::Conflict, "row " + std::to_string(row.id) + " is there already"};
        ids.push_back(row.id);
    }
    std::ranges::sort(ids);
    const auto twice = std::ranges::adjacent_find(ids);
    if (twice != ids.end()) return Error{Fault::Conflict, "row " + std::to_string(*twice) + " came twice"};
    return {};
}

Result<Places> ListedIndex::State::find_all(std::span<const Row> rows) const {
    Places found;
    for (const Row& row : rows) {
        found.push_back(places.find(row.id, id_at(*layout)));
        if (found.back() == IdMap::none) return Error{Fault::NotFound, "no row " + std::to_string(row.id)};
    }
    std::ranges::sort(found);
    const auto twice = std::ranges::adjacent_find(found);
    if (twice != found.end())
        return Error{Fault::Conflict, "row " + std::to_string(id_at(*layout)(*twice)) + " came twice"};
    return found;
}

Result<std::vector<Nearest>> ListedIndex::State::lists_of(const Layout& now, std::span<const float> values) const {
    const std::size_t count = values.size() / shape.dimension;
    std::vector<Nearest> lists(count);
    if (!now.centroids) return lists;
    for (std::size_t first = 0; first < count; first += rows_at_once) {
        const std::size_t some = std::min(rows_at_once, count - first);
        MIEN_LET(nearest, now.centroids->search(values.subspan(first * shape.dimension, some * shape.dimension), {}));
        for (std::size_t i = 0; i < some; ++i) {
            const Hit& hit = nearest[i].hits.front();
            lists[first + i] = {static_cast<std::uint32_t>(hit.id), hit.similarity};
        }
    }
    return lists;
}

Result<std::uint32_t> ListedIndex::State::open_view(Layout& next, std::size_t list, std::size_t rows_to_come) const {
    const auto vacant = std::ranges::find(next.all.views, nullptr, &View::chunk);
    const auto at = static_cast<std::size_t>(vacant - next.all.views.begin());
    if ((at + 1) * options.chunk_rows >= IdMap::none)
        return Error{Fault::Unsupported, "the index is full: it numbers rows with 32 bits"};
    std::size_t so_far = 0;
    for (const std::uint32_t view : next.lists[list]) so_far += next.all.views[view].count;
    // A fourth more than there is: the pages of a small list's free places would weigh more than its rows.
    const std::size_t wish = std::max({so_far / 4, rows_to_come, std::size_t{least_capacity}});
    MIEN_LET(chunk, Chunk::make(shape, whole_blocks(std::min(wish, options.chunk_rows)), next.axis, options.lock));
    if (vacant == next.all.views.end()) next.all.views.emplace_back();
    View& view = next.all.views[at];
    view = View{};
    view.chunk = std::move(chunk);
    view.earliest = std::numeric_limits<std::int64_t>::max();
    view.latest = std::numeric_limits<std::int64_t>::min();
    next.lists[list].push_back(static_cast<std::uint32_t>(at));
    return static_cast<std::uint32_t>(at);
}

// Rows past a view's count are no one's but the writer's: no layout that a search has shows them.
Result<Places> ListedIndex::State::append(Layout& next, std::span<const Row> rows,
                                          std::span<const float> values) const {
    MIEN_LET(lists, lists_of(next, values));
    std::vector<std::size_t> order(rows.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::stable_sort(order, {}, [&](std::size_t i) { return lists[i].list; });
    MIEN_LET(block, Floats::make(block_rows * shape.dimension, options.lock));
    Places added(rows.size());
    for (std::size_t i = 0; i < order.size();) {
        const std::uint32_t list = lists[order[i]].list;
        std::size_t end = i;
        while (end < order.size() && lists[order[end]].list == list) ++end;
        while (i < end) {
            const auto& own = next.lists[list];
            const bool room =
                !own.empty() && next.all.views[own.back()].count < next.all.views[own.back()].chunk->capacity();
            std::uint32_t at = room ? own.back() : 0;
            if (!room) {
                MIEN_LET(opened, open_view(next, list, end - i));
                at = opened;
            }
            View& view = next.all.views[at];
            const std::uint32_t first = view.count;
            const auto some =
                static_cast<std::uint32_t>(std::min<std::size_t>(block_rows - first % block_rows, end - i));
            std::array<Row, block_rows> written{};
            for (std::uint32_t r = 0; r < some; ++r) {
                const std::size_t from = order[i + r];
                written[r] = rows[from];
                std::copy_n(values.data() + from * shape.dimension, shape.dimension,
                            block.all().data() + r * shape.dimension);
                added[from] = static_cast<std::uint32_t>(at * options.chunk_rows + first + r);
                view.earliest = std::min(view.earliest, rows[from].enrolled_at);
                view.latest = std::max(view.latest, rows[from].enrolled_at);
            }
            const auto chunk = std::const_pointer_cast<Chunk>(view.chunk);
            chunk->mark_written(first + some);
            chunk->write(first, first + some, written.data(), block.all().data());
            view.count += some;
            view.living += some;
            i += some;
        }
    }
    next.all.rows += rows.size();
    return added;
}

// `gone` is in rising order.
void ListedIndex::State::clear(Layout& next, const Places& gone) const {
    bool emptied = false;
    for (std::size_t i = 0; i < gone.size();) {
        const std::size_t at = view_of(gone[i]);
        View& view = next.all.views[at];
        auto alive = view.alive ? *view.alive : std::vector<std::uint16_t>(view.chunk->capacity() / block_rows, 0xffff);
        for (; i < gone.size() && view_of(gone[i]) == at; ++i) {
            const std::uint32_t row = row_of(gone[i]);
            alive[row / block_rows] = static_cast<std::uint16_t>(alive[row / block_rows] & ~(1u << row % block_rows));
            --view.living;
            --next.all.rows;
        }
        view.alive = std::make_shared<const std::vector<std::uint16_t>>(std::move(alive));
        if (view.living > 0) continue;
        view = View{};
        emptied = true;
    }
    if (!emptied) return;
    for (auto& list : next.lists)
        std::erase_if(list, [&](std::uint32_t view) { return next.all.views[view].chunk == nullptr; });
}

void ListedIndex::State::publish(Layout next, const Places& gone, const Places& added) {
    std::shared_ptr<const Layout> shown = std::make_shared<const Layout>(std::move(next));
    const Layout& before = *layout;
    const std::size_t rows = before.all.rows + added.size();
    const bool roomy = places.has_room_for(rows);
    IdMap grown = roomy ? IdMap{} : places.with_room_for(rows, id_at(before));
    const std::unique_lock lock(gate);
    if (!roomy) std::swap(places, grown);
    for (const std::uint32_t place : gone) places.remove(id_at(before)(place), id_at(before));
    for (const std::uint32_t place : added) places.add(id_at(*shown)(place), place);
    layout.swap(shown);
}

Status ListedIndex::State::arrange_if_grown() {
    const Layout& now = *layout;
    if (now.all.rows < std::max<std::size_t>({options.least_rows, growth * now.rows_then, 1})) return {};
    return arrange();
}

Result<Layout> ListedIndex::State::arranged(const Layout& before) const {
    struct From {
        std::uint32_t view = 0;
        std::uint32_t at = 0;
        Nearest nearest{};
    };
    std::vector<From> rows;
    rows.reserve(before.all.rows);
    for (std::uint32_t v = 0; v < before.all.views.size(); ++v) {
        const View& view = before.all.views[v];
        for (std::uint32_t at = 0; at < view.count; ++at) {
            if (view.is_alive(at)) rows.push_back({v, at, {}});
        }
    }
    const auto values_at = [&](const From& row) { return before.all.views[row.view].chunk->values(row.at); };
    const std::size_t wish =
        options.lists > 0 ? options.lists : static_cast<std::size_t>(std::lround(std::sqrt(rows.size())));
    const std::size_t lists = std::clamp<std::size_t>(wish, 1, std::min(most_lists, rows.size()));
    Layout next;
    next.rows_then = rows.size();
    next.lists.resize(lists + 1);
    {
        const std::size_t count = std::min(rows.size(), lists * sample_rows_a_list);
        MIEN_LET(sample, Floats::make(count * shape.dimension, options.lock));
        std::vector<double> sum(shape.dimension, 0.0);
        for (std::size_t i = 0; i < count; ++i) {
            const float* own = values_at(rows[i * rows.size() / count]);
            std::copy_n(own, shape.dimension, sample.all().data() + i * shape.dimension);
            for (std::size_t j = 0; j < shape.dimension; ++j) sum[j] += static_cast<double>(own[j]);
        }
        next.axis = std::make_shared<const std::vector<float>>(axis_of(sum));
        MIEN_LET(made, centroids_of(sample.all(), shape.dimension,
                                    {lists, rounds, workers.size(), options.lock, kernel->name}));
        next.centroids = std::move(made);
    }
    MIEN_LET(some, Floats::make(rows_at_once * shape.dimension, options.lock));
    for (std::size_t first = 0; first < rows.size(); first += rows_at_once) {
        const std::size_t count = std::min(rows_at_once, rows.size() - first);
        for (std::size_t i = 0; i < count; ++i)
            std::copy_n(values_at(rows[first + i]), shape.dimension, some.all().data() + i * shape.dimension);
        MIEN_LET(found, lists_of(next, some.all().first(count * shape.dimension)));
        for (std::size_t i = 0; i < count; ++i) rows[first + i].nearest = found[i];
    }
    std::vector<std::vector<From>> members(lists + 1);
    for (const From& row : rows) members[row.nearest.list].push_back(row);
    for (std::size_t list = 0; list < lists; ++list) {
        auto& own = members[list];
        std::ranges::stable_sort(own, std::ranges::greater{}, [](const From& row) { return row.nearest.similarity; });
        const auto whole = static_cast<std::ptrdiff_t>(own.size() / block_rows * block_rows);
        members.back().insert(members.back().end(), own.begin() + whole, own.end());
        own.erase(own.begin() + whole, own.end());
    }
    for (std::size_t list = 0; list <= lists; ++list) {
        const auto& own = members[list];
        for (std::size_t i = 0; i < own.size();) {
            MIEN_LET(at, open_view(next, list, own.size() - i));
            View& view = next.all.views[at];
            const auto chunk = std::const_pointer_cast<Chunk>(view.chunk);
            const auto end = static_cast<std::uint32_t>(std::min<std::size_t>(chunk->capacity(), own.size() - i));
            chunk->mark_written(end);
            for (std::uint32_t first = 0; first < end; first += block_rows) {
                const std::uint32_t after = std::min(end, first + block_rows);
                std::array<Row, block_rows> written{};
                for (std::uint32_t r = first; r < after; ++r) {
                    const From& from = own[i + r];
                    written[r - first] = before.all.views[from.view].chunk->row(from.at);
                    std::copy_n(values_at(from), shape.dimension, some.all().data() + (r - first) * shape.dimension);
                    view.earliest = std::min(view.earliest, written[r - first].enrolled_at);
                    view.latest = std::max(view.latest, written[r - first].enrolled_at);
                }
                chunk->write(first, after, written.data(), some.all().data());
            }
            view.count = view.living = end;
            i += end;
        }
    }
    next.all.rows = rows.size();
    return next;
}

Status ListedIndex::State::arrange() {
    if (layout->all.rows == 0) return {};
    MIEN_LET(made, arranged(*layout));
    std::shared_ptr<const Layout> next = std::make_shared<const Layout>(std::move(made));
    IdMap map = IdMap{}.with_room_for(next->all.rows, id_at(*next));
    for (std::uint32_t v = 0; v < next->all.views.size(); ++v) {
        for (std::uint32_t at = 0; at < next->all.views[v].count; ++at)
            map.add(next->all.views[v].chunk->id(at), static_cast<std::uint32_t>(v * options.chunk_rows + at));
    }
    const std::unique_lock lock(gate);
    std::swap(places, map);
    layout.swap(next);
    return {};
}

}  // namespace mien::gallery
