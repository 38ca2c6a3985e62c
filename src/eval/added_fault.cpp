#include "eval/added_fault.h"

#include <algorithm>
#include <cmath>

#include "image/degrade.h"
#include "image/resize.h"
#include "media/read_picture.h"
#include "media/write_picture.h"

namespace mien::eval {
namespace {

using Kind = AddedFault::Kind;

const char* name_of(Kind kind) {
    switch (kind) {
        case Kind::None:
            return "none";
        case Kind::Blur:
            return "blur";
        case Kind::Noise:
            return "noise";
        case Kind::Darkness:
            return "darkness";
        case Kind::Jpeg:
            return "jpeg";
        case Kind::Reduction:
            return "reduction";
    }
    return "none";
}

Result<Picture> through_jpeg(const Picture& picture, int quality) {
    MIEN_LET(bytes, media::encode_jpeg(picture, quality));
    MIEN_LET(decoded, media::decode_picture(bytes));
    return std::move(decoded.picture);
}

Picture reduced(const Picture& picture, float share) {
    const auto part = [share](int side) {
        return std::max(1, static_cast<int>(std::lround(share * static_cast<float>(side))));
    };
    return image::resize(image::resize(picture, {part(picture.width()), part(picture.height())}), picture.size());
}

}  // namespace

std::string AddedFault::name() const {
    if (kind == Kind::None) return "none";
    std::string text = std::to_string(strength);
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.') text.pop_back();
    return std::string(name_of(kind)) + " " + text;
}

std::vector<AddedFault> quality_faults() {
    return {{Kind::None, 0},         {Kind::Blur, 2},         {Kind::Blur, 4},          {Kind::Blur, 7},
            {Kind::Noise, 15},       {Kind::Noise, 40},       {Kind::Noise, 80},        {Kind::Darkness, 0.1f},
            {Kind::Darkness, 0.03f}, {Kind::Darkness, 0.01f}, {Kind::Jpeg, 20},         {Kind::Jpeg, 8},
            {Kind::Jpeg, 3},         {Kind::Reduction, 0.2f}, {Kind::Reduction, 0.12f}, {Kind::Reduction, 0.08f}};
}

Result<Picture> degraded(const Picture& picture, const AddedFault& fault, std::uint64_t seed) {
    switch (fault.kind) {
        case Kind::None:
            return picture;
        case Kind::Blur:
            return image::blur(picture, fault.strength);
        case Kind::Noise:
            return image::add_noise(picture, fault.strength, seed);
        case Kind::Darkness:
            return image::darken(picture, fault.strength);
        case Kind::Jpeg:
            return through_jpeg(picture, static_cast<int>(fault.strength));
        case Kind::Reduction:
            return reduced(picture, fault.strength);
    }
    return picture;
}

}  // namespace mien::eval
