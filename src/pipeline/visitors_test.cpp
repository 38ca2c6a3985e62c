#include "pipeline/visitors.h"

#include <gtest/gtest.h>

#include <cmath>

#include "pipeline/body_likeness.h"

namespace mien::pipeline {
namespace {

using namespace std::chrono_literals;

Template look(const std::string& model, double degrees) {
    return {{model, "1", "none"},
            {static_cast<float>(std::cos(degrees / 57.29578)), static_cast<float>(std::sin(degrees / 57.29578))}};
}

Sighting body(double degrees) {
    Sighting sighting{.attributes = static_cast<std::uint32_t>(Attribute::Body)};
    sighting.shots.push_back({.made = {look("body", degrees)}});
    return sighting;
}

Sighting with_face(double body_degrees, double face_degrees, Attribute gender = Attribute::Female) {
    Sighting sighting = body(body_degrees);
    sighting.attributes |= static_cast<std::uint32_t>(Attribute::Face) | static_cast<std::uint32_t>(gender);
    sighting.shots.push_back({.made = {look("face", face_degrees)}});
    return sighting;
}

TEST(Visitors, WhoComesBackIsNoNewVisitor) {
    Visitors visitors({.same_body = 0.9F});
    EXPECT_EQ(visitors.add(body(0), 1min).who, Visitors::Who::New);
    EXPECT_EQ(visitors.add(body(120), 2min).who, Visitors::Who::New);
    EXPECT_EQ(visitors.add(body(5), 30min).visitor, 1);
    EXPECT_EQ(visitors.add(body(5), 5h).who, Visitors::Who::New);  // by the body alone not after so long
    EXPECT_EQ(visitors.visits(), 4);
    EXPECT_EQ(visitors.unique(), 3);
}

TEST(Visitors, TheFaceDecidesWhereBothHaveOne) {
    Visitors visitors({.same_body = 0.9F});
    visitors.add(with_face(0, 0), 1min);
    EXPECT_EQ(visitors.add(with_face(90, 3), 6h).visitor, 1);                   // other clothes
    EXPECT_EQ(visitors.add(with_face(0, 90, Attribute::Male), 7h).visitor, 2);  // the same clothes, another face
    EXPECT_EQ(visitors.add(body(0), 7h).who, Visitors::Who::Again);             // no face: by the clothes
    EXPECT_EQ(visitors.unique(), 2);
    EXPECT_EQ(visitors.female(), 1);
    EXPECT_EQ(visitors.male(), 1);
}

TEST(Visitors, StaffIsNotCounted) {
    Visitors visitors({.staff = {look("face", 45)}});
    EXPECT_EQ(visitors.add(with_face(0, 44), 1min).who, Visitors::Who::Staff);
    EXPECT_EQ(visitors.add(with_face(0, 0), 2min).who, Visitors::Who::New);
    EXPECT_EQ(visitors.visits(), 1);
    EXPECT_EQ(visitors.staff_visits(), 1);
}

TEST(Visitors, WithoutAThresholdOfTheBodyNobodyIsKnownAgainAndTheNumberIsNotTold) {
    Visitors visitors({});
    visitors.add(with_face(0, 0), 1min);
    EXPECT_EQ(visitors.unique(), 1);
    EXPECT_EQ(visitors.add(body(0), 2min).who, Visitors::Who::New);
    EXPECT_FALSE(visitors.unique());
    EXPECT_EQ(visitors.visits(), 2);
}

TEST(Visitors, BodiesAreComparedByTheMeanOfAVisit) {
    Visitors visitors({.same_body = 0.99F});
    Sighting wide = body(-30);
    wide.shots.push_back({.made = {look("body", 30)}});
    visitors.add(wide, 1min);                                         // mean: 0 degrees
    EXPECT_EQ(visitors.add(body(30), 2min).who, Visitors::Who::New);  // though it is one of the shots
    EXPECT_EQ(visitors.add(body(2), 3min).visitor, 1);
}

TEST(BodyLikeness, IsKnownOfMeasuredMakersOnly) {
    const auto stripes = body_likeness({"mien-stripes", "1", "stretched-48x128"});
    ASSERT_TRUE(stripes);
    EXPECT_LT(stripes->alike, stripes->same_again);
    EXPECT_GT(stripes->alike, 0);
    EXPECT_FALSE(stripes->same_visitor);  // stripes do not tell visitors apart
    const auto network = body_likeness({"omz-person-reidentification-retail-0288", "2023.0", "stretched-128x256"});
    ASSERT_TRUE(network && network->same_visitor);
    EXPECT_GT(*network->same_visitor, network->alike);
    EXPECT_FALSE(body_likeness({"mien-stripes", "2", "stretched-48x128"}));
    EXPECT_FALSE(body_likeness({"other", "1", "none"}));
}

}  // namespace
}  // namespace mien::pipeline
