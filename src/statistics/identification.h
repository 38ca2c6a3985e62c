#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "statistics/verification.h"

namespace mien::statistics {

// One search of a gallery, as a judge sees it. Subjects and galleries (draws of who is enrolled) are numbered from 0.
struct Search {
    std::uint32_t gallery = 0;
    std::uint32_t subject = 0;  // whom the probe shows
    bool mated = false;         // whether that subject is enrolled, or was meant to be and could not be acquired
    bool acquired = true;       // false: there is no template of the probe, or of the subject's references
    // Mated: that of the probe's own subject; non-mated: the greatest of anybody. None: not acquired, or the subject is
    // not among the candidates that were asked for.
    std::optional<float> similarity{};
    std::size_t rank = 0;  // mated: the subject's place among the candidates, from 1; 0 without a similarity
};

// FNIR at the lowest threshold whose FPIR does not exceed the wished one.
struct FnirAtFpir {
    double fpir = 0;
    Interval fnir{};
    float threshold = 0;
    // False: fewer than 3 / fpir subjects were searched for in vain, so that a FPIR this low can't be told from 0
    // (the rule of three), and the figure is only what happened.
    bool supported = false;
};

struct IdentificationQuestion {
    std::size_t rank = 1;  // R: a mated search succeeds when the subject is among the first R and above the threshold
    std::vector<double> fpirs{1e-2, 3e-3, 1e-3};
    std::size_t most_rank = 50;  // of the cumulative match characteristic
    int replicates = 1000;
};

// ISO/IEC 19795-1 terms. A mated search that could not be acquired is a miss at every rank and threshold; a non-mated
// one can't be a false alarm and counts as a search.
struct IdentificationFigures {
    std::vector<Interval>
        cmc{};  // place r - 1: share of mated searches with the subject among the first r, threshold 0
    std::vector<FnirAtFpir> at_fpir{};
    Interval failure_to_acquire{};  // share of searches without a template of the probe or the reference
    std::size_t mated = 0;
    std::size_t non_mated = 0;
    std::size_t mated_subjects = 0;
    std::size_t non_mated_subjects = 0;
    std::size_t galleries = 0;

    double claim_limit() const {  // the lowest FPIR that the searched subjects can prove
        return non_mated_subjects == 0 ? 1 : 3.0 / static_cast<double>(non_mated_subjects);
    }
};

// 95 % intervals by a bootstrap over subjects and galleries at once: each replicate draws both with replacement, and a
// search counts as often as its subject times as often as its gallery was drawn; thresholds are found anew. Galleries
// of one data set share people, so that this bounds their chance only roughly. Same input, same output.
// Needs a mated and a non-mated search.
IdentificationFigures judge_identification(std::span<const Search> searches, const IdentificationQuestion& question);

// At a threshold that was fixed on other data.
struct IdentificationAt {
    Interval fnir{};
    Interval fpir{};
};
IdentificationAt judge_identification_at(std::span<const Search> searches, float threshold, std::size_t rank,
                                         int replicates = 1000);

// FNIR of one way minus that of another, each at its own lowest threshold with the FPIR. `a` and `b` are the same
// searches in the same order; each replicate draws the same subjects and galleries for both.
Interval fnir_difference(std::span<const Search> a, std::span<const Search> b, double fpir, std::size_t rank,
                         int replicates = 1000);

// A point of the trade-off, thresholds falling.
struct IdentificationErrors {
    float threshold = 0;
    double fpir = 0;
    double fnir = 0;
};
std::vector<IdentificationErrors> identification_curve(std::span<const Search> searches, std::size_t rank);

}  // namespace mien::statistics
