#include "eval/tracking.h"

#include <limits>
#include <map>

#include "track/assignment.h"

namespace mien::eval {
namespace {

using track::Costs;

constexpr double tiny = std::numeric_limits<double>::epsilon();
constexpr double infinite = std::numeric_limits<double>::infinity();
constexpr double match_iou = 0.5;
constexpr std::size_t most_pairs = 25'000'000;  // of identity and track: five tables of them take 1 GB

// One frame, identities counted from 0.
struct Moment {
    std::vector<const MotBox*> truth{};
    std::vector<const MotBox*> found{};
    std::vector<std::size_t> truth_ids{};
    std::vector<std::size_t> found_ids{};
};
struct Film {
    std::vector<Moment> moments{};  // by time
    std::size_t truths = 0;         // identities
    std::size_t founds = 0;
};

std::size_t number_of(std::map<std::int64_t, std::size_t>& numbers, std::int64_t id) {
    return numbers.emplace(id, numbers.size()).first->second;
}

Film film_of(const MotSequence& sequence) {
    std::map<int, Moment> by_frame;
    std::map<std::int64_t, std::size_t> truths;
    std::map<std::int64_t, std::size_t> founds;
    for (const MotBox& box : sequence.truth) {
        Moment& moment = by_frame[box.frame];
        moment.truth.push_back(&box);
        moment.truth_ids.push_back(number_of(truths, box.id));
    }
    for (const MotBox& box : sequence.found) {
        Moment& moment = by_frame[box.frame];
        moment.found.push_back(&box);
        moment.found_ids.push_back(number_of(founds, box.id));
    }
    Film film{{}, truths.size(), founds.size()};
    for (auto& [frame, moment] : by_frame) film.moments.push_back(std::move(moment));
    return film;
}

// MOTChallenge counts pixels from 1 and motmetrics takes 1 off; it moves the last digit, and with it ties.
double overlap(const MotBox& a, const MotBox& b, double origin) {
    const double ax = a.x - origin;
    const double ay = a.y - origin;
    const double bx = b.x - origin;
    const double by = b.y - origin;
    const double width = std::min(ax + a.width, bx + b.width) - std::max(ax, bx);
    const double height = std::min(ay + a.height, by + b.height) - std::max(ay, by);
    const double both = std::max(width, 0.0) * std::max(height, 0.0);
    const auto area = [](double x, double y, const MotBox& box) {
        return std::max(x + box.width - x, 0.0) * std::max(y + box.height - y, 0.0);
    };
    const double either = area(ax, ay, a) + area(bx, by, b) - both;
    return both > 0 && either > tiny ? both / either : 0;
}

Costs overlaps(const Moment& moment, double origin) {
    Costs iou(moment.truth.size(), moment.found.size());
    for (std::size_t t = 0; t < iou.rows; ++t)
        for (std::size_t f = 0; f < iou.columns; ++f)
            iou.at(t, f) = overlap(*moment.truth[t], *moment.found[f], origin);
    return iou;
}

// CLEAR MOT and the naming of whole tracks.
class Clear {
public:
    explicit Clear(const Film& film)
        : film_(film),
          followed_by_(film.truths, nobody),
          lost_(film.truths),
          meetings_(film.truths, film.founds),
          together_(film.truths, film.founds),
          false_(film.founds),
          units_(film.truths) {
        for (const Moment& moment : film.moments) step(moment);
    }

    // Each track's unit: the identity it meets most often, or one of its own after those.
    std::vector<std::size_t> owners() {
        std::vector<std::size_t> owner(film_.founds);
        for (std::size_t f = 0; f < film_.founds; ++f) {
            std::size_t best = film_.truths;
            double most = 0;
            for (std::size_t t = 0; t < film_.truths; ++t) {
                if (meetings_.at(t, f) > most) {
                    most = meetings_.at(t, f);
                    best = t;
                }
            }
            if (best == film_.truths) {
                best = units_.size();
                units_.emplace_back();
            }
            owner[f] = best;
        }
        return owner;
    }

