#include "pipeline/watcher.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "image/resize.h"
#include "image/warp.h"
#include "media/write_picture.h"
#include "pipeline/body_pipeline.h"
#include "track/best_shots.h"

namespace mien::pipeline {
namespace {

using std::chrono::milliseconds;
using Json = nlohmann::ordered_json;

constexpr Size heat_grid{64, 36};
constexpr double around = 0.1;            // of a body's box that a kept crop shows beside it, each side
constexpr int tallest_crop = 320;         // pixels
constexpr milliseconds still_told{2100};  // after the last sight: zones tell then who has vanished (track/zone.h)
constexpr float alone = 0.15F;            // two boxes that overlap less stand apart
constexpr const char* yes = "yes";        // answers to whether somebody has a look
constexpr const char* no = "no";
constexpr float same_place = 0.5F;  // a box that overlaps one of the last frame this much is probably the same person

// What is kept of somebody who is being followed.
struct Followed {
    milliseconds from{0};
    bool told = false;  // the tracker is sure of them
    milliseconds described{-1'000'000};
    milliseconds looked_at{-1'000'000};  // for attributes
    track::BestShots best;
    std::vector<SightingShot> shots{};
    std::optional<SightingShot> face{};
    double age = 0;  // weighted sum
    double age_weight = 0;
};

// 0..100: large, sure, whole and apart from others.
float quality_of(const BodyRegion& body, float most_overlap, Size picture) {
    const float inside_left = std::max(body.box.x, 0.0F);
    const float inside_top = std::max(body.box.y, 0.0F);
    const float inside_right = std::min(body.box.x + body.box.width, static_cast<float>(picture.width));
    const float inside_bottom = std::min(body.box.y + body.box.height, static_cast<float>(picture.height));
    constexpr float border = 2;  // pixels: a box that ends here was probably cut
    const bool whole = body.box.x > border && body.box.y > border &&
                       body.box.x + body.box.width < static_cast<float>(picture.width) - border &&
                       body.box.y + body.box.height < static_cast<float>(picture.height) - border;
    const float area = std::max(inside_right - inside_left, 0.0F) * std::max(inside_bottom - inside_top, 0.0F);
    constexpr float large = 128.0F * 256.0F;  // the input of the templates' networks
    const float size = std::min(1.0F, std::sqrt(area / large));
    return 100 * size * body.score * (1 - most_overlap) * (whole ? 1.0F : 0.5F);
}

Box with_margin(const Box& box) {
    const auto margin = static_cast<float>(around) * box.height;
    return {box.x - margin, box.y - margin, box.width + 2 * margin, box.height + 2 * margin};
}

float overlap_with_others(std::span<const BodyRegion> bodies, std::size_t own) {
    float most = 0;
    for (std::size_t i = 0; i < bodies.size(); ++i)
        if (i != own) most = std::max(most, iou(bodies[i].box, bodies[own].box));
    return most;
}

struct Span {
    milliseconds from{0};
    milliseconds until{0};
};

}  // namespace

struct Watcher::State {
    WatchParts parts;
    WatchOptions options;
    track::Tracker tracker;
    std::vector<track::LineCounter> lines{};
    std::vector<track::Zone> zones{};
    std::vector<std::pair<int, milliseconds>> visits{};  // of each zone: how many ended, and their dwell together
    track::Paths paths;
    std::optional<track::HeatMap> heat{};
    std::map<std::int64_t, Followed> people{};
    std::vector<TrackedRegion> last{};  // of the frame before
    std::optional<milliseconds> last_at{};
    milliseconds faces_at{-1'000'000};
    int number = 0;  // of the next frame
    milliseconds settled{0};
    std::vector<Span> spanned{};  // by those gone, after `settled`; apart from each other
    std::int64_t told = 0;
    std::int64_t greatest = 0;

