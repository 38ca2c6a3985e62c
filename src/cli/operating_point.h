#pragma once

#include <optional>
#include <string>

#include "cli/output.h"
#include "gallery/store/store.h"
#include "statistics/interval.h"
#include "statistics/tail.h"
#include "types/template.h"

namespace mien::cli {

// The threshold that a gallery is searched with, as `mien calibrate` keeps it in the store.
struct GalleryPoint {
    enum class Wish { Fmr, Fpir };
    Wish wish = Wish::Fpir;
    double rate = 0;      // the wished one
    double enrolled = 0;  // subjects when it was measured
    statistics::TailThreshold threshold{};
    statistics::Interval fmr{};   // of one comparison
    statistics::Interval fpir{};  // at `enrolled`
    std::string source{};         // "own" or "shipped" comparisons
    std::string measured_on{};
    std::string made{};  // ISO 8601; set when it is read from the store
};

std::string to_text(const GalleryPoint& point);  // the JSON that is kept

// None where nothing is kept. Errors: Corrupt, those of the store.
Result<std::optional<GalleryPoint>> kept_point(gallery::Store& store, const std::string& gallery, const Maker& maker);

// "FPIR 1 % at N = 810, measured on its own 810 subjects"
std::string said(const GalleryPoint& point);

// A rate in per cent, of two digits: "1 %", "0.25 %".
std::string percent(double rate);

}  // namespace mien::cli
