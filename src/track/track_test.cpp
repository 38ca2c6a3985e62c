#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <random>
#include <set>

#include "track/assignment.h"
#include "track/box_filter.h"
#include "track/camera_motion.h"
#include "track/counting.h"
#include "track/tracker.h"

namespace mien::track {
namespace {

using namespace std::chrono_literals;

constexpr double forbidden = std::numeric_limits<double>::infinity();

// The best of all ways: most pairs first, then the lowest sum.
std::pair<std::size_t, double> best_of_all(const Costs& costs) {
    std::vector<std::size_t> columns(std::max(costs.rows, costs.columns));
    std::iota(columns.begin(), columns.end(), std::size_t{0});
    std::pair<std::size_t, double> best{0, 0};
    do {
        std::size_t pairs = 0;
        double sum = 0;
        for (std::size_t row = 0; row < costs.rows; ++row) {
            if (columns[row] >= costs.columns || !std::isfinite(costs.at(row, columns[row]))) continue;
            ++pairs;
            sum += costs.at(row, columns[row]);
        }
        if (pairs > best.first || (pairs == best.first && sum < best.second)) best = {pairs, sum};
    } while (std::ranges::next_permutation(columns).found);
    return best;
}

TEST(Assignment, IsTheBestOfAllWays) {
    std::mt19937 random(5);
    for (int round = 0; round < 400; ++round) {
        Costs costs(1 + random() % 6, 1 + random() % 6);
        const bool ties = round % 2 == 0;
        for (double& cost : costs.values) {
            cost = ties ? static_cast<double>(random() % 4) - 1 : std::uniform_real_distribution(-1.0, 1.0)(random);
            if (random() % 4 == 0) cost = forbidden;
        }
        const auto pairs = assign(costs);
        std::set<std::size_t> rows;
        std::set<std::size_t> columns;
        double sum = 0;
        for (const auto& [row, column] : pairs) {
            EXPECT_TRUE(rows.insert(row).second);
            EXPECT_TRUE(columns.insert(column).second);
            sum += costs.at(row, column);
        }
        const auto [most, least] = best_of_all(costs);
        ASSERT_EQ(pairs.size(), most) << "round " << round;
        ASSERT_NEAR(sum, least, 1e-9) << "round " << round;
    }
}

TEST(Assignment, EqualCostsKeepTheOrder) {
    Costs costs(3, 3);
    EXPECT_EQ(assign(costs), (std::vector<Pairing>{{0, 0}, {1, 1}, {2, 2}}));
    EXPECT_TRUE(assign(Costs(0, 4)).empty());
    Costs none(2, 2);
    std::ranges::fill(none.values, forbidden);
    EXPECT_TRUE(assign(none).empty());
}

TEST(BoxFilter, LearnsASteadySpeedWhateverTheTimeSteps) {
    BoxFilter filter({0, 0, 40, 100});
    double at = 0;
    for (int i = 0; i < 60; ++i) {
        const double step = i % 3 == 0 ? 0.1 : 0.02;
        at += step;
        filter.predict(step);
        filter.update({static_cast<float>(100 * at), static_cast<float>(-20 * at), 40, 100});
    }
    EXPECT_NEAR(filter.speed().x, 100, 1);
    EXPECT_NEAR(filter.speed().y, -20, 1);
    filter.predict(0.5);
    EXPECT_NEAR(filter.box().x, 100 * (at + 0.5), 2);
    EXPECT_NEAR(filter.box().height, 100, 0.5);
}

TEST(BoxFilter, TurnsWithTheCamera) {
    BoxFilter filter({90, 50, 20, 100});
    filter.predict(0.1);
    filter.update({100, 50, 20, 100});
    const Point before = filter.speed();
    filter.move({{0, -1, 10, 1, 0, 20}});  // a quarter turn and a shift
    EXPECT_NEAR(filter.speed().y, before.x, 1e-4);
    EXPECT_NEAR(filter.box().height, 100, 1);
}

Observation seen(float x, float y, float score = 0.9f) {
    return {{x, y, 40, 100}, score, {}, 0, {}};
}

Scene scene(int frame, std::vector<Observation> observations) {
    return {frame, std::chrono::milliseconds(40 * frame), std::move(observations), std::nullopt};
}

Tracker tracker_of(const TrackerOptions& options = {}) {
    auto tracker = Tracker::make(options);
    EXPECT_TRUE(tracker.has_value());
    return std::move(*tracker);
}

TEST(Tracker, KeepsTwoWhoCrossApart) {
    Tracker tracker = tracker_of();
    std::vector<std::int64_t> numbers;
    for (int frame = 0; frame < 80; ++frame) {
        const auto x = static_cast<float>(4 * frame);
        const auto step = tracker.step(scene(frame, {seen(x, 100), seen(320 - x, 115)}));
        ASSERT_TRUE(step.has_value());
        if (frame == 0) numbers = step->joined;
        EXPECT_EQ(step->joined, numbers) << "frame " << frame;
        EXPECT_EQ(step->tracked.size(), 2u);
    }
}

TEST(Tracker, WeakObservationsCarryATrackButStartNone) {
    Tracker tracker = tracker_of();
    ASSERT_TRUE(tracker.step(scene(0, {seen(0, 0)})));
    for (int frame = 1; frame < 10; ++frame) {
        const auto step = tracker.step(scene(frame, {seen(static_cast<float>(frame), 0, 0.15f), seen(300, 0, 0.15f)}));
        ASSERT_TRUE(step.has_value());
        EXPECT_EQ(step->joined, (std::vector<std::int64_t>{1, 0}));
    }
}

TEST(Tracker, FindsAgainAfterAGapAndTellsTheEndOnce) {
    Tracker tracker = tracker_of();
    int frame = 0;
    for (; frame < 20; ++frame) ASSERT_TRUE(tracker.step(scene(frame, {seen(static_cast<float>(5 * frame), 0)})));
    for (; frame < 35; ++frame) {
        const auto step = tracker.step(scene(frame, {}));
        ASSERT_TRUE(step.has_value());
        EXPECT_TRUE(step->tracked.empty());
    }
    const auto back = tracker.step(scene(frame, {seen(static_cast<float>(5 * frame), 0)}));
    ASSERT_TRUE(back.has_value());
    EXPECT_EQ(back->joined.at(0), 1);
    std::vector<EndedTrack> ended;
    for (++frame; frame < 120; ++frame) {
        auto step = tracker.step(scene(frame, {}));
        ASSERT_TRUE(step.has_value());
        ended.insert(ended.end(), step->ended.begin(), step->ended.end());
    }
    ASSERT_EQ(ended.size(), 1u);
    EXPECT_EQ(ended[0].observations, 21);
    EXPECT_EQ(ended[0].last_frame, 35);
    EXPECT_TRUE(tracker.finish().empty());
}

TEST(Tracker, KnowsByAppearanceWhoComesBackElsewhere) {
    Tracker tracker = tracker_of();
    const std::vector<float> anna{1, 0, 0};
    const std::vector<float> ben{0, 1, 0};
    const auto with = [](Observation o, const std::vector<float>& appearance) {
        o.appearance = appearance;
        return o;
    };
    int frame = 0;
    for (; frame < 10; ++frame) ASSERT_TRUE(tracker.step(scene(frame, {with(seen(0, 0), anna)})));
    for (; frame < 200; ++frame) ASSERT_TRUE(tracker.step(scene(frame, {})));
    const auto back = tracker.step(scene(frame, {with(seen(800, 300), anna), with(seen(10, 0), ben)}));
    ASSERT_TRUE(back.has_value());
    EXPECT_EQ(back->joined.at(0), 1);
    EXPECT_EQ(back->joined.at(1), 2);
}

TEST(Tracker, FollowsThroughAPanOfTheCamera) {
    const auto run = [](bool compensated) {
        Tracker tracker = tracker_of();
        std::set<std::int64_t> numbers;
        for (int frame = 0; frame < 40; ++frame) {
            const float pan = frame < 20 ? 0 : static_cast<float>(60 * (frame - 19));  // 60 pixels a frame at once
            Scene at = scene(frame, {seen(100 - pan, 0), seen(400 - pan, 0)});
            if (compensated) at.camera = Affine{{1, 0, frame < 20 ? 0.0f : -60.0f, 0, 1, 0}};
            const auto step = tracker.step(at);
            EXPECT_TRUE(step.has_value());
            numbers.insert(step->joined.begin(), step->joined.end());
        }
        numbers.erase(0);
        return numbers.size();
    };
    EXPECT_EQ(run(true), 2u);
    EXPECT_GT(run(false), 2u);
}

TEST(Tracker, VotesAndBestShots) {
    TrackerOptions options;
    options.shots = 2;
    options.shots_apart = 200ms;
    Tracker tracker = tracker_of(options);
    for (int frame = 0; frame < 20; ++frame) {
        Observation o = seen(0, 0);
        o.quality = frame == 7 ? 0.9f : frame == 8 ? 0.8f : frame == 15 ? 0.7f : 0.1f;
        o.votes = {{"identity", frame % 4 == 0 ? "ben" : "anna", 1}};
        ASSERT_TRUE(tracker.step(scene(frame, {o})));
    }
    const auto ended = tracker.finish();
    ASSERT_EQ(ended.size(), 1u);
    const auto outcome = ended[0].votes.outcome("identity");
    ASSERT_TRUE(outcome.has_value());
    EXPECT_EQ(outcome->answer, "anna");
    EXPECT_DOUBLE_EQ(outcome->share, 0.75);
    EXPECT_FALSE(ended[0].votes.outcome("gender"));
    ASSERT_EQ(ended[0].shots.size(), 2u);
    EXPECT_EQ(ended[0].shots[0].frame, 7);  // 8 is of the same moment
    EXPECT_EQ(ended[0].shots[1].frame, 15);
}

TEST(Tracker, RefusesWhatMakesNoSense) {
    Tracker tracker = tracker_of();
    ASSERT_TRUE(tracker.step(scene(5, {seen(0, 0)})));
    EXPECT_FALSE(tracker.step(scene(5, {})));
    EXPECT_FALSE(tracker.step({6, 0ms, {}, std::nullopt}));
    EXPECT_FALSE(tracker.step(scene(6, {{{0, 0, -1, 10}, 0.5f, {}, 0, {}}})));
    EXPECT_FALSE(tracker.step(scene(6, {{{0, 0, 10, std::nanf("")}, 0.5f, {}, 0, {}}})));
    EXPECT_TRUE(tracker.step(scene(6, {seen(0, 0)})));
    TrackerOptions odd;
    odd.low_score = 0.9f;
    EXPECT_FALSE(Tracker::make(odd));
}

// Walkers in three lanes with jitter, misses and the one in front covering the one behind.
struct CrowdResult {
    int switches = 0;
    int missed = 0;
    int boxes = 0;
    int truly_in = 0;  // of the true ways over the line x = 500
    Count in{};
};
CrowdResult follow_crowd(unsigned seed) {
    std::mt19937 random(seed);
    std::normal_distribution<float> jitter(0, 1.5f);
    Tracker tracker = tracker_of();
    std::map<int, std::int64_t> named;
    CrowdResult result;
    auto line = LineCounter::make({{500, 1000}, {500, 0}});
    EXPECT_TRUE(line.has_value());
    for (int frame = 0; frame < 250; ++frame) {
        std::vector<Observation> observations;
        std::vector<int> who;
        for (int person = 0; person < 12; ++person) {
            const int lane = person % 3;
            const float speed = (person % 2 == 0 ? 1.0f : -1.0f) * (1.5f + static_cast<float>(lane));
            const float x = static_cast<float>(90 * person) + speed * static_cast<float>(frame);
            ++result.boxes;
            const float feet = x + 20;  // of the middle of a box 40 wide
            if (frame > 0 && feet > 500 && feet - speed <= 500) ++result.truly_in;
            if (random() % 12 == 0) {
                ++result.missed;
                continue;
            }
            observations.push_back(seen(x + jitter(random), 60.0f * static_cast<float>(lane) + jitter(random), 0.7f));
            who.push_back(person);
        }
        const auto step = tracker.step(scene(frame, observations));
        EXPECT_TRUE(step.has_value());
        EXPECT_TRUE(line->step(step->tracked).size() <= who.size());
        for (std::size_t i = 0; i < who.size(); ++i) {
            std::int64_t& name = named[who[i]];
            if (name != 0 && step->joined[i] != 0 && step->joined[i] != name) ++result.switches;
            if (step->joined[i] != 0) name = step->joined[i];
        }
    }
    result.in = line->count(Direction::In);
    return result;
}

TEST(Tracker, CrowdsAreCountedAndTheIntervalHoldsTheTruth) {
    int counted = 0;
    int true_ones = 0;
    int held = 0;
    for (unsigned seed = 1; seed <= 20; ++seed) {
        const CrowdResult result = follow_crowd(seed);
        counted += result.in.value;
        true_ones += result.truly_in;
        held += result.in.low <= result.truly_in && result.truly_in <= result.in.high ? 1 : 0;
    }
    EXPECT_EQ(true_ones, 40);
    EXPECT_NEAR(counted, true_ones, 2);
    EXPECT_GE(held, 19);
}

TEST(Tracker, KeepsACrowdApart) {
    int switches = 0;
    int boxes = 0;
    for (unsigned seed = 1; seed <= 5; ++seed) {
        const CrowdResult result = follow_crowd(seed);
        switches += result.switches;
        boxes += result.boxes;
        EXPECT_GT(result.missed, 0);
    }
    EXPECT_EQ(boxes, 15000);
    EXPECT_LE(switches, 30);  // two in a thousand boxes
}

// Smooth noise: blurred random pixels, looked at through a window that moves.
Picture view_of(const std::vector<float>& world, int side, double turn, double dx, double dy) {
    Picture picture(Size{320, 240});
    for (int y = 0; y < 240; ++y) {
        for (int x = 0; x < 320; ++x) {
            const double wx = std::cos(turn) * x - std::sin(turn) * y + dx;
            const double wy = std::sin(turn) * x + std::cos(turn) * y + dy;
            const int ix = static_cast<int>(std::floor(wx));
            const int iy = static_cast<int>(std::floor(wy));
            const double fx = wx - ix;
            const double fy = wy - iy;
            const auto value = [&](int px, int py) { return world[static_cast<std::size_t>(py * side + px)]; };
            const double grey = (1 - fy) * ((1 - fx) * value(ix, iy) + fx * value(ix + 1, iy)) +
                                fy * ((1 - fx) * value(ix, iy + 1) + fx * value(ix + 1, iy + 1));
            std::fill_n(picture.row(y) + 3 * x, 3, static_cast<std::uint8_t>(std::clamp(grey, 0.0, 255.0)));
        }
    }
    return picture;
}

TEST(CameraMotion, FindsShiftAndTurn) {
    constexpr int side = 480;
    std::mt19937 random(3);
    std::vector<float> world(side * side);
    for (int i = 0; i < side * side; ++i) world[static_cast<std::size_t>(i)] = static_cast<float>(random() % 256);
    std::vector<float> smooth = world;
    for (int y = 2; y < side - 2; ++y)
        for (int x = 2; x < side - 2; ++x) {
            float sum = 0;
            for (int v = -2; v <= 2; ++v)
                for (int u = -2; u <= 2; ++u) sum += world[static_cast<std::size_t>((y + v) * side + x + u)];
            smooth[static_cast<std::size_t>(y * side + x)] = 128 + 3 * (sum / 25 - 128);
        }
    const Grey before = grey_of(view_of(smooth, side, 0, 60, 60));
    const double turn = 0.01;
    const Picture second = view_of(smooth, side, turn, 65.5, 57.25);
    Picture covered = second;
    for (int y = 60; y < 200; ++y) std::fill_n(covered.row(y) + 3 * 100, 3 * 60, std::uint8_t{90});  // a walker
    for (const Picture& picture : {second, covered}) {
        const auto motion = estimate_motion(before, grey_of(picture), {});
        ASSERT_TRUE(motion.has_value());
        for (const Point p : {Point{40, 40}, Point{280, 60}, Point{160, 200}}) {
            // The second view shows the world's point W at q with R(q) + d = W = p + 60.
            const double wx = p.x + 60 - 65.5;
            const double wy = p.y + 60 - 57.25;
            const Point now = (*motion)(p);
            EXPECT_NEAR(now.x, std::cos(turn) * wx + std::sin(turn) * wy, 0.3);
            EXPECT_NEAR(now.y, -std::sin(turn) * wx + std::cos(turn) * wy, 0.3);
        }
    }
    EXPECT_FALSE(estimate_motion(before, grey_of(Picture(Size{320, 240})), {}));
    EXPECT_FALSE(estimate_motion(grey_of(Picture(Size{320, 240})), before, {}));
}

}  // namespace
}  // namespace mien::track
