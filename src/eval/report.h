#pragma once

#include <string>

#include "eval/faces.h"
#include "eval/verification.h"

namespace mien::eval {

// Pages of HTML that stand alone: figures with their intervals, plots, and the worst errors by name.

// Detection error trade-off, histograms of similarities, error rates by threshold.
std::string verification_page(const VerificationRun& run, const std::string& data_name);

// Recall against false alarms, errors of landmarks when there are any, what was missed.
std::string finding_page(const FaceFinding& finding, const std::string& data_name);

}  // namespace mien::eval