    std::vector<std::size_t> to_describe(std::span<const BodyRegion> bodies, milliseconds now) const;
    Result<std::vector<std::size_t>> look_at_attributes(const Frame& frame, std::span<const BodyRegion> bodies,
                                                        track::Scene& scene);
    Status describe(const Frame& frame, std::span<const BodyRegion> bodies, std::vector<Template>& made,
                    track::Scene& scene);
    Result<std::vector<std::optional<Face>>> look_at_faces(const Frame& frame, std::span<const BodyRegion> bodies,
                                                           track::Scene& scene);
    Status keep(Followed& person, const Frame& frame, const BodyRegion& body, float quality, const Template* made);
    Status keep_face(Followed& person, const Frame& frame, Face face);
    void admit(std::span<const TrackedRegion> tracked, milliseconds now);
    void count(const Frame& frame, Glimpse& glimpse);
    void settle(milliseconds now);
    void spans(Span added);
    Sighting end(track::EndedTrack&& track);
};

// Boxes that could be taken for somebody else, and those that were not described for a while.
std::vector<std::size_t> Watcher::State::to_describe(std::span<const BodyRegion> bodies, milliseconds now) const {
    std::vector<std::size_t> chosen;
    for (std::size_t i = 0; i < bodies.size(); ++i) {
        if (bodies[i].score < options.tracker.high_score) continue;  // weak ones are joined by motion alone
        const TrackedRegion* nearest = nullptr;
        float best = 0;
        int near = 0;
        for (const TrackedRegion& one : last) {
            const float overlap = iou(one.box, bodies[i].box);
            near += overlap > alone;
            if (overlap > best) {
                best = overlap;
                nearest = &one;
            }
        }
        const bool clear = best > same_place && near == 1 && overlap_with_others(bodies, i) < alone;
        if (clear) {
            const auto person = people.find(nearest->track);
            if (person != people.end() && now - person->second.described < options.describe_every) continue;
        }
        chosen.push_back(i);
    }
    return chosen;
}

Status Watcher::State::describe(const Frame& frame, std::span<const BodyRegion> bodies, std::vector<Template>& made,
                                track::Scene& scene) {
    made.assign(bodies.size(), {});
    if (!parts.describe) return {};
    const std::vector<std::size_t> chosen = to_describe(bodies, frame.at);
    std::vector<Box> boxes;
    for (const std::size_t i : chosen) boxes.push_back(bodies[i].box);
    if (boxes.empty()) return {};
    MIEN_LET(described, parts.describe(*frame.picture, boxes));
    for (std::size_t i = 0; i < chosen.size(); ++i) {
        scene.observations[chosen[i]].appearance = described[i].values;
        made[chosen[i]] = std::move(described[i]);
    }
    return {};
}

// Votes on what those wear and carry who stand apart and were not looked at for a while. How sure a reading is, is its
// weight: 0.5 says nothing.
Result<std::vector<std::size_t>> Watcher::State::look_at_attributes(const Frame& frame,
                                                                    std::span<const BodyRegion> bodies,
                                                                    track::Scene& scene) {
    std::vector<std::size_t> chosen;
    if (!parts.attributes) return chosen;
    std::vector<Box> boxes;
    for (std::size_t i = 0; i < bodies.size(); ++i) {
        if (bodies[i].score < options.tracker.high_score || overlap_with_others(bodies, i) >= alone) continue;
        const auto before =
            std::ranges::max_element(last, {}, [&](const TrackedRegion& one) { return iou(one.box, bodies[i].box); });
        if (before != last.end() && iou(before->box, bodies[i].box) > same_place) {
            const auto person = people.find(before->track);
            if (person != people.end() && frame.at - person->second.looked_at < options.attributes_every) continue;
        }
        chosen.push_back(i);
        boxes.push_back(bodies[i].box);
    }
    if (boxes.empty()) return chosen;
    MIEN_LET(read, parts.attributes(*frame.picture, boxes));
    for (std::size_t i = 0; i < chosen.size(); ++i) {
        for (std::size_t l = 0; l < body::look_count; ++l) {
            const auto look = static_cast<body::Look>(l);
            const double sure = std::abs(static_cast<double>(read[i][look]) - 0.5);
            scene.observations[chosen[i]].votes.push_back({body::name_of(look), read[i][look] > 0.5F ? yes : no, sure});
        }
    }
    return chosen;
}

Result<std::vector<std::optional<Face>>> Watcher::State::look_at_faces(const Frame& frame,
                                                                       std::span<const BodyRegion> bodies,
                                                                       track::Scene& scene) {
    std::vector<std::optional<Face>> found(bodies.size());
    if (!parts.faces || bodies.empty() || frame.at - faces_at < options.faces_every) return found;
    faces_at = frame.at;
    MIEN_LET(faces, parts.faces(frame));
    std::vector<Person> people_here;
    std::vector<Box> boxes;
    for (const BodyRegion& body : bodies) people_here.push_back({.region = body});
    for (const Face& face : faces) boxes.push_back(face.region.box);
    join_faces(people_here, boxes);
    for (std::size_t i = 0; i < people_here.size(); ++i) {
        if (!people_here[i].face) continue;
        Face& face = faces[*people_here[i].face];
        if (face.attributes) {
            if (const auto* gender = std::get_if<GenderReading>(&face.attributes->gender))
                scene.observations[i].votes.push_back(
                    {"gender", name_of(gender->value), static_cast<double>(gender->confidence) - 0.5});
        }
        found[i] = std::move(face);
    }
    return found;
}

Status Watcher::State::keep(Followed& person, const Frame& frame, const BodyRegion& body, float quality,
                            const Template* made) {
    const track::Shot shot{.frame = number, .at = frame.at, .box = body.box, .quality = quality};
    if (!person.best.offer(shot)) return {};
    SightingShot kept{.at = frame.at, .box = body.box, .quality = quality};
    if (made != nullptr) kept.made.push_back(*made);
    if (options.crops == Crops::Yes) {
        Picture crop = image::cut(*frame.picture, with_margin(body.box)).picture;
        if (crop.height() > tallest_crop)
            crop = image::resize(crop, {std::max(1, crop.width() * tallest_crop / crop.height()), tallest_crop});
        MIEN_LET(bytes, media::encode_jpeg(crop, 85));
        kept.crop = std::move(bytes);
    }
    person.shots.push_back(std::move(kept));
    std::erase_if(person.shots, [&](const SightingShot& one) {
        return std::ranges::find(person.best.shots(), one.at, &track::Shot::at) == person.best.shots().end();
    });
    return {};
}

Status Watcher::State::keep_face(Followed& person, const Frame& frame, Face face) {
    if (face.attributes) {
        if (const auto* age = std::get_if<Age>(&face.attributes->age)) {
            const double weight = 1.0 / std::max(1.0F, age->high - age->low);
            person.age += static_cast<double>(age->years) * weight;
            person.age_weight += weight;
        }
    }
    if (!face.made) return {};
    constexpr float large = 128;  // pixels of a face's box beyond which it gets no better
    const float quality = 100 * face.region.score * std::min(1.0F, std::sqrt(face.region.box.area()) / large) *
                          std::max(0.0F, std::cos(face.pose.yaw.value * 3.14159265F / 180));
    if (person.face && person.face->quality >= quality) return {};
    SightingShot shot{.at = frame.at, .box = face.region.box, .quality = quality, .made = {std::move(*face.made)}};
    if (options.crops == Crops::Yes) {
        MIEN_LET(bytes, media::encode_jpeg(image::cut(*frame.picture, with_margin(face.region.box)).picture, 85));
        shot.crop = std::move(bytes);
    }
    person.face = std::move(shot);
    return {};
}

// Whom the tracker tells of is there; what it never told of within a while was no one.
void Watcher::State::admit(std::span<const TrackedRegion> tracked, milliseconds now) {
    for (const TrackedRegion& one : tracked) {
        const auto person = people.find(one.track);
        if (person == people.end() || person->second.told) continue;
        person->second.told = true;
        ++told;
    }
    std::erase_if(people, [&](const auto& one) {
        return !one.second.told && now - one.second.from > options.tracker.keep + std::chrono::seconds{1};
    });
}

void Watcher::State::count(const Frame& frame, Glimpse& glimpse) {
    for (std::size_t i = 0; i < lines.size(); ++i) {
        for (const track::Crossing& one : lines[i].step(glimpse.people)) {
            glimpse.events.push_back({one.at, one.direction == track::Direction::In ? "in" : "out",
                                      Json{{"line", options.lines[i].name},
                                           {"track", one.track},
                                           {"frame", one.frame},
                                           {"confidence", std::round(one.confidence * 1e4) / 1e4}}
                                          .dump()});
        }
    }
    for (std::size_t i = 0; i < zones.size(); ++i) {
        for (const track::ZoneEvent& one : zones[i].step(glimpse.people, frame.at)) {
            const bool entered = one.what == track::ZoneEvent::What::Entered;
            if (!entered) {
                ++visits[i].first;
                visits[i].second += one.dwell;
            }
            glimpse.events.push_back({one.at, entered ? "entered" : "left",
                                      Json{{"zone", options.zones[i].name},
                                           {"track", one.track},
                                           {"frame", one.frame},
                                           {"dwell", static_cast<double>(one.dwell.count()) / 1000},
                                           {"vanished", one.what == track::ZoneEvent::What::Vanished},
                                           {"confidence", std::round(one.confidence * 1e4) / 1e4}}
                                          .dump()});
        }
    }
}

// A run that is taken up again must not see the rest of somebody who was there before: they would be told of twice, or
// their first part be lost. So only a moment that nobody spans will do, neither those still followed nor those gone.
void Watcher::State::settle(milliseconds now) {
    milliseconds free = now;
    for (const auto& [track, person] : people) free = std::min(free, person.from);
    for (const Span& span : spanned)
        if (span.from < free && free < span.until) free = span.from;
    settled = std::max(settled, free);
    std::erase_if(spanned, [&](const Span& span) { return span.until <= settled; });
}

void Watcher::State::spans(Span added) {
    std::erase_if(spanned, [&](const Span& one) {
        if (one.until < added.from || added.until < one.from) return false;
        added = {std::min(added.from, one.from), std::max(added.until, one.until)};
        return true;
    });
    spanned.insert(std::ranges::upper_bound(spanned, added.from, {}, &Span::from), added);
}

// What a track's votes say of looks; the face, where it was read, tells the gender.
void add_looks(const track::Votes& votes, Sighting& sighting, Json& measures) {
    constexpr auto gendered =
        static_cast<std::uint32_t>(Attribute::Female) | static_cast<std::uint32_t>(Attribute::Male);
    for (std::size_t l = 0; l < body::look_count; ++l) {
        const auto look = static_cast<body::Look>(l);
        const auto outcome = votes.outcome(body::name_of(look));
        if (!outcome) continue;
        const bool has = outcome->answer == yes;
        measures["looks"][body::name_of(look)] = {{"value", has}, {"share", std::round(outcome->share * 1e4) / 1e4}};
        if (look == body::Look::Male) {
            if ((sighting.attributes & gendered) == 0)
                sighting.attributes |= static_cast<std::uint32_t>(has ? Attribute::Male : Attribute::Female);
        } else if (has) {
            sighting.attributes |= static_cast<std::uint32_t>(body::attribute_of(look));
        }
    }
}

Sighting Watcher::State::end(track::EndedTrack&& track) {
    Sighting sighting{.track = track.track + options.first_track - 1, .from = track.first_at, .to = track.last_at};
    const track::Path path = paths.take(track.track);
    for (const track::PathPoint& point : path.points) sighting.path.push_back({point.at, point.picture});
    Json measures = Json::object();
    if (path.metres > 0) measures["metres"] = std::round(path.metres * 100) / 100;
    if (const auto gender = track.votes.outcome("gender")) {
        measures["gender"] = {{"value", gender->answer}, {"share", std::round(gender->share * 1e4) / 1e4}};
        sighting.attributes |=
            static_cast<std::uint32_t>(gender->answer == std::string("female") ? Attribute::Female : Attribute::Male);
    }
    add_looks(track.votes, sighting, measures);
    if (const auto found = people.find(track.track); found != people.end()) {
        Followed& person = found->second;
        if (person.age_weight > 0) measures["age"] = std::round(person.age / person.age_weight * 10) / 10;
        std::ranges::stable_sort(person.shots, std::greater{}, &SightingShot::quality);
        const bool described =
            std::ranges::any_of(person.shots, [](const SightingShot& one) { return !one.made.empty(); });
        if (described) sighting.attributes |= static_cast<std::uint32_t>(Attribute::Body);
        if (person.face) sighting.attributes |= static_cast<std::uint32_t>(Attribute::Face);
        sighting.shots = std::move(person.shots);
        if (person.face) sighting.shots.push_back(std::move(*person.face));
        people.erase(found);
    }
    if (!measures.empty()) sighting.measures = measures.dump();
    return sighting;
}

Watcher::Watcher(std::unique_ptr<State> state) : state_(std::move(state)) {}
Watcher::Watcher(Watcher&&) noexcept = default;
Watcher& Watcher::operator=(Watcher&&) noexcept = default;
Watcher::~Watcher() = default;

Result<Watcher> Watcher::make(WatchParts parts, WatchOptions options) {
    options.tracker.shots = 0;  // kept here, with their pictures
    if (parts.likeness) {
        options.tracker.alike = parts.likeness->alike;
        options.tracker.same_again = parts.likeness->same_again;
    }
    MIEN_LET(tracker, track::Tracker::make(options.tracker));
    const track::Paths paths(options.path_apart, options.floor);
    auto state = std::unique_ptr<State>(new State{
        .parts = std::move(parts), .options = std::move(options), .tracker = std::move(tracker), .paths = paths});
    for (const WatchLine& line : state->options.lines) {
        MIEN_LET(counter, track::LineCounter::make(line.line));
        state->lines.push_back(std::move(counter));
    }
    for (const WatchZone& zone : state->options.zones) {
        MIEN_LET(made, track::Zone::make(zone.corners));
        state->zones.push_back(std::move(made));
    }
    state->visits.resize(state->zones.size());
    return Watcher(std::move(state));
}

Result<Glimpse> Watcher::look(const Frame& frame) {
    State& s = *state_;
    if (s.last_at && frame.at < *s.last_at)
        return Error{Fault::BadInput, "a frame of " + std::to_string(frame.at.count()) + " ms came after one of " +
                                          std::to_string(s.last_at->count()) + " ms"};
    MIEN_LET(bodies, s.parts.find(*frame.picture));
    track::Scene scene{.frame = s.number, .at = frame.at};
    for (const BodyRegion& body : bodies) scene.observations.push_back({.box = body.box, .score = body.score});
    std::vector<Template> made;
    MIEN_TRY(s.describe(frame, bodies, made, scene));
    MIEN_LET(read, s.look_at_attributes(frame, bodies, scene));
    MIEN_LET(faces, s.look_at_faces(frame, bodies, scene));
    MIEN_LET(step, s.tracker.step(scene));

    Glimpse glimpse;
    glimpse.people = std::move(step.tracked);
    for (std::size_t i = 0; i < bodies.size(); ++i) {
        const std::int64_t track = step.joined[i];
        if (track == 0) continue;
        s.greatest = std::max(s.greatest, track);
        Followed& person = s.people
                               .try_emplace(track, Followed{.from = frame.at,
                                                            .best = {s.options.shots, s.options.tracker.shots_apart}})
                               .first->second;
        const bool described = !made[i].values.empty();
        if (described) person.described = frame.at;
        if (std::ranges::find(read, i) != read.end()) person.looked_at = frame.at;
        // Without a template a shot is only worth keeping where there are none at all.
        if (described || !s.parts.describe) {
            const float quality = quality_of(bodies[i], overlap_with_others(bodies, i), frame.picture->size());
            MIEN_TRY(s.keep(person, frame, bodies[i], quality, described ? &made[i] : nullptr));
        }
        if (faces[i]) MIEN_TRY(s.keep_face(person, frame, std::move(*faces[i])));
    }
    s.admit(glimpse.people, frame.at);
    s.paths.add(glimpse.people);
    if (!s.heat) {
        MIEN_LET(heat, track::HeatMap::make(frame.picture->size(), heat_grid));
        s.heat = std::move(heat);
    }
    if (s.last_at) s.heat->add(glimpse.people, static_cast<double>((frame.at - *s.last_at).count()) / 1000);
    s.count(frame, glimpse);
    for (track::EndedTrack& track : step.ended) {
        s.spans({track.first_at, track.last_at + still_told});
        glimpse.sightings.push_back(s.end(std::move(track)));
    }
    s.settle(frame.at);
    s.last = glimpse.people;
    s.last_at = frame.at;
    ++s.number;
    return glimpse;
}

Glimpse Watcher::finish() {
    State& s = *state_;
    Glimpse glimpse;
    for (track::EndedTrack& track : s.tracker.finish()) glimpse.sightings.push_back(s.end(std::move(track)));
    s.people.clear();
    s.last.clear();
    return glimpse;
}

std::vector<LineCount> Watcher::lines() const {
    std::vector<LineCount> all;
    for (std::size_t i = 0; i < state_->lines.size(); ++i)
        all.push_back({state_->options.lines[i].name, state_->lines[i].count(track::Direction::In),
                       state_->lines[i].count(track::Direction::Out)});
    return all;
}

std::vector<ZoneCount> Watcher::zones() const {
    std::vector<ZoneCount> all;
    for (std::size_t i = 0; i < state_->zones.size(); ++i) {
        const auto& [visits, dwell] = state_->visits[i];
        all.push_back({state_->options.zones[i].name, state_->zones[i].present(), state_->zones[i].occupancy(), visits,
                       visits > 0 ? dwell / visits : milliseconds{0}});
    }
    return all;
}

std::chrono::milliseconds Watcher::settled() const {
    return state_->settled;
}

const track::HeatMap* Watcher::heat() const {
    return state_->heat ? &*state_->heat : nullptr;
}
std::int64_t Watcher::people() const {
    return state_->told;
}
std::int64_t Watcher::next_track() const {
    return state_->greatest + state_->options.first_track;
}

}  // namespace mien::pipeline
