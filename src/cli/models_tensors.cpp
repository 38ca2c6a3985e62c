#include "cli/models_tensors.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "base/file.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "inference/import/torch_state.h"

namespace mien::cli {
namespace {

struct Figures {
    std::size_t finite = 0;
    float least = 0;
    float most = 0;
    double mean = 0;
};

// Over the numbers that are finite.
Figures figures_of(const std::vector<float>& values) {
    Figures figures;
    double sum = 0;
    for (const float value : values) {
        if (!std::isfinite(value)) continue;
        figures.least = figures.finite == 0 ? value : std::min(figures.least, value);
        figures.most = figures.finite == 0 ? value : std::max(figures.most, value);
        sum += static_cast<double>(value);
        ++figures.finite;
    }
    if (figures.finite > 0) figures.mean = sum / static_cast<double>(figures.finite);
    return figures;
}

Json json_of(const inference::TorchTensor& tensor) {
    const Figures figures = figures_of(tensor.values);
    Json json = {{"name", tensor.name}, {"dtype", inference::name_of(tensor.type)}, {"shape", tensor.shape}};
    if (figures.finite > 0) {
        json["min"] = figures.least;
        json["max"] = figures.most;
        json["mean"] = figures.mean;
    }
    if (figures.finite < tensor.values.size()) json["not_finite"] = tensor.values.size() - figures.finite;
    return json;
}

void print_row(const inference::TorchTensor& tensor) {
    std::vector<std::string> sides;
    for (const std::size_t side : tensor.shape) sides.push_back(std::to_string(side));
    const std::string shape = sides.empty() ? "one number" : join(sides, "x");
    std::printf("%-52s %-9s %-16s", tensor.name.c_str(), inference::name_of(tensor.type), shape.c_str());
    const Figures figures = figures_of(tensor.values);
    if (figures.finite > 0)
        std::printf(" %12.5g %12.5g %12.5g", static_cast<double>(figures.least), static_cast<double>(figures.most),
                    figures.mean);
    const std::size_t odd = tensor.values.size() - figures.finite;
    std::printf("%s\n", odd > 0 ? ("  " + std::to_string(odd) + " not finite").c_str() : "");
}

}  // namespace

Result<int> list_tensors(const std::string& file, ListAs as) {
    MIEN_LET(bytes, read_file(file));
    const auto dict = inference::read_state_dict(bytes);
    if (!dict) {
        const Fault fault = dict.error().fault == Fault::Corrupt ? Fault::BadInput : dict.error().fault;
        return Error{fault, file + ": " + dict.error().message};
    }
    std::size_t parameters = 0;
    for (const auto& tensor : dict->tensors) parameters += tensor.values.size();
    if (as == ListAs::Json) {
        Json tensors = Json::array();
        for (const auto& tensor : dict->tensors) tensors.push_back(json_of(tensor));
        print_json({{"tensors", tensors}, {"parameters", parameters}});
        return done;
    }
    std::printf("%-52s %-9s %-16s %12s %12s %12s\n", "TENSOR", "DTYPE", "SHAPE", "MIN", "MAX", "MEAN");
    for (const auto& tensor : dict->tensors) print_row(tensor);
    std::printf("%zu tensors, %zu numbers\n", dict->tensors.size(), parameters);
    return done;
}

}  // namespace mien::cli
