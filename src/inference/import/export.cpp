#include "inference/import/export.h"

#include <openvino/openvino.hpp>

#include "inference/import/import.h"

namespace mien::inference {

Status write_ir(const models::LocalModel& local, const std::filesystem::path& xml) try {
    MIEN_LET(model, import_model(local));
    ov::save_model(model, xml.string(), false);
    return {};
} catch (const std::exception& failure) {
    return Error{Fault::Unavailable, xml.string() + " can't be written: " + failure.what()};
}

}  // namespace mien::inference
