#pragma once

#include <cmath>
#include <cstdint>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "gallery/search/search_engine.h"

// Vectors that the tests search among.
namespace mien::gallery::testing {

inline void normalise(std::span<float> values) {
    double squares = 0;
    for (const float value : values) squares += static_cast<double>(value) * static_cast<double>(value);
    for (float& value : values) value = static_cast<float>(static_cast<double>(value) / std::sqrt(squares));
}

enum class Kind { Random, Clustered, NearTies, Duplicates, Offset, OneHot, Denormal };

inline std::string name_of(Kind kind) {
    switch (kind) {
        case Kind::Random:
            return "random";
        case Kind::Clustered:
            return "clustered";
        case Kind::NearTies:
            return "near_ties";
        case Kind::Duplicates:
            return "duplicates";
        case Kind::Offset:
            return "offset";
        case Kind::OneHot:
            return "one_hot";
        case Kind::Denormal:
            return "denormal";
    }
    return "";
}

// One vector of the kind; `spin` says which of its clusters or directions.
inline std::vector<float> one_vector(Kind kind, std::size_t dimension, std::uint64_t spin, std::mt19937_64& random) {
    std::normal_distribution<float> normal;
    std::vector<float> made(dimension);
    std::mt19937_64 own(spin);
    const auto fill = [&](std::mt19937_64& source, float by, float plus) {
        for (float& value : made) value = value * plus + by * normal(source);
    };
    switch (kind) {
        case Kind::Random:
            fill(random, 1, 0);
            break;
        case Kind::Clustered:
            fill(own, 1, 0);
            fill(random, 0.2F, 1);
            break;
        case Kind::NearTies:
            made.assign(dimension, 1);
            fill(random, 1e-6F, 1);
            break;
        case Kind::Duplicates:
            fill(own, 1, 0);
            break;
        case Kind::Offset:
            made.assign(dimension, 1);
            fill(random, 0.1F, 1);
            break;
        case Kind::OneHot:
            made[spin % dimension] = spin % 2 == 0 ? 1.0F : -1.0F;
            break;
        case Kind::Denormal:
            for (float& value : made) value = 1e-41F * static_cast<float>(static_cast<int>(random() % 7) - 3);
            made[spin % dimension] = 1;
            break;
    }
    if (kind != Kind::OneHot && kind != Kind::Denormal) normalise(made);
    return made;
}

struct Made {
    std::vector<Row> rows{};
    std::vector<float> values{};
};

// Rows of ids in mixed order, with some eight templates to a subject or cluster.
inline Made make_rows(Kind kind, std::size_t count, std::size_t dimension, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    Made made;
    for (std::size_t i = 0; i < count; ++i) {
        const std::uint64_t subject = random() % (count / 8 + 1);
        const auto own = one_vector(kind, dimension, subject, random);
        made.values.insert(made.values.end(), own.begin(), own.end());
        made.rows.push_back(
            {(i * 7919 + 13) % (count * 8191), subject, static_cast<std::int64_t>(i * 1000), random() % 16});
    }
    return made;
}

}  // namespace mien::gallery::testing
