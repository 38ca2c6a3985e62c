// Prints the unit-length template that a network of the catalogue makes of each 150 x 150 picture named, one line of
// 128 numbers each: for dlib_template_check.py.
//   embed_crops MODEL PICTURES…
#include <cstdio>

#include "face/template/embedder.h"
#include "inference/run/engine.h"
#include "media/read_picture.h"
#include "models/catalogue.h"
#include "models/store.h"

namespace {

mien::Status print_templates(int argc, char** argv) {
    using namespace mien;
    MIEN_LET(catalogue, models::Catalogue::open());
    MIEN_LET(store, models::Store::open());
    MIEN_LET(card, catalogue.find(argc > 1 ? argv[1] : ""));
    MIEN_LET(files, store.find(card));
    MIEN_LET(engine, inference::Engine::make());
    MIEN_LET(net, engine.load(files, {.threads = 1}));
    MIEN_LET(embedder, face::Embedder::make(std::move(net), {}));
    for (int i = 2; i < argc; ++i) {
        MIEN_LET(frame, media::read_frame(argv[i]));
        const Crop crop{*frame.picture, {}};
        MIEN_LET(made, embedder.embed({&crop, 1}));
        for (const float value : made[0].values) std::printf("%.9g ", static_cast<double>(value));
        std::printf("\n");
    }
    return {};
}

}  // namespace

int main(int argc, char** argv) {
    const mien::Status done = print_templates(argc, argv);
    if (!done) std::fprintf(stderr, "%s\n", done.error().message.c_str());
    return done ? 0 : 1;
}
