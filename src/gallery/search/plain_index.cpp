#include "gallery/search/plain_index.h"

#include <algorithm>
#include <mutex>
#include <string>
#include <unordered_set>

#include "gallery/search/similarity.h"

namespace mien::gallery {
namespace {

bool holds(const std::vector<std::uint64_t>& list, std::uint64_t wanted) {
    return std::ranges::find(list, wanted) != list.end();
}

bool lets_through(const Filter& filter, const Row& row) {
    if (row.enrolled_at < filter.enrolled_from || row.enrolled_at >= filter.enrolled_before) return false;
    if ((row.tags & filter.all_of) != filter.all_of || (row.tags & filter.none_of) != 0) return false;
    if (filter.any_of != 0 && (row.tags & filter.any_of) == 0) return false;
    if (filter.ids && !holds(*filter.ids, row.id)) return false;
    if (filter.subjects && !holds(*filter.subjects, row.subject)) return false;
    return !holds(filter.not_subjects, row.subject) && (!filter.also || filter.also(row));
}

}  // namespace

Result<std::unique_ptr<PlainIndex>> PlainIndex::make(std::size_t dimension) {
    if (dimension == 0 || dimension > max_dimension) {
        return Error{Fault::BadInput, "the dimension must be 1..2048, got " + std::to_string(dimension)};
    }
    return std::unique_ptr<PlainIndex>(new PlainIndex(dimension));
}

Status PlainIndex::insert(std::span<const Row> rows, std::span<const float> values) {
    MIEN_TRY(check_unit_vectors(values, rows.size(), dimension_));
    const std::unique_lock lock(gate_);
    std::unordered_set<std::uint64_t> seen;
    for (const Row& row : rows) {
        if (rows_.contains(row.id) || !seen.insert(row.id).second) {
            return Error{Fault::Conflict, "row " + std::to_string(row.id) + " is there already"};
        }
    }
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const auto own = values.subspan(i * dimension_, dimension_);
        rows_[rows[i].id] = {rows[i], {own.begin(), own.end()}};
    }
    return {};
}

Status PlainIndex::update(std::span<const Row> rows, std::span<const float> values) {
    MIEN_TRY(check_unit_vectors(values, rows.size(), dimension_));
    const std::unique_lock lock(gate_);
    std::unordered_set<std::uint64_t> seen;
    for (const Row& row : rows) {
        if (!rows_.contains(row.id)) return Error{Fault::NotFound, "no row " + std::to_string(row.id)};
        if (!seen.insert(row.id).second) return Error{Fault::Conflict, "row " + std::to_string(row.id) + " came twice"};
    }
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const auto own = values.subspan(i * dimension_, dimension_);
        rows_[rows[i].id] = {rows[i], {own.begin(), own.end()}};
    }
    return {};
}

Result<std::size_t> PlainIndex::remove(std::span<const std::uint64_t> ids) {
    const std::unique_lock lock(gate_);
    std::size_t removed = 0;
    for (const std::uint64_t id : ids) removed += rows_.erase(id);
    return removed;
}

std::size_t PlainIndex::size() const {
    const std::shared_lock lock(gate_);
    return rows_.size();
}

std::vector<Hit> PlainIndex::ranked(std::span<const float> probe, const Question& question) const {
    std::vector<Hit> hits;
    for (const auto& [id, kept] : rows_) {
        if (!lets_through(question.filter, kept.row)) continue;
        const float found = similarity(probe, kept.values);
        if (found >= question.threshold) hits.push_back({id, kept.row.subject, found});
    }
    std::ranges::sort(hits, [](const Hit& a, const Hit& b) {
        return a.similarity != b.similarity ? a.similarity > b.similarity : a.id < b.id;
    });
    if (question.rank == Rank::BestOfSubject) {
        std::unordered_set<std::uint64_t> seen;
        std::erase_if(hits, [&](const Hit& hit) { return !seen.insert(hit.subject).second; });
    }
    if (hits.size() > question.k) hits.resize(question.k);
    return hits;
}

Result<std::vector<Answer>> PlainIndex::search(std::span<const float> probes, const Question& question) const {
    if (question.k == 0) return Error{Fault::BadInput, "k must be 1 or more"};
    const std::size_t count = probes.size() / dimension_;
    MIEN_TRY(check_unit_vectors(probes, count, dimension_));
    const std::shared_lock lock(gate_);
    std::vector<Answer> answers;
    for (std::size_t i = 0; i < count; ++i) {
        answers.push_back({ranked(probes.subspan(i * dimension_, dimension_), question), rows_.size()});
    }
    return answers;
}

}  // namespace mien::gallery
