// Runs one network of a face on pictures as they are, through the product's own preparation and decoding, and prints
// all digits: for the checks against the makers' own code beside this file.
//
//   face_nets detect MODEL MIN_SCORE PICTURE…   one look at the picture's own size: a line "picture score x y width
//                                               height" and five landmarks for each face that suppression leaves
//   face_nets anchors MODEL MIN_SCORE PICTURE…  the same without suppression
//   face_nets mesh PICTURE < STARTS             STARTS: ten numbers a line, five landmarks → 478 points x y z, the
//                                               confidence, then yaw, pitch, roll in degrees
//   face_nets points PICTURE < BOXES            retail-0009: BOXES: x y width height a line → five landmarks
//   face_nets shape PREDICTOR.dat PICTURE < BOXES   dlib's five points: x and y of each
//   face_nets age-gender MODEL PICTURE…         of crops 224 x 224: median age, its tenth and nine tenths, male
//   face_nets expression MODEL PICTURE…         of crops 64 x 64, with their mirror images: seven probabilities in the
//   order
//                                               of types/attributes.h
#include <cstdio>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "face/align/shape.h"
#include "face/attributes/age_gender.h"
#include "face/attributes/expression.h"
#include "face/detect/codec.h"
#include "face/detect/refine.h"
#include "face/mesh/head.h"
#include "face/mesh/mesh.h"
#include "inference/run/engine.h"
#include "media/read_picture.h"
#include "models/catalogue.h"
#include "models/store.h"

namespace {

using namespace mien;
using Words = std::vector<std::string>;
using Net = std::shared_ptr<const inference::Model>;

Result<Net> load(const std::string& name) {
    MIEN_LET(catalogue, models::Catalogue::open());
    MIEN_LET(store, models::Store::open());
    MIEN_LET(card, catalogue.find(name));
    MIEN_LET(files, store.find(card));
    MIEN_LET(engine, inference::Engine::make());
    MIEN_LET(net, engine.load(files, {.threads = 1}));
    return Net(std::move(net));
}

void print(double value) {
    std::printf(" %.9g", value);
}

void print(const Landmarks5& landmarks) {
    for (const Point p : landmarks.points()) {
        print(static_cast<double>(p.x));
        print(static_cast<double>(p.y));
    }
}

Status detect(const Words& words, float max_overlap) {
    MIEN_LET(net, load(words[1]));
    MIEN_LET(kind, face::recognise(*net));
    const float min_score = std::stof(words[2]);
    for (std::size_t i = 3; i < words.size(); ++i) {
        MIEN_LET(frame, media::read_frame(words[i]));
        const inference::Tensor input = face::input_of(kind, *frame.picture);
        MIEN_LET(outputs, net->run({&input, 1}));
        MIEN_LET(regions, face::regions_of(kind, outputs, input, min_score));
        for (const FaceRegion& region : face::keep_best(std::move(regions), max_overlap)) {
            std::printf("%s", words[i].c_str());
            for (const float v : {region.score, region.box.x, region.box.y, region.box.width, region.box.height})
                print(static_cast<double>(v));
            print(region.landmarks);
            std::printf("\n");
        }
    }
    return {};
}

Status mesh(const Words& words) {
    MIEN_LET(net, load("facemesh-attention"));
    MIEN_LET(finder, face::MeshFinder::make(net));
    MIEN_LET(frame, media::read_frame(words[1]));
    Landmarks5 l;
    while (std::cin >> l.left_eye.x >> l.left_eye.y >> l.right_eye.x >> l.right_eye.y >> l.nose.x >> l.nose.y >>
           l.left_mouth.x >> l.left_mouth.y >> l.right_mouth.x >> l.right_mouth.y) {
        MIEN_LET(found, finder.find(*frame.picture, l));
        for (const Point3& p : found.points)
            for (const float v : {p.x, p.y, p.z}) print(static_cast<double>(v));
        const Pose pose = face::head_of(found).pose;
        for (const float v : {found.confidence, pose.yaw.value, pose.pitch.value, pose.roll.value})
            print(static_cast<double>(v));
        std::printf("\n");
    }
    return {};
}

Status points(const Words& words) {
    MIEN_LET(net, load("omz-landmarks-regression-retail-0009"));
    MIEN_LET(refiner, face::Refiner::make(net));
    MIEN_LET(frame, media::read_frame(words[1]));
    Box box;
    while (std::cin >> box.x >> box.y >> box.width >> box.height) {
        MIEN_LET(landmarks, refiner.find(*frame.picture, box));
        print(landmarks);
        std::printf("\n");
    }
    return {};
}

Status shape(const Words& words) {
    MIEN_LET(bytes, read_file(words[1]));
    MIEN_LET(predictor, inference::read_dlib_shape(bytes));
    MIEN_LET(frame, media::read_frame(words[2]));
    Box box;
    while (std::cin >> box.x >> box.y >> box.width >> box.height) {
        for (const Point p : face::find_shape(predictor, *frame.picture, box)) {
            print(static_cast<double>(p.x));
            print(static_cast<double>(p.y));
        }
        std::printf("\n");
    }
    return {};
}

Status age_gender(const Words& words) {
    MIEN_LET(net, load(words[1]));
    MIEN_LET(reader, face::AgeGenderReader::make(net));
    for (std::size_t i = 2; i < words.size(); ++i) {
        MIEN_LET(frame, media::read_frame(words[i]));
        MIEN_LET(reading, reader.read(*frame.picture));
        for (const float v : {reading.age.years, reading.age.low, reading.age.high, reading.male})
            print(static_cast<double>(v));
        std::printf("\n");
    }
    return {};
}

Status expression(const Words& words) {
    MIEN_LET(net, load(words[1]));
    MIEN_LET(reader, face::ExpressionReader::make({net}));
    for (std::size_t i = 2; i < words.size(); ++i) {
        MIEN_LET(frame, media::read_frame(words[i]));
        MIEN_LET(reading, reader.read(*frame.picture));
        for (const float v : reading.probabilities) print(static_cast<double>(v));
        std::printf("\n");
    }
    return {};
}

Status run(const Words& words) {
    const std::string_view what = words.empty() ? "" : words[0];
    constexpr float as_the_product = 0.3f;
    if (what == "detect" && words.size() > 3) return detect(words, as_the_product);
    if (what == "anchors" && words.size() > 3) return detect(words, 1);
    if (what == "mesh" && words.size() == 2) return mesh(words);
    if (what == "points" && words.size() == 2) return points(words);
    if (what == "shape" && words.size() == 3) return shape(words);
    if (what == "age-gender" && words.size() > 2) return age_gender(words);
    if (what == "expression" && words.size() > 2) return expression(words);
    return Error{Fault::BadInput, "see the head of face_nets.cpp"};
}

}  // namespace

int main(int argc, char** argv) {
    const Status done = run({argv + 1, argv + argc});
    if (!done) std::fprintf(stderr, "%s\n", done.error().message.c_str());
    return done ? 0 : 1;
}
