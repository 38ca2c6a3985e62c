#include "pipeline/visitors.h"

#include <algorithm>
#include <numeric>
#include <optional>
#include <span>

#include "body/reid/embedder.h"

namespace mien::pipeline {
namespace {

constexpr std::size_t most_looks = 12;

float cosine(const Template& a, const Template& b) {
    return std::inner_product(a.values.begin(), a.values.end(), b.values.begin(), 0.0F);
}

float similarity(float cosine) {
    return (1 + cosine) / 2;
}

bool has(const Sighting& sighting, Attribute attribute) {
    return (sighting.attributes & static_cast<std::uint32_t>(attribute)) != 0;
}

// The greatest cosine by templates of one maker; nothing where the two have none in common.
std::optional<float> greatest(std::span<const Template> probes, std::span<const Template> looks, const Maker& maker) {
    std::optional<float> most;
    for (const Template& probe : probes) {
        if (probe.maker != maker) continue;
        for (const Template& look : looks) {
            if (look.maker != maker || look.values.size() != probe.values.size()) continue;
            const float now = cosine(probe, look);
            if (!most || now > *most) most = now;
        }
    }
    return most;
}

// The maker of the sighting's face template, and of its body's.
struct Makers {
    std::optional<Maker> face{};
    std::optional<Maker> body{};
};
Makers makers_of(const Sighting& sighting) {
    Makers makers;
    for (std::size_t i = 0; i < sighting.shots.size(); ++i) {
        if (sighting.shots[i].made.empty()) continue;
        const bool face = has(sighting, Attribute::Face) && i + 1 == sighting.shots.size();
        (face ? makers.face : makers.body) = sighting.shots[i].made.front().maker;
    }
    return makers;
}

// Of a sighting: its faces, and one mean of its bodies, for that is what thresholds of bodies are measured with.
// A sighting's shots of the face come last and alone carry face templates.
std::vector<Template> looks_of(const Sighting& sighting) {
    const auto makers = makers_of(sighting);
    std::vector<Template> all;
    std::vector<Template> bodies;
    for (const SightingShot& shot : sighting.shots)
        for (const Template& made : shot.made)
            (makers.body && made.maker == *makers.body ? bodies : all).push_back(made);
    if (bodies.empty()) return all;
    if (auto mean = body::fuse(bodies)) all.push_back(std::move(*mean));
    return all;
}

}  // namespace

bool Visitors::is_staff(const Sighting& sighting) const {
    const auto makers = makers_of(sighting);
    if (!makers.face) return false;
    const auto most = greatest(looks_of(sighting), options_.staff, *makers.face);
    return most && similarity(*most) >= options_.staff_face;
}

Visitors::Known* Visitors::find(const Sighting& sighting, std::chrono::milliseconds seen) {
    const auto makers = makers_of(sighting);
    const auto probes = looks_of(sighting);
    Known* best = nullptr;
    float best_excess = 0;  // over the threshold
    for (Known& one : known_) {
        const auto away = seen - one.last;
        std::optional<float> excess;
        if (makers.face && away <= options_.face_horizon) {
            if (const auto most = greatest(probes, one.looks, *makers.face))
                excess = similarity(*most) - options_.same_face;
        }
        if (!excess && makers.body && options_.same_body && away <= options_.body_horizon) {
            if (const auto most = greatest(probes, one.looks, *makers.body))
                excess = similarity(*most) - similarity(*options_.same_body);
        }
        if (excess && *excess >= 0 && (best == nullptr || *excess > best_excess)) {
            best = &one;
            best_excess = *excess;
        }
    }
    return best;
}

Visitors::Told Visitors::add(const Sighting& sighting, std::chrono::milliseconds seen) {
    if (is_staff(sighting)) {
        ++staff_visits_;
        return {Who::Staff, 0};
    }
    ++visits_;
    if (!options_.same_body && !has(sighting, Attribute::Face)) ++untold_;
    std::erase_if(known_, [&](const Known& one) {
        return seen - one.last > std::max(options_.face_horizon, options_.body_horizon);
    });
    Known* known = find(sighting, seen);
    const Told told{known == nullptr ? Who::New : Who::Again, known == nullptr ? next_++ : known->visitor};
    if (known == nullptr) {
        known_.push_back({.visitor = told.visitor});
        known = &known_.back();
    }
    known->last = std::max(known->last, seen);
    for (Template& look : looks_of(sighting)) known->looks.push_back(std::move(look));
    if (known->looks.size() > most_looks)
        known->looks.erase(known->looks.begin(), known->looks.end() - static_cast<std::ptrdiff_t>(most_looks));
    if (!known->read && (has(sighting, Attribute::Female) || has(sighting, Attribute::Male))) {
        known->read = true;
        ++(has(sighting, Attribute::Female) ? female_ : male_);
    }
    return told;
}

}  // namespace mien::pipeline
