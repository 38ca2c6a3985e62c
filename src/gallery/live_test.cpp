#include "gallery/live.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <functional>
#include <random>

#include "gallery/search/similarity.h"

namespace mien::gallery {
namespace {

namespace fs = std::filesystem;

Time today{std::chrono::sys_days{std::chrono::year{2026} / 11 / 25}};
Time test_clock() {
    return today;
}
const Maker maker{"flat", "1", "none"};
const Maker wide{"wide", "1", "none"};

// Templates on a circle: similarity is (1 + the cosine of the angle between) / 2.
Template at(double degrees) {
    const double radians = degrees * 3.14159265358979 / 180;
    return {maker, {static_cast<float>(std::cos(radians)), static_cast<float>(std::sin(radians))}};
}

// Once with fp32 copies in memory, once with values read from the store.
class LiveTest : public testing::TestWithParam<std::size_t> {
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
    LiveGallery live(const std::string& name = "g", LiveOptions::Metadata metadata = LiveOptions::Metadata::Sealed,
                     const Maker& by = maker) {
        return std::move(
            *LiveGallery::open(*store, name, by, {.threads = 2, .metadata = metadata, .copies_at_most = GetParam()}));
    }
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

INSTANTIATE_TEST_SUITE_P(Copies, LiveTest, testing::Values(std::size_t{1} << 30, std::size_t{0}),
                         [](const auto& one) { return one.param > 0 ? "Kept" : "Fetched"; });

TEST_P(LiveTest, FindsBestFirstAndFollowsTheStore) {
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

TEST_P(LiveTest, ARejectedSubjectIsHeldBackWhereTheRejectedProbeIsNearer) {
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

TEST_P(LiveTest, WhoHasExpiredIsNotFound) {
    LiveGallery gallery = live();
    today += std::chrono::days{20};
    const std::vector met{store->subject("g", "ben")->id};
    ASSERT_TRUE(store->touch(met));
    today += std::chrono::days{11};
    EXPECT_EQ(names(gallery, 1), Names{"ben"});
}

TEST_P(LiveTest, MergedSubjectsAreOne) {
    LiveGallery gallery = live();
    const auto merge = store->merge("g", "cleo", "anna", {});
    ASSERT_TRUE(merge);
    ASSERT_TRUE(gallery.refresh());
    EXPECT_EQ(names(gallery, 1), (Names{"cleo", "ben"}));
    ASSERT_TRUE(store->undo_merge(merge->id, {}));
    ASSERT_TRUE(gallery.refresh());
    EXPECT_EQ(names(gallery, 1), (Names{"anna", "ben", "cleo"}));
}

// Filters against a plain look through everybody.
class FilteredTest : public LiveTest {
protected:
    static constexpr std::size_t people = 2000;
    static constexpr std::size_t dimension = 16;
    struct Person {
        std::string name{};
        int group = 0;  // of 1,000: one group is 0.1 %, ten are 1 %
        int year = 0;
        bool unknown = false;
        bool gone = false;
        std::vector<float> values{};
    };

    void SetUp() override {
        LiveTest::SetUp();
        for (std::size_t i = 0; i < people; ++i) {
            all.push_back({.name = "p" + std::to_string(i),
                           .group = static_cast<int>(i * 7 % 1000),
                           .year = 2000 + static_cast<int>(i % 20),
                           .unknown = i % 10 == 9,
                           .values = direction()});
        }
        ASSERT_TRUE(store->create({.name = "many", .keep = std::chrono::days{30}}, {}));
        enrol_all();
    }

    std::vector<float> direction() {
        std::normal_distribution<float> normal;
        std::vector<float> values(dimension);
        double length = 0;
        for (float& value : values) {
            value = normal(random);
            length += double{value} * value;
        }
        for (float& value : values) value = static_cast<float>(value / std::sqrt(length));
        return values;
    }

    void enrol_all() {
        std::vector<Enrolment> enrolments;
        for (const Person& p : all) {
            Enrolment person{.subject = p.name,
                             .metadata = "{\"group\":" + std::to_string(p.group) + ",\"tags\":[\"t" +
                                         std::to_string(p.group % 100) + "\"]}",
                             .kind = p.unknown ? SubjectKind::Unknown : SubjectKind::Known};
            person.samples.push_back({.made = {{wide, p.values}}, .created = span_from(date_of(p.year))->from});
            enrolments.push_back(std::move(person));
        }
        ASSERT_TRUE(store->enrol("many", enrolments, {}));
    }
    static std::string date_of(int year) { return std::to_string(year) + "-06-01"; }

    using Passes = std::function<bool(const Person&)>;
    void expect_the_same(const LiveGallery& gallery, const Look& look, const Passes& passes) {
        for (int round = 0; round < 20; ++round) {
            const std::vector<Template> probes{{wide, direction()}};
            std::vector<std::pair<float, std::string>> plain;
            for (const Person& p : all)
                if (!p.gone && passes(p)) plain.emplace_back(similarity(p.values, probes.front().values), p.name);
            std::ranges::stable_sort(plain, std::greater{}, &std::pair<float, std::string>::first);
            plain.resize(std::min(plain.size(), look.top));
            const auto looks = gallery.search(probes, look);
            ASSERT_TRUE(looks) << looks.error().message;
            std::vector<std::string> expected;
            for (const auto& [score, name] : plain) expected.push_back(name);
            std::vector<std::string> found;
            for (const Found& one : looks->front().found) found.push_back(store->subject(one.subject)->name);
            ASSERT_EQ(found, expected);
        }
    }
    void expect_all_the_same(const LiveGallery& gallery) {
        const auto conditions = [](std::vector<const char*> texts) {
            Where where;
            for (const char* text : texts) where.conditions.push_back(*condition_from(text));
            return where;
        };
        expect_the_same(gallery, {.top = 5, .where = conditions({"group=7"})},  // 0.1 %
                        [](const Person& p) { return p.group == 7; });
        expect_the_same(gallery, {.top = 5, .where = conditions({"group>=100", "group<110"})},  // 1 %
                        [](const Person& p) { return p.group >= 100 && p.group < 110; });
        expect_the_same(gallery, {.top = 5, .where = {.tags = {"t42"}}},  // 1 %
                        [](const Person& p) { return p.group % 100 == 42; });
        expect_the_same(gallery, {.top = 5, .where = conditions({"group!=7"})},  // 99.9 %: by the others' list
                        [](const Person& p) { return p.group != 7; });
        expect_the_same(gallery, {.top = 5, .where = {.kind = SubjectKind::Unknown}},
                        [](const Person& p) { return p.unknown; });
        Look timed{.top = 5, .where = conditions({"group<500"})};
        timed.filter.enrolled_from = span_from("2004-06-01")->from.time_since_epoch().count();
        timed.filter.enrolled_before = span_from("2004-06-01")->before.time_since_epoch().count();
        expect_the_same(gallery, timed, [](const Person& p) { return p.group < 500 && p.year == 2004; });
        expect_the_same(gallery, {.top = 5, .where = conditions({"group=5000"})}, [](const Person&) { return false; });
    }

    std::mt19937 random{20261125};
    std::vector<Person> all{};
};

INSTANTIATE_TEST_SUITE_P(Copies, FilteredTest, testing::Values(std::size_t{1} << 30, std::size_t{0}),
                         [](const auto& one) { return one.param > 0 ? "Kept" : "Fetched"; });

TEST_P(FilteredTest, NoTrueMateIsLostAlsoAfterChanges) {
    LiveGallery gallery = live("many", LiveOptions::Metadata::Opened, wide);
    expect_all_the_same(gallery);
    // Erased: some of every group that is asked for, and others.
    for (std::size_t i = 0; i < all.size(); i += 41) {
        ASSERT_TRUE(store->forget("many", all[i].name, {}));
        all[i].gone = true;
    }
    // Their metadata changed, an unknown one named, another enrolled.
    for (const std::size_t i : {2, 3, 5}) {
        all[i].group = 7;
        const std::vector again{Enrolment{.subject = all[i].name, .metadata = R"({"group":7,"tags":["t7"]})"}};
        ASSERT_TRUE(store->enrol("many", again, {}));
    }
    ASSERT_TRUE(store->rename("many", "p9", "named", std::nullopt, {}));
    all[9].name = "named";
    all[9].unknown = false;
    all.push_back({.name = "late", .group = 7, .year = 2004, .values = direction()});
    Enrolment late{.subject = "late", .metadata = R"({"group":7,"tags":["t7"]})"};
    late.samples.push_back({.made = {{wide, all.back().values}}, .created = span_from("2004-06-01")->from});
    ASSERT_TRUE(store->enrol("many", std::vector{late}, {}));
    ASSERT_TRUE(gallery.refresh());
    expect_all_the_same(gallery);
}

TEST_P(FilteredTest, SealedMetadataCanNotBeAskedFor) {
    const LiveGallery gallery = live("many", LiveOptions::Metadata::Sealed, wide);
    const std::vector<Template> probes{{wide, direction()}};
    EXPECT_EQ(gallery.search(probes, {.where = {.tags = {"t1"}}}).error().fault, Fault::BadInput);
}

TEST_P(LiveTest, MergedSubjectsAreFilteredByWhoTheyCountAs) {
    const std::vector marked{Enrolment{.subject = "cleo", .metadata = R"({"team":"red"})"}};
    ASSERT_TRUE(store->enrol("g", marked, {}));
    LiveGallery gallery = live("g", LiveOptions::Metadata::Opened);
    const Look red{.where = {.conditions = {*condition_from("team=red")}}};
    EXPECT_EQ(names(gallery, 1, red), Names{"cleo"});
    const auto merge = store->merge("g", "cleo", "anna", {});
    ASSERT_TRUE(merge);
    ASSERT_TRUE(gallery.refresh());
    EXPECT_EQ(names(gallery, 1, {.top = 1, .where = red.where}), Names{"cleo"});  // by Anna's template
    ASSERT_TRUE(store->undo_merge(merge->id, {}));
    ASSERT_TRUE(gallery.refresh());
    EXPECT_EQ(names(gallery, 1, red), Names{"cleo"});
}

// A template by a later model is filtered by the time of its sample, not by when it was made.
TEST_P(LiveTest, ALaterTemplateHasItsSamplesTime) {
    const Maker later{"round", "2", "none"};
    Enrolment old{.subject = "old"};
    old.samples.push_back({.made = {at(45)}, .created = span_from("2019-01-01")->from});
    const auto enrolled = store->enrol("g", std::vector{old}, {});
    ASSERT_TRUE(enrolled);
    ASSERT_TRUE(store->add_template(enrolled->front().samples.front(), {later, at(45).values}));
    const auto stored = store->stored_templates(enrolled->front().subject, later);
    ASSERT_TRUE(stored);
    ASSERT_EQ(stored->size(), 1u);
    EXPECT_EQ(stored->front().created, span_from("2019-01-01")->from);
    EXPECT_EQ(stored->front().sample, enrolled->front().samples.front());
}

TEST_P(LiveTest, AGalleryOfFewOnListsFindsWhomTheExactOneFindsAndFollowsChanges) {
    auto gallery = *LiveGallery::open(*store, "g", maker, {.threads = 1, .search = LiveOptions::Search::Lists});
    EXPECT_EQ(names(gallery, 1), names(live(), 1));
    enrol("dora", 1);
    ASSERT_TRUE(gallery.refresh());
    EXPECT_EQ(names(gallery, 1).at(0), "dora");
    EXPECT_EQ(names(gallery, 1), names(live(), 1));
}

}  // namespace
}  // namespace mien::gallery
