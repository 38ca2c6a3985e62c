#include "pipeline/watcher.h"

#include <gtest/gtest.h>

#include <cmath>

namespace mien::pipeline {
namespace {

using namespace std::chrono_literals;

// Two people on a grey floor: one walks from left to right, the other stands from the third second on.
struct Stage {
    int frame = 0;

    std::vector<BodyRegion> bodies() const {
        std::vector<BodyRegion> all{{{20.0F + 8.0F * static_cast<float>(frame), 40, 40, 100}, 0.9F}};
        if (frame >= 30) all.push_back({{300, 120, 40, 100}, 0.8F});
        if (frame >= 50) all.erase(all.begin());  // has left
        return all;
    }
};

Template look_of(const Box& box) {
    const double degrees = box.y < 100 ? 0 : 90;
    return {{"flat", "1", "none"},
            {static_cast<float>(std::cos(degrees / 57.29578)), static_cast<float>(std::sin(degrees / 57.29578))}};
}

class WatcherTest : public testing::Test {
protected:
    WatchParts parts() {
        return {.find = [this](const Picture&) -> Result<std::vector<BodyRegion>> { return stage.bodies(); },
                .describe = [this](const Picture&, std::span<const Box> boxes) -> Result<std::vector<Template>> {
                    described += boxes.size();
                    std::vector<Template> all;
                    for (const Box& box : boxes) all.push_back(look_of(box));
                    return all;
                }};
    }
    Frame frame() const {
        return {.source = "stage", .at = std::chrono::milliseconds{100 * stage.frame}, .picture = picture};
    }
    void run(Watcher& watcher, int frames) {
        for (; stage.frame < frames; ++stage.frame) {
            auto glimpse = watcher.look(frame());
            ASSERT_TRUE(glimpse) << glimpse.error().message;
            for (Event& event : glimpse->events) events.push_back(event);
            for (Sighting& sighting : glimpse->sightings) sightings.push_back(std::move(sighting));
        }
    }

