#include "gallery/live.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>

namespace mien::gallery {
namespace {

namespace fs = std::filesystem;

Time today{std::chrono::sys_days{std::chrono::year{2026} / 11 / 25}};
Time test_clock() {
    return today;
}
const Maker maker{"flat", "1", "none"};

// Templates on a circle: similarity is (1 + the cosine of the angle between) / 2.
Template at(double degrees) {
    const double radians = degrees * 3.14159265358979 / 180;
    return {maker, {static_cast<float>(std::cos(radians)), static_cast<float>(std::sin(radians))}};
}

class LiveTest : public testing::Test {
protected:
    void SetUp() override {
        folder = fs::temp_directory_path() / ("mien-live-" + std::to_string(::getpid()));
        fs::remove_all(folder);
        today = Time{std::chrono::sys_days{std::chrono::year{2026} / 11 / 25}};
        store.emplace(
            *Store::open(folder, {.master_key = {MasterKeySource::Kind::File, (folder / "k/master.key").string(), true},
                                  .clock = test_clock}));
        ASSERT_TRUE(store->create({.name = "g", .keep = std::chrono::days{30}}, {}));
        for (const auto& [name, degrees] : {std::pair{"anna", 0}, {"ben", 20}, {"cleo", 90}}) enrol(name, degrees);
    }
    void TearDown() override {
        store.reset();
        fs::remove_all(folder);
    }
    void enrol(const std::string& name, double degrees) {
        Enrolment person{.subject = name};
        person.samples.push_back({.made = {at(degrees)}});
        const std::vector people{person};
        ASSERT_TRUE(store->enrol("g", people, {}));
    }
    LiveGallery live() { return std::move(*LiveGallery::open(*store, "g", maker, {.threads = 1})); }
    std::vector<std::string> names(const LiveGallery& gallery, double degrees, Look look = {}) {
        const std::vector probes{at(degrees)};
        const auto looks = gallery.search(probes, look);
        EXPECT_TRUE(looks);
        std::vector<std::string> found;
        for (const Found& one : looks->front().found) found.push_back(store->subject(one.subject)->name);
        held_back.clear();
        for (const Found& one : looks->front().held_back) held_back.push_back(store->subject(one.subject)->name);
        return found;
    }
    using Names = std::vector<std::string>;
    fs::path folder{};
    std::optional<Store> store{};
    Names held_back{};
};

TEST_F(LiveTest, FindsBestFirstAndFollowsTheStore) {
    LiveGallery gallery = live();
    EXPECT_EQ(names(gallery, 1), (Names{"anna", "ben", "cleo"}));
    EXPECT_EQ(names(gallery, 1, {.threshold = 0.9F}), (Names{"anna", "ben"}));
    enrol("dora", 2);
    EXPECT_EQ(names(gallery, 1, {.top = 1}), Names{"anna"});
    ASSERT_TRUE(gallery.refresh());
    EXPECT_EQ(names(gallery, 1.5, {.top = 1}), Names{"dora"});
    ASSERT_TRUE(store->forget("g", "dora", {}));
    ASSERT_TRUE(gallery.refresh());
    EXPECT_EQ(names(gallery, 1.5, {.top = 1}), Names{"anna"});
    EXPECT_EQ(gallery.size(), 3u);
    const std::vector stranger{Template{{"other", "1", "none"}, {1, 0}}};
    EXPECT_EQ(gallery.search(stranger, {}).error().fault, Fault::BadInput);
}

TEST_F(LiveTest, ARejectedSubjectIsHeldBackWhereTheRejectedProbeIsNearer) {
    ASSERT_TRUE(store->reject("g", "anna", at(8), {}));
    LiveGallery gallery = live();
    EXPECT_EQ(names(gallery, 9, {.top = 2}), (Names{"ben", "cleo"}));  // 1 degree from the rejected probe, 9 from Anna
    EXPECT_EQ(held_back, Names{"anna"});
    EXPECT_EQ(names(gallery, 3, {.top = 1}), Names{"anna"});  // nearer to her own template than to the rejected probe
    EXPECT_TRUE(held_back.empty());
    ASSERT_TRUE(store->take_back_rejection(1, {}));
    ASSERT_TRUE(gallery.refresh());
    EXPECT_EQ(names(gallery, 9, {.top = 1}), Names{"anna"});
}

TEST_F(LiveTest, WhoHasExpiredIsNotFound) {
    LiveGallery gallery = live();
    today += std::chrono::days{20};
    const std::vector met{store->subject("g", "ben")->id};
    ASSERT_TRUE(store->touch(met));
    today += std::chrono::days{11};
    EXPECT_EQ(names(gallery, 1), Names{"ben"});
}

TEST_F(LiveTest, MergedSubjectsAreOne) {
    LiveGallery gallery = live();
    const auto merge = store->merge("g", "cleo", "anna", {});
    ASSERT_TRUE(merge);
    ASSERT_TRUE(gallery.refresh());
    EXPECT_EQ(names(gallery, 1), (Names{"cleo", "ben"}));
    ASSERT_TRUE(store->undo_merge(merge->id, {}));
    ASSERT_TRUE(gallery.refresh());
    EXPECT_EQ(names(gallery, 1), (Names{"anna", "ben", "cleo"}));
}

TEST_F(LiveTest, a_gallery_of_few_on_lists_finds_whom_the_exact_one_finds_and_follows_changes) {
    auto gallery = *LiveGallery::open(*store, "g", maker, {.threads = 1, .search = LiveOptions::Search::Lists});
    EXPECT_EQ(names(gallery, 1), names(live(), 1));
    enrol("dora", 1);
    ASSERT_TRUE(gallery.refresh());
    EXPECT_EQ(names(gallery, 1).at(0), "dora");
    EXPECT_EQ(names(gallery, 1), names(live(), 1));
}

}  // namespace
}  // namespace mien::gallery
