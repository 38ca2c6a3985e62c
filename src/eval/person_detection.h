#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "eval/pieces.h"
#include "statistics/interval.h"
#include "types/body.h"

namespace mien::eval {

// Somebody marked in a picture.
struct MarkedPerson {
    Box box{};
    std::int64_t identity = 0;
    bool counted = true;  // false: may be found or not, neither is a hit, a miss or a false alarm
};
struct MarkedCrowd {
    std::string file{};  // below the sequence's folder
    std::vector<MarkedPerson> people{};
};

// A MOT16/17/20 gt.txt with nine columns (arXiv 1603.00831): pedestrians (class 1) that its makers count, are counted;
// people on vehicles, static ones, reflections and distractors (2, 7, 12, 8) and all below `min_height` pixels are not;
// other classes are no people. Corners are counted from 1 there and from 0 here. Pictures are img1/000001.jpg, ….
// Errors: BadInput, with the line.
Result<std::vector<MarkedCrowd>> read_marked_crowds(ByteView gt, float min_height);

struct PersonFinding {
    statistics::Interval ap{};         // mean over IoU 0.50, 0.55, … 0.95
    statistics::Interval ap50{};       // at IoU 0.5
    statistics::Interval precision{};  // at the score asked for, IoU 0.5
    statistics::Interval recall{};
    statistics::Interval recall_by_identity{};  // the same figure, its interval by a bootstrap over people
    std::size_t pictures = 0;
    std::size_t people = 0;  // counted boxes
    std::size_t identities = 0;
    float score = 0;
};

// Gives the people of one picture, down to low scores.
using PersonFinder = std::function<Result<std::vector<BodyRegion>>(const std::string& file)>;

// Average precision as COCO defines it (cocodataset.org: 101 recalls, at most 100 boxes a picture, people who are not
// counted take the boxes that fit only them); checked against pycocotools by tests/golden/person_detection_check.py.
// 95 % intervals by a bootstrap over pictures; consecutive pictures of one film are not independent, so that theirs are
// too narrow. Errors: BadInput for no counted person; the finder's.
Result<PersonFinding> run_person_finding(const PersonFinder& find, const std::vector<MarkedCrowd>& crowds, float score,
                                         const OnProgress& on_progress);

}  // namespace mien::eval
