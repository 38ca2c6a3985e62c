#include "cli/eval_conditions.h"

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <iostream>
#include <map>

#include "cli/evaluation.h"
#include "cli/faces.h"
#include "eval/conditions.h"
#include "image/resize.h"
#include "media/read_picture.h"

namespace mien::cli {
namespace {

constexpr int longest_side = 1280;  // of pictures before they are varied, so that huge ones don't take hours

struct Row {
    eval::Condition condition{};
    eval::FaceFinding finding{};
    double cpu_ms = 0;  // median for a picture, all threads together
};

// The picture at a bearable size, its marks with it.
eval::VariedPicture reduced(const Picture& picture, eval::MarkedPicture marks) {
    const int longest = std::max(picture.width(), picture.height());
    if (longest <= longest_side) return {picture, std::move(marks)};
    const float scale = static_cast<float>(longest_side) / static_cast<float>(longest);
    const auto part = [scale](int side) { return std::max(1, static_cast<int>(static_cast<float>(side) * scale)); };
    const auto shrink = [scale](Point& p) { p = {p.x * scale, p.y * scale}; };
    for (eval::MarkedFace& face : marks.faces) {
        face.box = {face.box.x * scale, face.box.y * scale, face.box.width * scale, face.box.height * scale};
        shrink(face.nose);
        std::ranges::for_each(face.landmarks, shrink);
    }
    return {image::resize(picture, {part(picture.width()), part(picture.height())}), std::move(marks)};
}

Result<Row> judge(const pipeline::FacePipeline& faces, const ConditionOptions& options,
                  const std::vector<eval::VariedPicture>& originals, eval::Condition condition) {
    std::map<std::string, std::shared_ptr<const Picture>> pictures;
    std::vector<eval::MarkedPicture> marks;
    for (const eval::VariedPicture& original : originals) {
        for (eval::VariedPicture& made : eval::vary(original.picture, original.marks, condition)) {
            marks.push_back(made.marks);
            pictures[made.marks.file] = std::make_shared<const Picture>(std::move(made.picture));
        }
    }
    if (marks.empty()) return Row{condition, {}, 0};
    std::vector<double> times;
    const auto find = [&](const std::string& file) -> Result<std::vector<FaceRegion>> {
        const std::clock_t start = std::clock();
        MIEN_LET(analysed, faces.analyse(Frame{.picture = pictures[file]}, options.wanted));
        times.push_back(static_cast<double>(std::clock() - start) * 1000 / CLOCKS_PER_SEC);
        std::vector<FaceRegion> regions;
        for (const auto& face : analysed) regions.push_back(face.region);
        return regions;
    };
    MIEN_LET(finding, eval::run_face_finding(options.detector, find, marks, [](std::size_t, std::size_t) {}));
    std::ranges::nth_element(times, times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2));
    return Row{condition, std::move(finding), times[times.size() / 2]};
}

// Recall and false alarms a picture with higher scores asked for, in steps: [score, recall, false alarms].
Json curve_of(const eval::FaceFinding& finding) {
    Json curve = Json::array();
    for (int step = 1; step < 20; ++step) {
        const float score = static_cast<float>(step) * 0.05f;
        eval::AtScore at;
        for (const eval::AtScore& a : finding.by_score)
            if (a.score >= score) at = a;
        curve.push_back(
            {rounded(score), rounded(static_cast<float>(at.recall)), rounded(static_cast<float>(at.false_alarms))});
    }
    return curve;
}

Json entry_of(const Row& row) {
    const eval::FaceFinding& f = row.finding;
    Json json{{"condition", eval::name_of(row.condition)}, {"pictures", f.pictures}, {"faces", f.faces}};
    if (f.pictures == 0) return json;
    json["recall"] = json_of(f.recall);
    json["false_alarms_per_picture"] = json_of(f.false_alarms);
    if (f.with_landmarks > 0) json["nme"] = json_of(f.landmark_error);
    json["cpu_ms"] = row.cpu_ms;
    json["by_score"] = curve_of(f);
    return json;
}

void print_row(const Row& row) {
    const eval::FaceFinding& f = row.finding;
    std::printf("%-24s %6zu %6zu", eval::name_of(row.condition), f.pictures, f.faces);
    if (f.pictures == 0) {
        std::printf("   no boxes are marked\n");
        return;
    }
    std::printf("   %5.1f (%.1f to %.1f)   %5.2f (%.2f to %.2f)", f.recall.value * 100, f.recall.low * 100,
                f.recall.high * 100, f.false_alarms.value, f.false_alarms.low, f.false_alarms.high);
    if (f.with_landmarks > 0) std::printf("   %.3f", f.landmark_error.value);
    std::printf("   %.1f\n", row.cpu_ms);
}

}  // namespace

Result<int> eval_conditions(const ConditionOptions& options, const std::vector<eval::MarkedPicture>& marks) {
    const auto folder = std::filesystem::path(options.marks).parent_path();
    std::vector<eval::VariedPicture> originals;
    for (const eval::MarkedPicture& marked : marks) {
        MIEN_LET(frame, media::read_frame(folder / marked.file));
        originals.push_back(reduced(*frame.picture, marked));
    }
    MIEN_LET(faces, open_faces({.threads = 1, .detector = options.detector, .mesh = options.wanted.mesh}));
    Json rows = Json::array();
    if (!options.json)
        std::printf("%s, %s\n%-24s %6s %6s   recall %% (95 %% over pictures)   false alarms a picture   nme   CPU ms\n",
                    options.data_name.c_str(), options.detector.c_str(), "condition", "made", "faces");
    for (const eval::Condition condition : eval::all_conditions) {
        MIEN_LET(row, judge(faces, options, originals, condition));
        if (!options.json) print_row(row);
        rows.push_back(entry_of(row));
    }
    if (options.json)
        print_json({{"evaluation", "face-detection"},
                    {"data", options.data_name},
                    {"detector", options.detector},
                    {"min_score", rounded(options.wanted.detect.min_score)},
                    {"min_face", options.wanted.detect.min_face_pixels},
                    {"interval", "95 %, bootstrap over the pictures that were made"},
                    {"conditions", rows}});
    return done;
}

}  // namespace mien::cli
