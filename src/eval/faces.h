#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "eval/pieces.h"
#include "statistics/interval.h"
#include "types/region.h"

namespace mien::eval {

// What somebody marked in a picture: where noses are, or boxes with landmarks.
struct MarkedFace {
    Box box{};  // width 0: only the nose is known
    Point nose{};
    std::vector<Point> landmarks{};  // 68 in iBUG's order, or none
    bool counted = true;             // false: may be found or not, neither is a hit, a miss or a false alarm
};
struct MarkedPicture {
    std::string file{};
    std::vector<MarkedFace> faces{};
};

// {"nose_points": {"file": [[x, y], …]}}. Errors: BadInput.
Result<std::vector<MarkedPicture>> read_nose_points(ByteView json);

// dlib's imglab XML: images with boxes and parts 00..67. Errors: BadInput.
Result<std::vector<MarkedPicture>> read_imglab(ByteView xml);

// By the file's ending: .json or .xml.
Result<std::vector<MarkedPicture>> read_marks(const std::filesystem::path& file);

// Another system's faces: {"file": [[x, y, width, height, score, then perhaps five landmarks as x, y], …]}.
// Errors: BadInput.
using FoundFaces = std::map<std::string, std::vector<FaceRegion>>;
Result<FoundFaces> read_found(ByteView json);

// All figures again with a higher score asked for.
struct AtScore {
    float score = 0;
    double recall = 0;
    double false_alarms = 0;  // a picture
    double precision = 1;
};

struct FaceFinding {
    std::string finder{};
    statistics::Interval recall{};        // share of marked faces that were found; over pictures
    statistics::Interval false_alarms{};  // faces found where none is marked, for each picture
    statistics::Interval
        landmark_error{};  // mean distance of eyes, nose and mouth corners over the distance of the eyes
    statistics::Interval landmark_failures{};  // share of found faces whose mean error is above 0.1
    std::size_t pictures = 0;
    std::size_t faces = 0;
    std::size_t found = 0;
    std::size_t with_landmarks = 0;
    std::vector<AtScore> by_score{};  // highest score first
    std::vector<double> landmark_errors{};
    std::vector<std::string> missed{};  // "file: face at x, y"
};

// Gives the faces of one picture of the marks.
using Finder = std::function<Result<std::vector<FaceRegion>>(const std::string& file)>;

// Judges a finder's faces. A face counts as found when a region of its own
// holds its nose, or overlaps its box by at least 0.3 (boxes of different makers differ). 95 % intervals by a bootstrap
// over pictures. Only landmarks of the marks' five places are compared: eyes as means of their contours, nose tip,
// mouth corners.
Result<FaceFinding> run_face_finding(const std::string& finder_name, const Finder& find,
                                     const std::vector<MarkedPicture>& marks, const OnProgress& on_progress);

}  // namespace mien::eval
