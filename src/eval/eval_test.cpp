#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <numbers>
#include <set>

#include "eval/conditions.h"
#include "eval/degradations.h"
#include "eval/faces.h"
#include "eval/identification.h"
#include "eval/measured_factors.h"
#include "eval/open_set.h"
#include "eval/pairs.h"
#include "eval/pieces.h"
#include "eval/report.h"
#include "eval/robustness.h"
#include "eval/verification.h"
#include "inference/replay_model.h"

namespace mien::eval {
namespace {

TEST(Pairs, ReadsColumnsInAnyOrder) {
    const auto pairs =
        read_pairs(as_bytes("mated,b,a\n1,x/Anna_2.jpg,x/Anna_1.jpg\n0,x/Bo_1.jpg,x/Anna_1.jpg\n"), Scores::None);
    ASSERT_TRUE(pairs) << pairs.error().message;
    EXPECT_EQ((*pairs)[1].subject_a, "Anna");
    EXPECT_EQ((*pairs)[1].subject_b, "Bo");
}

TEST(Pairs, FaultsHaveTheirLine) {
    const auto fault = [](const char* csv) { return read_pairs(as_bytes(csv), Scores::None).error().message; };
    EXPECT_NE(fault("a,b\n").find("'mated' is missing"), std::string::npos);
    EXPECT_NE(fault("a,b,mated\nx,y\n").find("line 2"), std::string::npos);
    EXPECT_NE(fault("a,b,mated\nA_1,A_2,1\nA_1,B_1,yes\n").find("line 3"), std::string::npos);
    EXPECT_NE(fault("a,b,mated\nA_1,A_2,0\n").find("the subjects are 'A' and 'A'"), std::string::npos);
    EXPECT_NE(fault("a,b,mated\n").find("no pair"), std::string::npos);
}

TEST(Scores, AreJudgedAndEmptyOnesAreFailures) {
    const auto pairs = read_pairs(
        as_bytes("a,b,mated,score\nA_1,A_2,1,0.9\nB_1,B_2,1,\nA_1,B_1,0,0.1\nA_2,B_2,0,0.2\n"), Scores::Given);
    ASSERT_TRUE(pairs);
    const auto run = judge_scores(*pairs);
    ASSERT_TRUE(run);
    EXPECT_DOUBLE_EQ(run->figures.fnmr_at_fmr_1e_2.value, 0.5);
    EXPECT_DOUBLE_EQ(run->figures.failure_to_acquire.value, 0.25);
    auto wrong = *pairs;
    wrong[0].score = "high";
    EXPECT_FALSE(judge_scores(wrong));
}

TEST(Found, IsJudgedLikeOurOwn) {
    const auto marks = read_nose_points(as_bytes(R"({"nose_points": {"a.jpg": [[50, 50], [200, 50]], "b.jpg": []}})"));
    const auto found = read_found(
        as_bytes(R"({"a.jpg": [[0, 0, 100, 100, 0.9], [300, 0, 50, 50, 0.7]], "b.jpg": [[0, 0, 9, 9, 0.95]]})"));
    ASSERT_TRUE(marks && found);
    const auto finding = run_face_finding(
        "peer", [&](const std::string& file) -> Result<std::vector<FaceRegion>> { return found->at(file); }, *marks,
        [](std::size_t, std::size_t) {});
    ASSERT_TRUE(finding);
    EXPECT_DOUBLE_EQ(finding->recall.value, 0.5);
    EXPECT_DOUBLE_EQ(finding->false_alarms.value, 1.0);
    EXPECT_EQ(finding->missed, std::vector<std::string>{"a.jpg: face at 200, 50"});
    ASSERT_EQ(finding->by_score.size(), 3u);
    EXPECT_DOUBLE_EQ(finding->by_score[1].precision, 0.5);  // at 0.9: one hit, one false alarm
    EXPECT_DOUBLE_EQ(finding->by_score[1].recall, 0.5);
    const std::string page = finding_page(*finding, "<marks>");
    EXPECT_NE(page.find("Faces found in &lt;marks&gt;"), std::string::npos);
    EXPECT_EQ(page.find("nan"), std::string::npos);
}

TEST(Found, RefusesWhatIsNoFace) {
    for (const char* wrong :
         {"[", "[1]", R"({"a": [[1, 2, 3]]})", R"({"a": [[1, 2, 3, 4, 1e30]]})", R"({"a": [["x"]]})"})
        EXPECT_FALSE(read_found(as_bytes(wrong))) << wrong;
}

TEST(Report, HoldsTheFiguresAndTheWorstPairs) {
    auto run = judge_scores(*read_pairs(
        as_bytes("a,b,mated,score\nA_1,A_2,1,0.9\nB_1,B_2,1,0.3\nA_1,B_1,0,0.1\nA_2,B_2,0,0.6\n"), Scores::Given));
    ASSERT_TRUE(run);
    const std::string page = verification_page(*run, "tiny");
    EXPECT_LT(page.find("<td>B_1</td><td>B_2</td><td class=n>0.3000"),
              page.find("<td>A_1</td><td>A_2</td><td class=n>0.9"));
    EXPECT_NE(page.find("Detection error trade-off"), std::string::npos);
    EXPECT_EQ(page.find("nan"), std::string::npos);
}

MarkedPicture two_faces() {
    return {"a.jpg", {{{40, 30, 20, 20}, {50, 42}, {}}, {{70, 30, 40, 40}, {90, 50}, {}}}};
}

TEST(Conditions, BringOneFaceToItsSize) {
    const auto made = vary(Picture({200, 100}), two_faces(), Condition::Side40);
    ASSERT_EQ(made.size(), 2u);
    for (std::size_t i = 0; i < 2; ++i) {
        EXPECT_NEAR(made[i].marks.faces[i].box.width, 40, 0.01);
        EXPECT_TRUE(made[i].marks.faces[i].counted);
        EXPECT_FALSE(made[i].marks.faces[1 - i].counted);
    }
    EXPECT_EQ(made[0].picture.size(), (Size{280, 200}));  // x 0..140 of the picture, all its height, doubled
    EXPECT_NEAR(made[0].marks.faces[0].nose.x, 100, 0.01);
}

TEST(Conditions, TurnMarksWithThePicture) {
    Picture picture({200, 100});
    std::fill_n(picture.row(42) + 50 * 3, 3, std::uint8_t{255});  // the first nose
    const auto made = vary(picture, two_faces(), Condition::Turned90);
    ASSERT_EQ(made.size(), 1u);
    const Point nose = made[0].marks.faces[0].nose;
    EXPECT_NEAR(nose.x, 99 - 42, 1);
    EXPECT_NEAR(nose.y, 50, 1);
    int brightest = 0;
    for (int y = -1; y <= 1; ++y)
        for (int x = -1; x <= 1; ++x)
            brightest = std::max<int>(
                brightest, made[0].picture.row(static_cast<int>(nose.y) + y)[(static_cast<int>(nose.x) + x) * 3]);
    EXPECT_GT(brightest, 100);
}

TEST(Conditions, HideHalfAndNeedBoxes) {
    Picture picture({200, 100});
    const auto lower = vary(picture, two_faces(), Condition::LowerHidden);
    ASSERT_EQ(lower.size(), 1u);
    EXPECT_EQ(lower[0].picture.row(45)[45 * 3], 128);
    EXPECT_EQ(lower[0].picture.row(35)[45 * 3], 0);
    const MarkedPicture nose_only{"b.jpg", {{{}, {50, 50}, {}}}};
    EXPECT_TRUE(vary(picture, nose_only, Condition::LeftHidden).empty());
    EXPECT_TRUE(vary(picture, nose_only, Condition::Side20).empty());
    EXPECT_EQ(vary(picture, nose_only, Condition::Dark).size(), 1u);
}

TEST(FaceFinding, FacesThatAreNotCountedAreNeitherHitNorFalseAlarm) {
    MarkedPicture marks = two_faces();
    marks.faces[1].counted = false;
    const auto both = [](const std::string&) -> Result<std::vector<FaceRegion>> {
        return std::vector<FaceRegion>{{{40, 30, 20, 20}, 0.9f, {}}, {{70, 30, 40, 40}, 0.9f, {}}};
    };
    const auto finding = run_face_finding("x", both, {marks}, [](std::size_t, std::size_t) {});
    ASSERT_TRUE(finding);
    EXPECT_EQ(finding->faces, 1u);
    EXPECT_EQ(finding->found, 1u);
    EXPECT_EQ(finding->false_alarms.value, 0);
}

TEST(Pieces, AllRunAndTheFirstFailureIsTheAnswer) {
    std::vector<int> ran(50);
    std::atomic<std::size_t> most{0};
    const auto count = [&](std::size_t done, std::size_t all) {
        EXPECT_EQ(all, ran.size());
        std::size_t now = most;
        while (now < done && !most.compare_exchange_weak(now, done)) {
        }
    };
    const Status state = for_each_piece(ran.size(), 3, count, [&](std::size_t i) -> Status {
        ran[i] = 1;
        if (i == 20 || i == 40) return Error{Fault::BadInput, "piece " + std::to_string(i)};
        return {};
    });
    EXPECT_EQ(std::ranges::count(ran, 1), 50);
    EXPECT_EQ(most, ran.size());
    ASSERT_FALSE(state);
    EXPECT_EQ(state.error().message, "piece 20");
    EXPECT_TRUE(for_each_piece(
        3, 2, [](std::size_t, std::size_t) {}, [](std::size_t) { return Status{}; }));
}

// Two subjects of two pictures and one of one, in a plane of angles.
Subjects made_subjects() {
    const auto at = [](float degrees) {
        const float radians = degrees * std::numbers::pi_v<float> / 180;
        return Template{{"m", "1", "p"}, {std::cos(radians), std::sin(radians)}};
    };
    return {{"a", {at(0), at(0)}}, {"b", {at(90), at(90)}}, {"c", {at(180)}}};
}

TEST(Identification, CountsStrangersAndOwn) {
    statistics::Calibration calibration;
    calibration.subjects = 1000;
    // Similarities: same 1, 90 degrees apart 0.5, opposite 0.
    calibration.points = {{0.4f, 0.5, 0, 1, 0}, {0.6f, 0.001, 0, 1, 0}};
    calibration.several = statistics::Several{0.5, 2};
    const auto rows = judge_identification(made_subjects(), calibration);
    ASSERT_TRUE(rows) << rows.error().message;
    ASSERT_EQ(rows->size(), 6u);  // one and two pictures, claims of 1e-2, 5e-3 and 3 of 1,000
    EXPECT_DOUBLE_EQ((*rows)[2].claimed, 0.003);
    EXPECT_EQ((*rows)[0].references, 3u);
    EXPECT_EQ((*rows)[0].probes, 4u);
    EXPECT_EQ((*rows)[3].references, 2u);
    EXPECT_EQ((*rows)[3].probes, 0u) << "nobody has a third picture";
    EXPECT_DOUBLE_EQ((*rows)[0].fmr.value, 0);
    EXPECT_DOUBLE_EQ((*rows)[0].fnmr.value, 0);
    calibration.points[1].similarity = 0.45f;  // now a right angle passes: 4 of 6, with two pictures 3 of 4
    const auto loose = judge_identification(made_subjects(), calibration);
    EXPECT_DOUBLE_EQ((*loose)[0].fmr.value, 4.0 / 6);
    EXPECT_DOUBLE_EQ((*loose)[3].fmr.value, 3.0 / 4);
    EXPECT_FALSE(judge_identification({}, calibration));
}

// Six people on axes of their own, with four pictures each that lean a little towards a common axis; a seventh with
// one.
struct People {
    std::vector<LabelledPicture> pictures{};
    Samples samples{};
    People() {
        constexpr std::size_t dimension = 8;
        const auto add = [&](std::size_t person, float lean) {
            std::vector<float> values(dimension);
            values[person] = std::sqrt(1 - lean * lean);
            values[dimension - 1] = lean;
            const std::string file = std::to_string(person) + "_" + std::to_string(pictures.size());
            pictures.push_back({file, std::to_string(person)});
            samples[file] = {Template{{"m", "1", "p"}, values}, {}};
        };
        for (std::size_t person = 0; person < 6; ++person)
            for (const float lean : {0.1f, 0.2f, 0.3f, 0.4f}) add(person, lean);
        add(6, 0.25f);
    }
};

TEST(OpenSet, SeveralPicturesOfAProbeAreOneSearch) {
    const People people;
    OpenSetOptions options{.enrolled = 3, .references = 2, .probe_pictures = 2, .draws = 5};
    options.calibration.several = statistics::Several{0.5, 2};
    options.question.replicates = 40;
    options.who = OpenSetOptions::Who::WithAllPictures;
    const auto run = run_open_set(people.pictures, people.samples, options);
    ASSERT_TRUE(run) << run.error().message;
    ASSERT_EQ(run->ways.size(), 5u);
    for (const FusedFigures& way : run->ways) {
        EXPECT_EQ(way.figures.mated, 15u) << "two of four pictures are enrolled, two searched with";
        EXPECT_EQ(way.figures.non_mated, 15u) << "the seventh has too few pictures to be searched for";
        EXPECT_DOUBLE_EQ(way.figures.cmc.front().value, 1) << name_of(way.fusion);
        EXPECT_DOUBLE_EQ(way.figures.at_fpir.front().fnir.value, 0) << name_of(way.fusion);
    }
    // The best pair of two people leans by a product of leans; the two best are less alike than the best alone.
    const auto similarity = [&](Fusion fusion, std::size_t search) {
        const auto way = std::ranges::find(run->ways, fusion, &FusedFigures::fusion);
        return *way->searches[search].similarity;
    };
    for (std::size_t i = 0; i < run->ways.front().searches.size(); ++i) {
        EXPECT_LE(similarity(Fusion::TopTwo, i), similarity(Fusion::Best, i));
        EXPECT_LE(similarity(Fusion::One, i), similarity(Fusion::Best, i));
    }
    EXPECT_EQ(run->templates, 6u);
    options.references = 4;
    EXPECT_NE(run_open_set(people.pictures, people.samples, options).error().message.find("only 0 subjects"),
              std::string::npos);
    options = {.enrolled = 3, .probe_pictures = 5, .draws = 2};
    EXPECT_FALSE(run_open_set(people.pictures, people.samples, options)) << "nobody has five pictures";
}

TEST(Pairs, OnlyTheFoldsThatWereAskedFor) {
    std::vector<Pair> pairs{{"a", "b", false, "1"}, {"a", "c", false, "2"}};
    EXPECT_TRUE(keep_folds(pairs, {}));
    EXPECT_EQ(pairs.size(), 2u);
    EXPECT_TRUE(keep_folds(pairs, {"2", "3"}));
    ASSERT_EQ(pairs.size(), 1u);
    EXPECT_EQ(pairs[0].b, "c");
    EXPECT_EQ(keep_folds(pairs, {"4"}).error().fault, Fault::BadInput);
}

// Eyes 40 pixels apart on a level line, as the tests of covers want them.
Landmarks5 level_face() {
    return {{40, 50}, {80, 50}, {60, 72}, {46, 90}, {74, 90}};
}

Picture grey(Size size, std::uint8_t value) {
    Picture picture(size);
    std::ranges::fill(picture.pixels(), value);
    return picture;
}

std::uint8_t at(const Picture& picture, int x, int y) {
    return picture.row(y)[3 * x];
}

TEST(Degradations, HaveNamesOfTheirOwnAndKeepTheSize) {
    const Picture picture = grey({128, 128}, 100);
    std::set<std::string> names;
    for (const Degradation& d : robustness_degradations()) {
        EXPECT_TRUE(names.insert(d.factor + "_" + d.level).second) << d.factor << " " << d.level;
        const auto worse = d.apply(picture, level_face(), 7);
        ASSERT_TRUE(worse) << worse.error().message;
        EXPECT_EQ(worse->size(), picture.size());
        EXPECT_EQ(*worse, *d.apply(picture, level_face(), 7)) << "same input, same output: " << d.factor;
    }
    EXPECT_TRUE(names.contains("blur_2"));
    EXPECT_TRUE(names.contains("darkness_0.03"));
}

TEST(Degradations, OfTheQualityEvaluationNeedNoFace) {
    const Picture picture = grey({64, 48}, 100);
    std::set<std::string> names;
    for (const Degradation& d : quality_degradations()) {
        EXPECT_TRUE(names.insert(d.name()).second) << d.name();
        const auto worse = d.apply(picture, {}, 7);
        ASSERT_TRUE(worse) << worse.error().message;
        EXPECT_EQ(worse->size(), picture.size()) << d.name();
    }
    EXPECT_EQ(names.size(), 16u);
    for (const char* name : {"none", "blur 7", "darkness 0.03", "jpeg 20", "reduction 0.12"})
        EXPECT_TRUE(names.contains(name)) << name;
}

TEST(Degradations, CoversLieWhereTheirNameSays) {
    const auto covered = [&](const char* level) {
        for (const Degradation& d : robustness_degradations()) {
            if (d.level == level) return *d.apply(grey({128, 160}, 100), level_face(), 0);
        }
        return grey({1, 1}, 0);
    };
    const Picture mask = covered("mask");
    EXPECT_NE(at(mask, 60, 90), 100);  // mouth
    EXPECT_EQ(at(mask, 40, 50), 100);  // eyes stay
    EXPECT_EQ(at(mask, 80, 50), 100);
    const Picture bar = covered("eye_bar");
    EXPECT_EQ(at(bar, 40, 50), 0);
    EXPECT_EQ(at(bar, 60, 50), 0);
    EXPECT_EQ(at(bar, 60, 72), 100);
    const Picture glasses = covered("glasses");
    EXPECT_NE(at(glasses, 40, 50), 100);
    EXPECT_NE(at(glasses, 80, 50), 100);
    EXPECT_EQ(at(glasses, 60, 58), 100);  // the nose's bridge below the glasses' own
}

TEST(Degradations, CoversTurnWithTheFace) {
    const Landmarks5 upright_down{{50, 40}, {50, 80}, {}, {}, {}};  // the face looks to the picture's left
    for (const Point p : mask_outline(upright_down)) EXPECT_LT(p.x, 50);
    for (const Point p : mask_outline(level_face())) EXPECT_GT(p.y, 50);
}

TEST(Degradations, SizeTakesDetailAndTurnGoesClockwise) {
    Picture stripes({120, 120});
    for (int y = 0; y < 120; ++y) {
        for (int x = 0; x < 120; x += 2) std::fill_n(stripes.row(y) + 3 * x, 3, std::uint8_t{200});
    }
    EXPECT_EQ(coarsened(stripes, level_face(), 60), stripes) << "finer than the picture: nothing to do";
    const Picture coarse = coarsened(stripes, level_face(), 10);
    EXPECT_NEAR(at(coarse, 60, 60), at(coarse, 61, 60), 3);
    Picture dot = grey({101, 101}, 0);
    std::fill_n(dot.row(10) + 3 * 50, 3, std::uint8_t{255});  // above the middle
    EXPECT_GT(at(turned(dot, {90}), 90, 50), 200);            // to its right
}

TEST(Traits, CheekIsReadBelowTheEyes) {
    Picture picture = grey({128, 128}, 0);
    EXPECT_FLOAT_EQ(cheek_lightness(picture, level_face()), 0);
    for (int y = 66; y < 84; ++y) std::fill_n(picture.row(y), 3 * 128, std::uint8_t{255});
    EXPECT_NEAR(cheek_lightness(picture, level_face()), 100, 0.1);
    const Landmarks5 outside{{-500, -500}, {-460, -500}, {}, {}, {}};
    EXPECT_FLOAT_EQ(cheek_lightness(picture, outside), 0);
}

TEST(Traits, SexIsReadFromTheSingleNumber) {
    using inference::Port;
    using inference::Tensor;
    const std::vector<Port> outputs{{"age", {1, 100}}, {"gender", {1, 1}}};
    const auto model = [&](std::vector<std::size_t> input) {
        return std::make_shared<inference::ReplayModel>(
            std::vector<Port>{{"picture", std::move(input)}}, outputs, [](std::span<const Tensor> inputs) {
                EXPECT_EQ(inputs[0].values.size(), std::size_t{224} * 224 * 3);
                return Result<std::vector<Tensor>>(
                    std::vector<Tensor>{{{1, 100}, std::vector<float>(100)}, {{1, 1}, {0.75f}}});
            });
    };
    const auto sex = SexEstimator::make(model({1, 224, 224, 3}));
    ASSERT_TRUE(sex);
    EXPECT_FLOAT_EQ(*sex->male(grey({128, 128}, 9), level_face()), 0.75f);
    EXPECT_EQ(SexEstimator::make(model({1, 3, 224, 224})).error().fault, Fault::Unsupported);
}

}  // namespace
}  // namespace mien::eval
