// The template of each picture's largest face, as 128 32-bit floats (NaN where none was found), for search.py.
//   picture_templates OUT PICTURES…
#include <cmath>
#include <cstdio>
#include <fstream>

#include "media/read_picture.h"
#include "pipeline/open.h"
#include "pipeline/parallel.h"

int main(int argc, char** argv) {
    using namespace mien;
    if (argc < 3) return std::fprintf(stderr, "picture_templates OUT PICTURES…\n"), 2;
    const auto pipeline = pipeline::open_face_pipeline({.lanes = pipeline::cores(), .threads = 1});
    if (!pipeline) return std::fprintf(stderr, "%s\n", pipeline.error().message.c_str()), 3;
    constexpr std::size_t dimension = 128;
    const auto count = static_cast<std::size_t>(argc - 2);
    std::vector<float> all(count * dimension, std::nanf(""));
    pipeline::for_each_index(count, 0, [&](std::size_t i) {
        const auto frame = media::read_frame(argv[i + 2]);
        if (!frame) return;
        pipeline::FaceOptions options;
        options.faces = pipeline::Faces::Largest;
        options.detect.look = face::Look::Quick;  // one face fills these pictures
        const auto faces = pipeline->analyse(*frame, options);
        if (!faces || faces->empty() || !faces->front().made) return;
        const auto& values = faces->front().made->values;
        if (values.size() == dimension)
            std::ranges::copy(values, all.begin() + static_cast<std::ptrdiff_t>(i * dimension));
    });
    std::ofstream out(argv[1], std::ios::binary);
    out.write(reinterpret_cast<const char*>(all.data()), static_cast<std::streamsize>(all.size() * sizeof(float)));
    return out ? 0 : 3;
}
