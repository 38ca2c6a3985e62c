#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "gallery/records.h"
#include "types/sighting.h"

namespace mien::archive {

using gallery::Time;
using std::chrono::milliseconds;

// A sighting as the archive keeps it.
struct KeptSighting {
    std::int64_t id = 0;
    std::string reference{};  // random, as of a gallery's subject
    std::string camera{};
    std::string video{};  // file or address
    std::int64_t recording = 0;
    std::int64_t track = 0;
    milliseconds from{0};
    milliseconds to{0};
    Time first{};  // by the wall clock
    Time last{};
    std::vector<PathPoint> path{};
    std::uint32_t attributes = 0;
    std::string measures{};
    std::vector<std::int64_t> shots{};  // numbers of its samples, for Archive::shot
};

// How well the time of a recording's start is known.
enum class Clock { Known, Assumed };

struct NewRecording {
    std::string camera{};
    std::string video{};
    Time started{};  // by the wall clock
    Clock clock = Clock::Assumed;
};

struct Recording {
    std::int64_t id = 0;
    NewRecording said{};
    milliseconds indexed{0};      // up to here everything is in the archive
    std::int64_t next_track = 1;  // numbers from here on are free
    bool finished = false;
};

}  // namespace mien::archive
