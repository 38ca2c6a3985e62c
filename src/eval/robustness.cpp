#include "eval/robustness.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "eval/degradations.h"
#include "media/read_picture.h"
#include "pipeline/calibration_file.h"

namespace mien::eval {
namespace {

struct Original {
    Template made{};
    Landmarks5 landmarks{};
    Traits traits{};
};
using Originals = std::map<std::string, std::optional<Original>>;
using Similarities = std::vector<std::optional<float>>;  // one for each pair

Result<std::optional<Original>> original_of(const pipeline::FacePipeline& faces, const SexEstimator& sex,
                                            const std::filesystem::path& file) {
    const auto frame = media::read_frame(file);
    if (!frame) return std::nullopt;
    MIEN_LET(found, faces.analyse(*frame, {.faces = pipeline::Faces::Largest, .mesh = pipeline::Mesh::Yes}));
    if (found.empty()) return std::nullopt;
    MIEN_LET(traits, traits_of(*frame->picture, found.front(), sex));
    return Original{std::move(*found.front().made), found.front().region.landmarks, traits};
}

std::vector<Pair> evenly(std::vector<Pair> pairs, std::size_t most) {
    if (most == 0 || pairs.size() <= most) return pairs;
    std::vector<Pair> chosen;
    for (std::size_t i = 0; i < most; ++i) chosen.push_back(std::move(pairs[i * pairs.size() / most]));
    return chosen;
}

// Which pairs have the picture as their second one.
using Probes = std::map<std::string, std::vector<std::size_t>>;

struct Bench {
    const pipeline::FacePipeline& faces;
    const RobustnessOptions& options;
    const std::vector<Pair>& pairs;
    const Originals& originals;
};

// Similarities of all pairs of one probe, under every degradation.
Status judge_probe(const Bench& bench, const Probes::value_type& probe, std::vector<Similarities>& scores) {
    const auto& original = bench.originals.at(probe.first);
    if (!original) return {};
    const auto frame = media::read_frame(bench.options.folder / probe.first);
    if (!frame) return {};
    for (std::size_t d = 0; d < scores.size(); ++d) {
        const auto seed = static_cast<std::uint64_t>(probe.second.front());
        MIEN_LET(degraded, robustness_degradations()[d].apply(*frame->picture, original->landmarks, seed));
        const Frame worse{probe.first, {}, std::make_shared<const Picture>(std::move(degraded))};
        MIEN_LET(found, bench.faces.analyse(worse, {.faces = pipeline::Faces::Largest}));
        if (found.empty()) continue;
        for (const std::size_t i : probe.second) {
            const auto& reference = bench.originals.at(bench.pairs[i].a);
            if (!reference) continue;
            MIEN_LET(similarity, face::similarity(reference->made, *found.front().made));
            scores[d][i] = similarity;
        }
    }
    return {};
}

// Pieces of a longer work: `before` are done, `all` there are.
struct Part {
    std::size_t before = 0;
    std::size_t all = 0;
};

template <class Map, class Work>
Status for_each_entry(Map& map, const RobustnessOptions& options, Part part, const Work& work) {
    std::vector<typename Map::pointer> entries;
    for (auto& entry : map) entries.push_back(&entry);
    const auto on_progress = [&](std::size_t done, std::size_t) { options.on_progress(part.before + done, part.all); };
    return for_each_piece(entries.size(), options.workers, on_progress,
                          [&](std::size_t i) { return work(*entries[i]); });
}

std::vector<statistics::Comparison> comparisons_of(const std::vector<Pair>& pairs, const Similarities& scores) {
    std::map<std::string, std::uint32_t> numbers;
    const auto number = [&](const std::string& subject) {
        return numbers.try_emplace(subject, static_cast<std::uint32_t>(numbers.size())).first->second;
    };
    std::vector<statistics::Comparison> comparisons;
    for (std::size_t i = 0; i < pairs.size(); ++i) {
        const std::uint32_t a = number(pairs[i].subject_a);
        comparisons.push_back({scores[i], pairs[i].mated, a, number(pairs[i].subject_b), 0});
    }
    return comparisons;
}

float threshold_at(const std::vector<statistics::Comparison>& comparisons, double fmr) {
    float threshold = 1;
    for (const auto& point : statistics::error_curve(comparisons)) {
        if (point.fmr <= fmr) threshold = point.threshold;
    }
    return threshold;
}

// The name of the group that a pair belongs to; empty: none.
using Grouping = std::function<std::string(const Pair&, const Traits& a, const Traits& b)>;

std::string yaw_bin(const Pair&, const Traits& a, const Traits& b) {
    const float yaw = std::max(std::abs(a.yaw.value), std::abs(b.yaw.value));
    return yaw < 10 ? "0-10" : yaw < 20 ? "10-20" : yaw < 30 ? "20-30" : yaw < 45 ? "30-45" : "45-90";
}

std::string sex_of(const Pair& pair, const Traits& a, const Traits& b) {
    // Two pictures of one person have one sex, even where the guesses differ.
    if (pair.mated) return a.male + b.male > 1 ? "male" : "female";
    if ((a.male > 0.5f) != (b.male > 0.5f)) return "different";
    return a.male > 0.5f ? "male" : "female";
}

float mean_cheek(const Traits& a, const Traits& b) {
    return (a.cheek + b.cheek) / 2;
}

Grouping by_thirds_of_cheek(const std::vector<Pair>& pairs, const Originals& originals) {
    std::vector<float> cheeks;
    for (const Pair& pair : pairs) {
        const auto& a = originals.at(pair.a);
        const auto& b = originals.at(pair.b);
        if (a && b) cheeks.push_back(mean_cheek(a->traits, b->traits));
    }
    std::ranges::sort(cheeks);
    const auto at = [&](std::size_t third) { return cheeks.empty() ? 0 : cheeks[cheeks.size() * third / 3]; };
    return [low = at(1), high = at(2)](const Pair&, const Traits& a, const Traits& b) {
        const float cheek = mean_cheek(a, b);
        return std::string(cheek < low ? "dark_third" : cheek < high ? "middle_third" : "light_third");
    };
}

void add_groups(RobustnessRun& run, const std::vector<Pair>& pairs, const std::vector<statistics::Comparison>& all,
                const Originals& originals, const FactorFigures& factor, const Grouping& group_of) {
    std::map<std::string, std::vector<statistics::Comparison>> groups;
    for (std::size_t i = 0; i < pairs.size(); ++i) {
        const auto& a = originals.at(pairs[i].a);
        const auto& b = originals.at(pairs[i].b);
        if (a && b) groups[group_of(pairs[i], a->traits, b->traits)].push_back(all[i]);
    }
    for (const auto& [level, comparisons] : groups) {
        FactorFigures figures = factor;
        figures.level = level;
        figures.rates = statistics::judge_at(comparisons, run.threshold);
        run.levels.push_back(std::move(figures));
    }
}

std::size_t subjects_in(const std::vector<statistics::Comparison>& comparisons) {
    std::uint32_t most = 0;
    for (const auto& c : comparisons) most = std::max({most, c.subject_a + 1, c.subject_b + 1});
    return most;
}

RobustnessRun judged(const Bench& bench, const std::vector<Similarities>& degraded) {
    Similarities plain(bench.pairs.size());
    for (std::size_t i = 0; i < plain.size(); ++i) {
        const auto& a = bench.originals.at(bench.pairs[i].a);
        const auto& b = bench.originals.at(bench.pairs[i].b);
        if (a && b) plain[i] = *face::similarity(a->made, b->made);
    }
    const auto comparisons = comparisons_of(bench.pairs, plain);
    RobustnessRun run;
    run.maker = pipeline::calibration_name(bench.faces.maker());
    run.pairs = bench.pairs.size();
    run.mated = static_cast<std::size_t>(std::ranges::count(bench.pairs, true, &Pair::mated));
    run.subjects = subjects_in(comparisons);
    run.threshold = threshold_at(comparisons, 1e-2);
    run.levels.push_back(
        {"none", "", "pairs as they are", Origin::Measured, statistics::judge_at(comparisons, run.threshold)});
    for (std::size_t d = 0; d < degraded.size(); ++d) {
        const Degradation& how = robustness_degradations()[d];
        run.levels.push_back({how.factor, how.level, how.meaning, Origin::Synthesised,
                              statistics::judge_at(comparisons_of(bench.pairs, degraded[d]), run.threshold)});
    }
    add_groups(run, bench.pairs, comparisons, bench.originals,
               {"yaw", "", "degrees, the larger of the two pictures, by the mesh", Origin::Measured, {}}, yaw_bin);
    add_groups(run, bench.pairs, comparisons, bench.originals,
               {"sex", "", "by faceres; strangers: both pictures", Origin::Estimated, {}}, sex_of);
    add_groups(run, bench.pairs, comparisons, bench.originals,
               {"image_tone", "", "mean lightness of cheek pixels, exposure and skin together", Origin::Measured, {}},
               by_thirds_of_cheek(bench.pairs, bench.originals));
    run.not_measured = {"age gap", "make-up", "look-alikes and twins", "children", "origin", "worn masks and glasses"};
    return run;
}

}  // namespace

Result<RobustnessRun> run_robustness(const pipeline::FacePipeline& faces, const SexEstimator& sex,
                                     std::vector<Pair> pairs, const RobustnessOptions& options) {
    pairs = evenly(std::move(pairs), options.most_pairs);
    const auto mated = static_cast<std::size_t>(std::ranges::count(pairs, true, &Pair::mated));
    if (mated == 0 || mated == pairs.size()) {
        return Error{Fault::BadInput, "the pairs must hold mated and non-mated ones, but " + std::to_string(mated) +
                                          " of " + std::to_string(pairs.size()) + " are mated"};
    }
    Originals originals;
    Probes probes;
    for (std::size_t i = 0; i < pairs.size(); ++i) {
        originals[pairs[i].a];
        originals[pairs[i].b];
        probes[pairs[i].b].push_back(i);
    }
    const std::size_t all = originals.size() + probes.size();
    MIEN_TRY(for_each_entry(originals, options, {0, all}, [&](Originals::value_type& entry) -> Status {
        MIEN_LET(original, original_of(faces, sex, options.folder / entry.first));
        entry.second = std::move(original);
        return {};
    }));
    const Bench bench{faces, options, pairs, originals};
    std::vector<Similarities> scores(robustness_degradations().size(), Similarities(pairs.size()));
    MIEN_TRY(for_each_entry(probes, options, {originals.size(), all},
                            [&](const Probes::value_type& probe) { return judge_probe(bench, probe, scores); }));
    return judged(bench, scores);
}

const char* name_of(Origin origin) {
    switch (origin) {
        case Origin::Synthesised:
            return "synthesised";
        case Origin::Measured:
            return "measured";
        case Origin::Estimated:
            return "estimated";
    }
    return "";
}

}  // namespace mien::eval
