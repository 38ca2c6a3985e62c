#include "eval/samples.h"

#include <atomic>
#include <vector>

#include "base/stop.h"
#include "media/read_picture.h"
#include "pipeline/parallel.h"

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

Result<Samples> make_samples(const pipeline::FacePipeline& faces, const std::set<std::string>& files,
                             const SampleOptions& options) {
    Samples samples;
    std::vector<Samples::value_type*> work;
    for (const std::string& file : files) work.push_back(&*samples.try_emplace(file).first);
    std::atomic<std::size_t> done{0};
    pipeline::for_each_index(work.size(), options.workers, [&](std::size_t i) {
        work[i]->second = make_sample(faces, options.folder / work[i]->first);
        options.on_progress(++done, work.size());
    });
    MIEN_TRY(go_on());
    return samples;
}

}  // namespace mien::eval
