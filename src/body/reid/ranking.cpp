#include "body/reid/ranking.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>

namespace mien::body {
namespace {

constexpr std::size_t most_templates = 20'000;

using Set = std::vector<std::size_t>;

// The entry itself is its own nearest neighbour, so k + 1 entries are k neighbours.
std::vector<Set> nearest(const Distances& d, std::size_t count) {
    std::vector<Set> all(d.rows);
    const std::size_t kept = std::min(count, d.columns);
    for (std::size_t i = 0; i < d.rows; ++i) {
        Set order(d.columns);
        std::iota(order.begin(), order.end(), std::size_t{0});
        const auto nearer = [&](std::size_t a, std::size_t b) {
            // Of equal distances itself, then the earlier first.
            const bool self_a = a == i;
            const bool self_b = b == i;
            if (self_a != self_b) return self_a;
            return d.at(i, a) != d.at(i, b) ? d.at(i, a) < d.at(i, b) : a < b;
        };
        std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(kept), order.end(), nearer);
        order.resize(kept);
        all[i] = std::move(order);
    }
    return all;
}

bool among(const Set& set, std::size_t count, std::size_t entry) {
    const auto end = set.begin() + static_cast<std::ptrdiff_t>(std::min(count, set.size()));
    return std::find(set.begin(), end, entry) != end;
}

// Those of the first `count` neighbours of i that have i among theirs.
Set reciprocal(const std::vector<Set>& neighbours, std::size_t i, std::size_t count) {
    Set found;
    for (std::size_t n = 0; n < std::min(count, neighbours[i].size()); ++n) {
        const std::size_t j = neighbours[i][n];
        if (among(neighbours[j], count, i)) found.push_back(j);
    }
    return found;
}

// The reciprocal set, with those of its members joined that it covers by two thirds.
Set expanded(const std::vector<Set>& neighbours, std::size_t i, std::size_t k1) {
    const Set own = reciprocal(neighbours, i, k1 + 1);
    Set all = own;
    const auto half = static_cast<std::size_t>(std::nearbyint(static_cast<double>(k1) / 2)) + 1;
    for (const std::size_t j : own) {
        const Set other = reciprocal(neighbours, j, half);
        const auto shared =
            std::ranges::count_if(other, [&](std::size_t e) { return std::ranges::find(own, e) != own.end(); });
        if (3 * static_cast<std::size_t>(shared) > 2 * other.size()) all.insert(all.end(), other.begin(), other.end());
    }
    std::ranges::sort(all);
    const auto repeated = std::ranges::unique(all);
    all.erase(repeated.begin(), repeated.end());
    return all;
}

struct Weight {
    std::size_t entry = 0;
    float value = 0;
};
using Weights = std::vector<Weight>;  // by entry

Weights encoded(const Distances& d, const Set& set, std::size_t i) {
    Weights weights;
    float sum = 0;
    for (const std::size_t j : set) {
        weights.push_back({j, std::exp(-d.at(i, j))});
        sum += weights.back().value;
    }
    for (Weight& w : weights) w.value /= sum;
    return weights;
}

// The mean of the encodings of the nearest `count` entries.
Weights averaged(const std::vector<Weights>& of, const Set& neighbours, std::size_t count, std::size_t all) {
    std::vector<float> dense(all);
    const std::size_t taken = std::min(count, neighbours.size());
    for (std::size_t n = 0; n < taken; ++n)
        for (const Weight& w : of[neighbours[n]]) dense[w.entry] += w.value / static_cast<float>(taken);
    Weights mean;
    for (std::size_t e = 0; e < all; ++e)
        if (dense[e] > 0) mean.push_back({e, dense[e]});
    return mean;
}

// One minus the sum of smaller over the sum of larger weights.
float jaccard(const Weights& a, const Weights& b) {
    float shared = 0;
    auto x = a.begin();
    auto y = b.begin();
    while (x != a.end() && y != b.end()) {
        if (x->entry == y->entry) {
            shared += std::min(x->value, y->value);
            ++x;
            ++y;
        } else {
            x->entry < y->entry ? void(++x) : void(++y);
        }
    }
    return 1 - shared / (2 - shared);  // both sum to 1
}

}  // namespace

Result<Distances> distances(std::span<const Template> rows, std::span<const Template> columns) {
    Distances d{rows.size(), columns.size(), std::vector<float>(rows.size() * columns.size())};
    for (std::size_t i = 0; i < rows.size(); ++i) {
        for (std::size_t j = 0; j < columns.size(); ++j) {
            const Template& a = rows[i];
            const Template& b = columns[j];
            if (a.maker != b.maker || a.values.size() != b.values.size())
                return Error{Fault::BadInput,
                             "templates of " + a.maker.model + " and " + b.maker.model + " can't be compared"};
            d.at(i, j) = 1 - std::inner_product(a.values.begin(), a.values.end(), b.values.begin(), 0.0f);
        }
    }
    return d;
}

std::vector<std::size_t> ranking(const Distances& distances, std::size_t query) {
    std::vector<std::size_t> order(distances.columns);
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::stable_sort(order, {}, [&](std::size_t entry) { return distances.at(query, entry); });
    return order;
}

Result<Distances> rerank(std::span<const Template> queries, std::span<const Template> gallery,
                         const RerankOptions& options) {
    if (options.k1 < 1 || options.k2 < 1 || !(options.lambda >= 0 && options.lambda <= 1))
        return Error{Fault::BadInput, "re-ranking needs k1 and k2 of at least 1 and a lambda of 0..1"};
    std::vector<Template> all(queries.begin(), queries.end());
    all.insert(all.end(), gallery.begin(), gallery.end());
    if (all.size() > most_templates)
        return Error{Fault::BadInput, "re-ranking takes at most 20000 templates, got " + std::to_string(all.size())};
    MIEN_LET(d, distances(all, all));
    for (std::size_t i = 0; i < d.rows; ++i) {
        const auto row = std::span(d.values).subspan(i * d.columns, d.columns);
        const float most = *std::ranges::max_element(row);
        for (float& value : row) value = most > 0 ? std::max(0.0f, value / most) : 0;
    }
    const std::vector<Set> neighbours = nearest(d, std::max(options.k1 + 1, options.k2));
    std::vector<Weights> codes;
    for (std::size_t i = 0; i < all.size(); ++i) codes.push_back(encoded(d, expanded(neighbours, i, options.k1), i));
    std::vector<Weights> smooth;
    for (std::size_t i = 0; i < all.size(); ++i)
        smooth.push_back(averaged(codes, neighbours[i], options.k2, all.size()));
    Distances answer{queries.size(), gallery.size(), std::vector<float>(queries.size() * gallery.size())};
    for (std::size_t i = 0; i < answer.rows; ++i) {
        for (std::size_t j = 0; j < answer.columns; ++j) {
            const std::size_t entry = queries.size() + j;
            answer.at(i, j) =
                (1 - options.lambda) * jaccard(smooth[i], smooth[entry]) + options.lambda * d.at(i, entry);
        }
    }
    return answer;
}

float plausibility(std::chrono::duration<float> gap, const Passage& passage) {
    const float beyond = std::max({(passage.shortest - gap).count(), (gap - passage.longest).count(), 0.0f});
    return std::exp(-beyond / passage.softness.count());
}

float with_prior(float distance, float plausibility, float weight) {
    return distance + weight * (1 - plausibility);
}

}  // namespace mien::body
