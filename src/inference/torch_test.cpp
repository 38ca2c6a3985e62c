#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <limits>

#include "base/file.h"
#include "inference/import/torch_state.h"

namespace mien::inference {
namespace {

namespace fs = std::filesystem;

Bytes kept(const std::string& name) {
    const auto root = fs::path(MIEN_SOURCE_DIR);
    return read_file(root / "tests/fuzz/corpus/torch" / name).value_or(Bytes{});
}

const TorchTensor* find(const StateDict& dict, const std::string& name) {
    const auto found = std::ranges::find(dict.tensors, name, &TorchTensor::name);
    return found == dict.tensors.end() ? nullptr : &*found;
}

// tests/golden/make_torch_fixtures.py wrote these files with PyTorch; the values are those of its text.
class EveryType : public testing::TestWithParam<const char*> {
protected:
    void is(const char* name, TorchType type, const std::vector<std::size_t>& shape,
            const std::vector<float>& values) const {
        const TorchTensor* tensor = find(*dict_, name);
        ASSERT_NE(tensor, nullptr) << name;
        EXPECT_EQ(tensor->type, type) << name;
        EXPECT_EQ(tensor->shape, shape) << name;
        EXPECT_EQ(tensor->values, values) << name;
    }

    const Result<StateDict> dict_ = read_state_dict(kept(GetParam()));
};

TEST_P(EveryType, ComesOutAsPyTorchKeptIt) {
    ASSERT_TRUE(dict_) << dict_.error().message;
    EXPECT_EQ(dict_->tensors.size(), 16u);
    EXPECT_EQ(dict_->tensors.front().name, "half");
    EXPECT_EQ(dict_->tensors.back().name, "parameter");
    constexpr float infinity = std::numeric_limits<float>::infinity();
    is("half", TorchType::Half, {2, 2}, {0.5f, -2, 65504, 0x1p-24f});
    is("bfloat", TorchType::BFloat16, {3}, {1.5f, -3.140625f, 0x1p100f});
    is("float", TorchType::Float, {2, 3}, {0, 0.25f, 0.5f, 0.75f, 1, 1.25f});
    is("double", TorchType::Double, {2}, {0.1f, -infinity});
    is("int8", TorchType::Int8, {2}, {-128, 127});
    is("uint8", TorchType::UInt8, {2}, {0, 255});
    is("int16", TorchType::Int16, {2}, {-32768, 3});
    is("int32", TorchType::Int32, {2}, {-5, 0x1p20f});
    is("int64", TorchType::Int64, {2}, {-5, 0x1p40f});
    is("bool", TorchType::Bool, {3}, {1, 0, 1});
    is("transposed", TorchType::Float, {3, 2}, {0, 0.75f, 0.25f, 1, 0.5f, 1.25f});
    is("slice", TorchType::Int64, {3}, {2, 5, 8});
    is("expanded", TorchType::Float, {2, 3}, {7, 7, 7, 7, 7, 7});
    is("scalar", TorchType::Float, {}, {3.5f});
    is("empty", TorchType::Float, {0, 4}, {});
    is("parameter", TorchType::Float, {2}, {1, 2});
}

INSTANTIATE_TEST_SUITE_P(Torch, EveryType, testing::Values("types.pth", "types_legacy.pth"));

TEST(TorchState, AModulesOwnDictAndACheckpointAroundIt) {
    for (const char* name : {"network.pth", "network_legacy.pth", "network_protocol4.pth"}) {
        const auto dict = read_state_dict(kept(name));
        ASSERT_TRUE(dict) << name << ": " << dict.error().message;
        ASSERT_EQ(dict->tensors.size(), 7u);
        EXPECT_EQ(dict->tensors[0].name, "0.weight");
        EXPECT_EQ(dict->tensors[0].values, (std::vector<float>{0.5f, -0.25f}));
    }
    for (const char* name : {"checkpoint.pth", "checkpoint_legacy.pth"}) {
        const auto dict = read_state_dict(kept(name));
        ASSERT_TRUE(dict) << name << ": " << dict.error().message;
        EXPECT_EQ(dict->tensors.size(), 8u);  // the numbers of epoch, learning rate and sizes are no tensors
        const TorchTensor* bias = find(*dict, "state_dict.0.bias");
        ASSERT_NE(bias, nullptr);
        EXPECT_EQ(bias->values, (std::vector<float>{1, 2}));
        EXPECT_NE(find(*dict, "optimizer.state.0.step"), nullptr);
    }
}

TEST(TorchState, CutOffAnywhereIsAnError) {
    for (const char* name : {"network.pth", "network_legacy.pth", "types_legacy.pth"}) {
        const Bytes whole = kept(name);
        ASSERT_GT(whole.size(), 1000u);
        for (std::size_t size = 0; size < whole.size(); ++size) {
            const auto dict = read_state_dict(ByteView(whole).first(size));
            ASSERT_FALSE(dict) << name << " of " << size << " bytes";
            ASSERT_FALSE(dict.error().message.empty());
        }
    }
}

TEST(TorchState, OneChangedByteNeverBreaksAnything) {
    for (const char* name : {"network.pth", "network_legacy.pth"}) {
        Bytes whole = kept(name);
        for (std::uint8_t& byte : whole) {
            const std::uint8_t right = byte;
            for (const int wrong : {0x28, 0xff, right ^ 1}) {
                byte = static_cast<std::uint8_t>(wrong);
                const auto dict = read_state_dict(whole);
                ASSERT_TRUE(dict || !dict.error().message.empty());
            }
            byte = right;
        }
    }
}

// Below, files of the format before 1.6 written by hand: the pickle is free, the storage "0" holds 1, 2, 3.
std::string integer(std::int64_t value) {
    std::string text = "\x8a\x08";
    for (int i = 0; i < 8; ++i) text += static_cast<char>(static_cast<std::uint64_t>(value) >> (8 * i));
    return text;
}

std::string text(const std::string& value) {
    return std::string("U") + static_cast<char>(value.size()) + value;
}

std::string list_of(const std::vector<std::int64_t>& values) {
    std::string made = "(";
    for (const std::int64_t value : values) made += integer(value);
    return made + "t";
}

struct Handmade {
    std::int64_t offset = 0;
    std::vector<std::int64_t> shape{3};
    std::vector<std::int64_t> strides{1};
    std::int64_t numbers = 3;
    std::string key = "0";
};

// The operations that leave the tensor on the stack.
std::string tensor(const Handmade& t) {
    return "ctorch._utils\n_rebuild_tensor_v2\n((" + text("storage") + "ctorch\nFloatStorage\n" + text(t.key) +
           text("cpu") + integer(t.numbers) + "tQ" + integer(t.offset) + list_of(t.shape) + list_of(t.strides) +
           "\x89)tR";
}

std::string under_key_a(const std::string& value) {
    return "}" + text("a") + value + "s";
}

Bytes legacy(const std::string& operations) {
    const std::string head("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.\x80\x02M\xe9\x03.\x80\x02}.", 25);
    const std::string keys = "\x80\x02](" + text("0") + "e.";
    const std::string storage("\x03\0\0\0\0\0\0\0\0\0\x80\x3f\0\0\0\x40\0\0\x40\x40", 20);
    const std::string whole = head + "\x80\x02" + operations + "." + keys + storage;
    return {whole.begin(), whole.end()};
}

Bytes holding(const Handmade& t) {
    return legacy(under_key_a(tensor(t)));
}

struct Part {
    std::string name{};
    std::string content{};
    std::uint16_t method = 0;
    bool wide = false;  // sizes and place in a zip64 field
};

std::string little(std::uint64_t value, int width) {
    std::string made;
    for (int i = 0; i < width; ++i) made += static_cast<char>(i < 8 ? value >> (8 * i) : 0);
    return made;
}

Bytes zip(const std::vector<Part>& parts) {
    std::string body;
    std::string directory;
    for (const Part& part : parts) {
        const std::uint64_t size = part.content.size();
        const std::string extra =
            part.wide ? little(1, 2) + little(24, 2) + little(size, 8) + little(size, 8) + little(body.size(), 8) : "";
        const std::string sizes = part.wide ? std::string(8, '\xff') : little(size, 4) + little(size, 4);
        const std::string lengths = little(part.name.size(), 2) + little(extra.size(), 2);
        directory += "PK\x01\x02" + little(20, 4) + little(0, 2) + little(part.method, 2) + little(0, 8) + sizes +
                     lengths + little(0, 10) + (part.wide ? std::string(4, '\xff') : little(body.size(), 4)) +
                     part.name + extra;
        body += "PK\x03\x04" + little(20, 2) + little(0, 2) + little(part.method, 2) + little(0, 8) + sizes +
                little(part.name.size(), 2) + little(0, 2) + part.name + part.content;
    }
    const std::string whole = body + directory + "PK\x05\x06" + little(0, 4) + little(parts.size(), 2) +
                              little(parts.size(), 2) + little(directory.size(), 4) + little(body.size(), 4) +
                              little(0, 2);
    return {whole.begin(), whole.end()};
}

// An archive of the pickle alone.
Bytes bare(const std::string& operations) {
    return zip({{"m/data.pkl", "\x80\x02" + operations + "."}});
}

void refused(const Bytes& file, const std::string& because) {
    const auto dict = read_state_dict(file);
    ASSERT_FALSE(dict) << "wanted: " << because;
    EXPECT_NE(dict.error().message.find(because), std::string::npos) << dict.error().message;
}

TEST(TorchHostile, TheHandmadeFileIsGoodToBeginWith) {
    const auto dict = read_state_dict(holding({}));
    ASSERT_TRUE(dict) << dict.error().message;
    ASSERT_EQ(dict->tensors.size(), 1u);
    EXPECT_EQ(dict->tensors[0].values, (std::vector<float>{1, 2, 3}));
    const auto pairs = read_state_dict(holding({.offset = 1, .shape = {2, 2}, .strides = {1, 0}}));
    ASSERT_TRUE(pairs) << pairs.error().message;
    EXPECT_EQ(pairs->tensors[0].values, (std::vector<float>{2, 2, 3, 3}));
}

TEST(TorchState, NamesComeFromKeysAndPlaces) {
    const std::string one = tensor({.shape = {1}});
    // Python 2 gave an OrderedDict its pairs when it made it.
    const std::string pairs = "ccollections\nOrderedDict\n](](" + text("w") + one + "e](" + text("v") + one + "ee\x85R";
    const auto old = read_state_dict(legacy(pairs));
    ASSERT_TRUE(old) << old.error().message;
    ASSERT_EQ(old->tensors.size(), 2u);
    EXPECT_EQ(old->tensors[0].name, "w");
    EXPECT_EQ(old->tensors[1].name, "v");
    const auto nested = read_state_dict(legacy("}" + text("l") + "](" + one + "N}K\x07" + one + "se" + "s"));
    ASSERT_TRUE(nested) << nested.error().message;
    ASSERT_EQ(nested->tensors.size(), 2u);
    EXPECT_EQ(nested->tensors[0].name, "l.0");
    EXPECT_EQ(nested->tensors[1].name, "l.2.7");
}

TEST(TorchHostile, CallsAreRefusedByName) {
    refused(legacy("cos\nsystem\n(" + text("touch /tmp/x") + "tR"), "it asks to call os.system, which Mien never does");
    refused(legacy(text("posix") + text("system") + "\x93(" + text("id") + "tR"), "posix.system");
    refused(legacy(under_key_a("c__builtin__\neval\n(" + text("1") + "tR")), "__builtin__.eval");
    refused(legacy("ctorch.nn.modules.linear\nLinear\n)\x81}b"), "torch.nn.modules.linear.Linear");
    refused(legacy("c\x1b[31m\nevil\n)R"), "?[31m.evil");
    refused(legacy("(" + text("id") + "ios\nsystem\n"), "pickle operation 105");
    refused(legacy("ctorch\nFloatStorage\n)R"), "which Mien never does");
    refused(legacy("ccollections\nOrderedDict\n}b"), "set the state of an object");
    const std::string bare =
        "\x80\x02"
        "cos\nsystem\n(" +
        text("id") + "tR.";
    refused(Bytes(bare.begin(), bare.end()), "os.system");
}

TEST(TorchHostile, TensorsStayInsideTheirStorage) {
    refused(holding({.shape = {4}}), "reaches outside");
    refused(holding({.offset = 1}), "reaches outside");
    refused(holding({.offset = std::numeric_limits<std::int64_t>::max()}), "reaches outside");
    refused(holding({.shape = {2}, .strides = {std::numeric_limits<std::int64_t>::max()}}), "reaches outside");
    refused(holding({.shape = {2, 2}, .strides = {2, 2}}), "reaches outside");
    refused(holding({.strides = {-1}}), "stride of -1");
    refused(holding({.shape = {-3}}), "stride of -3");
    refused(holding({.offset = -1}), "don't fit");
    refused(holding({.strides = {1, 1}}), "don't fit");
    refused(holding({.numbers = 4}), "said to hold 4 numbers");
    refused(holding({.numbers = -1}), "class, key or size");
    refused(holding({.key = "1"}), "type is unknown");
    refused(legacy(under_key_a(tensor({})) + text("b") + tensor({.key = "7"}) + "s"),
            "tensor b: its storage is missing");
}

TEST(TorchHostile, SmallFilesStaySmallInMemory) {
    const std::int64_t huge = std::int64_t{1} << 40;
    refused(holding({.shape = {huge}, .strides = {0}}), "more numbers than");
    refused(holding({.shape = {huge, huge, huge}, .strides = {0, 0, 0}}), "more numbers than");
    // Each is within the bounds, all of them are not.
    std::string many = "}";
    for (const char* name : {"a", "b", "c"}) many += text(name) + tensor({.shape = {30000}, .strides = {0}}) + "s";
    refused(legacy(many), "tensor c: with it there are more numbers");
    refused(holding({.shape = std::vector<std::int64_t>(33, 1), .strides = std::vector<std::int64_t>(33, 1)}),
            "short list");
    refused(legacy("X\xff\xff\xff\x7f"), "the data ends");
    refused(legacy("\x8d\xff\xff\xff\xff\xff\xff\xff\xff"), "the data ends");
}

TEST(TorchHostile, CirclesAndNestsEnd) {
    refused(bare("}q\x01" + text("a") + "h\x01s"), "in a circle");
    refused(bare("]q\x01h\x01"
                 "a"),
            "in a circle");
    // 24 dictionaries, each holding the one before four times over: 4^24 ways down.
    std::string nest = under_key_a(tensor({.shape = {1}})) + "q";
    nest += '\0';
    for (char level = 1; level <= 24; ++level) {
        nest += "}";
        for (const char* name : {"b", "c", "d", "e"}) nest += text(name) + "h" + static_cast<char>(level - 1) + "s";
        nest += std::string("q") + level;
    }
    refused(legacy(nest), "more than 65536 tensors");
    refused(legacy("h\x05"), "memo 5");
}

TEST(TorchHostile, AStackThatDoesNotFit) {
    refused(legacy("0"), "missing on its stack");
    refused(legacy("N(0"), "missing on its stack");
    refused(legacy("Nt"), "a mark is missing");
    refused(legacy("N" + text("a") + "Ns"), "no dictionary");
    refused(legacy("NNa"), "no list");
    refused(legacy(")Q"), "a storage without");
    refused(legacy("N)R"), "no function");
    refused(legacy(tensor({})), "lone tensor");
    refused(bare("}"), "no tensor in it");
    refused(legacy(under_key_a(tensor({})) + text("a") + tensor({}) + "s"), "there twice");
    refused(legacy("}" + text("a\x1b") + tensor({}) + "s"), "control characters");
}

Bytes with(Bytes file, std::string_view from, std::string_view to) {
    for (auto at = file.begin();;) {
        at = std::search(at, file.end(), from.begin(), from.end());
        if (at == file.end()) return file;
        at = std::copy(to.begin(), to.end(), at);
    }
}

TEST(TorchZip, ArchivesThatDoNotFit) {
    const Bytes good = kept("network.pth");
    refused(with(good, "/data/0", "/data/x"), "has no network/data/0");
    refused(with(good, "data.pkl", "dato.pkl"), "no data.pkl");
    refused(with(good, "PK\x01\x02", "PK\x01\x03"), "no directory entry");
    refused(with(good, "network/data/0", "network/data/1"), "the same name");
}

TEST(TorchZip, HandmadeArchives) {
    const Part pickle{"m/data.pkl", "\x80\x02" + under_key_a(tensor({})) + "."};
    Part storage{"m/data/0", std::string("\0\0\x80\x3f\0\0\0\x40\0\0\x40\x40", 12)};
    for (const bool wide : {false, true}) {
        storage.wide = wide;
        const auto dict = read_state_dict(zip({pickle, storage, {"m/byteorder", "little"}}));
        ASSERT_TRUE(dict) << dict.error().message;
        EXPECT_EQ(dict->tensors.at(0).values, (std::vector<float>{1, 2, 3}));
    }
    storage.wide = false;
    refused(zip({pickle, storage, storage}), "the same name");
    refused(zip({pickle}), "has no m/data/0");
    refused(zip({pickle, storage, {"m/byteorder", "big"}}), "not little-endian");
    refused(zip({pickle, storage, {"m/constants.pkl", ""}}), "TorchScript");
    refused(zip({{pickle.name, pickle.content, 8}, storage}), "is compressed");
    refused(zip({pickle, {"m/data/0", std::string(11, 'x')}}), "but has 11 bytes");
    refused(zip({{"m/data.pkl",
                  "\x80\x02"
                  "cos\nsystem\n(" +
                      text("id") + "tR."}}),
            "os.system");
    refused(with(zip({pickle, storage}), little(12, 4) + little(12, 4), little(999, 4) + little(999, 4)),
            "the data ends");
    refused(with(zip({pickle, storage}), little(12, 4) + little(12, 4), little(9, 4) + little(12, 4)), "two sizes");
    refused(with(zip({pickle, storage}), "PK\x05\x06", "PK\x05\x07"), "directory is missing");
}

}  // namespace
}  // namespace mien::inference
