#include <gtest/gtest.h>

#include <algorithm>

#include "base/file.h"
#include "base/hash.h"
#include "inference/import/dlib_net.h"
#include "inference/import/dlib_shape.h"
#include "inference/import/tfjs_graph.h"
#include "inference/run/engine.h"

namespace mien::inference {
namespace {

namespace fs = std::filesystem;

fs::path corpus(const char* name) {
    return fs::path(MIEN_SOURCE_DIR) / "tests/fuzz/corpus" / name;
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
models::LocalModel tiny(const char* file = "dlib_net/tiny.dat") {
    models::LocalModel local;
    local.card.name = "tiny";
    local.card.format = models::Format::Dlib;
    local.card.files = {{"tiny.dat", *sha256_of_file(corpus(file)), 0, {}, {}, false}};
    local.files = {corpus(file)};
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

// Red / 256, then three repeated dense blocks that each append twice their first channel, averages, dropout of a half.
TEST(DlibNet, DenseBlocksAreRebuiltAndRun) {
    const auto engine = Engine::make();
    ASSERT_TRUE(engine);
    const auto model = engine->load(tiny("dlib_net/dense.dat"), {});
    ASSERT_TRUE(model) << model.error().message;
    const Tensor input = filled(128);  // the net takes pictures of any size
    const auto outputs = (*model)->run({&input, 1});
    ASSERT_TRUE(outputs) << outputs.error().message;
    ASSERT_EQ((*outputs)[0].values.size(), 4u);
    EXPECT_NEAR((*outputs)[0].values[0], 0.25, 1e-6);  // what came in stays first
    for (std::size_t i = 1; i < 4; ++i) EXPECT_NEAR((*outputs)[0].values[i], 0.5, 1e-6) << i;
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

// A model's files in a folder of their own, gone when it goes.
class Folder {
public:
    explicit Folder(const char* name)
        : path_(fs::temp_directory_path() / (std::string("mien-") + name + std::to_string(::getpid()))) {}
    ~Folder() { fs::remove_all(path_); }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    fs::path put(const char* name, ByteView bytes) const {
        const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
        EXPECT_TRUE(write_file(path_ / name, text));
        return path_ / name;
    }
    const fs::path& path() const { return path_; }

private:
    fs::path path_;
};

models::LocalModel model_of(models::Format format, std::vector<fs::path> files) {
    models::LocalModel local;
    local.card.name = "tried";
    local.card.format = format;
    local.files = std::move(files);
    return local;
}

TEST(Tfjs, TheSignaturesOutputsComeBackInItsOrder) {
    const Bytes whole = *read_file(corpus("tfjs/tiny.bin"));
    const auto split = static_cast<std::size_t>(std::ranges::find(whole, 0) - whole.begin());
    const Folder folder("tfjs");
    const auto json = folder.put("model.json", ByteView(whole).first(split));
    const auto weights = folder.put("w.bin", ByteView(whole).subspan(split + 1));
    const auto engine = Engine::make();
    const auto model = engine->load(model_of(models::Format::TfJs, {json, weights}), {});
    ASSERT_TRUE(model) << model.error().message;
    ASSERT_EQ((*model)->inputs().at(0).name, "x");
    ASSERT_EQ((*model)->outputs().at(0).name, "mean");
    ASSERT_EQ((*model)->outputs().at(1).name, "map");
    const Tensor input{{1, 2, 2, 1}, {0, 1, 2, 5}};
    const auto outputs = (*model)->run({&input, 1});
    ASSERT_TRUE(outputs);
    // 2 x - 4, and half of it below 0.
    EXPECT_EQ((*outputs)[1].values, (std::vector<float>{-2, -1, 0, 6}));
    EXPECT_NEAR((*outputs)[0].values.at(0), 0.75, 1e-6);
}

// OpenVINO reads ONNX, TFLite and its own IR; what it can't read must come back as an error that names the file.
TEST(Engine, DamagedFilesOfEveryFormatAreErrors) {
    const auto engine = Engine::make();
    const Folder folder("damaged");
    using models::Format;
    for (const auto& [format, name] : {std::pair{Format::Onnx, "m.onnx"}, std::pair{Format::TfLite, "m.tflite"},
                                       std::pair{Format::OpenVinoIr, "m.xml"}, std::pair{Format::TfJs, "m.json"},
                                       std::pair{Format::Dlib, "m.dat"}}) {
        for (const std::string_view content :
             {"", "not a model", "<net name=\"a\" version=\"11\"><layers></net>", "{}"}) {
            const auto model = engine->load(model_of(format, {folder.put(name, as_bytes(content))}), {});
            ASSERT_FALSE(model) << name << " with " << content;
            EXPECT_NE(model.error().message.find(name), std::string::npos) << model.error().message;
        }
    }
}

#endif

Result<TfjsGraph> read_tiny_tfjs(const std::string& from, const std::string& to) {
    const Bytes whole = *read_file(corpus("tfjs/tiny.bin"));
    const auto split = static_cast<std::size_t>(std::ranges::find(whole, 0) - whole.begin());
    std::string json(reinterpret_cast<const char*>(whole.data()), split);
    if (const std::size_t at = json.find(from); at != std::string::npos) json.replace(at, from.size(), to);
    return read_tfjs(as_bytes(json), {{"w.bin", ByteView(whole).subspan(split + 1)}});
}

TEST(Tfjs, FusedNodesComeApart) {
    const auto graph = read_tiny_tfjs("", "");
    ASSERT_TRUE(graph) << graph.error().message;
    std::vector<std::string> ops;
    for (const TfjsNode& node : graph->nodes) ops.push_back(node.op);
    EXPECT_EQ(ops, (std::vector<std::string>{"Placeholder", "Const", "Const", "Const", "Const", "Conv2D", "BiasAdd",
                                             "Relu", "Neg", "Relu", "Mul", "Sub", "Mean"}));
    EXPECT_EQ(graph->nodes[11].name, "conv");
}

TEST(Tfjs, RefusesWhatDoesNotFit) {
    const auto says = [](const char* from, const char* to, const char* wanted) {
        const auto graph = read_tiny_tfjs(from, to);
        ASSERT_FALSE(graph) << from;
        EXPECT_NE(graph.error().message.find(wanted), std::string::npos) << graph.error().message;
    };
    says("[\"conv\", \"axes\"]", "[\"cone\", \"axes\"]", "cone, which is not there");
    says("[\"x\", \"w\", \"b\", \"a\"]", "[\"mean\", \"w\", \"b\", \"a\"]", "circle");
    says("[\"x\", \"w\", \"b\", \"a\"]", "[\"x\", \"w\"]", "lacks inputs");
    says("\"shape\": [3]", "\"shape\": [4]", "the data ends");
    says("\"shape\": [3]", "\"shape\": [2]", "4 bytes longer");
    says("\"shape\": [3]", "\"shape\": [99999999999]", "more than");
    says("w.bin", "v.bin", "not among");
    says("UHJlbHU=", "R2VsdQ==", "Gelu is not known");
    says("modelTopology", "layers", "not a TensorFlow.js graph model");
    says("{", "", "parse error");
}

TEST(DlibNet, DamageAnywhereIsAnError) {
    for (const char* file : {"dlib_net/tiny.dat", "dlib_net/dense.dat"}) {
        const Bytes whole = *read_file(corpus(file));
        ASSERT_TRUE(read_dlib_net(whole)) << file;
        for (std::size_t size = 0; size < whole.size(); ++size)
            EXPECT_FALSE(read_dlib_net(ByteView(whole).first(size))) << file << " cut at " << size;
    }
}

// The kept net with the first `from` replaced by `to`.
Result<DlibNet> read_changed(const std::string& from, const std::string& to) {
    const Bytes whole = *read_file(corpus("dlib_net/dense.dat"));
    std::string text(whole.begin(), whole.end());
    text.replace(text.find(from), from.size(), to);
    return read_dlib_net(as_bytes(text));
}

TEST(DlibNet, RefusesDenseBlocksThatDoNotFit) {
    const auto says = [](const std::string& from, const std::string& to, Fault fault, const char* wanted) {
        ASSERT_NE(from, to);
        const auto net = read_changed(from, to);
        ASSERT_FALSE(net) << wanted;
        EXPECT_EQ(net.error().fault, fault) << net.error().message;
        EXPECT_NE(net.error().message.find(wanted), std::string::npos) << net.error().message;
    };
    says("concat_\x01\x02", "concat_\x01\x03", Fault::Unsupported, "concatenation of 3");
    says(std::string("dropout_\x01\x01", 10), std::string("dropout_\x01\x02", 10), Fault::Corrupt, "dropout rate of 1");
    says("relu_", "selu_", Fault::Unsupported, "the layer 'selu_'");
    says("bn_con2", "bn_fc_2", Fault::Unsupported, "the layer 'bn_fc_2'");
    // Version 1 and the number of blocks: two of them can't be told from a mark.
    says("\x01\x02\x01\x02\x01\x01\x01\x03", "\x01\x02\x01\x02\x01\x01\x01\x02", Fault::Corrupt, "");
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
