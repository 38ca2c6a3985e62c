#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "gallery/records.h"
#include "types/geometry.h"
#include "types/template.h"

namespace mien::archive {

using gallery::Time;
using std::chrono::milliseconds;

// Bits by which searches filter sightings. The upper 32 of a sighting's 64 tags are its recording's number.
enum class Attribute : std::uint32_t {
    Body = 1u << 0,  // has a template of the body
    Face = 1u << 1,  // has a template of the face
    Female = 1u << 2,
    Male = 1u << 3,
    Bag = 1u << 4,
    Backpack = 1u << 5,
    Hat = 1u << 6,
    LongSleeves = 1u << 7,
    LongTrousers = 1u << 8,
    LongHair = 1u << 9,
    Coat = 1u << 10,
};

// Where a track stood on the ground: the middle of its box's lower side, in pixels.
struct PathPoint {
    milliseconds at{0};  // of the recording
    Point foot{};
};

// One of a track's best pictures.
struct Shot {
    milliseconds at{0};  // of the recording
    float quality = 0;   // 0..100
    Bytes crop{};        // JPEG; kept where the archive keeps crops
    std::vector<Template> made{};
};

// One track of one camera, as it is handed in.
struct NewSighting {
    std::int64_t track = 0;  // unique in its recording
    milliseconds from{0};    // of the recording
    milliseconds to{0};
    std::vector<PathPoint> path{};
    std::uint32_t attributes = 0;
    std::string measures{};     // a JSON object of what was measured, or empty
    std::vector<Shot> shots{};  // best first
};

struct Sighting {
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

// Something that happened in a recording: a line crossed, a zone entered.
struct Event {
    milliseconds at{0};  // of the recording
    std::string kind{};
    std::string body{};  // a JSON object
};

const char* name_of(Attribute attribute);
std::vector<Attribute> attributes_of(std::uint32_t bits);

}  // namespace mien::archive
