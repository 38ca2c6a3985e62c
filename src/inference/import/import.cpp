#include "inference/import/import.h"

#include <openvino/frontend/manager.hpp>
#include <openvino/openvino.hpp>

#include "base/file.h"
#include "inference/import/dlib_model.h"
#include "inference/import/tfjs_model.h"

namespace mien::inference {
namespace {

Result<std::shared_ptr<ov::Model>> read_by_engine(const models::LocalModel& local) {
    // The reader is named: trying them all on a damaged file would print the others' complaints.
    const char* framework = local.card.format == models::Format::Onnx     ? "onnx"
                            : local.card.format == models::Format::TfLite ? "tflite"
                                                                          : "ir";
    ov::frontend::FrontEndManager manager;
    const auto reader = manager.load_by_framework(framework);
    return reader->convert(reader->load(local.files.front().string()));
}

Result<std::shared_ptr<ov::Model>> load_tfjs(const models::LocalModel& local) {
    std::vector<Bytes> contents;
    for (const auto& file : local.files) {
        MIEN_LET(bytes, read_file(file));
        contents.push_back(std::move(bytes));
    }
    std::vector<TfjsFile> beside;
    for (std::size_t i = 1; i < contents.size(); ++i)
        beside.push_back({local.files[i].filename().string(), contents[i]});
    MIEN_LET(graph, read_tfjs(contents.front(), beside));
    return build_model(std::move(graph));
}

Result<std::shared_ptr<ov::Model>> read_dlib(const models::LocalModel& local) {
    MIEN_LET(bytes, read_file(local.files.front()));
    MIEN_LET(net, read_dlib_net(bytes));
    return build_model(net);
}

Result<std::shared_ptr<ov::Model>> read_any(const models::LocalModel& local) {
    switch (local.card.format) {
        case models::Format::Onnx:
        case models::Format::TfLite:
        case models::Format::OpenVinoIr:
            return read_by_engine(local);
        case models::Format::Dlib:
            return read_dlib(local);
        case models::Format::TfJs:
            return load_tfjs(local);
        case models::Format::PyTorch:
            return Error{
                Fault::Unsupported,
                "a state dict alone is numbers, not a network that can be run; mien models tensors lists them"};
        case models::Format::TensorFlow:
        case models::Format::DlibShape:
            break;
    }
    return Error{Fault::Unsupported, "it is not a network that can be run here"};
}

// Tensors are 32-bit float everywhere in Mien: whole numbers and flags are converted inside the model.
std::shared_ptr<ov::Model> with_float_ports(const std::shared_ptr<ov::Model>& model) {
    ov::preprocess::PrePostProcessor ports(model);
    for (std::size_t i = 0; i < model->inputs().size(); ++i) ports.input(i).tensor().set_element_type(ov::element::f32);
    for (std::size_t i = 0; i < model->outputs().size(); ++i)
        ports.output(i).tensor().set_element_type(ov::element::f32);
    return ports.build();
}

Result<std::shared_ptr<ov::Model>> prepare(const models::LocalModel& local) try {
    MIEN_LET(model, read_any(local));
    if (model->inputs().empty() || model->outputs().empty())
        return Error{Fault::Corrupt, "nothing goes in or nothing comes out of it"};
    // Pictures come in any size: height and width of a fully convolutional net's input are set free by its card.
    const auto free_sides = local.card.details.find("input_shape");
    if (free_sides != local.card.details.end()) model->reshape(ov::PartialShape(free_sides->second));
    return with_float_ports(model);
} catch (const std::exception& failure) {
    return Error{Fault::Corrupt, failure.what()};
}

}  // namespace

Result<std::shared_ptr<ov::Model>> import_model(const models::LocalModel& local) {
    if (local.files.empty()) return Error{Fault::Bug, "model " + local.card.name + " has no file"};
    auto model = prepare(local);
    if (model) return model;
    return Error{model.error().fault,
                 "model " + local.card.name + " (" + local.files.front().string() + "): " + model.error().message};
}

}  // namespace mien::inference
