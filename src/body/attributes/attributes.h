#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "base/result.h"
#include "inference/model.h"
#include "types/geometry.h"
#include "types/picture.h"
#include "types/sighting.h"

namespace mien::body {

// What somebody wears and carries, in the network's order. Below 0.5 it is absent, above present.
enum class Look { Male, Bag, Backpack, Hat, LongSleeves, LongTrousers, LongHair, Coat };
inline constexpr std::size_t look_count = 8;
const char* name_of(Look look);
// The bit by which sightings are searched: of Male with a probability below 0.5 it is Female's.
Attribute attribute_of(Look look);

// A colour, and where in the picture it was taken from.
struct ColourReading {
    Point at{};                         // pixels of the picture
    std::array<std::uint8_t, 3> rgb{};  // mean of the pixels around that place
};

struct BodyAttributes {
    std::array<float, look_count> probabilities{};  // 0..1, not calibrated
    ColourReading upper{};                          // of the clothes above the waist
    ColourReading lower{};                          // and below
    float operator[](Look look) const { return probabilities.at(static_cast<std::size_t>(look)); }
};

// Reads a person's looks by person-attributes-recognition-crossroad-0230 of the Open Model Zoo, made for people who
// stand, are hidden by less than a fifth and at least 80 pixels wide. Touches nothing else.
// Thread rule: const calls may run at the same time.
class AttributeReader {
public:
    // Errors: Unsupported when the model does not map 1 x 3 x 160 x 80 to eight probabilities, "453", and the places of
    // two colours, "456" above and "459" below.
    static Result<AttributeReader> make(std::shared_ptr<const inference::Model> model);

    // Of the person whose box this is, clipped to the picture. Errors: BadInput for a box that does not meet the
    // picture; Corrupt when the network gives no probabilities; the engine's.
    Result<BodyAttributes> read(const Picture& picture, const Box& body) const;

private:
    struct Places {  // among the outputs
        std::size_t looks = 0;
        std::size_t upper = 0;
        std::size_t lower = 0;
    };
    AttributeReader(std::shared_ptr<const inference::Model> model, Places places)
        : model_(std::move(model)), places_(places) {}
    std::shared_ptr<const inference::Model> model_;
    Places places_;
};

}  // namespace mien::body
