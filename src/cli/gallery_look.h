#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/operating_point.h"
#include "cli/store.h"
#include "cli/where_options.h"
#include "gallery/live.h"
#include "pipeline/face_pipeline.h"
#include "statistics/calibration.h"

namespace mien::cli {

// What a look-up asks of a gallery, by whichever command.
struct LookWish {
    StoreChoice store{};
    std::string gallery{};
    std::size_t top = 5;
    std::optional<double> fmr{};  // none: the threshold that mien calibrate kept, else the default rate
    Chosen chosen{};
};

// One face to look up, or several pictures of one person, as templates of every space of the gallery.
struct Probe {
    std::vector<std::string> files{};
    std::size_t face = 1;  // number in its picture, the largest first
    FaceRegion region{};
    std::shared_ptr<const Picture> picture{};        // the first file's
    std::vector<std::vector<Template>> templates{};  // by space, one of each file
};

struct Candidate {
    gallery::SubjectInfo subject{};
    float similarity = 0;
    double fmr = 1;  // strangers reach the similarity in this share of the space's comparisons
    bool match = false;
    std::size_t space = 0;
    std::int64_t sample = 0;  // the most similar one
    gallery::Time taken{};    // that sample's time
};

struct Answer {
    std::vector<Candidate> candidates{};  // best first
    std::vector<Candidate> held_back{};   // somebody said "this is not that person"
    const Candidate* best() const {       // who reaches the threshold, if anybody does
        return !candidates.empty() && candidates.front().match ? &candidates.front() : nullptr;
    }
};

// A gallery of the store, ready to be asked. While it is upgraded it has templates of two makers; each space is
// searched by its own network and judged by its own threshold, and a subject counts in the newest that has it.
class GalleryLook {
public:
    // Errors: BadInput for an empty gallery; Unsupported for templates that this build can't make; the store's.
    static Result<GalleryLook> open(gallery::Store& store, LookWish wish);

    // The faces of a picture, or its largest. Errors: BadInput where there is none; the pipeline's.
    Result<std::vector<Probe>> probes_of(const std::string& picture, pipeline::Faces which) const;

    // A subject's pictures, and the probe's, are compared as one (pipeline/subject.h): with the best of several alone
    // strangers would pass more often than the threshold claims. With times only samples within them count. The most
    // similar subjects by their best sample, ten more than are shown, are compared in this way. A subject counts in the
    // newest space that has it, and there alone: a second chance in an older one would let strangers pass more often
    // than is claimed. Between spaces the false match rates that the calibrations give decide.
    Result<Answer> look(const Probe& probe) const;

    // Writes the audit record, and notes that whom it names was met; before the answer is given.
    Status record(std::string_view action, const Answer& answer) const;

    // One search: files, face, whether somebody was found, candidates, held_back.
    Json json_of(const Probe& probe, const Answer& answer) const;
    // Adds gallery, templates_searched, threshold and operating_point; while it is upgraded, each of its spaces.
    void add_point(Json& document) const;
    // What the threshold stands for, on standard error.
    void tell() const;

    const gallery::GalleryInfo& info() const { return info_; }
    float threshold() const { return spaces_.front().point.threshold; }
    // By whom and at which threshold a candidate is judged, where the gallery has two makers; else empty.
    std::string judged_by(const Candidate& candidate) const;
    const LookWish& wish() const { return wish_; }

private:
    struct Space {
        pipeline::FacePipeline faces;
        gallery::LiveGallery live;
        statistics::Calibration calibration{};
        OperatingPoint point{};
        std::optional<GalleryPoint> kept{};  // where the point is the gallery's own
    };
    GalleryLook(gallery::Store& store, LookWish wish, gallery::GalleryInfo info)
        : store_(&store), wish_(std::move(wish)), info_(std::move(info)) {}
    Status open_space(const Maker& maker);
    Result<Candidate> candidate_of(std::size_t space, std::int64_t subject, const std::vector<Template>& probe) const;
    Result<bool> in_newer_space(std::size_t space, std::int64_t subject) const;
    Json json_of(const Candidate& candidate) const;
    Json json_of_point(const Space& space) const;
    void tell(const Space& space) const;
    double subjects() const { return static_cast<double>(info_.subjects + info_.unknowns); }

    gallery::Store* store_;
    LookWish wish_;
    gallery::GalleryInfo info_;
    std::vector<Space> spaces_{};  // the newest first
};

// Several pictures of one person as one probe. Errors: BadInput without any.
Result<Probe> as_one_person(std::vector<Probe> probes);

}  // namespace mien::cli