    std::vector<TrackingSums> units(const std::vector<std::size_t>& owner) {
        for (std::size_t t = 0; t < film_.truths; ++t) {
            const double share = units_[t].matches / units_[t].truth;
            (share >= 0.8  ? units_[t].mostly_tracked
             : share < 0.2 ? units_[t].mostly_lost
                           : units_[t].partly_tracked) = 1;
        }
        for (std::size_t f = 0; f < film_.founds; ++f) units_[owner[f]].false_alarms += false_[f];
        for (const Moment& moment : film_.moments)
            for (const std::size_t f : moment.found_ids) ++units_[owner[f]].found;
        Costs named = together_;
        for (double& value : named.values) value = -value;
        for (const auto& [t, f] : track::assign(named)) units_[t].identity = together_.at(t, f);
        return std::move(units_);
    }

private:
    static constexpr std::size_t nobody = std::numeric_limits<std::size_t>::max();

    void step(const Moment& moment) {
        Costs distance = overlaps(moment, 1);
        for (double& value : distance.values) {
            value = 1 - value;
            if (value > 1 - match_iou) value = infinite;
        }
        for (std::size_t t = 0; t < distance.rows; ++t)
            for (std::size_t f = 0; f < distance.columns; ++f)
                if (std::isfinite(distance.at(t, f))) ++together_.at(moment.truth_ids[t], moment.found_ids[f]);
        std::vector<bool> met(distance.rows);
        std::vector<bool> used(distance.columns);
        carry_on(moment, distance, met, used);
        for (const auto& [t, f] : track::assign(distance)) {
            TrackingSums& unit = units_[moment.truth_ids[t]];
            std::size_t& follower = followed_by_[moment.truth_ids[t]];
            if (follower != nobody && follower != moment.found_ids[f]) ++unit.switches;
            match(moment, t, f, distance.at(t, f));
            met[t] = used[f] = true;
        }
        for (std::size_t t = 0; t < met.size(); ++t) {
            const std::size_t id = moment.truth_ids[t];
            ++units_[id].truth;
            if (!met[t] && followed_by_[id] != nobody) lost_[id] = true;
        }
        for (std::size_t f = 0; f < used.size(); ++f)
            if (!used[f]) ++false_[moment.found_ids[f]];
    }

    // Who is followed stays followed by the same track while both overlap enough.
    void carry_on(const Moment& moment, Costs& distance, std::vector<bool>& met, std::vector<bool>& used) {
        for (std::size_t t = 0; t < distance.rows; ++t) {
            const std::size_t follower = followed_by_[moment.truth_ids[t]];
            for (std::size_t f = 0; f < distance.columns && follower != nobody; ++f) {
                if (moment.found_ids[f] != follower || used[f]) continue;
                if (std::isfinite(distance.at(t, f))) {
                    match(moment, t, f, distance.at(t, f));
                    met[t] = used[f] = true;
                }
                break;
            }
        }
        for (std::size_t t = 0; t < distance.rows; ++t)
            for (std::size_t f = 0; f < distance.columns; ++f)
                if (met[t] || used[f]) distance.at(t, f) = infinite;
    }

    void match(const Moment& moment, std::size_t t, std::size_t f, double distance) {
        const std::size_t id = moment.truth_ids[t];
        TrackingSums& unit = units_[id];
        ++unit.matches;
        unit.distance += distance;
        if (lost_[id]) ++unit.fragments;
        lost_[id] = false;
        followed_by_[id] = moment.found_ids[f];
        ++meetings_.at(id, moment.found_ids[f]);
    }

