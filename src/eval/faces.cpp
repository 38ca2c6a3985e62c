#include "eval/faces.h"

#include <algorithm>
#include <cmath>

#include "base/stop.h"
#include "statistics/bootstrap.h"

namespace mien::eval {
namespace {

constexpr float same_place = 0.3f;
constexpr double failed_error = 0.1;

// What one picture adds to the sums.
struct Tally {
    double marked = 0;
    double found = 0;
    double false_alarms = 0;
    double compared = 0;
    double error = 0;
    double failures = 0;
    std::vector<float> hits{};   // scores of the regions that answer for a marked face
    std::vector<float> extra{};  // scores of the others
    std::vector<double> errors{};
    std::vector<Point> missed{};
};

Point mean_of(const std::vector<Point>& points, std::size_t first, std::size_t last) {
    Point sum;
    for (std::size_t i = first; i <= last; ++i) sum = {sum.x + points[i].x, sum.y + points[i].y};
    const auto count = static_cast<float>(last - first + 1);
    return {sum.x / count, sum.y / count};
}

double distance(Point a, Point b) {
    return std::hypot(a.x - b.x, a.y - b.y);
}

// iBUG's order: eyes 36..41 and 42..47, nose tip 30, mouth corners 48 and 54; left and right as seen.
double landmark_error(const Landmarks5& found, const std::vector<Point>& truth) {
    const Point left = mean_of(truth, 36, 41);
    const Point right = mean_of(truth, 42, 47);
    const std::array wanted{left, right, truth[30], truth[48], truth[54]};
    const auto points = found.points();
    double sum = 0;
    for (std::size_t i = 0; i < wanted.size(); ++i) sum += distance(points.at(i), wanted.at(i));
    return sum / static_cast<double>(wanted.size()) / std::max(1.0, distance(left, right));
}

Tally judge(const MarkedPicture& marked, const std::vector<FaceRegion>& found) {
    Tally tally;
    tally.marked = static_cast<double>(std::ranges::count(marked.faces, true, &MarkedFace::counted));
    std::vector<bool> used(found.size());
    for (const MarkedFace& face : marked.faces) {
        // Each region may answer for one face: the one whose middle is nearest.
        std::size_t best = found.size();
        for (std::size_t i = 0; i < found.size(); ++i) {
            const Box& box = found[i].box;
            const bool fits =
                face.box.width > 0 ? iou(box, face.box) >= same_place || box.holds(face.nose) : box.holds(face.nose);
            if (used[i] || !fits) continue;
            if (best == found.size() ||
                distance(box.centre(), face.nose) < distance(found[best].box.centre(), face.nose))
                best = i;
        }
        if (best == found.size()) {
            if (face.counted) tally.missed.push_back(face.nose);
            continue;
        }
        used[best] = true;
        if (!face.counted) continue;
        ++tally.found;
        tally.hits.push_back(found[best].score);
        if (face.landmarks.empty()) continue;
        const double error = landmark_error(found[best].landmarks, face.landmarks);
        ++tally.compared;
        tally.error += error;
        tally.errors.push_back(error);
        tally.failures += error > failed_error ? 1 : 0;
    }
    for (std::size_t i = 0; i < found.size(); ++i)
        if (!used[i]) tally.extra.push_back(found[i].score);
    tally.false_alarms = static_cast<double>(tally.extra.size());
    return tally;
}

std::vector<double> rates_of(const std::vector<Tally>& tallies, std::span<const std::size_t> drawn) {
    Tally sum;
    for (const std::size_t i : drawn) {
        const Tally& t = tallies[i];
        sum.marked += t.marked;
        sum.found += t.found;
        sum.false_alarms += t.false_alarms;
        sum.compared += t.compared;
        sum.error += t.error;
        sum.failures += t.failures;
    }
    const auto share = [](double part, double whole) { return whole > 0 ? part / whole : 0; };
    return {share(sum.found, sum.marked), share(sum.false_alarms, static_cast<double>(drawn.size())),
            share(sum.error, sum.compared), share(sum.failures, sum.compared)};
}

std::vector<AtScore> by_score(const std::vector<Tally>& tallies, std::size_t marked) {
    std::vector<std::pair<float, bool>> scores;
    for (const Tally& t : tallies) {
        for (const float score : t.hits) scores.emplace_back(score, true);
        for (const float score : t.extra) scores.emplace_back(score, false);
    }
    std::ranges::sort(scores, std::greater{});
    std::vector<AtScore> curve;
    double hits = 0;
    double extra = 0;
    for (const auto& [score, hit] : scores) {
        (hit ? hits : extra) += 1;
        curve.push_back({score, marked > 0 ? hits / static_cast<double>(marked) : 0,
                         extra / static_cast<double>(tallies.size()), hits / (hits + extra)});
    }
    return curve;
}

}  // namespace

Result<FaceFinding> run_face_finding(const std::string& finder_name, const Finder& find,
                                     const std::vector<MarkedPicture>& marks, const OnProgress& on_progress) {
    if (marks.empty()) return Error{Fault::BadInput, "there is no marked picture"};
    std::vector<Tally> tallies;
    FaceFinding finding;
    finding.finder = finder_name;
    for (const MarkedPicture& marked : marks) {
        MIEN_TRY(go_on());
        MIEN_LET(found, find(marked.file));
        tallies.push_back(judge(marked, found));
        finding.faces += static_cast<std::size_t>(tallies.back().marked);
        finding.found += static_cast<std::size_t>(tallies.back().found);
        finding.with_landmarks += static_cast<std::size_t>(tallies.back().compared);
        for (const double error : tallies.back().errors) finding.landmark_errors.push_back(error);
        for (const Point nose : tallies.back().missed)
            finding.missed.push_back(marked.file + ": face at " + std::to_string(static_cast<int>(nose.x)) + ", " +
                                     std::to_string(static_cast<int>(nose.y)));
        on_progress(tallies.size(), marks.size());
    }
    finding.pictures = marks.size();
    finding.by_score = by_score(tallies, finding.faces);
    const auto intervals = statistics::bootstrap(
        tallies.size(), [&](std::span<const std::size_t> drawn) { return rates_of(tallies, drawn); });
    finding.recall = intervals[0];
    finding.false_alarms = intervals[1];
    finding.landmark_error = intervals[2];
    finding.landmark_failures = intervals[3];
    return finding;
}

}  // namespace mien::eval
