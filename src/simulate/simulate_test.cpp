#include <gtest/gtest.h>

#include <Eigen/LU>
#include <fstream>
#include <set>
#include <sstream>

#include "base/file.h"
#include "media/write_picture.h"
#include "simulate/crowd/crowd.h"

namespace mien::simulate {
namespace {

namespace fs = std::filesystem;

fs::path empty_folder(const std::string& name) {
    const fs::path folder = fs::path(testing::TempDir()) / ("mien_simulate_" + name);
    fs::remove_all(folder);
    fs::create_directories(folder);
    return folder;
}

// Three "people" of coloured cards, each with its mask: no MakeHuman needed.
fs::path cards() {
    const fs::path folder = empty_folder("cards");
    for (int person = 1; person <= 3; ++person) {
        Picture picture(Size{20, 60});
        Picture mask(Size{20, 60});
        for (std::size_t i = 0; i < picture.pixels().size(); ++i) {
            picture.pixels()[i] = static_cast<std::uint8_t>(60 * person);
            mask.pixels()[i] = 255;
        }
        const fs::path own = folder / ("person_00" + std::to_string(person));
        EXPECT_TRUE(media::write_picture(picture, own / "0001.png"));
        EXPECT_TRUE(media::write_picture(mask, own / "0001_mask.png"));
    }
    return folder;
}

CrowdOptions small(const fs::path& output) {
    CrowdOptions options;
    options.output = output;
    options.crops = cards();
    options.people = 3;
    options.cameras = 2;
    options.seconds = 30;
    options.fps = 2;
    options.size = {320, 180};
    options.seed = 5;
    options.detections = Detections::Yes;
    return options;
}

std::string text_of(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    std::stringstream all;
    all << in.rdbuf();
    return all.str();
}

TEST(Crossing, CountsSignChangesOnTheSegmentOnly) {
    const CountingLine line{"l", {100, 0}, {100, 100}};  // c > 0 to the left, as seen from a to b with y down
    EXPECT_GT(line.side({50, 50}), 0);
    CrossingWatch watch(line);
    EXPECT_FALSE(watch.see(Point{120, 50}));
    EXPECT_EQ(watch.see(Point{90, 50}), Direction::In);
    EXPECT_FALSE(watch.see(Point{80, 50}));
    EXPECT_EQ(watch.see(Point{101, 50}), Direction::Out);
    EXPECT_FALSE(watch.see(Point{101, 150}));
    EXPECT_FALSE(watch.see(Point{90, 150})) << "beyond the segment's end";
}

TEST(Crossing, StandingOnTheLineIsNoCrossing) {
    CrossingWatch watch({"l", {100, 0}, {100, 100}});
    EXPECT_FALSE(watch.see(Point{110, 50}));
    EXPECT_FALSE(watch.see(Point{100, 50}));
    EXPECT_FALSE(watch.see(Point{100, 60}));
    EXPECT_FALSE(watch.see(Point{110, 50})) << "left where they came from";
    EXPECT_FALSE(watch.see(Point{100, 50}));
    EXPECT_EQ(watch.see(Point{90, 50}), Direction::In) << "left on the other side";
    EXPECT_FALSE(watch.see(std::nullopt));
    EXPECT_FALSE(watch.see(Point{110, 50})) << "out of sight between";
}

TEST(Zone, HoldsByTheEvenOddRule) {
    const Zone zone{"z", {{0, 0}, {10, 0}, {10, 10}, {5, 5}, {0, 10}}};
    EXPECT_TRUE(zone.holds({2, 5}));
    EXPECT_FALSE(zone.holds({5, 8})) << "in the notch";
    EXPECT_FALSE(zone.holds({11, 5}));
}

TEST(Camera, HomographyProjectionAndItsInverseAgree) {
    for (const Hall& hall : make_halls(3, {{640, 360}, 1}, Dice(9))) {
        const Eigen::Vector2f floor = hall.origin + Eigen::Vector2f(4, 7);
        const Eigen::Vector3f seen = hall.camera.project({floor.x(), floor.y(), 0});
        const Eigen::Vector3f h = hall.camera.floor_to_picture() * Eigen::Vector3f(floor.x(), floor.y(), 1);
        EXPECT_NEAR(h.x() / h.z(), seen.x(), 0.02);
        EXPECT_NEAR(h.y() / h.z(), seen.y(), 0.02);
        const auto back = hall.camera.floor_at({seen.x(), seen.y()});
        ASSERT_TRUE(back);
        EXPECT_LT((*back - floor).norm(), 0.01f);
        EXPECT_NEAR(hall.camera.turn.determinant(), 1, 1e-5);
        // Up is up: a head is drawn above its feet.
        EXPECT_LT(hall.camera.project({floor.x(), floor.y(), 1.7f}).y(), seen.y());
        EXPECT_FALSE(hall.camera.floor_at({300, -500}));
    }
}

TEST(Walks, AreTheSameForASeedAndHoldEveryBehaviour) {
    const auto halls = make_halls(2, {{640, 360}, 1}, Dice(1));
    const auto walks = plan_walks(halls, {16, 600, 10}, Dice(2));
    const auto again = plan_walks(halls, {16, 600, 10}, Dice(2));
    const auto other = plan_walks(halls, {16, 600, 10}, Dice(3));
    std::set<Behaviour> behaviours;
    bool differs = false;
    for (std::size_t i = 0; i < walks.size(); ++i) {
        behaviours.insert(walks[i].behaviour);
        for (std::size_t k = 0; k < walks[i].spots.size(); ++k) {
            const Spot& spot = walks[i].spots[k];
            ASSERT_EQ(spot.camera, again[i].spots[k].camera);
            ASSERT_EQ(spot.at, again[i].spots[k].at);
            differs = differs || spot.at != other[i].spots[k].at;
            if (k == 0 || spot.camera < 0 || spot.camera != walks[i].spots[k - 1].camera) continue;
            EXPECT_LT((spot.at - walks[i].spots[k - 1].at).norm(), 0.25f) << "nobody walks faster than 2.5 m/s";
        }
    }
    EXPECT_TRUE(differs);
    EXPECT_EQ(behaviours.size(), 7u);
}

TEST(Walks, WhoeverStandsOnTheLineCrossesItOnlyComingAndGoing) {
    auto halls = make_halls(1, {{640, 360}, 0}, Dice(1));
    const Camera& camera = halls.front().camera;
    const auto pixel = [&](const Eigen::Vector2f& p) {
        const Eigen::Vector3f seen = camera.project({p.x(), p.y(), 0});
        return Point{seen.x(), seen.y()};
    };
    const CountingLine line{"l", pixel(halls.front().line_from), pixel(halls.front().line_to)};
    int crossings = 0;
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        // Three people: straight, U-turn, standing on the line.
        const auto walks = plan_walks(halls, {3, 300, 10}, Dice(seed));
        ASSERT_EQ(walks[2].behaviour, Behaviour::StandOnLine);
        const std::vector<Walk> one{walks[2]};
        const auto found = crossings_of(one, camera, 0, {line});
        EXPECT_LE(found.size(), 2u) << "they come and they go";
        for (const Crossing& crossing : found) {
            const auto at = static_cast<std::size_t>(crossing.frame - 1);
            EXPECT_TRUE(one[0].spots[at].moving || one[0].spots[at - 1].moving) << "standing is no crossing";
        }
        if (found.size() == 2) {
            EXPECT_NE(found[0].direction, found[1].direction);
        }
        crossings += static_cast<int>(found.size());
    }
    EXPECT_GT(crossings, 2) << "some walk on to the other side";
}

TEST(Crowd, TruthIsOneAndTheSameAndFollowsTheGeometry) {
    const fs::path first = empty_folder("a");
    const fs::path second = empty_folder("b");
    CrowdOptions options = small(first);
    options.workers = 1;
    const auto crowd = simulate_crowd(options, {});
    ASSERT_TRUE(crowd) << crowd.error().message;
    options.output = second;
    options.workers = 3;
    ASSERT_TRUE(simulate_crowd(options, {}));
    int files = 0;
    for (const auto& entry : fs::recursive_directory_iterator(first)) {
        if (!entry.is_regular_file()) continue;
        ++files;
        EXPECT_EQ(text_of(entry.path()), text_of(second / fs::relative(entry.path(), first))) << entry.path();
    }
    EXPECT_EQ(files, 2 * (60 + 6) + 2);
    std::size_t rows = 0;
    for (const CameraTruth& truth : crowd->cameras) {
        rows += truth.rows.size();
        for (const TruthRow& row : truth.rows) {
            EXPECT_GE(row.visibility, 0);
            EXPECT_LE(row.visibility, 1);
            EXPECT_NEAR(row.box.y + row.box.height, row.foot.y, 2) << "cards stand on their foot point";
            EXPECT_NEAR(row.box.centre().x, row.foot.x, 2);
        }
        for (const Crossing& crossing : truth.crossings) {
            const auto foot = [&](int frame) {
                const Spot& spot = crowd->walks[static_cast<std::size_t>(crossing.person - 1)]
                                       .spots[static_cast<std::size_t>(frame - 1)];
                const Eigen::Vector3f seen = truth.hall.camera.project({spot.at.x(), spot.at.y(), 0});
                return Point{seen.x(), seen.y()};
            };
            const CountingLine& line = truth.lines.front();
            const float before = line.side(foot(crossing.frame - 1));
            const float now = line.side(foot(crossing.frame));
            EXPECT_LE(before * now, 0) << "c changes its sign in this frame";
            EXPECT_EQ(now > 0, crossing.direction == Direction::In);
        }
    }
    EXPECT_GT(rows, 20u);
}

TEST(Crowd, OtherSeedsGiveOtherTruth) {
    CrowdOptions options = small(empty_folder("c"));
    options.seconds = 10;
    ASSERT_TRUE(simulate_crowd(options, {}));
    const std::string one =
        text_of(options.output / "camera1" / "floor.csv") + text_of(options.output / "camera2" / "floor.csv");
    options.seed = 6;
    ASSERT_TRUE(simulate_crowd(options, {}));
    EXPECT_NE(one,
              text_of(options.output / "camera1" / "floor.csv") + text_of(options.output / "camera2" / "floor.csv"));
}

TEST(Crowd, SaysWhatIsWrong) {
    CrowdOptions options = small(empty_folder("d"));
    options.people = 4;
    const auto few = simulate_crowd(options, {});
    ASSERT_FALSE(few);
    EXPECT_NE(few.error().message.find("holds 3"), std::string::npos);
    options.people = 3;
    options.lines = {{"sky", {10, -400}, {300, -400}}};
    const auto sky = simulate_crowd(options, {});
    ASSERT_FALSE(sky);
    EXPECT_EQ(sky.error().fault, Fault::BadInput);
    options.lines.clear();
    options.crops.clear();
    EXPECT_FALSE(simulate_crowd(options, {}));
    options.people_from = "/nowhere";
    const auto nowhere = simulate_crowd(options, {});
    ASSERT_FALSE(nowhere);
    EXPECT_EQ(nowhere.error().fault, Fault::NotFound);
}

TEST(Detections, MissWhatIsHiddenAndInventLittle) {
    std::vector<TruthRow> rows;
    for (int i = 1; i <= 400; ++i) rows.push_back({i, 1, {100, 100, 40, 100}, {}, i % 2 == 0 ? 1.0f : 0.1f});
    const auto found = detect(rows, 400, {640, 480}, {.miss = 0.05f, .jitter = 0.03f, .false_alarms = 0}, Dice(4));
    int odd = 0;
    for (const Detection& d : found) {
        odd += d.frame % 2;
        EXPECT_GT(iou(d.box, {100, 100, 40, 100}), 0.55f);
    }
    EXPECT_EQ(odd, 0) << "a tenth of a body is never found";
    EXPECT_NEAR(static_cast<double>(found.size()), 190, 15);
    EXPECT_NEAR(static_cast<double>(detect({}, 400, {640, 480}, {.false_alarms = 0.25f}, Dice(4)).size()), 100, 30);
}

TEST(Cutting, FindsTheOneWhoWalks) {
    const fs::path clip = empty_folder("clip");
    std::vector<fs::path> frames;
    for (int i = 0; i < 40; ++i) {
        Picture picture(Size{320, 180});
        for (std::size_t k = 0; k < picture.pixels().size(); ++k)
            picture.pixels()[k] = static_cast<std::uint8_t>(90 + k % 7);
        for (int y = 40; y < 150; ++y)
            for (int x = 10 + 6 * i; x < 50 + 6 * i; ++x)
                for (int k = 0; k < 3; ++k) picture.row(y)[3 * x + k] = static_cast<std::uint8_t>(k == 0 ? 220 : 20);
        frames.push_back(clip / (std::to_string(100 + i) + ".png"));
        ASSERT_TRUE(media::write_picture(picture, frames.back()));
    }
    const fs::path out = empty_folder("cut");
    const auto people = cut_people(frames, out, {});
    ASSERT_TRUE(people) << people.error().message;
    EXPECT_EQ(*people, 1);
    EXPECT_TRUE(fs::exists(out / "person_001" / "0001_mask.png"));
    EXPECT_TRUE(Cutout::read(out / "person_001", 1.7f));
    frames.resize(5);
    EXPECT_FALSE(cut_people(frames, out, {}));
}

TEST(Obj, RefusesFacesBeyondTheVertices) {
    const auto good = read_obj("v 0 0 0\nv 1 0 0\nv 1 1 0\nv 0 1 0\ng a\nf 1/1 2/1 3/1 4/1\ng b\nf 1 2 3\n", "a");
    ASSERT_TRUE(good);
    EXPECT_EQ(good->triangles.size(), 2u) << "a quad is two triangles; the other group is left out";
    EXPECT_EQ(read_obj("v 0 0 0\nf 1 2 3\n", "").error().fault, Fault::Corrupt);
    EXPECT_EQ(read_obj("v 0 0 0\nf 0 1 1\n", "").error().fault, Fault::Corrupt);
}

TEST(MakeHuman, PeopleStandOnTheFloorAndAreAsTallAsPeople) {
    const fs::path archive = fs::path(MIEN_SOURCE_DIR) / "../shared/models/makehuman-cc0.tar.xz";
    if (!fs::exists(archive)) GTEST_SKIP() << "needs " << archive;
    const auto assets = Assets::open(archive);
    ASSERT_TRUE(assets) << assets.error().message;
    const auto human = Human::load(*assets);
    ASSERT_TRUE(human) << human.error().message;
    for (std::uint64_t seed = 1; seed <= 6; ++seed) {
        const auto walker = Walker::dress(*human, roll_appearance(Dice(seed)));
        ASSERT_TRUE(walker) << walker.error().message;
        EXPECT_GT(walker->height(), 1.2f);
        EXPECT_LT(walker->height(), 2.05f);
        for (const int phase : {0, 5, standing}) {
            float lowest = 9;
            for (const auto& p : walker->pose(phase).points) lowest = std::min(lowest, p.z());
            EXPECT_NEAR(lowest, 0, 1e-5);
        }
        // As wide from the front as from behind, narrower from the side when standing; all inside the picture.
        Camera camera;
        camera.at = {0, -6, 1.5f};
        camera.turn = look(1.5707963f, 0);
        const Layer front = rasterise(*walker, standing, {{0, 0}, -1.5707963f}, camera, {});
        const Layer side = rasterise(*walker, standing, {{0, 0}, 0}, camera, {});
        EXPECT_GT(front.box.height, 2 * side.box.width);
        EXPECT_NEAR(front.box.height, 1000 * walker->height() / 6, 12);
        int holes = 0;
        for (int y = 0; y < front.height; ++y)  // no see-through rows in the trunk's middle
            if (y > front.height / 4 && y < front.height / 2)
                holes += front.rgba[(static_cast<std::size_t>(y) * static_cast<std::size_t>(front.width) +
                                     static_cast<std::size_t>(front.width) / 2) *
                                        4 +
                                    3] < 255;
        EXPECT_EQ(holes, 0);
    }
}

}  // namespace
}  // namespace mien::simulate
