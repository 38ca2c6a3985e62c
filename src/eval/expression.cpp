#include "eval/expression.h"

#include <algorithm>
#include <array>

#include "face/attributes/frame.h"
#include "media/list_pictures.h"
#include "media/read_picture.h"

namespace mien::eval {
namespace {

namespace fs = std::filesystem;

struct Outcome {
    std::variant<ExpressionReading, Unmeasured> reading = Unmeasured::NotAsked;
    bool whole = false;
    bool no_face = false;
    std::string failure{};
};

// A face that fills its picture was cut out by somebody already: cutting again by uncertain landmarks only blurs.
bool fills(const pipeline::Face& face, const Picture& picture) {
    constexpr float filled = 0.5f;  // overlap of the face's frame with the picture
    const Box all{0, 0, static_cast<float>(picture.width()), static_cast<float>(picture.height())};
    return iou(face::box_of(face::expression_frame(face.region.landmarks)), all) >= filled;
}

Status read(const pipeline::FacePipeline& faces, const fs::path& file, ReadFrom from, Outcome& outcome) {
    MIEN_LET(frame, media::read_frame(file));
    std::vector<pipeline::Face> found;
    if (from != ReadFrom::Whole) {
        MIEN_LET(analysed, faces.analyse(frame, {.wanted = pipeline::Wanted::Regions,
                                                 .faces = pipeline::Faces::Largest,
                                                 .attributes = pipeline::Attributes::Yes}));
        found = std::move(analysed);
        outcome.no_face = found.empty();
    }
    outcome.whole =
        from == ReadFrom::Whole || (from == ReadFrom::Auto && (found.empty() || fills(found.front(), *frame.picture)));
    if (outcome.whole) {
        MIEN_LET(reading, faces.expression_of_crop(*frame.picture));
        outcome.reading = reading;
        return {};
    }
    if (found.empty()) return Error{Fault::BadInput, file.string() + ": no face found"};
    outcome.reading = found.front().attributes->expression;
    return {};
}

statistics::Decision decision_of(Expression truth, const Outcome& outcome) {
    statistics::Decision decision{static_cast<std::size_t>(truth), {}, 0};
    if (const auto* reading = std::get_if<ExpressionReading>(&outcome.reading)) {
        decision.answer = static_cast<std::size_t>(reading->value());
        decision.confidence = reading->confidence();
    }
    return decision;
}

}  // namespace

Result<std::vector<LabelledPicture>> read_expression_folder(const fs::path& folder) {
    std::vector<LabelledPicture> pictures;
    for (std::size_t i = 0; i < expression_count; ++i) {
        const auto truth = static_cast<Expression>(i);
        const fs::path of_class = folder / name_of(truth);
        std::error_code failure;
        if (!fs::is_directory(of_class, failure) || fs::is_empty(of_class, failure)) continue;
        const std::array inputs{of_class.string()};
        MIEN_LET(files, media::list_pictures(inputs));
        for (auto& file : files) pictures.push_back({std::move(file), truth});
    }
    if (pictures.empty())
        return Error{Fault::BadInput, folder.string() +
                                          " holds no pictures in folders named angry, disgust, fear, happy, neutral, "
                                          "sad or surprise"};
    return pictures;
}

Result<ExpressionRun> run_expression(const pipeline::FacePipeline& faces, const std::vector<LabelledPicture>& pictures,
                                     const ExpressionOptions& options) {
    std::vector<Outcome> outcomes(pictures.size());
    MIEN_TRY(for_each_piece(pictures.size(), options.workers, options.on_progress, [&](std::size_t i) -> Status {
        if (const Status good = read(faces, pictures[i].file, options.from, outcomes[i]); !good)
            outcomes[i].failure = good.error().message;
        return {};
    }));
    ExpressionRun run;
    std::vector<statistics::Decision> decisions;
    for (std::size_t i = 0; i < pictures.size(); ++i) {
        const Outcome& outcome = outcomes[i];
        decisions.push_back(decision_of(pictures[i].truth, outcome));
        run.whole += outcome.whole ? 1 : 0;
        run.no_face += outcome.no_face ? 1 : 0;
        if (!outcome.failure.empty()) run.failures.push_back(outcome.failure);
    }
    run.figures = statistics::judge_classification(decisions, expression_count);
    return run;
}

}  // namespace mien::eval
