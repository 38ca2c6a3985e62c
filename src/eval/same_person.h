#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "base/result.h"
#include "eval/reid.h"
#include "statistics/interval.h"
#include "types/template.h"

namespace mien::eval {

// What one cosine tells: from it on two are taken for one person.
struct SamePerson {
    float cosine = 0;
    statistics::Interval false_matches{};  // share of the pairs of different people
    statistics::Interval true_matches{};   // share of the pairs of one person
};

struct SamePersonFigures {
    // A stay is a person before a camera: the mean of the pictures' templates, as visitors are compared. False matches:
    // the worse of pairs by one camera and by two; true ones: by two cameras.
    std::vector<SamePerson> stays{};
    // One picture against a stay by the same camera, as trackers compare; a true pair's stay is without that picture.
    std::vector<SamePerson> pictures{};
    std::size_t people = 0;
    std::size_t stay_pairs = 0;     // of different people
    std::size_t picture_pairs = 0;  // of different people
};

// Where to look, separately for stays and pictures: first at the least cosine at which at most each of `rates` (0..1)
// of the pairs of different people match, of every kind of pair; then at the cosines given.
struct SamePersonWish {
    std::vector<double> rates{};
    std::vector<float> stays_at{};
    std::vector<float> pictures_at{};
};

// Of a set's queries and gallery together, junk and distractors left out. 95 % intervals by a bootstrap over people, in
// which a pair counts as often as both are drawn together. Errors: BadInput for sizes or makers that differ, rates
// outside 0..1, and fewer than two people.
Result<SamePersonFigures> same_person(const ReidSet& set, std::span<const Template> queries,
                                      std::span<const Template> gallery, const SamePersonWish& wish);

}  // namespace mien::eval
