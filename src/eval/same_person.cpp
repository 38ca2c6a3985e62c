#include "eval/same_person.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <string>

#include "body/reid/embedder.h"
#include "statistics/bootstrap.h"

namespace mien::eval {
namespace {

struct Stay {
    std::size_t person = 0;  // its place among the people
    int camera = 0;
    Template mean{};
};

struct Stays {
    std::vector<Stay> all{};
    std::size_t people = 0;
};

// Of one pair of people, or of one person with themselves.
struct Pairs {
    std::size_t first = 0;
    std::size_t second = 0;
    std::vector<float> one_camera{};  // cosines
    std::vector<float> two_cameras{};
};

Result<Stays> stays_of(const ReidSet& set, std::span<const Template> queries, std::span<const Template> gallery) {
    if (queries.size() != set.queries.size() || gallery.size() != set.gallery.size())
        return Error{Fault::BadInput, "there must be a template for each query and gallery entry"};
    std::map<int, std::map<int, std::vector<Template>>> by_person;
    const auto add = [&](const std::vector<ReidShot>& shots, std::span<const Template> templates) {
        for (std::size_t i = 0; i < shots.size(); ++i)
            if (shots[i].person > 0) by_person[shots[i].person][shots[i].camera].push_back(templates[i]);
    };
    add(set.queries, queries);
    add(set.gallery, gallery);
    Stays stays;
    for (const auto& [person, cameras] : by_person) {
        for (const auto& [camera, templates] : cameras) {
            MIEN_LET(mean, body::fuse(templates));
            stays.all.push_back({stays.people, camera, std::move(mean)});
        }
        ++stays.people;
    }
    if (stays.people < 2) return Error{Fault::BadInput, "there must be two people at least"};
    return stays;
}

// By both numbers, first <= second.
Result<std::vector<Pairs>> pairs_of(const Stays& stays) {
    std::vector<Pairs> pairs;
    for (std::size_t first = 0; first < stays.people; ++first)
        for (std::size_t second = first; second < stays.people; ++second) pairs.push_back({first, second, {}, {}});
    const auto at = [&](std::size_t first, std::size_t second) -> Pairs& {
        return pairs[first * stays.people - first * (first + 1) / 2 + second];
    };
    for (std::size_t i = 0; i < stays.all.size(); ++i) {
        for (std::size_t j = i + 1; j < stays.all.size(); ++j) {
            const Stay& a = stays.all[i];
            const Stay& b = stays.all[j];
            if (a.mean.maker != b.mean.maker || a.mean.values.size() != b.mean.values.size())
                return Error{Fault::BadInput, "templates of different makers can't be compared"};
            const float cosine =
                std::inner_product(a.mean.values.begin(), a.mean.values.end(), b.mean.values.begin(), 0.0F);
            Pairs& both = at(a.person, b.person);
            (a.camera == b.camera ? both.one_camera : both.two_cameras).push_back(cosine);
        }
    }
    return pairs;
}

// The least cosine that at most `rate` of the values reach.
float threshold_at(std::vector<float> values, double rate) {
    if (values.empty()) return -1;
    std::ranges::sort(values, std::greater{});
    const auto allowed = static_cast<std::size_t>(std::floor(rate * static_cast<double>(values.size())));
    if (allowed >= values.size()) return values.back();
    return std::nextafter(values[allowed], 2.0F);
}

struct Tally {
    double matches = 0;
    double pairs = 0;
    double rate() const { return pairs > 0 ? matches / pairs : 0; }
};
void count(Tally& tally, const std::vector<float>& cosines, float threshold, double weight) {
    tally.pairs += weight * static_cast<double>(cosines.size());
    tally.matches +=
        weight * static_cast<double>(std::ranges::count_if(cosines, [&](float c) { return c >= threshold; }));
}

SamePerson judged(const std::vector<Pairs>& pairs, std::size_t people, double rate, float cosine) {
    // How often each pair matches, once for all replicates.
    struct Cell {
        Tally one_camera{};
        Tally two_cameras{};
    };
    std::vector<Cell> cells(pairs.size());
    for (std::size_t i = 0; i < pairs.size(); ++i) {
        count(cells[i].one_camera, pairs[i].one_camera, cosine, 1);
        count(cells[i].two_cameras, pairs[i].two_cameras, cosine, 1);
    }
    const auto rates = [&](std::span<const std::size_t> drawn) {
        std::vector<double> weight(people);
        for (const std::size_t person : drawn) ++weight[person];
        Tally one_camera;
        Tally two_cameras;
        Tally of_one_person;
        const auto add = [](Tally& to, const Tally& from, double times) {
            to.matches += times * from.matches;
            to.pairs += times * from.pairs;
        };
        for (std::size_t i = 0; i < pairs.size(); ++i) {
            const Pairs& p = pairs[i];
            if (p.first == p.second) {
                add(of_one_person, cells[i].two_cameras, weight[p.first]);
                continue;
            }
            add(one_camera, cells[i].one_camera, weight[p.first] * weight[p.second]);
            add(two_cameras, cells[i].two_cameras, weight[p.first] * weight[p.second]);
        }
        return std::vector<double>{std::max(one_camera.rate(), two_cameras.rate()), of_one_person.rate()};
    };
    const auto intervals = statistics::bootstrap(people, rates);
    return {rate, cosine, intervals[0], intervals[1]};
}

}  // namespace

Result<SamePersonFigures> same_person(const ReidSet& set, std::span<const Template> queries,
                                      std::span<const Template> gallery, std::span<const double> rates,
                                      std::span<const float> cosines) {
    for (const double rate : rates)
        if (!(rate >= 0 && rate <= 1))
            return Error{Fault::BadInput, "a false match rate must be 0..1, got " + std::to_string(rate)};
    if (!cosines.empty() && cosines.size() != rates.size())
        return Error{Fault::BadInput, "there must be a cosine for each rate"};
    MIEN_LET(stays, stays_of(set, queries, gallery));
    MIEN_LET(pairs, pairs_of(stays));
    std::vector<float> one_camera;
    std::vector<float> two_cameras;
    for (const Pairs& p : pairs) {
        if (p.first == p.second) continue;
        one_camera.insert(one_camera.end(), p.one_camera.begin(), p.one_camera.end());
        two_cameras.insert(two_cameras.end(), p.two_cameras.begin(), p.two_cameras.end());
    }
    SamePersonFigures figures{{}, stays.people, one_camera.size(), two_cameras.size()};
    for (std::size_t i = 0; i < rates.size(); ++i) {
        const float cosine = cosines.empty()
                                 ? std::max(threshold_at(one_camera, rates[i]), threshold_at(two_cameras, rates[i]))
                                 : cosines[i];
        figures.at.push_back(judged(pairs, stays.people, rates[i], cosine));
    }
    return figures;
}

}  // namespace mien::eval
