#include "inference/import/import.h"

#include <openvino/openvino.hpp>

#include "base/file.h"
#include "inference/import/dlib_model.h"

namespace mien::inference {
namespace {

Result<std::shared_ptr<ov::Model>> read_by_engine(const models::LocalModel& local) try {
    ov::Core core;
    auto model = core.read_model(local.files.front().string());
    // Pictures come in any size: height and width of a fully convolutional net's input are set free by its card.
    const auto dynamic = local.card.details.find("input_shape");
    if (dynamic != local.card.details.end()) model->reshape(ov::PartialShape(dynamic->second));
    return model;
} catch (const std::exception& failure) {
    return Error{Fault::Corrupt, local.files.front().string() + ": " + failure.what()};
}

Result<std::shared_ptr<ov::Model>> read_dlib(const models::LocalModel& local) {
    MIEN_LET(bytes, read_file(local.files.front()));
    MIEN_LET(net, read_dlib_net(bytes));
    return build_model(net);
}

}  // namespace

Result<std::shared_ptr<ov::Model>> import_model(const models::LocalModel& local) {
    if (local.files.empty()) return Error{Fault::Bug, "model " + local.card.name + " has no file"};
    switch (local.card.format) {
        case models::Format::Onnx:
        case models::Format::TfLite:
        case models::Format::OpenVinoIr:
            return read_by_engine(local);
        case models::Format::Dlib:
            return read_dlib(local);
        case models::Format::TfJs:
        case models::Format::PyTorch:
        case models::Format::TensorFlow:
        case models::Format::DlibShape:
            break;
    }
    return Error{Fault::Unsupported, "model " + local.card.name + " is not a network that can be run here"};
}

}  // namespace mien::inference
