#include "pipeline/body_pipeline.h"

#include <gtest/gtest.h>

#include <array>

namespace mien::pipeline {
namespace {

TEST(JoinFaces, EachFaceGoesToThePersonWhoseHeadItIs) {
    // The second stands before the first and hides their legs; both upper parts hold the second face.
    std::vector<Person> people{{.region = {{100, 0, 100, 300}, 0.9f}}, {.region = {{120, 80, 90, 260}, 0.8f}}};
    const std::array faces{Box{150, 90, 20, 26}, Box{140, 8, 22, 30}, Box{500, 10, 20, 20}};
    join_faces(people, faces);
    EXPECT_EQ(people[0].face, 1u);
    EXPECT_EQ(people[1].face, 0u);
    std::vector<Person> legs{{.region = {{100, 0, 100, 300}, 0.9f}}};
    join_faces(legs, std::array{Box{140, 250, 20, 20}});
    EXPECT_FALSE(legs[0].face);
}

}  // namespace
}  // namespace mien::pipeline
