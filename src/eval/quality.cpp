#include "eval/quality.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <set>

#include "base/file.h"
#include "face/quality/profile.h"
#include "face/quality/quality.h"
#include "media/read_picture.h"
#include "media/write_picture.h"
#include "statistics/bootstrap.h"

namespace mien::eval {
namespace {

constexpr float lost = -1;  // the quality of a face that was not found: below every score

struct Sample {
    std::optional<Quality> quality{};
    std::optional<Template> made{};
    float detector_score = 0;
    float mesh_confidence = 0;
};

Result<Sample> make_sample(const pipeline::FacePipeline& faces, Picture picture) {
    const Frame frame{"", {}, std::make_shared<const Picture>(std::move(picture))};
    MIEN_LET(found, faces.analyse(frame, {.faces = pipeline::Faces::Largest,
                                          .mesh = pipeline::Mesh::Yes,
                                          .quality = pipeline::Judge::Yes}));
    if (found.empty()) return Sample{};
    pipeline::Face& face = found.front();
    const auto* dense = std::get_if<pipeline::DenseFace>(&face.dense);
    return Sample{std::move(face.quality), std::move(face.made), face.region.score,
                  dense != nullptr ? dense->mesh.confidence : 0};
}

Status fill(const pipeline::FacePipeline& faces, const QualityOptions& options, std::size_t number,
            DegradedPair& pair) {
    MIEN_LET(a, media::read_frame(options.folder / pair.a));
    MIEN_LET(b, media::read_frame(options.folder / pair.b));
    MIEN_LET(worse, pair.degradation.apply(*b.picture, {}, number));
    if (!options.samples_out.empty())
        MIEN_TRY(media::write_picture(worse, options.samples_out / (std::to_string(number) + ".png")));
    MIEN_LET(sample_a, make_sample(faces, *a.picture));
    MIEN_LET(sample_b, make_sample(faces, std::move(worse)));
    if (sample_a.made && sample_b.made) {
        MIEN_LET(similarity, face::similarity(*sample_a.made, *sample_b.made));
        pair.similarity = similarity;
    }
    pair.quality_a = std::move(sample_a.quality);
    pair.quality_b = std::move(sample_b.quality);
    pair.detector_score_b = sample_b.detector_score;
    pair.mesh_confidence_b = sample_b.mesh_confidence;
    pair.detector_score = std::min(sample_a.detector_score, sample_b.detector_score);
    return {};
}

std::vector<DegradedPair> chosen_pairs(const std::vector<Pair>& pairs, const QualityOptions& options) {
    const std::vector<Degradation>& all = quality_degradations();
    std::vector<DegradedPair> chosen;
    constexpr std::size_t step = 5;  // shares no factor with the number of degradations, so that rounds differ
    for (int round = 0; round < options.rounds; ++round) {
        std::size_t next = step * static_cast<std::size_t>(round);
        for (const Pair& pair : pairs) {
            if (!pair.mated) continue;
            chosen.push_back({pair.a, pair.b, pair.subject_a, pair.fold, all[next++ % all.size()]});
        }
    }
    return chosen;
}

float score_of(const std::optional<Quality>& quality, QualityComponent component) {
    if (!quality) return lost;
    const auto measure = std::ranges::find(quality->measures, component, &QualityMeasure::component);
    return measure == quality->measures.end() || !std::holds_alternative<float>(measure->native) ? lost
                                                                                                 : measure->score;
}

float unified_of(const std::optional<Quality>& quality) {
    const auto* value = quality ? std::get_if<float>(&quality->unified) : nullptr;
    return value != nullptr ? *value : lost;
}

bool missed(const QualityRun& run, const DegradedPair& pair) {
    return !pair.similarity || *pair.similarity < run.threshold;
}

statistics::DiscardCurve curve_for(const QualityRun& run, const std::function<float(std::size_t)>& quality) {
    std::map<std::string, std::uint32_t> numbers;
    std::vector<statistics::QualityTrial> trials;
    for (std::size_t i = 0; i < run.pairs.size(); ++i) {
        const auto next = static_cast<std::uint32_t>(numbers.size());
        const std::uint32_t subject = numbers.try_emplace(run.pairs[i].subject, next).first->second;
        trials.push_back({quality(i), missed(run, run.pairs[i]), subject});
    }
    return statistics::error_versus_discard(trials);
}

std::vector<QualityComponent> measured_components(const QualityRun& run) {
    std::vector<QualityComponent> components;
    for (const DegradedPair& pair : run.pairs) {
        if (!pair.quality_b) continue;
        for (const QualityMeasure& m : pair.quality_b->measures)
            if (std::holds_alternative<float>(m.native) &&
                std::ranges::find(components, m.component) == components.end())
                components.push_back(m.component);
    }
    return components;
}

// A rate over the pairs that are counted in it, and the trials of each subject for the bootstrap.
GateFigures gate_figures(const QualityRun& run, const face::QualityProfile& profile) {
    enum : std::size_t { AsIs, AsIsPassed, All, Passed, MissedPassed, MissedRefused, Counts };
    std::map<std::string, std::array<double, Counts>> by_subject;
    for (const DegradedPair& pair : run.pairs) {
        const bool ok = pair.quality_a && pair.quality_b && face::passes(*pair.quality_a, profile) &&
                        face::passes(*pair.quality_b, profile);
        const bool as_is = pair.degradation.level.empty();
        auto& counts = by_subject[pair.subject];
        counts[AsIs] += as_is ? 1 : 0;
        counts[AsIsPassed] += as_is && ok ? 1 : 0;
        counts[All] += 1;
        counts[Passed] += ok ? 1 : 0;
        counts[MissedPassed] += ok && missed(run, pair) ? 1 : 0;
        counts[MissedRefused] += !ok && missed(run, pair) ? 1 : 0;
    }
    std::vector<std::array<double, Counts>> units;
    for (const auto& [subject, counts] : by_subject) units.push_back(counts);
    const auto intervals = statistics::bootstrap(units.size(), [&](std::span<const std::size_t> drawn) {
        std::array<double, Counts> sum{};
        for (const std::size_t unit : drawn)
            for (std::size_t i = 0; i < Counts; ++i) sum[i] += units[unit][i];
        const auto rate = [](double part, double whole) { return whole > 0 ? part / whole : 0; };
        return std::vector<double>{rate(sum[AsIsPassed], sum[AsIs]), rate(sum[Passed], sum[All]),
                                   rate(sum[MissedPassed], sum[Passed]),
                                   rate(sum[MissedRefused], sum[All] - sum[Passed])};
    });
    return {profile.name, intervals[0], intervals[1], intervals[2], intervals[3]};
}

Status summarise(QualityRun& run) {
    std::set<std::string> subjects;
    double misses = 0;
    for (const DegradedPair& pair : run.pairs) {
        subjects.insert(pair.subject);
        auto& [fnmr, count] = run.by_degradation[pair.degradation.name()];
        fnmr += missed(run, pair) ? 1 : 0;
        misses += missed(run, pair) ? 1 : 0;
        ++count;
    }
    for (auto& [name, entry] : run.by_degradation) entry.first /= static_cast<double>(entry.second);
    run.subjects = subjects.size();
    run.fnmr = misses / static_cast<double>(run.pairs.size());
    if (misses == 0) return Error{Fault::BadInput, "no pair is missed, so nothing can be said about quality"};
    for (const auto& profile : {face::passport_profile(), face::door_profile(), face::cctv_profile()})
        run.gates.push_back(gate_figures(run, profile));
    run.curves["unified"] = curve_for(run, [&run](std::size_t i) {
        return std::min(unified_of(run.pairs[i].quality_a), unified_of(run.pairs[i].quality_b));
    });
    run.curves["detector score"] = curve_for(run, [&run](std::size_t i) { return run.pairs[i].detector_score; });
    for (const QualityComponent component : measured_components(run)) {
        run.curves[name_of(component)] = curve_for(run, [&run, component](std::size_t i) {
            return std::min(score_of(run.pairs[i].quality_a, component), score_of(run.pairs[i].quality_b, component));
        });
    }
    return {};
}

std::string number(float value) {
    std::array<char, 32> text{};
    return {text.data(), std::to_chars(text.data(), text.data() + text.size(), value).ptr};
}

}  // namespace

Result<QualityRun> run_quality(const pipeline::FacePipeline& faces, const std::vector<Pair>& pairs,
                               const QualityOptions& options) {
    QualityRun run;
    run.threshold = options.threshold;
    run.pairs = chosen_pairs(pairs, options);
    if (run.pairs.empty()) return Error{Fault::BadInput, "there is no mated pair among those chosen"};
    MIEN_TRY(for_each_piece(run.pairs.size(), options.workers, options.on_progress,
                            [&](std::size_t i) { return fill(faces, options, i, run.pairs[i]); }));
    MIEN_TRY(summarise(run));
    return run;
}

Status add_peer(QualityRun& run, const std::string& name, ByteView csv) {
    std::vector<float> scores(run.pairs.size(), lost);
    std::string_view rest(reinterpret_cast<const char*>(csv.data()), csv.size());
    for (std::size_t line = 1; !rest.empty(); ++line) {
        const std::string_view text = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(rest.size(), text.size() + 1));
        if (line == 1 || text.empty()) continue;
        std::size_t pair = 0;
        float score = 0;
        const char* end = text.data() + text.size();
        const auto first = std::from_chars(text.data(), end, pair);
        const bool comma = first.ec == std::errc{} && first.ptr != end && *first.ptr == ',';
        if (!comma || std::from_chars(first.ptr + 1, end, score).ec != std::errc{} || pair >= scores.size() ||
            !std::isfinite(score))
            return Error{Fault::BadInput, name + ": line " + std::to_string(line) +
                                              " is not \"pair,score\" of a pair below " +
                                              std::to_string(scores.size())};
        scores[pair] = score;
    }
    run.curves[name] = curve_for(run, [&scores](std::size_t i) { return scores[i]; });
    return {};
}

