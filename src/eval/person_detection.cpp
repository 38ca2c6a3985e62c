#include "eval/person_detection.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <map>
#include <numeric>
#include <set>
#include <sstream>

#include "base/stop.h"
#include "statistics/bootstrap.h"

namespace mien::eval {
namespace {

constexpr std::size_t thresholds = 10;
constexpr std::size_t most_boxes = 100;

double threshold_at(std::size_t i) {
    return 0.5 + 0.05 * static_cast<double>(i);
}

double overlap(const Box& a, const Box& b) {
    const double left = std::max(double{a.x}, double{b.x});
    const double top = std::max(double{a.y}, double{b.y});
    const double right = std::min(double{a.x} + double{a.width}, double{b.x} + double{b.width});
    const double bottom = std::min(double{a.y} + double{a.height}, double{b.y} + double{b.height});
    if (right <= left || bottom <= top) return 0;
    const double both = (right - left) * (bottom - top);
    return both / (double{a.width} * double{a.height} + double{b.width} * double{b.height} - both);
}

enum class Outcome { Hit, FalseAlarm, NotCounted };

struct Judged {
    float score = 0;
    Outcome outcome = Outcome::FalseAlarm;
};

// What one picture gives at one threshold.
struct Matches {
    std::vector<Judged> found{};             // best score first
    std::vector<std::int64_t> hit_people{};  // identities
};

// Each box, best score first, takes the person left whom it overlaps most; somebody who is not counted only when there
// is no one else. `found` comes best score first, `people` the counted ones first.
Matches match(const std::vector<BodyRegion>& found, const std::vector<MarkedPerson>& people, double threshold) {
    std::vector<bool> taken(people.size());
    Matches matches;
    for (const BodyRegion& region : found) {
        std::size_t best = people.size();
        double most = threshold;
        for (std::size_t i = 0; i < people.size(); ++i) {
            if (taken[i]) continue;
            if (best < people.size() && people[best].counted && !people[i].counted) break;
            const double shared = overlap(region.box, people[i].box);
            if (shared < most) continue;
            most = shared;
            best = i;
        }
        Judged judged{region.score, Outcome::FalseAlarm};
        if (best < people.size()) {
            taken[best] = true;
            judged.outcome = people[best].counted ? Outcome::Hit : Outcome::NotCounted;
            if (people[best].counted) matches.hit_people.push_back(people[best].identity);
        }
        matches.found.push_back(judged);
    }
    return matches;
}

struct PictureTally {
    std::array<Matches, thresholds> at{};
    Matches asked{};  // boxes from the score asked for on, at IoU 0.5
    std::size_t people = 0;
};

double average_precision(const std::vector<PictureTally>& tallies, std::span<const std::size_t> drawn,
                         std::size_t threshold) {
    std::vector<Judged> all;
    double people = 0;
    for (const std::size_t i : drawn) {
        people += static_cast<double>(tallies[i].people);
        for (const Judged& judged : tallies[i].at.at(threshold).found)
            if (judged.outcome != Outcome::NotCounted) all.push_back(judged);
    }
    if (people <= 0) return 0;
    std::ranges::stable_sort(all, std::greater{}, &Judged::score);
    std::vector<double> precision;
    std::vector<double> recall;
    double hits = 0;
    for (const Judged& judged : all) {
        hits += judged.outcome == Outcome::Hit ? 1 : 0;
        precision.push_back(hits / static_cast<double>(precision.size() + 1));
        recall.push_back(hits / people);
    }
    for (std::size_t i = precision.size(); i > 1; --i) precision[i - 2] = std::max(precision[i - 2], precision[i - 1]);
    double sum = 0;
    for (int step = 0; step <= 100; ++step) {
        const auto reached = std::ranges::lower_bound(recall, step / 100.0);
        if (reached != recall.end()) sum += precision[static_cast<std::size_t>(reached - recall.begin())];
    }
    return sum / 101;
}

std::vector<double> rates_of(const std::vector<PictureTally>& tallies, std::span<const std::size_t> drawn) {
    double sum = 0;
    for (std::size_t t = 0; t < thresholds; ++t) sum += average_precision(tallies, drawn, t);
    double hits = 0;
    double alarms = 0;
    double people = 0;
    for (const std::size_t i : drawn) {
        const Matches& m = tallies[i].asked;
        hits += static_cast<double>(std::ranges::count(m.found, Outcome::Hit, &Judged::outcome));
        alarms += static_cast<double>(std::ranges::count(m.found, Outcome::FalseAlarm, &Judged::outcome));
        people += static_cast<double>(tallies[i].people);
    }
    return {sum / thresholds, average_precision(tallies, drawn, 0), hits + alarms > 0 ? hits / (hits + alarms) : 1,
            people > 0 ? hits / people : 0};
}

// Counted and found boxes of each identity.
using ByIdentity = std::map<std::int64_t, std::pair<double, double>>;

statistics::Interval recall_by_identity(const ByIdentity& identities) {
    std::vector<std::pair<double, double>> each;
    for (const auto& [identity, counts] : identities) each.push_back(counts);
    return statistics::bootstrap(each.size(), [&](std::span<const std::size_t> drawn) {
        double marked = 0;
        double hits = 0;
        for (const std::size_t i : drawn) {
            marked += each[i].first;
            hits += each[i].second;
        }
        return std::vector<double>{hits / marked};
    })[0];
}

Result<std::vector<double>> numbers_of(const std::string& line, std::size_t number) {
    std::vector<double> values;
    std::istringstream in(line);
    std::string field;
    while (std::getline(in, field, ',')) {
        char* end = nullptr;
        values.push_back(std::strtod(field.c_str(), &end));
        if (end == field.c_str()) values.clear();
    }
    if (values.size() != 9 || !(values[0] >= 1 && values[0] < 1e6))
        return Error{Fault::BadInput,
                     "line " + std::to_string(number) + " must have nine numbers, got \"" + line + '"'};
    return values;
}

}  // namespace

Result<std::vector<MarkedCrowd>> read_marked_crowds(ByteView gt, float min_height) {
    std::istringstream lines(std::string(gt.begin(), gt.end()));
    std::map<int, MarkedCrowd> frames;
    std::string line;
    for (std::size_t number = 1; std::getline(lines, line); ++number) {
        if (!line.empty() && line.back() == '\r') line.pop_back();
        if (line.empty()) continue;
        MIEN_LET(v, numbers_of(line, number));
        const auto frame = static_cast<int>(v[0]);
        std::array<char, 32> name{};
        std::snprintf(name.data(), name.size(), "img1/%06d.jpg", frame);
        MarkedCrowd& crowd = frames[frame];
        crowd.file = name.data();
        const auto kind = static_cast<int>(v[7]);
        if (kind != 1 && kind != 2 && kind != 7 && kind != 8 && kind != 12) continue;
        const Box box{static_cast<float>(v[2] - 1), static_cast<float>(v[3] - 1), static_cast<float>(v[4]),
                      static_cast<float>(v[5])};
        crowd.people.push_back(
            {box, static_cast<std::int64_t>(v[1]), kind == 1 && v[6] > 0 && box.height >= min_height});
    }
    std::vector<MarkedCrowd> crowds;
    for (auto& [frame, crowd] : frames) crowds.push_back(std::move(crowd));
    return crowds;
}

Result<PersonFinding> run_person_finding(const PersonFinder& find, const std::vector<MarkedCrowd>& crowds, float score,
                                         const OnProgress& on_progress) {
    std::vector<PictureTally> tallies;
    ByIdentity identities;
    PersonFinding finding;
    for (const MarkedCrowd& crowd : crowds) {
        MIEN_TRY(go_on());
        MIEN_LET(found, find(crowd.file));
        std::ranges::stable_sort(found, std::greater{}, &BodyRegion::score);
        if (found.size() > most_boxes) found.resize(most_boxes);
        std::vector<MarkedPerson> people = crowd.people;
        std::ranges::stable_partition(people, &MarkedPerson::counted);
        PictureTally tally;
        for (std::size_t t = 0; t < thresholds; ++t) tally.at.at(t) = match(found, people, threshold_at(t));
        std::erase_if(found, [&](const BodyRegion& region) { return region.score < score; });
        tally.asked = match(found, people, 0.5);
        for (const MarkedPerson& person : people) {
            if (!person.counted) continue;
            ++tally.people;
            ++identities[person.identity].first;
        }
        for (const std::int64_t identity : tally.asked.hit_people) ++identities[identity].second;
        finding.people += tally.people;
        tallies.push_back(std::move(tally));
        on_progress(tallies.size(), crowds.size());
    }
    if (identities.empty()) return Error{Fault::BadInput, "nobody is marked who counts"};
    finding.pictures = crowds.size();
    finding.identities = identities.size();
    finding.score = score;
    const auto intervals = statistics::bootstrap(
        tallies.size(), [&](std::span<const std::size_t> drawn) { return rates_of(tallies, drawn); });
    finding.ap = intervals[0];
    finding.ap50 = intervals[1];
    finding.precision = intervals[2];
    finding.recall = intervals[3];
    finding.recall_by_identity = recall_by_identity(identities);
    return finding;
}

}  // namespace mien::eval
