#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "body/reid/ranking.h"
#include "statistics/interval.h"
#include "types/template.h"

namespace mien::eval {

// A crop of somebody by one camera. Person -1 is junk: neither hit nor miss. Person 0 of the gallery is a distractor.
struct ReidShot {
    std::filesystem::path file{};
    int person = 0;
    int camera = 0;
};

struct ReidSet {
    std::vector<ReidShot> queries{};
    std::vector<ReidShot> gallery{};
};

enum class ReidLayout { Market1501, Duke, Cuhk03, Msmt17 };
enum class Cuhk03Boxes { Labelled, Detected };  // drawn by hand, or found by a detector

// The test part of a set as it is unpacked. Market-1501, DukeMTMC-reID and CUHK03 in its new protocol (767 / 700,
// Zhong et al. 2017): folders `query` and `bounding_box_test`, in CUHK03 below `labeled` or `detected`; names begin
// person_camera ("0002_c1s1_000451_03.jpg"). MSMT17: list_query.txt and list_gallery.txt with lines "path person",
// the camera being the third number of the file's name, pictures below `test` or `mask_test_v2`.
// Errors: NotFound for missing folders or lists; BadInput for names that do not fit, and for an empty half.
Result<ReidSet> read_reid(const std::filesystem::path& folder, ReidLayout layout, Cuhk03Boxes boxes);

// Multiple query (Zheng et al., ICCV 2015): each query becomes the mean of its own template and of those of the
// gallery's pictures of the same person by the same camera, which the protocol removes from its ranking anyway.
// Errors: BadInput when sizes or makers differ.
Result<std::vector<Template>> multiple_queries(const ReidSet& set, std::span<const Template> queries,
                                               std::span<const Template> gallery);

struct ReidFigures {
    statistics::Interval rank1{};
    statistics::Interval rank5{};
    statistics::Interval rank10{};
    statistics::Interval map{};     // mean average precision
    statistics::Interval minp{};    // mean inverse negative penalty (Ye et al., Deep learning for person
                                    // re-identification: a survey and outlook, 2021)
    std::size_t queries = 0;        // judged
    std::size_t without_match = 0;  // whose person no other camera saw; left out
    std::size_t people = 0;         // among the judged queries
};

// Which gallery entries a query is not compared with, beside junk.
enum class Removed {
    SameCamera,  // those of the same person and camera: the protocol of Market-1501 (Zheng et al., ICCV 2015)
    Nothing,     // none: for sets of one camera, whose figures are no measure of re-identification across cameras
};

// Average precision is the mean of the precisions at the hits (Market-1501's own code averages with the trapezoid
// before each hit: a little less). 95 % intervals by a bootstrap over people. Distances: queries x gallery.
// Errors: BadInput when no query has a match or the sizes differ.
Result<ReidFigures> judge_reid(const ReidSet& set, const body::Distances& distances, Removed removed);

}  // namespace mien::eval