std::string csv_of(const QualityRun& run) {
    const std::vector<QualityComponent> components = measured_components(run);
    std::string csv = "pair,a,b,subject,fold,degradation,similarity,detector,detector_b,mesh_b,unified_a,unified_b";
    for (const char* side : {"_a", "_b"})
        for (const QualityComponent c : components)
            csv += std::string(",") + name_of(c) + side + ",native_" + name_of(c) + side;
    csv += '\n';
    for (std::size_t i = 0; i < run.pairs.size(); ++i) {
        const DegradedPair& pair = run.pairs[i];
        csv += std::to_string(i) + "," + pair.a + "," + pair.b + "," + pair.subject + "," + pair.fold + "," +
               pair.degradation.name() + "," + (pair.similarity ? number(*pair.similarity) : "") + "," +
               number(pair.detector_score) + "," + number(pair.detector_score_b) + "," +
               number(pair.mesh_confidence_b) + "," + number(unified_of(pair.quality_a)) + "," +
               number(unified_of(pair.quality_b));
        for (const auto* quality : {&pair.quality_a, &pair.quality_b}) {
            for (const QualityComponent c : components) {
                csv += "," + number(score_of(*quality, c)) + ",";
                if (!*quality) continue;
                const auto measure = std::ranges::find((*quality)->measures, c, &QualityMeasure::component);
                if (measure == (*quality)->measures.end()) continue;
                if (const auto* native = std::get_if<float>(&measure->native)) csv += number(*native);
            }
        }
        csv += '\n';
    }
    return csv;
}

}  // namespace mien::eval
