#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "pipeline/face_pipeline.h"

namespace mien::eval {

// What the production path made of a picture: the template of its largest face.
struct Sample {
    std::optional<Template> made{};
    std::string why{};  // when there is none
};
using Samples = std::map<std::string, Sample>;  // by file

struct SampleOptions {
    std::filesystem::path folder{};  // the files are relative to it
    int workers = 1;
    std::function<void(std::size_t done, std::size_t all)> on_progress = [](std::size_t, std::size_t) {};
};

// A picture that gives no template is a finding. Errors: stopped by the user.
Result<Samples> make_samples(const pipeline::FacePipeline& faces, const std::set<std::string>& files,
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

}  // namespace mien::eval
