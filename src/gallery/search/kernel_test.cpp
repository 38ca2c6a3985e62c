#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <limits>
#include <memory>

#include "gallery/search/chunk.h"
#include "gallery/search/code.h"
#include "gallery/search/kernels.h"
#include "gallery/search/similarity.h"
#include "gallery/search/vectors_test.h"

namespace mien::gallery {
namespace {

using testing::Kind;

// A chunk of whole blocks with an axis, and a panel of probes.
struct Scene {
    std::shared_ptr<Chunk> chunk{};
    std::vector<float> rows{};
    std::vector<float> probes{};
    std::vector<ProbeCode> codes{};
    std::vector<std::uint16_t> open{};
    std::size_t dimension = 0;
};

Scene make_scene(Kind kind, std::size_t dimension, std::size_t probes, std::uint64_t seed) {
    constexpr std::uint32_t count = 80;
    Scene made;
    made.dimension = dimension;
    const auto given = testing::make_rows(kind, count, dimension, seed);
    made.rows = given.values;
    made.probes = testing::make_rows(kind, probes, dimension, seed + 1).values;
    const Shape shape = Shape::of(dimension, Values::Kept);
    std::vector<double> sum(dimension, 0.0);
    for (std::size_t i = 0; i < made.rows.size(); ++i) sum[i % dimension] += static_cast<double>(made.rows[i]);
    const auto axis = std::make_shared<const std::vector<float>>(axis_of(sum));
    made.chunk = *Chunk::make(shape, count, axis, Lock::Off);
    for (std::uint32_t at = 0; at < count; at += block_rows) {
        made.chunk->write(at, at + block_rows, given.rows.data() + at, given.values.data() + at * dimension);
    }
    for (std::size_t p = 0; p < probes; ++p)
        made.codes.push_back(encode_probe(std::span(made.probes).subspan(p * dimension, dimension), *axis));
    made.open = {0xffff, 0x0001, 0, 0x8ff0, 0xffff};
    return made;
}

std::vector<Found> scanned(const Kernel& kernel, const Scene& scene, float floor) {
    Panel panel(scene.codes);
    for (std::size_t p = 0; p < panel.probes; ++p) {
        panel.view.floor[p] = floor;
    }
    std::vector<Found> found(scene.open.size() * panel.view.width);
    found.resize(kernel.scan(scene.chunk->codes(0, 5, scene.open.data()), panel.view, found.data()));
    return found;
}

constexpr std::array kinds{Kind::Random, Kind::Clustered, Kind::NearTies, Kind::Duplicates,
                           Kind::Offset, Kind::OneHot,    Kind::Denormal};
constexpr std::array<std::size_t, 14> dimensions{1, 2, 3, 5, 15, 16, 17, 63, 64, 127, 128, 500, 512, 2048};

TEST(Kernels, the_portable_one_is_always_there) {
    ASSERT_FALSE(usable_kernels().empty());
    EXPECT_STREQ(usable_kernels().back()->name, "portable");
}

// The proof in code.h, put to the test: no similarity lies outside its bounds, with no more slack than it claims.
TEST(Kernels, bounds_hold_for_every_row) {
    std::size_t rows = 0;
    for (const Kind kind : kinds) {
        for (const std::size_t dimension : dimensions) {
            const Scene scene = make_scene(kind, dimension, 5, dimension);
            const Panel panel(scene.codes);
            for (const Found& one : scanned(portable_kernel, scene, -10)) {
                for (std::uint32_t r = 0; r < block_rows; ++r) {
                    if ((one.rows >> r & 1) == 0) continue;
                    const std::uint32_t at = one.block * block_rows + r;
                    const float margin =
                        margin_of(panel.view, one.probe, scene.chunk->error(at), scene.chunk->reach(one.block));
                    const float exact = similarity(std::span(scene.rows).subspan(at * dimension, dimension),
                                                   std::span(scene.probes).subspan(one.probe * dimension, dimension));
                    ASSERT_LE(exact, one.approximate[r] + margin) << name_of(kind) << dimension;
                    ASSERT_GE(exact, one.approximate[r] - margin) << name_of(kind) << dimension;
                    ASSERT_LT(margin, 0.8F);
                    ++rows;
                }
            }
        }
    }
    EXPECT_EQ(rows, kinds.size() * dimensions.size() * 5 * (16 + 1 + 9 + 16));
}

void expect_equal(const Kernel& kernel, const Scene& scene, float floor) {
    const auto expected = scanned(portable_kernel, scene, floor);
    const auto found = scanned(kernel, scene, floor);
    ASSERT_EQ(found.size(), expected.size()) << kernel.name << ' ' << scene.dimension;
    for (std::size_t i = 0; i < found.size(); ++i) {
        ASSERT_EQ(found[i].block, expected[i].block);
        ASSERT_EQ(found[i].probe, expected[i].probe);
        ASSERT_EQ(found[i].rows, expected[i].rows);
        for (std::size_t r = 0; r < block_rows; ++r) {
            ASSERT_EQ(std::bit_cast<std::uint32_t>(found[i].approximate[r]),
                      std::bit_cast<std::uint32_t>(expected[i].approximate[r]))
                << kernel.name << ' ' << scene.dimension;
        }
    }
}

TEST(Kernels, every_one_equals_the_portable_one_bit_for_bit) {
    for (const Kernel* kernel : usable_kernels()) {
        for (const Kind kind : {Kind::Random, Kind::Clustered, Kind::OneHot, Kind::Denormal}) {
            for (const std::size_t dimension : {1, 3, 17, 63, 128, 500, 2048}) {
                if (dimension == 2048 && kind != Kind::Random) continue;  // slow under sanitizers
                for (const std::size_t probes : {1, 2, 3, 7, 16}) {
                    const Scene scene = make_scene(kind, dimension, probes, dimension + probes);
                    for (const float floor : {-10.0F, 0.5F}) expect_equal(*kernel, scene, floor);
                }
            }
        }
    }
}

TEST(Kernels, extreme_codes_do_not_overflow) {
    constexpr std::uint32_t groups = 512;
    const std::vector<std::uint8_t> rows(groups * 64, 255);
    alignas(64) std::array<std::uint8_t, groups * 64> aligned;
    std::ranges::copy(rows, aligned.begin());
    const std::array<float, 16> scale = [] {
        std::array<float, 16> made;
        made.fill(1);
        return made;
    }();
    const std::array<float, 16> error{};
    const std::array<float, 16> along{};
    const float reach = 0;
    const std::uint16_t open = 0xffff;
    for (const std::int8_t code : {std::int8_t{127}, std::int8_t{-127}}) {
        ProbeCode probe;
        probe.codes.assign(groups * 4, code);
        probe.scale = 1;
        Panel panel(std::span(&probe, 1));
        panel.view.floor[0] = -1e30F;
        for (const Kernel* kernel : usable_kernels()) {
            Found found{};
            ASSERT_EQ(kernel->scan({aligned.data(), scale.data(), error.data(), along.data(), &reach, &open, 1, groups},
                                   panel.view, &found),
                      1u);
            for (const float product : found.approximate)
                EXPECT_EQ(product, static_cast<float>(127 * code * 2048)) << kernel->name;
        }
    }
}

TEST(Kernels, the_inner_product_is_the_defined_sum) {
    for (const Kernel* kernel : usable_kernels()) {
        for (const Kind kind : kinds) {
            for (const std::size_t dimension : dimensions) {
                const auto two = testing::make_rows(kind, 2, dimension, 5 + dimension).values;
                std::vector<float> a((dimension + 15) / 16 * 16, 0.0F);
                std::vector<float> b = a;
                std::copy_n(two.data(), dimension, a.data());
                std::copy_n(two.data() + dimension, dimension, b.data());
                const float expected = similarity(std::span(two).first(dimension), std::span(two).last(dimension));
                ASSERT_EQ(static_cast<float>(kernel->dot(a.data(), b.data(), static_cast<std::uint32_t>(a.size()))),
                          expected)
                    << kernel->name << ' ' << name_of(kind) << ' ' << dimension;
            }
        }
    }
}

}  // namespace
}  // namespace mien::gallery
