#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cmath>
#include <filesystem>
#include <fstream>

#include "eval/person_detection.h"
#include "eval/reid.h"
#include "eval/same_person.h"

namespace mien::eval {
namespace {

namespace fs = std::filesystem;

// Hand-computed: ranks by distance after junk and the same camera are removed: miss, hit, miss, hit.
TEST(Reid, FollowsTheProtocolOfMarket1501) {
    ReidSet set;
    set.queries = {{"q", 7, 1}, {"alone", 9, 1}};
    set.gallery = {{"same camera", 7, 1}, {"junk", -1, 2}, {"other", 3, 2},
                   {"hit", 7, 2},         {"none", 0, 3},  {"hit", 7, 3}};
    const body::Distances d{2, 6, {0.1f, 0.15f, 0.2f, 0.3f, 0.4f, 0.5f, 0.1f, 0.1f, 0.1f, 0.1f, 0.1f, 0.1f}};
    const auto figures = judge_reid(set, d, Removed::SameCamera);
    ASSERT_TRUE(figures);
    EXPECT_EQ(figures->queries, 1u);
    EXPECT_EQ(figures->without_match, 1u);
    EXPECT_DOUBLE_EQ(figures->rank1.value, 0);
    EXPECT_DOUBLE_EQ(figures->rank5.value, 1);
    EXPECT_DOUBLE_EQ(figures->map.value, (1.0 / 2 + 2.0 / 4) / 2);
    EXPECT_DOUBLE_EQ(figures->minp.value, 2.0 / 4);
    const auto all = judge_reid(set, d, Removed::Nothing);
    ASSERT_TRUE(all);
    EXPECT_DOUBLE_EQ(all->rank1.value, 1);
    EXPECT_DOUBLE_EQ(all->map.value, (1.0 + 2.0 / 3 + 3.0 / 5) / 3);
    EXPECT_EQ(judge_reid(set, {1, 6, {}}, Removed::Nothing).error().fault, Fault::BadInput);
}

Template at(double degrees) {
    return {{"flat", "1", "none"},
            {static_cast<float>(std::cos(degrees / 57.29578)), static_cast<float>(std::sin(degrees / 57.29578))}};
}

TEST(Reid, MultipleQueriesAreMeansOfThePersonsPicturesByThatCamera) {
    ReidSet set;
    set.queries = {{"q", 7, 1}, {"alone", 9, 1}};
    set.gallery = {{"same stay", 7, 1}, {"other camera", 7, 2}, {"other person", 8, 1}};
    const auto queries = multiple_queries(set, std::array{at(0), at(50)}, std::array{at(20), at(90), at(180)});
    ASSERT_TRUE(queries);
    EXPECT_NEAR((*queries)[0].values[1], std::sin(10 / 57.29578), 1e-5);
    EXPECT_NEAR((*queries)[1].values[1], std::sin(50 / 57.29578), 1e-5);
    EXPECT_EQ(multiple_queries(set, std::array{at(0)}, {}).error().fault, Fault::BadInput);
}

// Person 1 stands at 0 and 4 degrees, person 2 at 60 and 70, person 3 at 160, before cameras 1 and 2.
TEST(SamePerson, ThresholdsLetTheWishedShareOfOthersThrough) {
    ReidSet set;
    set.queries = {{"", 1, 1}, {"", 2, 1}, {"", 3, 1}};
    set.gallery = {{"", 1, 2}, {"", 2, 2}, {"junk", -1, 1}};
    const std::array queries{at(0), at(60), at(160)};
    const std::array gallery{at(4), at(70), at(0)};
    const auto cosine = [](double degrees) { return std::cos(degrees / 57.29578); };
    // By one camera: 60, 160, 100 and 66 degrees apart; by two: 70, 56, 156 and 90.
    const auto figures = same_person(set, queries, gallery, {.rates = {0.25, 0}, .stays_at = {0.5f}});
    ASSERT_TRUE(figures) << figures.error().message;
    EXPECT_EQ(figures->people, 3u);
    EXPECT_EQ(figures->stay_pairs, 8u);
    ASSERT_EQ(figures->stays.size(), 3u);
    EXPECT_NEAR(figures->stays[0].cosine, std::max(cosine(66), cosine(70)), 1e-5);
    EXPECT_DOUBLE_EQ(figures->stays[0].false_matches.value, 0.25);
    EXPECT_DOUBLE_EQ(figures->stays[0].true_matches.value, 1);
    EXPECT_NEAR(figures->stays[1].cosine, cosine(56), 1e-5);
    EXPECT_DOUBLE_EQ(figures->stays[1].false_matches.value, 0);
    EXPECT_FLOAT_EQ(figures->stays[2].cosine, 0.5f);
    EXPECT_LE(figures->stays[2].false_matches.low, figures->stays[2].false_matches.value);
    EXPECT_EQ(figures->picture_pairs, 8u);  // each stay is one picture here, compared both ways
    EXPECT_NEAR(figures->pictures[1].cosine, cosine(60), 1e-5);
    EXPECT_EQ(same_person(set, queries, gallery, {.rates = {2}}).error().fault, Fault::BadInput);
    set.queries = {{"", 1, 1}, {"", 1, 1}, {"", -1, 1}};
    set.gallery = {{"", 1, 2}, {"", 1, 2}, {"junk", -1, 1}};
    EXPECT_EQ(same_person(set, queries, gallery, {.rates = {0.1}}).error().fault, Fault::BadInput);
}

TEST(Reid, ReadsTheLayouts) {
    const fs::path folder = fs::temp_directory_path() / ("mien-reid-" + std::to_string(::getpid()));
    const auto leave = [&](const fs::path& file, const std::string& text) {
        fs::create_directories((folder / file).parent_path());
        std::ofstream(folder / file) << text;
    };
    leave("query/0002_c1s1_000451_03.jpg", "");
    leave("bounding_box_test/-1_c3s2_000001_00.jpg", "");
    leave("bounding_box_test/0002_c4s1_000001_00.jpg", "");
    const auto market = read_reid(folder, ReidLayout::Market1501, Cuhk03Boxes::Detected);
    ASSERT_TRUE(market) << market.error().message;
    EXPECT_EQ(market->queries[0].person, 2);
    EXPECT_EQ(market->gallery[0].person, -1);
    EXPECT_EQ(market->gallery[1].camera, 4);
    EXPECT_EQ(read_reid(folder, ReidLayout::Cuhk03, Cuhk03Boxes::Labelled).error().fault, Fault::NotFound);
    leave("list_query.txt", "0000/0000_000_01_0303morning_0015_0.jpg 0\n");
    leave("list_gallery.txt", "0001/0001_003_14_0303noon_0020_1.jpg 1\n");
    const auto msmt = read_reid(folder, ReidLayout::Msmt17, Cuhk03Boxes::Detected);
    ASSERT_TRUE(msmt) << msmt.error().message;
    EXPECT_EQ(msmt->queries[0].camera, 1);
    EXPECT_EQ(msmt->gallery[0].camera, 14);
    EXPECT_NE(msmt->gallery[0].person, msmt->queries[0].person);
    leave("list_gallery.txt", "0001/nonsense.jpg 1\n");
    EXPECT_EQ(read_reid(folder, ReidLayout::Msmt17, Cuhk03Boxes::Detected).error().fault, Fault::BadInput);
    fs::remove_all(folder);
}

TEST(PersonDetection, CountsAsCocoDoes) {
    const std::string gt =
        "1,1,11,11,20,40,1,1,1\n1,2,101,11,20,40,1,1,1\n1,3,201,11,20,40,0,7,1\n1,4,301,11,20,40,0,3,1\n";
    const auto crowds = read_marked_crowds({reinterpret_cast<const std::uint8_t*>(gt.data()), gt.size()}, 0);
    ASSERT_TRUE(crowds);
    ASSERT_EQ(crowds->front().people.size(), 3u);
    EXPECT_EQ(crowds->front().file, "img1/000001.jpg");
    // A hit, a false alarm before the second hit, somebody who does not count. Precisions 1 and 2/3.
    const auto find = [](const std::string&) -> Result<std::vector<BodyRegion>> {
        return std::vector<BodyRegion>{
            {{10, 10, 20, 40}, 0.9f}, {{400, 10, 20, 40}, 0.8f}, {{100, 10, 20, 40}, 0.7f}, {{200, 10, 20, 40}, 0.6f}};
    };
    const auto finding = run_person_finding(find, *crowds, 0.75f, [](std::size_t, std::size_t) {});
    ASSERT_TRUE(finding);
    EXPECT_NEAR(finding->ap50.value, (51 * 1.0 + 50 * 2.0 / 3) / 101, 1e-9);
    EXPECT_NEAR(finding->ap.value, finding->ap50.value, 1e-9);  // all boxes fit exactly
    EXPECT_DOUBLE_EQ(finding->precision.value, 0.5);
    EXPECT_DOUBLE_EQ(finding->recall.value, 0.5);
    const std::string broken = "1,1,11\n";
    EXPECT_FALSE(read_marked_crowds({reinterpret_cast<const std::uint8_t*>(broken.data()), broken.size()}, 0));
}

}  // namespace
}  // namespace mien::eval
