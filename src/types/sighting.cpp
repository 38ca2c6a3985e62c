#include "types/sighting.h"

#include <array>

namespace mien {
namespace {

constexpr std::array all{Attribute::Body,         Attribute::Face,     Attribute::Female, Attribute::Male,
                         Attribute::Bag,          Attribute::Backpack, Attribute::Hat,    Attribute::LongSleeves,
                         Attribute::LongTrousers, Attribute::LongHair, Attribute::Coat};

}  // namespace

const char* name_of(Attribute attribute) {
    switch (attribute) {
        case Attribute::Body:
            return "body";
        case Attribute::Face:
            return "face";
        case Attribute::Female:
            return "female";
        case Attribute::Male:
            return "male";
        case Attribute::Bag:
            return "bag";
        case Attribute::Backpack:
            return "backpack";
        case Attribute::Hat:
            return "hat";
        case Attribute::LongSleeves:
            return "long-sleeves";
        case Attribute::LongTrousers:
            return "long-trousers";
        case Attribute::LongHair:
            return "long-hair";
        case Attribute::Coat:
            return "coat";
    }
    return "";
}

std::vector<Attribute> attributes_of(std::uint32_t bits) {
    std::vector<Attribute> found;
    for (const Attribute one : all)
        if ((bits & static_cast<std::uint32_t>(one)) != 0) found.push_back(one);
    return found;
}

}  // namespace mien
