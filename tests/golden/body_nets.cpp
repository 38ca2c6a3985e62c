// Runs one network of a body on pictures, through the product's own preparation and decoding, and prints all digits:
// for the checks against the makers' own code beside this file.
//
//   body_nets detect MODEL MIN_SCORE MIN_HEIGHT TILES PICTURE…   a line "picture score x y width height" a person
//   body_nets raw MODEL < INPUT                                  the network's outputs for floats of its input's size
//   body_nets pose MODEL PICTURE < BOXES                         BOXES: x y width height a line → 17 times x y
//   confidence body_nets template MODEL PICTURE…                            of crops: the template; MODEL "stripes":
//   our descriptor
#include <cstdio>
#include <iostream>
#include <string>
#include <vector>

#include "body/detect/detector.h"
#include "body/pose/pose.h"
#include "body/reid/embedder.h"
#include "media/read_picture.h"
#include "pipeline/open.h"

namespace {

using namespace mien;
using Words = std::vector<std::string>;
using Net = std::shared_ptr<const inference::Model>;

Result<Net> load(const std::string& name) {
    MIEN_LET(net, pipeline::open_model(name, {.threads = 1, .missing = pipeline::Missing::Fail}));
    return Net(std::move(net));
}

void print(float value) {
    std::printf(" %.9g", static_cast<double>(value));
}

Status detect(const Words& words) {
    MIEN_LET(net, load(words[1]));
    MIEN_LET(detector, body::BodyDetector::make(net));
    const body::DetectOptions options{
        .min_score = std::stof(words[2]), .min_height = std::stoi(words[3]), .max_tiles = std::stoi(words[4])};
    for (std::size_t i = 5; i < words.size(); ++i) {
        MIEN_LET(frame, media::read_frame(words[i]));
        MIEN_LET(found, detector.find(*frame.picture, options));
        for (const BodyRegion& region : found) {
            std::printf("%s", words[i].c_str());
            for (const float v : {region.score, region.box.x, region.box.y, region.box.width, region.box.height})
                print(v);
            std::printf("\n");
        }
    }
    return {};
}

Status raw(const Words& words) {
    MIEN_LET(net, load(words[1]));
    inference::Tensor input{net->inputs()[0].shape, {}};
    float value = 0;
    while (std::fread(&value, sizeof value, 1, stdin) == 1) input.values.push_back(value);
    MIEN_LET(outputs, net->run({&input, 1}));
    for (const inference::Tensor& output : outputs) {
        for (const float v : output.values) print(v);
        std::printf("\n");
    }
    return {};
}

Status pose(const Words& words) {
    MIEN_LET(net, load(words[1]));
    MIEN_LET(finder, body::PoseFinder::make(net));
    MIEN_LET(frame, media::read_frame(words[2]));
    Box box;
    while (std::cin >> box.x >> box.y >> box.width >> box.height) {
        MIEN_LET(found, finder.find(*frame.picture, box));
        for (const BodyPointReading& point : found.points)
            for (const float v : {point.at.x, point.at.y, point.confidence}) print(v);
        std::printf("\n");
    }
    return {};
}

Result<body::BodyEmbedder> open_embedder(const std::string& name) {
    if (name == "stripes") return body::BodyEmbedder::stripes();
    MIEN_LET(net, load(name));
    return body::BodyEmbedder::make(net, {name, "", "stretched-128x256"});
}

Status templates(const Words& words) {
    MIEN_LET(embedder, open_embedder(words[1]));
    for (std::size_t i = 2; i < words.size(); ++i) {
        MIEN_LET(frame, media::read_frame(words[i]));
        const Size size = frame.picture->size();
        MIEN_LET(made, embedder.embed(*frame.picture,
                                      {0, 0, static_cast<float>(size.width), static_cast<float>(size.height)}));
        for (const float v : made.values) print(v);
        std::printf("\n");
    }
    return {};
}

Status run(const Words& words) {
    if (words.size() > 5 && words[0] == "detect") return detect(words);
    if (words.size() == 2 && words[0] == "raw") return raw(words);
    if (words.size() == 3 && words[0] == "pose") return pose(words);
    if (words.size() > 2 && words[0] == "template") return templates(words);
    return Error{Fault::BadInput,
                 "detect MODEL MIN_SCORE MIN_HEIGHT TILES PICTURE… | raw MODEL | pose MODEL PICTURE | "
                 "template MODEL PICTURE…"};
}

}  // namespace

int main(int argc, char** argv) {
    const Status done = run(Words(argv + 1, argv + argc));
    if (!done) std::fprintf(stderr, "%s\n", done.error().message.c_str());
    return done ? 0 : 1;
}
