#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "types/geometry.h"
#include "types/template.h"

namespace mien {

// Bits by which searches filter sightings.
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
const char* name_of(Attribute attribute);
std::vector<Attribute> attributes_of(std::uint32_t bits);

// Where a track stood on the ground: the middle of its box's lower side, in pixels.
struct PathPoint {
    std::chrono::milliseconds at{0};  // since the source's start
    Point foot{};
};

// One of a track's best pictures.
struct SightingShot {
    std::chrono::milliseconds at{0};
    Box box{};
    float quality = 0;  // 0..100
    Bytes crop{};       // JPEG; empty where none is wished
    std::vector<Template> made{};
};

// A person seen by one camera without interruption: a track with its measures.
struct Sighting {
    std::int64_t track = 0;  // unique in its recording
    std::chrono::milliseconds from{0};
    std::chrono::milliseconds to{0};
    std::vector<PathPoint> path{};
    std::uint32_t attributes = 0;       // bits of Attribute
    std::string measures{};             // a JSON object of what was measured, or empty
    std::vector<SightingShot> shots{};  // best first
};

// Something that happened before a camera: a line crossed, a zone entered.
struct Event {
    std::chrono::milliseconds at{0};
    std::string kind{};
    std::string body{};  // a JSON object
};

}  // namespace mien
