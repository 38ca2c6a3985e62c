#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace mien::eval {

struct Pair {
    std::string a{};
    std::string b{};
    bool mated = false;
    std::string fold{};  // empty: all in one fold
    std::string subject_a{};
    std::string subject_b{};
    std::string score{};  // only in score files; empty: a sample could not be acquired
};

enum class Scores { None, Given };

// A CSV with a head: columns a, b, mated (0 or 1), optional fold, subject_a, subject_b; `score` where scores are given.
// Order is free. Without subject columns the subject is the file's name up to its last underscore. A mated pair has one
// subject. Errors: BadInput with the line.
Result<std::vector<Pair>> read_pairs(ByteView csv, Scores scores);

// Leaves only pairs of these folds; none named: all. Errors: BadInput when none is left.
Status keep_folds(std::vector<Pair>& pairs, const std::vector<std::string>& folds);

}  // namespace mien::eval
