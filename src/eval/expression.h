#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"
#include "eval/pieces.h"
#include "pipeline/face_pipeline.h"
#include "statistics/classification.h"
#include "types/attributes.h"

namespace mien::eval {

// What an expression is read from.
enum class ReadFrom {
    Auto,   // the largest face; the whole picture where none is found or where the face fills it already
    Whole,  // always the whole picture, as a face's crop
    Face,   // always the largest face; none found is an error
};

struct LabelledPicture {
    std::filesystem::path file{};
    Expression truth{};
};

// Pictures of a folder with one folder a class (angry disgust fear happy neutral sad surprise; some may be missing).
// Errors: BadInput for other folders or no picture.
Result<std::vector<LabelledPicture>> read_expression_folder(const std::filesystem::path& folder);

struct ExpressionOptions {
    ReadFrom from = ReadFrom::Auto;
    int workers = 1;
    OnProgress on_progress = [](std::size_t, std::size_t) {};
};

struct ExpressionRun {
    statistics::ClassificationFigures figures{};
    std::size_t whole = 0;                // pictures that were taken as crops
    std::size_t no_face = 0;              // pictures in which no face was found, whatever was done then
    std::vector<std::string> failures{};  // "file: why"; they count as errors
};

// Judges the production path; the pipeline must hold a reader of attributes. Errors: Unavailable when stopped.
Result<ExpressionRun> run_expression(const pipeline::FacePipeline& faces, const std::vector<LabelledPicture>& pictures,
                                     const ExpressionOptions& options);

}  // namespace mien::eval
