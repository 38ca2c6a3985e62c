#include "eval/identification.h"

#include <algorithm>
#include <set>

#include "pipeline/subject.h"
#include "statistics/bootstrap.h"

namespace mien::eval {
namespace {

constexpr std::array<std::size_t, 4> numbers_of_pictures{1, 2, 3, 5};

// Similarities of all comparisons with references of one number of pictures.
struct Compared {
    struct Stranger {
        std::size_t reference = 0;  // numbers of subjects
        std::size_t probe = 0;
        float similarity = 0;
    };
    struct Own {
        std::size_t subject = 0;
        float similarity = 0;
    };
    std::vector<std::size_t> references{};
    std::vector<Stranger> strangers{};
    std::vector<Own> own{};
};

using Templates = std::vector<const std::vector<Template>*>;

Result<Compared> compare(const Templates& subjects, std::size_t pictures, const statistics::Calibration& calibration) {
    Compared compared;
    for (std::size_t s = 0; s < subjects.size(); ++s) {
        const std::vector<Template>& all = *subjects[s];
        if (all.size() < pictures) continue;
        compared.references.push_back(s);
        MIEN_LET(reference, pipeline::Subject::make({all.begin(), all.begin() + static_cast<std::ptrdiff_t>(pictures)},
                                                    calibration));
        for (std::size_t p = 0; p < subjects.size(); ++p) {
            if (p == s) continue;
            MIEN_LET(similarity, reference.similarity(subjects[p]->front()));
            compared.strangers.push_back({s, p, similarity});
        }
        for (std::size_t turn = 0; turn < all.size() && all.size() > pictures; ++turn) {
            std::vector<Template> others;
            for (std::size_t i = 1; i <= pictures; ++i) others.push_back(all[(turn + i) % all.size()]);
            MIEN_LET(own, pipeline::Subject::make(std::move(others), calibration));
            MIEN_LET(similarity, own.similarity(all[turn]));
            compared.own.push_back({s, similarity});
        }
    }
    return compared;
}

// False match and non-match rate with each subject counted as often as it was drawn.
std::vector<double> rates_of(const Compared& passed, const Compared& all, std::span<const std::size_t> drawn,
                             std::size_t subjects) {
    std::vector<double> times(subjects);
    for (const std::size_t s : drawn) ++times[s];
    double references = 0;
    double themselves = 0;
    for (const std::size_t r : all.references) {
        references += times[r];
        themselves += times[r] * times[r];
    }
    const double comparisons = references * static_cast<double>(drawn.size()) - themselves;
    double matches = 0;
    for (const auto& s : passed.strangers) matches += times[s.reference] * times[s.probe];
    double probes = 0;
    for (const auto& o : all.own) probes += times[o.subject];
    double hits = 0;
    for (const auto& o : passed.own) hits += times[o.subject];
    return {comparisons > 0 ? matches / comparisons : 0, probes > 0 ? 1 - hits / probes : 0};
}

IdentificationRow judged(const Compared& all, std::size_t pictures, const OperatingPoint& point, std::size_t subjects) {
    Compared passed = all;
    const auto misses = [&](const auto& compared) { return compared.similarity < point.threshold; };
    std::erase_if(passed.strangers, misses);
    std::erase_if(passed.own, misses);
    const auto intervals = statistics::bootstrap(
        subjects, [&](std::span<const std::size_t> drawn) { return rates_of(passed, all, drawn, subjects); });
    return {pictures, point.fmr, intervals[0], intervals[1], all.references.size(), all.own.size()};
}

}  // namespace

Result<std::vector<IdentificationRow>> judge_identification(const Subjects& subjects,
                                                            const statistics::Calibration& calibration) {
    if (subjects.size() < 2) return Error{Fault::BadInput, "there are no two subjects with a face"};
    Templates templates;
    for (const auto& [name, of] : subjects) templates.push_back(&of);
    std::set<double, std::greater<>> claims;
    for (const double fmr : {1e-2, 5e-3, 2e-3}) claims.insert(std::max(fmr, calibration.claim_limit()));
    std::vector<IdentificationRow> rows;
    for (const std::size_t pictures : numbers_of_pictures) {
        MIEN_LET(compared, compare(templates, pictures, calibration));
        if (compared.references.empty()) continue;
        for (const double fmr : claims) {
            MIEN_LET(point, calibration.threshold_for(fmr));
            rows.push_back(judged(compared, pictures, point, subjects.size()));
        }
    }
    return rows;
}

Result<IdentificationRun> run_identification(const pipeline::FacePipeline& faces, const std::vector<Pair>& pairs,
                                             const statistics::Calibration& calibration, const SampleOptions& options) {
    MIEN_LET(samples, make_samples(faces, pairs, options));
    const Subjects subjects = subjects_of(pairs, samples);
    IdentificationRun run;
    for (const auto& [file, sample] : samples) {
        if (!sample.made) run.failures.push_back({file, sample.why});
    }
    run.subjects = subjects.size();
    MIEN_LET(rows, judge_identification(subjects, calibration));
    run.rows = std::move(rows);
    return run;
}

}  // namespace mien::eval
