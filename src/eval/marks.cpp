#include <cmath>
#include <nlohmann/json.hpp>
#include <pugixml.hpp>

#include "base/file.h"
#include "eval/faces.h"

namespace mien::eval {
namespace {

constexpr std::size_t most_bytes = 64 << 20;

bool sane(Point p) {
    return std::abs(p.x) < 1e6f && std::abs(p.y) < 1e6f;
}

Result<MarkedFace> read_box(const pugi::xml_node& node) {
    MarkedFace face;
    face.box = {node.attribute("left").as_float(), node.attribute("top").as_float(), node.attribute("width").as_float(),
                node.attribute("height").as_float()};
    if (!sane({face.box.x, face.box.y}) ||
        !(face.box.width > 0 && face.box.width < 1e6f && face.box.height > 0 && face.box.height < 1e6f)) {
        return Error{Fault::BadInput, "a <box> has no sensible left, top, width and height"};
    }
    for (const pugi::xml_node& part : node.children("part"))
        face.landmarks.push_back({part.attribute("x").as_float(), part.attribute("y").as_float()});
    if (!face.landmarks.empty() && face.landmarks.size() != 68) {
        return Error{Fault::BadInput,
                     "a <box> has " + std::to_string(face.landmarks.size()) + " parts; 68 are understood"};
    }
    constexpr std::size_t nose_tip = 30;
    face.nose = face.landmarks.empty() ? face.box.centre() : face.landmarks[nose_tip];
    if (!std::ranges::all_of(face.landmarks, sane)) return Error{Fault::BadInput, "a <part> lies beyond any picture"};
    return face;
}

}  // namespace

Result<std::vector<MarkedPicture>> read_nose_points(ByteView bytes) try {
    const auto json = nlohmann::json::parse(bytes.begin(), bytes.end());
    std::vector<MarkedPicture> pictures;
    for (const auto& [file, points] : json.at("nose_points").items()) {
        MarkedPicture picture{file, {}};
        for (const auto& point : points) {
            const auto [x, y] = point.get<std::array<double, 2>>();
            if (!(std::abs(x) < 1e6 && std::abs(y) < 1e6))
                return Error{Fault::BadInput, file + ": a nose lies beyond any picture"};
            picture.faces.push_back({{}, {static_cast<float>(x), static_cast<float>(y)}, {}});
        }
        pictures.push_back(std::move(picture));
    }
    return pictures;
} catch (const std::exception& failure) {
    return Error{Fault::BadInput, std::string("the annotations can't be read: ") + failure.what()};
}

Result<std::vector<MarkedPicture>> read_imglab(ByteView bytes) {
    pugi::xml_document document;
    const auto parsed = document.load_buffer(bytes.data(), bytes.size());
    if (!parsed)
        return Error{Fault::BadInput, std::string("the XML can't be read: ") + parsed.description() + " at byte " +
                                          std::to_string(parsed.offset)};
    std::vector<MarkedPicture> pictures;
    for (const pugi::xml_node& image : document.child("dataset").child("images").children("image")) {
        MarkedPicture picture{image.attribute("file").as_string(), {}};
        if (picture.file.empty()) return Error{Fault::BadInput, "an <image> has no file"};
        for (const pugi::xml_node& box : image.children("box")) {
            MIEN_LET(face, read_box(box));
            picture.faces.push_back(std::move(face));
        }
        pictures.push_back(std::move(picture));
    }
    if (pictures.empty()) return Error{Fault::BadInput, "the XML holds no <dataset><images><image>"};
    return pictures;
}

Result<FoundFaces> read_found(ByteView bytes) try {
    const auto json = nlohmann::json::parse(bytes.begin(), bytes.end());
    FoundFaces found;
    constexpr std::size_t bare = 5;
    constexpr std::size_t with_landmarks = 15;
    for (const auto& [file, faces] : json.items()) {
        auto& regions = found[file];
        for (const auto& face : faces) {
            const auto v = face.get<std::vector<float>>();
            const bool finite = std::ranges::all_of(v, [](float n) { return std::abs(n) < 1e6f; });
            if (!finite || (v.size() != bare && v.size() != with_landmarks))
                return Error{Fault::BadInput, file + ": a face needs 5 or 15 sensible numbers, not " + face.dump()};
            FaceRegion region{{v[0], v[1], v[2], v[3]}, v[4], {}};
            if (v.size() == with_landmarks)
                region.landmarks = {{v[5], v[6]}, {v[7], v[8]}, {v[9], v[10]}, {v[11], v[12]}, {v[13], v[14]}};
            regions.push_back(region);
        }
    }
    return found;
} catch (const std::exception& failure) {
    return Error{Fault::BadInput, std::string("the faces can't be read: ") + failure.what()};
}

Result<std::vector<MarkedPicture>> read_marks(const std::filesystem::path& file) {
    MIEN_LET(bytes, read_file(file, most_bytes));
    auto marks = file.extension() == ".xml" ? read_imglab(bytes) : read_nose_points(bytes);
    if (!marks) return Error{marks.error().fault, file.string() + ": " + marks.error().message};
    return marks;
}

}  // namespace mien::eval
