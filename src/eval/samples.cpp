#include "eval/samples.h"

#include "media/read_picture.h"

namespace mien::eval {
namespace {

Sample make_sample(const pipeline::FacePipeline& faces, const std::filesystem::path& file) {
    const auto frame = media::read_frame(file);
    if (!frame) return {std::nullopt, frame.error().message};
    auto found = faces.analyse(*frame, {.faces = pipeline::Faces::Largest});
    if (!found) return {std::nullopt, found.error().message};
    if (found->empty()) return {std::nullopt, "no face found"};
    return {std::move(found->front().made), {}};
}

}  // namespace

Result<Samples> make_samples(const pipeline::FacePipeline& faces, const std::vector<Pair>& pairs,
                             const SampleOptions& options) {
    std::set<std::string> files;
    for (const Pair& pair : pairs) files.insert({pair.a, pair.b});
    return make_samples(faces, files, options);
}

Result<Samples> make_samples(const pipeline::FacePipeline& faces, const std::set<std::string>& files,
                             const SampleOptions& options) {
    Samples samples;
    for (const std::string& file : files) samples[file];
    std::vector<Samples::value_type*> work;
    for (auto& sample : samples) work.push_back(&sample);
    MIEN_TRY(for_each_piece(work.size(), options.workers, options.on_progress, [&](std::size_t i) -> Status {
        work[i]->second = make_sample(faces, options.folder / work[i]->first);
        return {};
    }));
    return samples;
}

Subjects subjects_of(const std::vector<Pair>& pairs, const Samples& samples) {
    Subjects subjects;
    std::set<std::string> seen;
    for (const Pair& pair : pairs) {
        for (const auto& [subject, file] : {std::pair{pair.subject_a, pair.a}, std::pair{pair.subject_b, pair.b}}) {
            const auto& made = samples.at(file).made;
            if (made && seen.insert(file).second) subjects[subject].push_back(*made);
        }
    }
    return subjects;
}

}  // namespace mien::eval
