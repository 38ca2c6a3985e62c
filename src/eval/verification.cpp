#include "eval/verification.h"

#include <charconv>
#include <map>

#include "eval/samples.h"
#include "face/template/embedder.h"
#include "pipeline/calibration_file.h"
#include "pipeline/subject.h"

namespace mien::eval {
namespace {

Status fill_judgement(VerificationRun& run) {
    Numbers subjects;
    Numbers folds;
    for (const Pair& pair : run.pairs) {
        std::optional<float> similarity;
        if (!pair.score.empty()) {
            float value = 0;
            const auto [end, fault] = std::from_chars(pair.score.data(), pair.score.data() + pair.score.size(), value);
            if (fault != std::errc{} || end != pair.score.data() + pair.score.size())
                return Error{Fault::BadInput, "'" + pair.score + "' is not a score"};
            similarity = value;
        }
        run.comparisons.push_back(
            {similarity, pair.mated, subjects.of(pair.subject_a), subjects.of(pair.subject_b), folds.of(pair.fold)});
    }
    const auto mated = std::ranges::count(run.comparisons, true, &statistics::Comparison::mated);
    if (mated == 0 || static_cast<std::size_t>(mated) == run.comparisons.size()) {
        return Error{Fault::BadInput, "the pairs must hold mated and non-mated ones, but " + std::to_string(mated) +
                                          " of " + std::to_string(run.comparisons.size()) + " are mated"};
    }
    run.figures = statistics::judge_verification(run.comparisons);
    return {};
}

std::string text_of(float score) {
    std::array<char, 32> text{};
    const auto end = std::to_chars(text.data(), text.data() + text.size(), score).ptr;
    return {text.data(), end};
}

// Strangers' mean similarities to the first 2 to 5 pictures of each subject that has as many.
Result<std::vector<statistics::Gathered>> gathered_of(const Subjects& subjects) {
    constexpr std::size_t most_pictures = 5;
    std::vector<statistics::Gathered> gathered;
    for (const auto& [subject, templates] : subjects) {
        for (std::size_t k = 2; k <= std::min(most_pictures, templates.size()); ++k) {
            const std::span<const Template> first(templates.data(), k);
            MIEN_LET(distance, pipeline::mean_distance(first));
            statistics::Gathered one{k, distance};
            for (const auto& [stranger, others] : subjects) {
                if (stranger == subject) continue;
                MIEN_LET(similarity, pipeline::mean_similarity(others.front(), first));
                one.strangers.push_back(similarity);
            }
            gathered.push_back(std::move(one));
        }
    }
    return gathered;
}

// One template a subject, the first that could be made; all pairs of subjects.
Result<statistics::Calibration> calibration_of(const Subjects& subjects,
                                               const std::vector<statistics::Comparison>& comparisons) {
    std::vector<float> similarities;
    for (auto a = subjects.begin(); a != subjects.end(); ++a) {
        for (auto b = std::next(a); b != subjects.end(); ++b) {
            MIEN_LET(similarity, face::similarity(a->second.front(), b->second.front()));
            similarities.push_back(similarity);
        }
    }
    std::vector<float> mated;
    for (const auto& c : comparisons) {
        if (c.mated && c.similarity) mated.push_back(*c.similarity);
    }
    statistics::Calibration calibration = statistics::calibrate(similarities, subjects.size(), mated);
    // What is shipped holds every replicate, so there are fewer of them than elsewhere.
    if (auto tail = statistics::fit_tail(similarities, subjects.size(), statistics::tail_share, 100))
        calibration.tail = std::move(*tail);
    std::vector<statistics::MatedScore> scores;
    for (const auto& c : comparisons)
        if (c.mated && c.similarity) scores.push_back({*c.similarity, c.subject_a});
    calibration.misses = statistics::miss_rates(scores);
    MIEN_LET(gathered, gathered_of(subjects));
    calibration.several = statistics::fit_several(similarities, gathered);
    return calibration;
}

}  // namespace

Result<VerificationRun> run_verification(const pipeline::FacePipeline& faces, std::vector<Pair> pairs,
                                         const VerificationOptions& options) {
    MIEN_LET(samples, make_samples(faces, pairs, {options.folder, options.workers, options.on_progress}));
    VerificationRun run;
    run.maker = pipeline::calibration_name(faces.maker());
    run.samples = samples.size();
    for (const auto& [file, sample] : samples) {
        if (!sample.made) run.failures.push_back({file, sample.why});
    }
    for (Pair& pair : pairs) {
        const auto& a = samples.at(pair.a).made;
        const auto& b = samples.at(pair.b).made;
        pair.score.clear();
        if (!a || !b) continue;
        MIEN_LET(similarity, face::similarity(*a, *b));
        pair.score = text_of(similarity);
    }
    run.pairs = std::move(pairs);
    MIEN_TRY(fill_judgement(run));
    if (options.calibrate == Calibrate::Yes) {
        MIEN_LET(calibration, calibration_of(subjects_of(run.pairs, samples), run.comparisons));
        run.calibration = std::move(calibration);
        run.calibration->maker = run.maker;
        run.calibration->data = options.data_name;
    }
    return run;
}

Result<VerificationRun> judge_scores(std::vector<Pair> pairs) {
    VerificationRun run;
    run.maker = "scores from a file";
    run.pairs = std::move(pairs);
    MIEN_TRY(fill_judgement(run));
    return run;
}

}  // namespace mien::eval
