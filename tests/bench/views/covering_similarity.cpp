// How much less alike a person's two pictures become when the second one wears something drawn: the terms that
// src/face/quality/unified.cpp subtracts.
//   covering_similarity PAIRS.csv FOLDS      (e.g. 1,2; pictures relative to the CSV)
#include <array>
#include <cstdio>
#include <filesystem>

#include "base/file.h"
#include "base/text.h"
#include "eval/coverings.h"
#include "eval/pairs.h"
#include "face/template/embedder.h"
#include "media/read_picture.h"
#include "pipeline/open.h"

namespace {

using namespace mien;

pipeline::FaceOptions wanted() {
    return {.faces = pipeline::Faces::Largest, .mesh = pipeline::Mesh::Yes};
}

struct Means {
    double bare = 0;
    double covered = 0;
    int pairs = 0;
    int lost = 0;
};

Status compare(const pipeline::FacePipeline& faces, const std::filesystem::path& a, const std::filesystem::path& b,
               int number, std::array<Means, 3>& means) {
    MIEN_LET(first, media::read_frame(a));
    MIEN_LET(second, media::read_frame(b));
    MIEN_LET(reference, faces.analyse(first, wanted()));
    MIEN_LET(bare, faces.analyse(second, wanted()));
    if (reference.empty() || bare.empty()) return {};
    const auto* dense = std::get_if<pipeline::DenseFace>(&bare.front().dense);
    if (dense == nullptr) return {};
    MIEN_LET(alike, face::similarity(*reference.front().made, *bare.front().made));
    for (std::size_t i = 0; i < means.size(); ++i) {
        const auto drawn = std::make_shared<const Picture>(eval::covered(
            *second.picture, dense->mesh, static_cast<eval::Covering>(i), static_cast<std::uint64_t>(number)));
        MIEN_LET(worn, faces.analyse(Frame{second.source, {}, drawn}, wanted()));
        if (worn.empty()) {
            ++means.at(i).lost;
            continue;
        }
        MIEN_LET(less, face::similarity(*reference.front().made, *worn.front().made));
        means.at(i).bare += static_cast<double>(alike);
        means.at(i).covered += static_cast<double>(less);
        ++means.at(i).pairs;
    }
    return {};
}

Status run(const std::filesystem::path& file, const std::string& folds) {
    MIEN_LET(bytes, read_file(file));
    MIEN_LET(pairs, eval::read_pairs(bytes, eval::Scores::None));
    const std::vector<std::string> chosen = split(folds, ',');
    MIEN_LET(faces, pipeline::open_face_pipeline({.threads = 1, .mesh = pipeline::Mesh::Yes}));
    std::array<Means, 3> means{};
    int number = 0;
    for (const eval::Pair& pair : pairs) {
        if (!pair.mated || std::ranges::find(chosen, pair.fold) == chosen.end()) continue;
        MIEN_TRY(compare(faces, file.parent_path() / pair.a, file.parent_path() / pair.b, ++number, means));
    }
    constexpr std::array names{"dark glasses", "mask", "cap"};
    for (std::size_t i = 0; i < means.size(); ++i) {
        const Means& m = means.at(i);
        std::printf("%-14s %d pairs, %d lost: similarity %.5f bare, %.5f worn, %.5f less\n", names.at(i), m.pairs,
                    m.lost, m.bare / m.pairs, m.covered / m.pairs, (m.bare - m.covered) / m.pairs);
    }
    return {};
}

}  // namespace

int main(int count, char** words) {
    if (count != 3) {
        std::fprintf(stderr, "covering_similarity PAIRS.csv FOLDS\n");
        return 2;
    }
    const mien::Status good = run(words[1], words[2]);
    if (good) return 0;
    std::fprintf(stderr, "%s\n", good.error().message.c_str());
    return 1;
}
