#pragma once

#include <memory>
#include <string>

#include "body/detect/detector.h"
#include "body/reid/embedder.h"
#include "pipeline/open.h"
#include "pipeline/watcher.h"

namespace mien::pipeline {

// Which networks watch. Names are those of the catalogue.
struct WatchChoice {
    std::string detector{};    // of people
    std::string reid{};        // of templates of bodies; "stripes": ours, without a network; "none": by motion alone
    std::string attributes{};  // of what people wear and carry; empty: not looked at
    body::DetectOptions detect{};
    enum class Faces { No, Yes };
    Faces faces = Faces::No;
};

// The networks, shared by all the watchers of a process: each source takes parts of its own.
// Thread rule: parts() from any thread; parts of different sources run at the same time, up to the lanes opened.
class WatchNetworks {
public:
    // Errors: NotFound for a model that the catalogue lacks, and those of open_model.
    static Result<WatchNetworks> open(const WatchChoice& choice, const OpenOptions& options);

    WatchParts parts() const;
    const Maker* body_maker() const;  // none: by motion alone
    const Maker* face_maker() const;

private:
    WatchChoice choice_{};
    std::shared_ptr<const body::BodyDetector> detector_{};
    std::shared_ptr<const body::BodyEmbedder> embedder_{};
    std::shared_ptr<const body::AttributeReader> attributes_{};
    std::shared_ptr<const FacePipeline> faces_{};
};

}  // namespace mien::pipeline
