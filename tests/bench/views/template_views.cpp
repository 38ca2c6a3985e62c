// Leaves raw vectors of many views of each picture's largest face, for template_views.py, which says what a view
// brings.
//   template_views all|few OUT FOLDER PICTURES…
// OUT gets a record of 32-bit floats for each picture: views x 128, faceres views x 1024, the second recogniser's views
// x 128, the second gender net's 2, then the numbers of `notes`. `few` leaves out all of the first two but crop and
// mirror (they stay not-a-number).
#include <atomic>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "base/file.h"
#include "face/align/align.h"
#include "face/align/shape.h"
#include "face/detect/detector.h"
#include "face/mesh/head.h"
#include "face/mesh/mesh.h"
#include "face/quality/quality.h"
#include "image/warp.h"
#include "inference/run/engine.h"
#include "media/read_picture.h"
#include "models/catalogue.h"
#include "models/store.h"
#include "pipeline/parallel.h"

namespace {

using namespace mien;

constexpr std::size_t views = 15;
constexpr std::size_t faceres_views = 5;
constexpr std::size_t notes = 33;
constexpr std::size_t second_views = 2;
constexpr std::size_t genders = 2;
constexpr std::size_t record = (views + second_views) * 128 + faceres_views * 1024 + genders + notes;
constexpr int side = face::crop_side;
constexpr int faceres_side = 224;
constexpr int gender_side = 32;
enum class Share { All, Few };

struct Nets {
    face::Detector detector;
    inference::ShapePredictor predictor;
    face::Aligner aligner;
    face::MeshFinder mesh;
    std::unique_ptr<inference::Model> resnet;
    std::unique_ptr<inference::Model> faceres;
    std::unique_ptr<inference::Model> densenet;
    std::unique_ptr<inference::Model> gender;
};

Result<Nets> open_nets() {
    MIEN_LET(catalogue, models::Catalogue::open());
    MIEN_LET(store, models::Store::open());
    MIEN_LET(engine, inference::Engine::make());
    const auto load = [&](const char* name) -> Result<std::unique_ptr<inference::Model>> {
        MIEN_LET(card, catalogue.find(name));
        MIEN_LET(files, store.find(card));
        return engine.load(files, {.lanes = pipeline::cores(), .threads = 1});
    };
    MIEN_LET(detector_net, load("centerface"));
    MIEN_LET(detector, face::Detector::make(std::move(detector_net)));
    MIEN_LET(shape_card, catalogue.find("dlib-landmarks5"));
    MIEN_LET(shape_files, store.find(shape_card));
    MIEN_LET(shape_bytes, read_file(shape_files.files.front()));
    MIEN_LET(predictor, inference::read_dlib_shape(shape_bytes));
    MIEN_LET(aligner, face::Aligner::make(std::make_shared<const inference::ShapePredictor>(predictor)));
    MIEN_LET(mesh_net, load("facemesh-attention"));
    MIEN_LET(mesh, face::MeshFinder::make(std::move(mesh_net)));
    MIEN_LET(resnet, load("dlib-face-resnet"));
    MIEN_LET(faceres, load("faceres"));
    MIEN_LET(densenet, load("dlib-face-densenet"));
    MIEN_LET(gender, load("cydral-gender"));
    return Nets{std::move(detector), std::move(predictor), std::move(aligner),  std::move(mesh),
                std::move(resnet),   std::move(faceres),   std::move(densenet), std::move(gender)};
}

Picture mirrored(const Picture& from) {
    Picture to(from.size());
    for (int y = 0; y < from.height(); ++y) {
        for (int x = 0; x < from.width(); ++x) {
            for (int c = 0; c < 3; ++c) to.row(y)[3 * (from.width() - 1 - x) + c] = from.row(y)[3 * x + c];
        }
    }
    return to;
}

// Crop pixels → crop pixels: turned by `angle` and grown by `scale` about the crop's middle, then shifted.
Affine nudge(float scale, float angle, float dx, float dy) {
    const float c = std::cos(angle) * scale;
    const float s = std::sin(angle) * scale;
    const float m = (side - 1) / 2.0f;
    return {{c, -s, m - (c - s) * m + dx, s, c, m - (s + c) * m + dy}};
}

face::FaceShape shape_of(const FaceMesh& mesh) {
    const auto at = [&](std::size_t i) { return Point{mesh.points[i].x, mesh.points[i].y}; };
    return {at(33), at(133), at(362), at(263), at(2)};
}

std::array<Point, 5> points_of(const face::FaceShape& s) {
    return {s.left_eye_outer, s.left_eye_inner, s.right_eye_inner, s.right_eye_outer, s.nose_base};
}

face::FaceShape mean_of(std::span<const face::FaceShape> shapes) {
    std::array<Point, 5> sum{};
    for (const auto& shape : shapes) {
        const auto p = points_of(shape);
        for (std::size_t i = 0; i < 5; ++i) sum.at(i) = {sum.at(i).x + p.at(i).x, sum.at(i).y + p.at(i).y};
    }
    const auto n = static_cast<float>(shapes.size());
    for (Point& p : sum) p = {p.x / n, p.y / n};
    return {sum[0], sum[1], sum[2], sum[3], sum[4]};
}

// The mesh's corners and nose base lie a little beside dlib's, by these crop pixels (median, pictures of folds 1 and
// 2).
face::FaceShape like_dlib(const face::FaceShape& mesh, const Affine& to_frame) {
    constexpr std::array<Point, 5> beside{
        {{-0.85f, -1.05f}, {1.0f, -0.5f}, {-1.0f, -0.5f}, {0.85f, -1.05f}, {0, -2.1f}}};
    const Affine to_crop = image::inverse(to_frame);
    auto p = points_of(mesh);
    for (std::size_t i = 0; i < 5; ++i) {
        const Point at = to_crop(p.at(i));
        p.at(i) = to_frame({at.x - beside.at(i).x, at.y - beside.at(i).y});
    }
    return {p[0], p[1], p[2], p[3], p[4]};
}

// The predictor's points from boxes a little off, averaged.
face::FaceShape steadied(const Nets& nets, const Picture& picture, const FaceRegion& region) {
    const Box box = face::dlib_box(region.landmarks);
    std::vector<face::FaceShape> shapes;
    for (const auto& [scale, dx, dy] :
         {std::array{1.0f, 0.0f, 0.0f}, std::array{1.0f, 0.04f, 0.04f}, std::array{1.0f, -0.04f, 0.04f},
          std::array{1.0f, 0.04f, -0.04f}, std::array{1.0f, -0.04f, -0.04f}, std::array{1.08f, 0.0f, 0.0f},
          std::array{0.92f, 0.0f, 0.0f}}) {
        const float length = box.width * scale;
        const Point centre = box.centre();
        const Box moved{centre.x - length / 2 + dx * box.width, centre.y - length / 2 + dy * box.width, length, length};
        const auto p = face::find_shape(nets.predictor, picture, moved);
        shapes.push_back({p[2], p[3], p[1], p[0], p[4]});
    }
    return mean_of(shapes);
}

// A network of dlib's on a square picture, its values as they are.
Status run_dlib(const inference::Model& net, const Picture& crop, float* to) {
    const auto length = static_cast<std::size_t>(crop.width());
    const std::size_t area = length * length;
    inference::Tensor input{{1, 3, length, length}, std::vector<float>(3 * area)};
    for (std::size_t i = 0; i < area; ++i)
        for (std::size_t c = 0; c < 3; ++c) input.values[c * area + i] = crop.pixels()[3 * i + c];
    MIEN_LET(out, net.run({&input, 1}));
    std::copy(out[0].values.begin(), out[0].values.end(), to);
    return {};
}

// The square around the aligned crop, `share` of its side, at faceres' size; `minus` is taken from each value.
Status run_faceres(const Nets& nets, const Picture& picture, const Affine& to_frame, float share, float minus,
                   bool mirror, float* to) {
    const float scale = share * side / faceres_side;
    const float start = (side - share * side) / 2;
    const Affine to_crop{{scale, 0, start, 0, scale, start}};
    Picture crop = image::warp(picture, image::compose(to_frame, to_crop), {faceres_side, faceres_side});
    if (mirror) crop = mirrored(crop);
    inference::Tensor input{{1, faceres_side, faceres_side, 3}, {}};
    for (const std::uint8_t value : crop.pixels()) input.values.push_back(value - minus);
    MIEN_LET(out, nets.faceres->run({&input, 1}));
    for (const auto& tensor : out) {
        if (tensor.values.size() == 1024) std::copy(tensor.values.begin(), tensor.values.end(), to);
    }
    return {};
}

// Cydral's gender net was made for dlib's chips with a margin of 0.2, the recognisers for 0.25: the middle of the crop.
Picture gender_crop(const Picture& picture, const Affine& to_frame) {
    constexpr float share = (1 + 2 * 0.2f) / (1 + 2 * 0.25f);
    constexpr float scale = share * side / gender_side;
    constexpr float start = (side - share * side) / 2;
    return image::warp(picture, image::compose(to_frame, {{scale, 0, start, 0, scale, start}}),
                       {gender_side, gender_side});
}

Status look(const Nets& nets, Share share, const std::filesystem::path& file, float* to) {
    MIEN_LET(frame, media::read_frame(file));
    const Picture& picture = *frame.picture;
    MIEN_LET(regions, nets.detector.find(picture, {.look = face::Look::Quick}));
    if (regions.empty()) return Error{Fault::BadInput, "no face"};
    const auto largest =
        *std::ranges::max_element(regions, std::less{}, [](const FaceRegion& r) { return r.box.area(); });
    const auto shape = nets.aligner.find(picture, largest);
    const Crop crop = face::Aligner::cut(picture, shape);
    MIEN_LET(mesh, nets.mesh.find(picture, face::with_eyes_of(largest.landmarks, shape)));
    const auto mesh_shape = like_dlib(shape_of(mesh), crop.to_frame);
    const auto steady = steadied(nets, picture, largest);
    const auto moved = [&](const Affine& by) {
        return image::warp(picture, image::compose(crop.to_frame, by), {side, side});
    };
    std::vector<Picture> crops{crop.picture, mirrored(crop.picture)};
    crops.push_back(moved(nudge(0.94f, 0, 0, 0)));
    crops.push_back(moved(nudge(1.06f, 0, 0, 0)));
    crops.push_back(moved(nudge(1, 0, 3, 3)));
    crops.push_back(moved(nudge(1, 0, -3, -3)));
    crops.push_back(moved(nudge(1, 0.07f, 0, 0)));
    crops.push_back(moved(nudge(1, -0.07f, 0, 0)));
    crops.push_back(face::Aligner::cut(picture, mesh_shape).picture);
    crops.push_back(mirrored(crops.back()));
    crops.push_back(face::Aligner::cut(picture, steady).picture);
    crops.push_back(mirrored(crops.back()));
    crops.push_back(face::Aligner::cut(picture, mean_of(std::array{shape, mesh_shape})).picture);
    crops.push_back(mirrored(crops[2]));
    crops.push_back(mirrored(crops[3]));
    for (std::size_t i = 0; i < crops.size(); ++i, to += 128) {
        if (share == Share::Few && i > 1) continue;
        MIEN_TRY(run_dlib(*nets.resnet, crops[i], to));
    }
    for (const auto& [part, minus, mirror] :
         {std::array{0.85f, 0.0f, 0.0f}, std::array{1.05f, 0.0f, 0.0f}, std::array{1.35f, 0.0f, 0.0f},
          std::array{1.05f, 115.0f, 0.0f}, std::array{1.05f, 0.0f, 1.0f}}) {
        if (share == Share::All) MIEN_TRY(run_faceres(nets, picture, crop.to_frame, part, minus, mirror > 0, to));
        to += 1024;
    }
    for (std::size_t i = 0; i < second_views; ++i, to += 128) MIEN_TRY(run_dlib(*nets.densenet, crops[i], to));
    MIEN_TRY(run_dlib(*nets.gender, gender_crop(picture, crop.to_frame), to));
    to += genders;
    const Affine to_crop = image::inverse(crop.to_frame);
    for (const auto& s : {shape, mesh_shape, steady}) {
        for (const Point p : points_of(s)) {
            const Point in_crop = to_crop(p);
            *to++ = in_crop.x;
            *to++ = in_crop.y;
        }
    }
    const HeadState head = face::head_of(mesh);
    const Quality quality = face::quality_of({picture, largest, mesh, head.pose}, face::door_profile());
    *to++ = std::get<float>(quality.unified) / 100;
    *to++ = head.pose.yaw.value;
    *to++ = mesh.confidence;
    return {};
}

}  // namespace

int main(int argc, char** argv) {
    const auto nets = open_nets();
    if (!nets) return std::fprintf(stderr, "%s\n", nets.error().message.c_str()), 1;
    constexpr int first = 4;
    if (argc <= first) return std::fprintf(stderr, "template_views all|few OUT FOLDER PICTURES…\n"), 2;
    const Share share = std::string_view(argv[1]) == "few" ? Share::Few : Share::All;
    const auto count = static_cast<std::size_t>(argc - first);
    std::vector<float> all(count * record, std::nanf(""));
    pipeline::for_each_index(count, 0, [&](std::size_t i) {
        const std::string name = argv[first + static_cast<int>(i)];
        const Status good = look(*nets, share, std::filesystem::path(argv[3]) / name, all.data() + i * record);
        if (!good) std::fprintf(stderr, "%s: %s\n", name.c_str(), good.error().message.c_str());
    });
    std::ofstream(argv[2], std::ios::binary)
        .write(reinterpret_cast<const char*>(all.data()), static_cast<std::streamsize>(all.size() * sizeof(float)));
    return 0;
}
