#include "archive/archive.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>

#include "archive/people.h"
#include "archive/search.h"

namespace mien::archive {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

const Maker maker{"flat", "1", "none"};
const gallery::Actor tester{"tester", "a test"};
const Time noon{std::chrono::sys_days{std::chrono::year{2026} / 11 / 25} + 12h};

// Templates on a circle: similarity is (1 + the cosine of the angle between) / 2.
Template at(double degrees) {
    const double radians = degrees * 3.14159265358979 / 180;
    return {maker, {static_cast<float>(std::cos(radians)), static_cast<float>(std::sin(radians))}};
}

Sighting seen(std::int64_t track, milliseconds from, milliseconds to, double degrees) {
    Sighting sighting{.track = track, .from = from, .to = to};
    sighting.path = {{from, {10, 20}}, {to, {30, 40}}};
    sighting.attributes = static_cast<std::uint32_t>(Attribute::Body) |
                          static_cast<std::uint32_t>(degrees < 45 ? Attribute::Female : Attribute::Male);
    sighting.measures = R"({"gender": "female"})";
    sighting.shots.push_back({.at = from, .quality = 80, .crop = {1, 2, 3}, .made = {at(degrees)}});
    return sighting;
}

class ArchiveTest : public testing::Test {
protected:
    void SetUp() override {
        folder = fs::temp_directory_path() / ("mien-archive-" + std::to_string(::getpid()));
        fs::remove_all(folder);
        store.emplace(*gallery::Store::open(folder, options()));
        ASSERT_TRUE(Archive::create(*store, folder, kept, Mining::Forbidden, tester));
    }
    void TearDown() override {
        store.reset();
        fs::remove_all(folder);
    }
    gallery::StoreOptions options() const {
        return {.master_key = {gallery::MasterKeySource::Kind::File, (folder / "k/master.key").string(), true}};
    }
    Archive open() { return std::move(*Archive::open(*store, folder, "shop")); }
    static Status add(Archive& archive, std::int64_t recording, std::vector<Sighting> sightings, milliseconds indexed,
                      bool finished = false) {
        return archive.add(recording, sightings, std::vector<Event>{{indexed - 1ms, "in", "{}"}}, {indexed, finished},
                           tester);
    }

