#pragma once

#include <chrono>
#include <string>

#include "archive/search.h"
#include "cli/output.h"

namespace mien::cli {

Json json_of(const archive::Recording& recording);
Json json_of(const archive::KeptSighting& sighting);
Json json_of(const archive::Hit& hit);

// One line for people: camera, time, place in the video.
std::string said(const archive::KeptSighting& sighting);

double seconds(std::chrono::milliseconds time);
std::string csv_field(const std::string& text);  // quoted where RFC 4180 asks for it

}  // namespace mien::cli
