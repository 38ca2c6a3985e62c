#include <gtest/gtest.h>

#include "base/file.h"
#include "base/hash.h"
#include "inference/import/dlib_net.h"
#include "inference/import/dlib_shape.h"
#include "inference/run/engine.h"

namespace mien::inference {
namespace {

namespace fs = std::filesystem;

fs::path corpus(const char* name) {
    return fs::path(__FILE__).parent_path().parent_path().parent_path() / "tests/fuzz/corpus" / name;
}

// OpenVINO loads a part of TBB in a way that address sanitizers refuse: those builds test the importers alone.
#if defined(__has_feature)
#if !__has_feature(address_sanitizer)
#define MIEN_ENGINE_RUNS 1
#endif
#else
#define MIEN_ENGINE_RUNS 1
#endif

#ifdef MIEN_ENGINE_RUNS
// The tiny network: mean 122, one 3 x 3 filter of 0.1 with bias 0.1, ReLU, average of all, dense [1, 2].
models::LocalModel tiny() {
    models::LocalModel local;
    local.card.name = "tiny";
    local.card.format = models::Format::Dlib;
    local.card.files = {{"tiny.dat", *sha256_of_file(corpus("dlib_net/tiny.dat")), 0, {}, {}, false}};
    local.files = {corpus("dlib_net/tiny.dat")};
    return local;
}

Tensor filled(float value) {
    return {{1, 3, 8, 8}, std::vector<float>(3 * 8 * 8, value)};
}

TEST(DlibNet, IsRebuiltAndRuns) {
    const auto engine = Engine::make();
    ASSERT_TRUE(engine);
    const auto model = engine->load(tiny(), {});
    ASSERT_TRUE(model) << model.error().message;
    const Tensor input = filled(122 + 256);
    const auto outputs = (*model)->run({&input, 1});
    ASSERT_TRUE(outputs);
    EXPECT_NEAR((*outputs)[0].values.at(0), 2.8, 1e-5);  // 27 x 0.1 + 0.1
    EXPECT_NEAR((*outputs)[0].values.at(1), 5.6, 1e-5);
    const Tensor wrong{{1, 3, 8, 9}, std::vector<float>(3 * 8 * 9)};
    EXPECT_EQ((*model)->run({&wrong, 1}).error().fault, Fault::Bug);
}

TEST(Engine, ACompiledModelIsKeptAndADamagedOneMadeAnew) {
    const fs::path cache = fs::temp_directory_path() / ("mien-cache-" + std::to_string(::getpid()));
    const auto engine = Engine::make();
    const Tensor input = filled(378);
    const auto answer = [&]() -> float {
        const auto model = engine->load(tiny(), {.cache = cache});
        return model ? (*model)->run({&input, 1})->at(0).values.at(0) : 0;
    };
    EXPECT_NEAR(answer(), 2.8, 1e-5);
    ASSERT_EQ(std::distance(fs::directory_iterator(cache), {}), 1);
    EXPECT_NEAR(answer(), 2.8, 1e-5);
    const fs::path kept = fs::directory_iterator(cache)->path();
    ASSERT_TRUE(write_file(kept, std::string(5000, 'x')));
    EXPECT_NEAR(answer(), 2.8, 1e-5);
    fs::remove_all(cache);
}

#endif

TEST(DlibNet, DamageAnywhereIsAnError) {
    const Bytes whole = *read_file(corpus("dlib_net/tiny.dat"));
    for (std::size_t size = 0; size < whole.size(); ++size) EXPECT_FALSE(read_dlib_net(ByteView(whole).first(size)));
}

TEST(DlibShape, ReadsAndRefusesDamage) {
    const Bytes whole = *read_file(corpus("dlib_shape/tiny.dat"));
    const auto predictor = read_dlib_shape(whole);
    ASSERT_TRUE(predictor) << predictor.error().message;
    EXPECT_EQ(predictor->points(), 2u);
    for (std::size_t size = 0; size < whole.size(); ++size) EXPECT_FALSE(read_dlib_shape(ByteView(whole).first(size)));
}

}  // namespace
}  // namespace mien::inference
