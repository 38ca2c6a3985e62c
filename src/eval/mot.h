#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace mien::eval {

// One row of a MOTChallenge text file (arXiv 1504.01942 and 1603.00831). Doubles, so that figures agree with those of
// others to the last digit that matters.
struct MotBox {
    int frame = 1;  // from 1
    std::int64_t id = 0;
    double x = 0;  // pixels from the left border, as in the file
    double y = 0;
    double width = 0;
    double height = 0;
    double confidence = 1;
};

// What the file is: in a truth, rows of confidence below 1 are left out, as its makers say; in a truth and in a result
// an identity is in a frame once; detections have no identity (column 2 is -1) or any.
enum class MotKind { Truth, Result, Detections };

// frame, id, x, y, width, height, confidence, …: by commas, semicolons or blanks; further columns are not read. In the
// order of the file. Errors: BadInput, with the line.
Result<std::vector<MotBox>> read_mot(ByteView bytes, MotKind kind);

// A truth and a result of the same film.
struct MotSequence {
    std::string name{};
    std::vector<MotBox> truth{};
    std::vector<MotBox> found{};
};

// Two files, or two folders: a truth is NAME/gt/gt.txt, NAME/gt.txt or NAME.txt, its result NAME.txt, NAME/NAME.txt or
// NAME/test.txt. Errors: NotFound where a truth has no result; BadInput, with the file and the line.
Result<std::vector<MotSequence>> read_mot_sequences(const std::filesystem::path& truth,
                                                    const std::filesystem::path& result);

}  // namespace mien::eval