    fs::path folder{};
    const gallery::NewGallery kept{
        .name = "shop", .purpose = "counting", .basis = gallery::Basis::Contract, .keep_crops = true};
    const NewRecording door{"door", "door.mp4", noon, Clock::Known};
    const NewRecording hall{"hall", "hall.mp4", noon + 60s, Clock::Known};
    std::optional<gallery::Store> store{};
};

TEST_F(ArchiveTest, KeepsWhatWasSeenAndGivesItBack) {
    Archive archive = open();
    const auto recording = archive.begin(door, tester);
    ASSERT_TRUE(recording) << recording.error().message;
    ASSERT_TRUE(add(archive, recording->id, {seen(1, 1s, 5s, 0)}, 6s));
    const auto all = archive.sightings(0, 10);
    ASSERT_TRUE(all);
    ASSERT_EQ(all->size(), 1u);
    const KeptSighting& one = all->front();
    EXPECT_EQ(one.camera, "door");
    EXPECT_EQ(one.video, "door.mp4");
    EXPECT_EQ(one.first, noon + 1s);
    EXPECT_EQ(one.last, noon + 5s);
    ASSERT_EQ(one.path.size(), 2u);
    EXPECT_EQ(one.path[1].foot, (Point{30, 40}));
    EXPECT_EQ(one.measures, R"({"gender":"female"})");
    EXPECT_EQ(attributes_of(one.attributes), (std::vector{Attribute::Body, Attribute::Female}));
    ASSERT_EQ(one.shots.size(), 1u);
    EXPECT_EQ(archive.shot(one.shots[0]).value(), (Bytes{1, 2, 3}));
    EXPECT_EQ(archive.events()->size(), 1u);
    EXPECT_EQ(Archive::names(folder).value(), std::vector<std::string>{"shop"});
}

TEST_F(ArchiveTest, FindsWhoWasWhereByTimeCameraAndAttributes) {
    Archive archive = open();
    const auto first = archive.begin(door, tester);
    const auto second = archive.begin(hall, tester);
    ASSERT_TRUE(first && second);
    ASSERT_TRUE(add(archive, first->id, {seen(1, 1s, 5s, 0), seen(2, 2s, 6s, 90)}, 6s));
    auto search = Search::open(archive, maker, {.threads = 1});
    ASSERT_TRUE(search);
    ASSERT_TRUE(add(archive, second->id, {seen(1, 10s, 15s, 3)}, 20s));
    ASSERT_TRUE(search->refresh());
    const std::vector probe{at(1)};
    const auto found = search->search(probe, {});
    ASSERT_TRUE(found);
    ASSERT_EQ(found->size(), 3u);
    EXPECT_EQ((*found)[0].sighting.camera, "door");
    EXPECT_EQ((*found)[1].sighting.camera, "hall");
    EXPECT_EQ((*found)[1].at, noon + 70s);
    EXPECT_EQ((*found)[1].second, 10s);
    const auto cameras = [&](const Question& question) {
        std::vector<std::string> names;
        const auto hits = search->search(probe, question);
        for (const Hit& hit : *hits) names.push_back(hit.sighting.camera);
        return names;
    };
    using Names = std::vector<std::string>;
    EXPECT_EQ(cameras({.threshold = 0.9F}), (Names{"door", "hall"}));
    EXPECT_EQ(cameras({.cameras = Names{"hall"}}), Names{"hall"});
    EXPECT_EQ(cameras({.from = noon + 30s}), Names{"hall"});
    EXPECT_EQ(cameras({.before = noon + 30s}), (Names{"door", "door"}));
    EXPECT_EQ(cameras({.attributes = static_cast<std::uint32_t>(Attribute::Male)}), Names{"door"});
    EXPECT_EQ(search->search(std::vector{Template{{"other", "1", ""}, {1, 0}}}, {}).error().fault, Fault::BadInput);

    const auto near = search->search(probe, {.threshold = 0.9F});
    const std::vector<Stay> path = path_of(*near);
    ASSERT_EQ(path.size(), 2u);
    EXPECT_EQ(path[0].camera, "door");
    EXPECT_EQ(path[1].from, noon + 70s);
}

TEST_F(ArchiveTest, GoesOnWhereItStoppedAndSeesNobodyTwice) {
    {
        Archive archive = open();
        const auto recording = archive.begin(door, tester);
        ASSERT_TRUE(recording);
        ASSERT_TRUE(add(archive, recording->id, {seen(1, 1s, 3s, 0)}, 4s));
        ASSERT_TRUE(add(archive, recording->id, {seen(2, 4s, 9s, 20)}, 5s));  // the third goes on since 5 s
    }
    Archive archive = open();
    const auto again = archive.begin(door, tester);
    ASSERT_TRUE(again);
    EXPECT_EQ(again->indexed, 5s);
    EXPECT_EQ(again->next_track, 2);
    EXPECT_EQ(archive.sightings(0, 10)->size(), 1u);
    EXPECT_EQ(archive.events()->size(), 2u);
    ASSERT_TRUE(add(archive, again->id, {seen(2, 4s, 9s, 20), seen(3, 5s, 9s, 40)}, 10s, true));
    EXPECT_EQ(archive.sightings(0, 10)->size(), 3u);
    EXPECT_EQ(archive.begin(door, tester).error().fault, Fault::Conflict);
    EXPECT_TRUE(archive.recordings()->front().finished);
}

TEST_F(ArchiveTest, ForgetsASightingAndTheWholeArchive) {
    Archive archive = open();
    const auto recording = archive.begin(door, tester);
    ASSERT_TRUE(add(archive, recording->id, {seen(1, 1s, 3s, 0), seen(2, 1s, 3s, 60)}, 4s));
    auto search = Search::open(archive, maker, {.threads = 1});
    const auto one = archive.sightings(0, 1)->front();
    ASSERT_TRUE(store->forget("shop", store->subject(one.id)->name, tester));
    const std::vector probe{at(1)};
    EXPECT_EQ(search->search(probe, {}).value().size(), 1u);
    ASSERT_TRUE(search->refresh());
    EXPECT_EQ(search->search(probe, {}).value().size(), 1u);
    ASSERT_TRUE(std::move(archive).remove(tester));
    EXPECT_EQ(Archive::open(*store, folder, "shop").error().fault, Fault::NotFound);
    EXPECT_TRUE(Archive::names(folder)->empty());
}

TEST_F(ArchiveTest, SightingsOfOneLookAreOnePerson) {
    Archive archive = open();
    const auto first = archive.begin(door, tester);
    const auto second = archive.begin(hall, tester);
    ASSERT_TRUE(add(archive, first->id, {seen(1, 1s, 5s, 0), seen(2, 2s, 6s, 90)}, 6s));
    ASSERT_TRUE(add(archive, second->id, {seen(1, 10s, 15s, 3), seen(2, 10s, 15s, 180)}, 20s));
    const auto people = people_of(archive, maker, 0.99F);
    ASSERT_TRUE(people) << people.error().message;
    EXPECT_EQ(people->people, 3u);
    ASSERT_EQ(people->visits.size(), 4u);
    EXPECT_EQ(people->visits[0].person, people->visits[2].person);
    EXPECT_NE(people->visits[0].person, people->visits[1].person);
    EXPECT_EQ(people->visits[2].from, noon + 70s);
    EXPECT_EQ(people->places, (std::vector<std::string>{"door", "hall"}));
    EXPECT_EQ(people->sightings.at(people->visits[0].person).size(), 2u);
}

TEST_F(ArchiveTest, UnknownPeopleGiveNoConsent) {
    gallery::NewGallery asking{.name = "members", .purpose = "x", .basis = gallery::Basis::Consent};
    EXPECT_EQ(Archive::create(*store, folder, asking, Mining::Forbidden, tester).error().fault, Fault::BadInput);
    EXPECT_EQ(Archive::create(*store, folder, kept, Mining::Forbidden, tester).error().fault, Fault::Conflict);
}

}  // namespace
}  // namespace mien::archive
