#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "types/sighting.h"

namespace mien::pipeline {

// Similarities of faces are (1 + inner product) / 2, as in galleries.
struct VisitorOptions {
    float same_face = 0.97f;  // from here on two faces are one person; the face decides where both have one
    // The cosine from which on two bodies are one person, who looks alike for as long as clothes do; it belongs to one
    // maker (body_likeness.h). None: nobody is known again by the body.
    std::optional<float> same_body{};
    std::chrono::milliseconds face_horizon{std::chrono::hours{12}};  // who is away longer is a new visitor
    std::chrono::milliseconds body_horizon{std::chrono::hours{2}};
    std::vector<Template> staff{};  // faces of people who are no visitors
    float staff_face = 0.97f;
};

// Tells visits from visitors: who comes back is no new visitor, staff is none at all.
// Thread rule: one owner. Sightings may come from several cameras, by rising end.
class Visitors {
public:
    explicit Visitors(VisitorOptions options) : options_(std::move(options)) {}

    enum class Who { New, Again, Staff };
    struct Told {
        Who who = Who::New;
        std::int64_t visitor = 0;  // from 1; 0 for staff
    };
    // `seen` is when the sighting ended, by whatever clock all of them share.
    Told add(const Sighting& sighting, std::chrono::milliseconds seen);

    std::int64_t visits() const { return visits_; }  // without staff's
    // How many different ones. None where visits could not be compared: without a face, and no `same_body`.
    std::optional<std::int64_t> unique() const {
        return untold_ > 0 ? std::nullopt : std::optional<std::int64_t>(next_ - 1);
    }
    std::int64_t staff_visits() const { return staff_visits_; }
    std::int64_t female() const { return female_; }  // visitors, as a model reads them; the rest were not read
    std::int64_t male() const { return male_; }

private:
    struct Known {
        std::int64_t visitor = 0;
        std::chrono::milliseconds last{0};
        std::vector<Template> looks{};  // of each visit the faces and the mean of the bodies; at most `most_looks`
        bool read = false;              // counted as female or male
    };
    bool is_staff(const Sighting& sighting) const;
    Known* find(const Sighting& sighting, std::chrono::milliseconds seen);

    VisitorOptions options_;
    std::vector<Known> known_{};
    std::int64_t next_ = 1;
    std::int64_t visits_ = 0;
    std::int64_t untold_ = 0;  // visits that could not be compared
    std::int64_t staff_visits_ = 0;
    std::int64_t female_ = 0;
    std::int64_t male_ = 0;
};

}  // namespace mien::pipeline
