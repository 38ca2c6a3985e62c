#include "eval/verification.h"

#include <charconv>
#include <map>
#include <set>

#include "eval/samples.h"
#include "pipeline/calibration_file.h"

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

// One template a subject, the first that could be made; all pairs of subjects.
statistics::Calibration calibration_of(const std::vector<Pair>& pairs, const Samples& samples,
                                       const std::vector<statistics::Comparison>& comparisons) {
    std::map<std::string, const Template*> first;
    for (const Pair& pair : pairs) {
        for (const auto& [subject, file] : {std::pair{pair.subject_a, pair.a}, std::pair{pair.subject_b, pair.b}}) {
            if (const auto& made = samples.at(file).made) first.try_emplace(subject, &*made);
        }
    }
    std::vector<float> similarities;
    for (auto a = first.begin(); a != first.end(); ++a) {
        for (auto b = std::next(a); b != first.end(); ++b)
            similarities.push_back(*face::similarity(*a->second, *b->second));
    }
    std::vector<float> mated;
    for (const auto& c : comparisons) {
        if (c.mated && c.similarity) mated.push_back(*c.similarity);
    }
    statistics::Calibration calibration = statistics::calibrate(similarities, first.size(), mated);
    // What is shipped holds every replicate, so there are fewer of them than elsewhere.
    if (auto tail = statistics::fit_tail(similarities, first.size(), statistics::tail_share, 100))
        calibration.tail = std::move(*tail);
    std::vector<statistics::MatedScore> scores;
    for (const auto& c : comparisons)
        if (c.mated && c.similarity) scores.push_back({*c.similarity, c.subject_a});
    calibration.misses = statistics::miss_rates(scores);
    return calibration;
}

}  // namespace

Result<VerificationRun> run_verification(const pipeline::FacePipeline& faces, std::vector<Pair> pairs,
                                         const VerificationOptions& options) {
    std::set<std::string> files;
    for (const Pair& pair : pairs) files.insert({pair.a, pair.b});
    MIEN_LET(samples, make_samples(faces, files, {options.folder, options.workers, options.on_progress}));

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
        run.calibration = calibration_of(run.pairs, samples, run.comparisons);
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
