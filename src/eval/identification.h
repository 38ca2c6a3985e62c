#pragma once

#include <vector>

#include "eval/samples.h"
#include "eval/verification.h"
#include "statistics/calibration.h"
#include "statistics/interval.h"

namespace mien::eval {

// One number of reference pictures, one claim.
struct IdentificationRow {
    std::size_t pictures = 0;
    double claimed = 0;           // false match rate that the calibration's threshold claims
    statistics::Interval fmr{};   // observed: share of strangers, one picture of every other subject, that pass
    statistics::Interval fnmr{};  // share of probes that don't reach their own subject's references
    std::size_t references = 0;   // subjects with as many pictures
    std::size_t probes = 0;       // mated ones: every picture of a subject with one more
};

struct IdentificationRun {
    std::vector<IdentificationRow> rows{};
    std::vector<Failure> failures{};
    std::size_t subjects = 0;
};

// Whether the claims of `calibration` hold for subjects known by 1, 2, 3 or 5 pictures, compared as `mien identify`
// does; for data that chose nothing. 95 % intervals by a bootstrap over subjects. Claims are 1e-2, 5e-3 and 2e-3, or
// as low as the calibration can prove. Errors: BadInput without two subjects; the engine's; stopped by the user.
Result<IdentificationRun> run_identification(const pipeline::FacePipeline& faces, const std::vector<Pair>& pairs,
                                             const statistics::Calibration& calibration, const SampleOptions& options);

// The same from templates that are there already, by subject.
Result<std::vector<IdentificationRow>> judge_identification(const Subjects& subjects,
                                                            const statistics::Calibration& calibration);

}  // namespace mien::eval
