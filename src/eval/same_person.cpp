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
    std::vector<Template> pictures{};
    Template mean{};
};

struct Stays {
    std::vector<Stay> all{};
    std::size_t people = 0;
};

// Cosines by pair of people, first <= second.
using People = std::pair<std::size_t, std::size_t>;
using Scores = std::map<People, std::vector<float>>;

struct Kinds {
    Scores one_camera{};
    Scores two_cameras{};
    Scores pictures{};
};

Result<Stays> stays_of(const ReidSet& set, std::span<const Template> queries, std::span<const Template> gallery) {
    if (queries.size() != set.queries.size() || gallery.size() != set.gallery.size())
        return Error{Fault::BadInput, "there must be a template for each query and gallery entry"};
    std::map<int, std::map<int, std::vector<Template>>> by_person;
    const Template* first = nullptr;
    const auto add = [&](const std::vector<ReidShot>& shots, std::span<const Template> templates) {
        for (std::size_t i = 0; i < shots.size(); ++i) {
            if (shots[i].person <= 0) continue;
            if (first == nullptr) first = &templates[i];
            if (templates[i].maker != first->maker || templates[i].values.size() != first->values.size()) return false;
            by_person[shots[i].person][shots[i].camera].push_back(templates[i]);
        }
        return true;
    };
    if (!add(set.queries, queries) || !add(set.gallery, gallery))
        return Error{Fault::BadInput, "templates of different makers can't be compared"};
    Stays stays;
    for (auto& [person, cameras] : by_person) {
        for (auto& [camera, templates] : cameras) {
            MIEN_LET(mean, body::fuse(templates));
            stays.all.push_back({stays.people, camera, std::move(templates), std::move(mean)});
        }
        ++stays.people;
    }
    if (stays.people < 2) return Error{Fault::BadInput, "there must be two people at least"};
    return stays;
}

float cosine(const Template& a, const Template& b) {
    return std::inner_product(a.values.begin(), a.values.end(), b.values.begin(), 0.0F);
}

Result<Template> mean_without(const Stay& stay, std::size_t left_out) {
    std::vector<Template> others = stay.pictures;
    others.erase(others.begin() + static_cast<std::ptrdiff_t>(left_out));
    return body::fuse(others);
}

Result<Kinds> kinds_of(const Stays& stays) {
    Kinds kinds;
    for (std::size_t i = 0; i < stays.all.size(); ++i) {
        const Stay& a = stays.all[i];
        for (std::size_t j = i + 1; j < stays.all.size(); ++j) {
            const Stay& b = stays.all[j];
            Scores& scores = a.camera == b.camera ? kinds.one_camera : kinds.two_cameras;
            scores[{a.person, b.person}].push_back(cosine(a.mean, b.mean));
        }
        for (const Stay& b : stays.all) {
            if (a.camera != b.camera || a.person == b.person) continue;
            for (const Template& picture : a.pictures)
                kinds.pictures[std::minmax(a.person, b.person)].push_back(cosine(picture, b.mean));
        }
        for (std::size_t p = 0; a.pictures.size() > 1 && p < a.pictures.size(); ++p) {
            MIEN_LET(mean, mean_without(a, p));
            kinds.pictures[{a.person, a.person}].push_back(cosine(a.pictures[p], mean));
        }
    }
    return kinds;
}

std::size_t pairs_in(const Scores& scores) {
    std::size_t pairs = 0;
    for (const auto& [people, values] : scores)
        if (people.first != people.second) pairs += values.size();
    return pairs;
}

// The least cosine that at most `rate` of the pairs of different people reach.
float threshold_at(const Scores& scores, double rate) {
    std::vector<float> values;
    for (const auto& [people, some] : scores)
        if (people.first != people.second) values.insert(values.end(), some.begin(), some.end());
    if (values.empty()) return -1;
    std::ranges::sort(values, std::greater{});
    const auto allowed = static_cast<std::size_t>(std::floor(rate * static_cast<double>(values.size())));
    return allowed >= values.size() ? values.back() : std::nextafter(values[allowed], 2.0F);
}

struct Tally {
    double matches = 0;
    double pairs = 0;
    void add(const Tally& other, double times) {
        matches += times * other.matches;
        pairs += times * other.pairs;
    }
    double rate() const { return pairs > 0 ? matches / pairs : 0; }
};

// How often each pair of people matches: counted once for all replicates.
using Tallies = std::vector<std::pair<People, Tally>>;
Tallies tallies_of(const Scores& scores, float threshold) {
    Tallies tallies;
    for (const auto& [people, values] : scores) {
        const auto matches = std::ranges::count_if(values, [&](float value) { return value >= threshold; });
        tallies.push_back({people, {static_cast<double>(matches), static_cast<double>(values.size())}});
    }
    return tallies;
}

// Of several kinds of pairs of different people the worst counts.
SamePerson judged(std::span<const Scores* const> kinds, const Scores& of_one_person, std::size_t people, float cosine) {
    std::vector<Tallies> different;
    for (const Scores* kind : kinds) different.push_back(tallies_of(*kind, cosine));
    const Tallies same = tallies_of(of_one_person, cosine);
    const auto rates = [&](std::span<const std::size_t> drawn) {
        std::vector<double> times(people);
        for (const std::size_t person : drawn) ++times[person];
        double worst = 0;
        for (const Tallies& tallies : different) {
            Tally sum;
            for (const auto& [pair, tally] : tallies)
                if (pair.first != pair.second) sum.add(tally, times[pair.first] * times[pair.second]);
            worst = std::max(worst, sum.rate());
        }
        Tally sum;
        for (const auto& [pair, tally] : same)
            if (pair.first == pair.second) sum.add(tally, times[pair.first]);
        return std::vector<double>{worst, sum.rate()};
    };
    const auto intervals = statistics::bootstrap(people, rates);
    return {cosine, intervals[0], intervals[1]};
}

}  // namespace

Result<SamePersonFigures> same_person(const ReidSet& set, std::span<const Template> queries,
                                      std::span<const Template> gallery, const SamePersonWish& wish) {
    for (const double rate : wish.rates)
        if (!(rate >= 0 && rate <= 1))
            return Error{Fault::BadInput, "a false match rate must be 0..1, got " + std::to_string(rate)};
    MIEN_LET(stays, stays_of(set, queries, gallery));
    MIEN_LET(kinds, kinds_of(stays));
    SamePersonFigures figures{.people = stays.people,
                              .stay_pairs = pairs_in(kinds.one_camera) + pairs_in(kinds.two_cameras),
                              .picture_pairs = pairs_in(kinds.pictures)};
    std::vector<float> stays_at;
    std::vector<float> pictures_at;
    for (const double rate : wish.rates) {
        stays_at.push_back(std::max(threshold_at(kinds.one_camera, rate), threshold_at(kinds.two_cameras, rate)));
        pictures_at.push_back(threshold_at(kinds.pictures, rate));
    }
    stays_at.insert(stays_at.end(), wish.stays_at.begin(), wish.stays_at.end());
    pictures_at.insert(pictures_at.end(), wish.pictures_at.begin(), wish.pictures_at.end());
    const Scores* const of_stays[] = {&kinds.one_camera, &kinds.two_cameras};
    const Scores* const of_pictures[] = {&kinds.pictures};
    for (const float at : stays_at) figures.stays.push_back(judged(of_stays, kinds.two_cameras, stays.people, at));
    for (const float at : pictures_at)
        figures.pictures.push_back(judged(of_pictures, kinds.pictures, stays.people, at));
    return figures;
}

}  // namespace mien::eval
