#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "eval/pairs.h"
#include "eval/pieces.h"
#include "pipeline/face_pipeline.h"

namespace mien::eval {

// One picture's template, by the production path (its largest face).
struct Sample {
    std::optional<Template> made{};
    std::string why{};  // when there is none
};
using Samples = std::map<std::string, Sample>;  // by the pairs' names of pictures

struct SampleOptions {
    std::filesystem::path folder{};  // pairs' paths are relative to it
    int workers = 1;
    OnProgress on_progress = [](std::size_t, std::size_t) {};
};

// Every picture of the pairs, or every file. Errors: stopped by the user.
Result<Samples> make_samples(const pipeline::FacePipeline& faces, const std::set<std::string>& files,
                             const SampleOptions& options);
Result<Samples> make_samples(const pipeline::FacePipeline& faces, const std::vector<Pair>& pairs,
                             const SampleOptions& options);

// Numbers for names, in the order of their first appearance.
class Numbers {
public:
    std::uint32_t of(const std::string& name) {
        return numbers_.try_emplace(name, static_cast<std::uint32_t>(numbers_.size())).first->second;
    }

private:
    std::map<std::string, std::uint32_t> numbers_{};
};

// The templates of each subject, in the order in which the pairs first name its pictures; those that could be made.
using Subjects = std::map<std::string, std::vector<Template>>;
Subjects subjects_of(const std::vector<Pair>& pairs, const Samples& samples);

}  // namespace mien::eval
