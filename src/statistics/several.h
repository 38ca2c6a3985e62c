#pragma once

#include <optional>
#include <span>
#include <vector>

namespace mien::statistics {

// Several pictures of one subject, compared as one. The mean of a stranger's similarities to k pictures scatters less
// than one similarity does, so one picture's threshold would let fewer strangers pass than it claims; the largest of
// them, or the similarity to a mean template, would let more pass. So the mean is stretched about `centre` again: the
// more, the less the pictures resemble one another. k equal pictures are one picture and are not stretched at all.
// The method is ours; docs/results.md says how its claims hold.
struct Several {
    double centre = 0;  // similarity 0..1
    double slope = 0;   // how much of the strangers' variance a mean distance of 1 between the pictures would take away
};

// `mean_similarity`: over the subject's pictures; `distance`: mean of 1 - similarity over all ordered pairs of them,
// each with itself, too. Gives the similarity, 0..1, that would mean the same with one picture.
float as_one_picture(const Several& several, float mean_similarity, float distance);

// The mean similarities of strangers to several pictures of one subject.
struct Gathered {
    std::size_t pictures = 0;
    float distance = 0;  // as above
    std::vector<float> strangers{};
};

// Chosen so that strangers pass as often as with one picture: the centre lies one standard deviation above the mean of
// `one` (strangers' similarities, one picture each), the slope is the one of 0, 0.5 … 24 with the least squared
// logarithm of wrong over right rates at 1e-2, 5e-3 and 2e-3, over 2 to 5 pictures. None when no number of pictures
// comes from 30 subjects.
std::optional<Several> fit_several(std::span<const float> one, std::span<const Gathered> gathered);

}  // namespace mien::statistics
