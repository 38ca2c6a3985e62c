#include "eval/covering_figures.h"

#include <algorithm>
#include <atomic>
#include <map>

#include "base/stop.h"
#include "base/text.h"
#include "media/read_picture.h"
#include "pipeline/parallel.h"

namespace mien::eval {
namespace {

using Answer = std::optional<bool>;

// The word's meaning among those allowed; "unsure" is always one.
Result<Answer> answer_of(const std::string& word, const std::vector<std::string>& no,
                         const std::vector<std::string>& yes) {
    if (std::ranges::find(no, word) != no.end()) return Answer{false};
    if (std::ranges::find(yes, word) != yes.end()) return Answer{true};
    if (word == "unsure") return Answer{};
    return Error{Fault::BadInput,
                 "'" + word + "' is none of " + join(no, ", ") + ", " + join(yes, ", ") + " and unsure"};
}

Result<CoveringLabel> label_of(const std::string& line) {
    const std::vector<std::string> cells = split(line, ',');
    if (cells.size() != 5) return Error{Fault::BadInput, std::to_string(cells.size()) + " columns instead of 5"};
    MIEN_LET(glasses, answer_of(cells[1], {"none"}, {"clear", "dark"}));
    MIEN_LET(dark, answer_of(cells[1], {"none", "clear"}, {"dark"}));
    MIEN_LET(head, answer_of(cells[2], {"bare"}, {"covered"}));
    MIEN_LET(mouth, answer_of(cells[3], {"free"}, {"covered"}));
    return CoveringLabel{cells[0], glasses, dark, head, mouth, std::string(trim(cells[4]))};
}

constexpr std::array<std::optional<Covering>, 4> versions{std::nullopt, Covering::DarkGlasses, Covering::Mask,
                                                          Covering::Cap};

const char* name_of(const std::optional<Covering>& drawn) {
    if (!drawn) return "";
    switch (*drawn) {
        case Covering::DarkGlasses:
            return "dark_glasses";
        case Covering::Mask:
            return "mask";
        case Covering::Cap:
            return "cap";
    }
    return "";
}

Result<std::optional<FaceMesh>> mesh_of(const pipeline::FacePipeline& faces, const Frame& frame) {
    MIEN_LET(found, faces.analyse(frame, {.wanted = pipeline::Wanted::Regions,
                                          .faces = pipeline::Faces::Largest,
                                          .mesh = pipeline::Mesh::Yes}));
    const auto* dense = found.empty() ? nullptr : std::get_if<pipeline::DenseFace>(&found.front().dense);
    return dense == nullptr ? std::nullopt : std::optional(dense->mesh);
}

void measure(const Picture& picture, const std::optional<FaceMesh>& mesh, CoveringSample& sample) {
    sample.found = mesh.has_value();
    if (!mesh) return;
    sample.clues = face::covering_clues(face::align(picture, *mesh));
    sample.coverings = face::coverings_of(sample.clues);
}

// The picture as it is and in all its drawn versions.
Status measure_all(const pipeline::FacePipeline& faces, const CoveringOptions& options, std::size_t number,
                   std::span<CoveringSample> into) {
    MIEN_LET(frame, media::read_frame(options.folder / into.front().label->picture));
    MIEN_LET(mesh, mesh_of(faces, frame));
    measure(*frame.picture, mesh, into.front());
    if (!mesh) return {};
    for (CoveringSample& sample : into.subspan(1)) {
        auto drawn = std::make_shared<const Picture>(covered(*frame.picture, *mesh, *sample.drawn, number));
        MIEN_LET(again, mesh_of(faces, Frame{frame.source, {}, drawn}));
        measure(*drawn, again, sample);
    }
    return {};
}

// A question to the run: of these drawn samples, or of those really worn, against bare ones.
struct Question {
    std::string name{};
    Measure Coverings::*measured = nullptr;
    Answer CoveringLabel::*labelled = nullptr;
    std::optional<Covering> drawn{};
};

std::vector<Question> questions() {
    return {{"glasses", &Coverings::glasses, &CoveringLabel::glasses, {}},
            {"dark_glasses", &Coverings::dark_glasses, &CoveringLabel::dark, {}},
            {"dark_glasses_drawn", &Coverings::dark_glasses, &CoveringLabel::dark, Covering::DarkGlasses},
            {"mask", &Coverings::mask, &CoveringLabel::mouth, {}},
            {"mask_drawn", &Coverings::mask, &CoveringLabel::mouth, Covering::Mask},
            {"headwear", &Coverings::headwear, &CoveringLabel::headwear, {}},
            {"headwear_drawn", &Coverings::headwear, &CoveringLabel::headwear, Covering::Cap}};
}

std::optional<CoveringFigures> ask(const Question& question, const std::vector<CoveringSample>& samples,
                                   double threshold) {
    CoveringFigures result{question.name};
    std::vector<statistics::YesNoSample> judged;
    std::size_t yes = 0;
    for (std::size_t i = 0; i < samples.size(); ++i) {
        const CoveringSample& s = samples[i];
        const Answer label = s.label->*question.labelled;
        const bool is_no = !s.drawn && label == false;
        const bool is_yes = question.drawn ? s.drawn == question.drawn && label == false : !s.drawn && label == true;
        if (!is_no && !is_yes) continue;
        const auto* value = s.found ? std::get_if<float>(&(s.coverings.*question.measured)) : nullptr;
        if (value == nullptr) {
            result.lost += is_yes ? 1 : 0;
            continue;
        }
        yes += is_yes ? 1 : 0;
        judged.push_back({static_cast<double>(*value), is_yes, static_cast<std::uint32_t>(i / versions.size())});
    }
    if (yes == 0 || yes == judged.size()) return std::nullopt;
    result.figures = statistics::judge_separation(judged, threshold);
    return result;
}

const char* word_of(Answer answer) {
    return !answer ? "" : *answer ? "1" : "0";
}

}  // namespace

Result<std::vector<CoveringLabel>> read_covering_labels(ByteView csv) {
    const std::vector<std::string> lines =
        split(std::string_view(reinterpret_cast<const char*>(csv.data()), csv.size()), '\n');
    if (trim(lines.front()) != "picture,glasses,head,mouth,part")
        return Error{Fault::BadInput, "line 1 must be picture,glasses,head,mouth,part"};
    std::vector<CoveringLabel> labels;
    for (std::size_t i = 1; i < lines.size(); ++i) {
        const std::string line(trim(lines[i]));
        if (line.empty()) continue;
        auto label = label_of(line);
        if (!label) return Error{label.error().fault, "line " + std::to_string(i + 1) + ": " + label.error().message};
        labels.push_back(std::move(*label));
    }
    if (labels.empty()) return Error{Fault::BadInput, "there is no label in the file"};
    return labels;
}

Result<CoveringRun> run_coverings(const pipeline::FacePipeline& faces, const std::vector<CoveringLabel>& labels,
                                  const CoveringOptions& options) {
    CoveringRun run;
    for (const CoveringLabel& label : labels)
        for (const auto& drawn : versions) run.samples.push_back({&label, drawn});
    std::vector<Status> states(labels.size());
    std::atomic<std::size_t> ready{0};
    pipeline::for_each_index(labels.size(), options.workers, [&](std::size_t i) {
        states[i] =
            measure_all(faces, options, i, std::span(run.samples).subspan(i * versions.size(), versions.size()));
        options.on_progress(++ready, labels.size());
    });
    MIEN_TRY(go_on());
    for (Status& state : states) MIEN_TRY(std::move(state));
    for (const Question& question : questions())
        if (auto figures = ask(question, run.samples, options.threshold)) run.figures.push_back(std::move(*figures));
    return run;
}

std::string csv_of(const CoveringRun& run) {
    std::string csv =
        "picture,part,drawn,glasses,dark,headwear,mouth,found,temple_edges,bridge_edge,eye_light,brighter_eye,lid_"
        "light,"
        "eye_contrast,mouth_contrast,nose_edge,nose_side_edges,brow_edges,forehead_light,forehead_side_edges,"
        "crown_side_edges,p_glasses,p_dark,p_mask,p_headwear\n";
    for (const CoveringSample& s : run.samples) {
        csv += join(std::vector<std::string>{s.label->picture, s.label->part, name_of(s.drawn),
                                             word_of(s.label->glasses), word_of(s.label->dark),
                                             word_of(s.label->headwear), word_of(s.label->mouth), s.found ? "1" : "0"},
                    ",");
        const face::CoveringClues& c = s.clues;
        for (const float v : {c.temple_edges, c.bridge_edge, c.eye_light, c.brighter_eye, c.lid_light, c.eye_contrast,
                              c.mouth_contrast, c.nose_edge, c.nose_side_edges, c.brow_edges, c.forehead_light,
                              c.forehead_side_edges, c.crown_side_edges})
            csv += "," + std::to_string(v);
        for (const Measure& m :
             {s.coverings.glasses, s.coverings.dark_glasses, s.coverings.mask, s.coverings.headwear}) {
            const auto* value = std::get_if<float>(&m);
            csv += "," + (value ? std::to_string(*value) : std::string{});
        }
        csv += "\n";
    }
    return csv;
}

}  // namespace mien::eval