    const Film& film_;
    std::vector<std::size_t> followed_by_;  // the track of the last match
    std::vector<bool> lost_;                // since the last match
    Costs meetings_;                        // matches of identity and track
    Costs together_;                        // frames in which both overlap enough
    std::vector<double> false_;
    std::vector<TrackingSums> units_;
};

// How well each identity and track fit over the whole film.
Costs alignment_of(const Film& film, const std::vector<double>& truth_count, const std::vector<double>& found_count) {
    Costs fit(film.truths, film.founds);
    for (const Moment& moment : film.moments) {
        const Costs iou = overlaps(moment, 0);
        std::vector<double> of_truth(iou.rows);
        std::vector<double> of_found(iou.columns);
        for (std::size_t t = 0; t < iou.rows; ++t) {
            for (std::size_t f = 0; f < iou.columns; ++f) {
                of_truth[t] += iou.at(t, f);
                of_found[f] += iou.at(t, f);
            }
        }
        for (std::size_t t = 0; t < iou.rows; ++t) {
            for (std::size_t f = 0; f < iou.columns; ++f) {
                const double all = of_found[f] + of_truth[t] - iou.at(t, f);
                if (all > tiny) fit.at(moment.truth_ids[t], moment.found_ids[f]) += iou.at(t, f) / all;
            }
        }
    }
    for (std::size_t t = 0; t < film.truths; ++t)
        for (std::size_t f = 0; f < film.founds; ++f) fit.at(t, f) /= truth_count[t] + found_count[f] - fit.at(t, f);
    return fit;
}

void add_hota(const Film& film, const std::vector<std::size_t>& owner, std::vector<TrackingSums>& units) {
    std::vector<double> truth_count(film.truths);
    std::vector<double> found_count(film.founds);
    for (const Moment& moment : film.moments) {
        for (const std::size_t t : moment.truth_ids) ++truth_count[t];
        for (const std::size_t f : moment.found_ids) ++found_count[f];
    }
    const Costs fit = alignment_of(film, truth_count, found_count);
    std::map<std::pair<std::size_t, std::size_t>, std::array<double, hota_thresholds>> matches;
    for (const Moment& moment : film.moments) {
        const Costs iou = overlaps(moment, 0);
        Costs cost = iou;
        for (std::size_t t = 0; t < cost.rows; ++t)
            for (std::size_t f = 0; f < cost.columns; ++f)
                cost.at(t, f) = -(fit.at(moment.truth_ids[t], moment.found_ids[f]) * iou.at(t, f));
        for (const std::size_t f : moment.found_ids)
            for (double& wrong : units[owner[f]].wrong) ++wrong;
        for (const auto& [t, f] : track::assign(cost)) {
            TrackingSums& unit = units[moment.truth_ids[t]];
            for (std::size_t a = 0; a < hota_thresholds; ++a) {
                if (iou.at(t, f) < 0.05 + 0.05 * static_cast<double>(a) - tiny) break;
                ++unit.right[a];
                --units[owner[moment.found_ids[f]]].wrong[a];
                unit.location[a] += iou.at(t, f);
                ++matches[{moment.truth_ids[t], moment.found_ids[f]}][a];
            }
        }
    }
    for (const auto& [pair, times] : matches) {
        const auto [t, f] = pair;
        for (std::size_t a = 0; a < hota_thresholds; ++a)
            units[t].association[a] += times[a] * times[a] / (truth_count[t] + found_count[f] - times[a]);
    }
}

}  // namespace

TrackingSums& TrackingSums::operator+=(const TrackingSums& other) {
    for (double TrackingSums::*sum :
         {&TrackingSums::truth, &TrackingSums::found, &TrackingSums::matches, &TrackingSums::switches,
          &TrackingSums::fragments, &TrackingSums::false_alarms, &TrackingSums::distance, &TrackingSums::identity,
          &TrackingSums::mostly_tracked, &TrackingSums::partly_tracked, &TrackingSums::mostly_lost})
        this->*sum += other.*sum;
    for (std::size_t a = 0; a < hota_thresholds; ++a) {
        right[a] += other.right[a];
        wrong[a] += other.wrong[a];
        association[a] += other.association[a];
        location[a] += other.location[a];
    }
    return *this;
}

Result<std::vector<TrackingSums>> sum_tracking(const MotSequence& sequence) {
    const Film film = film_of(sequence);
    if (film.truths * film.founds > most_pairs)
        return Error{Fault::BadInput, sequence.name + ": " + std::to_string(film.truths) + " identities and " +
                                          std::to_string(film.founds) + " tracks are more than can be compared"};
    Clear clear(film);
    const auto owner = clear.owners();
    auto units = clear.units(owner);
    add_hota(film, owner, units);
    return units;
}

}  // namespace mien::eval
