#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "base/result.h"
#include "eval/reid.h"
#include "statistics/interval.h"
#include "types/template.h"

namespace mien::eval {

// What one cosine tells of two stays of people before cameras, each stay being the mean of its pictures' templates.
struct SamePerson {
    double false_match_rate = 0;           // the wished one, 0..1
    float cosine = 0;                      // from which on two stays are taken for one person's
    statistics::Interval false_matches{};  // share of pairs of different people, the worse of: by one camera, by two
    statistics::Interval true_matches{};   // share of pairs of one person, by two cameras
};
struct SamePersonFigures {
    std::vector<SamePerson> at{};
    std::size_t people = 0;
    std::size_t pairs_of_one_camera = 0;   // of different people
    std::size_t pairs_of_two_cameras = 0;
};

// The least cosines at which pairs of different people match at most at each of `rates`, separately by one camera and
// by two, the stricter counting; or, with `cosines` given, what those tell on this set. Stays are persons by cameras, of
// queries and gallery together. 95 % intervals by a bootstrap over people, in which a pair counts as often as both are
// drawn. Errors: BadInput for sizes that differ, rates outside 0..1, and sets of less than two people.
Result<SamePersonFigures> same_person(const ReidSet& set, std::span<const Template> queries,
                                      std::span<const Template> gallery, std::span<const double> rates,
                                      std::span<const float> cosines = {});

}  // namespace mien::eval