    Stage stage{};
    std::shared_ptr<const Picture> picture = std::make_shared<const Picture>(Size{480, 320});
    std::size_t described = 0;
    std::vector<Event> events{};
    std::vector<Sighting> sightings{};
};

TEST_F(WatcherTest, CountsAndKeepsWhoWasSeen) {
    auto watcher = Watcher::make(parts(), {.lines = {{"gate", {{200, 300}, {200, 0}}}},
                                           .zones = {{"corner", {{250, 180}, {400, 180}, {400, 300}, {250, 300}}}}});
    ASSERT_TRUE(watcher);
    run(*watcher, 80);
    for (Sighting& sighting : watcher->finish().sightings) sightings.push_back(std::move(sighting));
    ASSERT_EQ(sightings.size(), 2u);
    EXPECT_EQ(watcher->people(), 2);
    const Sighting& walker = sightings[0].from == 0ms ? sightings[0] : sightings[1];
    EXPECT_EQ(walker.from, 0ms);
    EXPECT_EQ(walker.to, 4900ms);
    ASSERT_FALSE(walker.shots.empty());
    ASSERT_FALSE(walker.shots[0].made.empty());
    EXPECT_EQ(walker.shots[0].made[0].values, look_of({0, 40, 1, 1}).values);
    EXPECT_GT(walker.shots[0].crop.size(), 100u);
    EXPECT_GE(walker.path.size(), 9u);
    EXPECT_TRUE(walker.attributes & static_cast<std::uint32_t>(Attribute::Body));
    ASSERT_EQ(watcher->lines().size(), 1u);
    EXPECT_EQ(watcher->lines()[0].in.value, 1);  // the walker's feet pass x = 200 in frame 20
    EXPECT_EQ(watcher->lines()[0].out.value, 0);
    ASSERT_FALSE(events.empty());
    EXPECT_EQ(events[0].kind, "in");
    EXPECT_EQ(events[0].at, 2100ms);
    EXPECT_EQ(watcher->zones()[0].present, 1);
    // People who stand alone are described now and then, not in each frame.
    EXPECT_LT(described, 50u);
    ASSERT_NE(watcher->heat(), nullptr);
    double seconds = 0;
    for (const double cell : watcher->heat()->seconds()) seconds += cell;
    EXPECT_NEAR(seconds, 9.7, 0.5);
}

TEST_F(WatcherTest, TellsFromWhereToGoOn) {
    auto watcher = Watcher::make(parts(), {.first_track = 11});
    ASSERT_TRUE(watcher);
    run(*watcher, 40);
    EXPECT_EQ(watcher->settled(), 0ms);  // the walker is still there
    run(*watcher, 75);                   // the walker has left, but was there when the other came
    EXPECT_EQ(watcher->next_track(), 13);
    for (Sighting& sighting : watcher->finish().sightings) EXPECT_GE(sighting.track, 11);
    EXPECT_EQ(watcher->settled(), 0ms);
}

TEST_F(WatcherTest, SettlesOnlyWhereNobodyIs) {
    // One is there until frame 20, another from 60 to 80; a third comes while the second is still looked for, a fourth
    // long after the third has left.
    WatchParts some = parts();
    some.find = [this](const Picture&) -> Result<std::vector<BodyRegion>> {
        const auto at = [](float x, float y) { return BodyRegion{{x, y, 40, 100}, 0.9F}; };
        if (stage.frame < 20) return {{at(20, 40)}};
        if (stage.frame >= 60 && stage.frame < 80) return {{at(200, 40)}};
        if (stage.frame >= 85 && stage.frame < 95) return {{at(400, 150)}};
        if (stage.frame >= 140) return {{at(100, 150)}};
        return std::vector<BodyRegion>{};
    };
    auto watcher = Watcher::make(std::move(some), {.tracker = {.remember = 1200ms}});
    ASSERT_TRUE(watcher);
    run(*watcher, 25);
    EXPECT_EQ(watcher->settled(), 0ms);  // the first could come back
    run(*watcher, 59);
    EXPECT_EQ(watcher->settled(), 5800ms);
    run(*watcher, 100);
    EXPECT_EQ(watcher->settled(), 6000ms);  // the second and third overlap
    run(*watcher, 160);
    EXPECT_EQ(watcher->settled(), 14000ms);
    EXPECT_EQ(sightings.size(), 3u);
    EXPECT_EQ(watcher->finish().sightings.size(), 1u);
    EXPECT_EQ(watcher->settled(), 14000ms);
}

TEST_F(WatcherTest, WorksWithoutTemplatesAndRefusesTimeThatGoesBack) {
    WatchParts only_motion = parts();
    only_motion.describe = {};
    auto watcher = Watcher::make(std::move(only_motion), {.crops = Crops::No});
    ASSERT_TRUE(watcher);
    run(*watcher, 80);
    ASSERT_EQ(sightings.size(), 1u);  // the walker, 1.2 s after they left
    EXPECT_TRUE(sightings[0].shots[0].made.empty());
    EXPECT_TRUE(sightings[0].shots[0].crop.empty());
    stage.frame = 10;
    EXPECT_EQ(watcher->look(frame()).error().fault, Fault::BadInput);
    EXPECT_EQ(Watcher::make(parts(), {.lines = {{"none", {{1, 1}, {1, 1}}}}}).error().fault, Fault::BadInput);
}

TEST_F(WatcherTest, VotesOnLooksBecomeAttributes) {
    WatchParts with_looks = parts();
    std::size_t read = 0;
    with_looks.attributes = [&](const Picture&,
                                std::span<const Box> boxes) -> Result<std::vector<body::BodyAttributes>> {
        std::vector<body::BodyAttributes> all(boxes.size());
        for (body::BodyAttributes& one : all) {
            // Male by 0.1 and 0.9 in turns, of which the surer wins; always with a backpack, never with a hat.
            one.probabilities = {read++ % 2 == 0 ? 0.05F : 0.6F, 0.2F, 0.9F, 0.1F, 0.8F, 0.8F, 0.9F, 0.4F};
        }
        return all;
    };
    auto watcher = Watcher::make(std::move(with_looks), {.crops = Crops::No});
    ASSERT_TRUE(watcher);
    run(*watcher, 60);
    for (Sighting& sighting : watcher->finish().sightings) sightings.push_back(std::move(sighting));
    ASSERT_EQ(sightings.size(), 2u);
    const auto has = [&](Attribute attribute) {
        return (sightings[0].attributes & static_cast<std::uint32_t>(attribute)) != 0;
    };
    EXPECT_TRUE(has(Attribute::Female));
    EXPECT_FALSE(has(Attribute::Male));
    EXPECT_TRUE(has(Attribute::Backpack));
    EXPECT_FALSE(has(Attribute::Hat));
    EXPECT_FALSE(has(Attribute::Coat));
    EXPECT_NE(sightings[0].measures.find("\"backpack\":{\"value\":true"), std::string::npos) << sightings[0].measures;
    EXPECT_GT(read, 4u);
    EXPECT_LT(read, 20u);  // once a second each, not in every frame
}

TEST_F(WatcherTest, TheTemplatesLikenessGoesIntoTheTracker) {
    WatchParts strange = parts();
    strange.likeness = BodyLikeness{.alike = 2};
    EXPECT_EQ(Watcher::make(std::move(strange), {}).error().fault, Fault::BadInput);
}

}  // namespace
}  // namespace mien::pipeline
