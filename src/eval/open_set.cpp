#include "eval/open_set.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <random>

#include "gallery/search/similarity.h"
#include "gallery/search/template_index.h"
#include "media/list_pictures.h"
#include "pipeline/calibration_file.h"
#include "pipeline/subject.h"

namespace mien::eval {
namespace {

using statistics::Search;
constexpr std::uint64_t seed = 20240229;

struct Subject {
    std::uint32_t number = 0;
    std::vector<const Sample*> samples{};
};

// Who is enrolled in a draw, by which samples, and what is searched for.
struct Enrolled {
    std::uint32_t subject = 0;
    std::vector<const Template*> references{};  // of those acquired
};
struct Probe {
    std::uint32_t subject = 0;
    bool mated = false;
    std::vector<const Template*> pictures{};  // of those acquired
};
struct Draw {
    std::vector<Enrolled> enrolled{};
    std::vector<Probe> probes{};
};

std::vector<const Template*> acquired(std::span<const Sample* const> samples) {
    std::vector<const Template*> made;
    for (const Sample* sample : samples)
        if (sample->made) made.push_back(&*sample->made);
    return made;
}

Draw draw_of(std::vector<Subject> subjects, std::size_t enrolled, const OpenSetOptions& options, std::uint64_t number) {
    const std::size_t pictures = options.probe_pictures;
    std::mt19937_64 random(seed + number);
    std::ranges::shuffle(subjects, random);
    if (options.who == OpenSetOptions::Who::WithAllPictures)
        std::ranges::stable_partition(
            subjects, [&](const Subject& s) { return s.samples.size() >= options.references + pictures; });
    Draw draw;
    for (std::size_t s = 0; s < subjects.size(); ++s) {
        Subject& subject = subjects[s];
        std::ranges::shuffle(subject.samples, random);
        const std::span<const Sample* const> all(subject.samples);
        if (s >= enrolled) {
            if (all.size() >= pictures) draw.probes.push_back({subject.number, false, acquired(all.first(pictures))});
            continue;
        }
        const std::size_t spare = all.size() > pictures ? all.size() - pictures : 1;
        const std::size_t kept = std::min(options.references, spare);
        draw.enrolled.push_back({subject.number, acquired(all.first(kept))});
        for (std::size_t i = kept; i + pictures <= all.size(); i += pictures)
            draw.probes.push_back({subject.number, true, acquired(all.subspan(i, pictures))});
    }
    return draw;
}

std::vector<float> mean_of(const std::vector<const Template*>& references) {
    std::vector<double> sum(references.front()->values.size());
    for (const Template* reference : references)
        for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += static_cast<double>(reference->values[i]);
    double squares = 0;
    for (const double value : sum) squares += value * value;
    const double length = std::max(std::sqrt(squares), 1e-9);
    std::vector<float> mean;
    for (const double value : sum) mean.push_back(static_cast<float>(value / length));
    return mean;
}

Result<std::unique_ptr<gallery::TemplateIndex>> index_of(const Draw& draw, Fusion fusion, std::size_t dimension) {
    MIEN_LET(index, gallery::TemplateIndex::make({.dimension = dimension}));
    std::vector<gallery::Row> rows;
    std::vector<float> values;
    for (const Enrolled& person : draw.enrolled) {
        if (person.references.empty()) continue;
        const auto add = [&](std::span<const float> made) {
            rows.push_back({.id = rows.size(), .subject = person.subject});
            values.insert(values.end(), made.begin(), made.end());
        };
        if (fusion == Fusion::Mean) {
            add(mean_of(person.references));
            continue;
        }
        for (const Template* reference : person.references) {
            add(reference->values);
            if (fusion == Fusion::One) break;
        }
    }
    MIEN_TRY(index->insert(rows, values));
    return index;
}

// (1 + inner product) / 2, as everywhere in Mien.
float as_similarity(float inner_product) {
    return std::clamp((1 + inner_product) / 2, 0.0F, 1.0F);
}

using Answers = std::vector<std::vector<gallery::Hit>>;  // of each probe that was acquired, best first

std::vector<gallery::Hit> best_first(std::vector<gallery::Hit> hits, std::size_t most) {
    std::ranges::stable_sort(hits, std::greater{}, &gallery::Hit::similarity);
    hits.resize(std::min(hits.size(), most));
    return hits;
}

Result<Answers> by_index(const Draw& draw, Fusion fusion, std::size_t candidates, std::size_t dimension) {
    MIEN_LET(index, index_of(draw, fusion, dimension));
    std::vector<float> values;
    std::vector<std::size_t> asked;  // rows of `values` for each probe that was acquired
    const auto ask = [&](std::span<const float> made) { values.insert(values.end(), made.begin(), made.end()); };
    for (const Probe& probe : draw.probes) {
        if (probe.pictures.empty()) continue;
        asked.push_back(fusion == Fusion::Best ? probe.pictures.size() : 1);
        if (fusion == Fusion::Best)
            for (const Template* picture : probe.pictures) ask(picture->values);
        else if (fusion == Fusion::Mean)
            ask(mean_of(probe.pictures));
        else
            ask(probe.pictures.front()->values);
    }
    MIEN_LET(found, index->search(values, {.k = candidates, .rank = gallery::Rank::BestOfSubject}));
    Answers answers;
    auto next = found.begin();
    for (const std::size_t rows : asked) {
        std::map<std::uint64_t, gallery::Hit> best;  // of each subject over the probe's pictures
        for (std::size_t row = 0; row < rows; ++row, ++next)
            for (gallery::Hit& hit : next->hits) {
                hit.similarity = as_similarity(hit.similarity);
                gallery::Hit& of = best.try_emplace(hit.subject, hit).first->second;
                if (hit.similarity > of.similarity) of = hit;
            }
        std::vector<gallery::Hit> hits;
        for (const auto& [subject, hit] : best) hits.push_back(hit);
        answers.push_back(best_first(std::move(hits), candidates));
    }
    return answers;
}

Result<pipeline::Subject> as_one(const std::vector<const Template*>& pictures,
                                 const statistics::Calibration& calibration) {
    std::vector<Template> templates;
    for (const Template* picture : pictures) templates.push_back(*picture);
    return pipeline::Subject::make(std::move(templates), calibration);
}

Result<Answers> by_subjects(const Draw& draw, const statistics::Calibration& calibration, std::size_t candidates) {
    std::vector<std::pair<std::uint32_t, pipeline::Subject>> people;
    for (const Enrolled& person : draw.enrolled) {
        if (person.references.empty()) continue;
        MIEN_LET(subject, as_one(person.references, calibration));
        people.emplace_back(person.subject, std::move(subject));
    }
    Answers answers;
    for (const Probe& probe : draw.probes) {
        if (probe.pictures.empty()) continue;
        MIEN_LET(made, as_one(probe.pictures, calibration));
        std::vector<gallery::Hit> hits;
        for (const auto& [number, subject] : people) {
            MIEN_LET(similarity, subject.similarity(made));
            hits.push_back({.id = number, .subject = number, .similarity = similarity});
        }
        answers.push_back(best_first(std::move(hits), candidates));
    }
    return answers;
}

Answers by_two_best_pairs(const Draw& draw, std::size_t candidates) {
    Answers answers;
    for (const Probe& probe : draw.probes) {
        if (probe.pictures.empty()) continue;
        std::vector<gallery::Hit> hits;
        for (const Enrolled& person : draw.enrolled) {
            std::vector<float> pairs;
            for (const Template* reference : person.references)
                for (const Template* picture : probe.pictures)
                    pairs.push_back(as_similarity(gallery::similarity(picture->values, reference->values)));
            if (pairs.empty()) continue;
            std::ranges::sort(pairs, std::greater{});
            const float top = pairs.size() > 1 ? (pairs[0] + pairs[1]) / 2 : pairs[0];
            hits.push_back({.id = person.subject, .subject = person.subject, .similarity = top});
        }
        answers.push_back(best_first(std::move(hits), candidates));
    }
    return answers;
}

Result<Answers> answers_of(const Draw& draw, Fusion fusion, const OpenSetOptions& options, std::size_t dimension) {
    const std::size_t candidates = options.question.most_rank;
    switch (fusion) {
        case Fusion::AsOne:
            return by_subjects(draw, options.calibration, candidates);
        case Fusion::TopTwo:
            return by_two_best_pairs(draw, candidates);
        case Fusion::One:
        case Fusion::Best:
        case Fusion::Mean:
            return by_index(draw, fusion, candidates, dimension);
    }
    return Error{Fault::Bug, "a way of fusion without a name"};
}

Status search(const Draw& draw, std::uint32_t number, Fusion fusion, const OpenSetOptions& options,
              std::size_t dimension, std::vector<Search>& searches) {
    MIEN_LET(answers, answers_of(draw, fusion, options, dimension));
    std::size_t next = 0;
    for (const Probe& probe : draw.probes) {
        Search made{.gallery = number, .subject = probe.subject, .mated = probe.mated, .acquired = false};
        if (!probe.pictures.empty()) {
            const std::vector<gallery::Hit>& hits = answers[next++];
            const auto own = std::ranges::find(hits, probe.subject, &gallery::Hit::subject);
            made.acquired = !probe.mated || std::ranges::any_of(draw.enrolled, [&](const Enrolled& e) {
                return e.subject == probe.subject && !e.references.empty();
            });
            if (probe.mated && own != hits.end()) {
                made.similarity = own->similarity;
                made.rank = static_cast<std::size_t>(own - hits.begin()) + 1;
            } else if (!probe.mated && !hits.empty()) {
                made.similarity = hits.front().similarity;
            }
        }
        searches.push_back(made);
    }
    return {};
}

std::vector<Subject> subjects_of(const std::vector<LabelledPicture>& pictures, const Samples& samples) {
    Numbers numbers;
    std::vector<Subject> subjects;
    for (const LabelledPicture& picture : pictures) {
        const std::uint32_t number = numbers.of(picture.subject);
        if (number == subjects.size()) subjects.push_back({number, {}});
        subjects[number].samples.push_back(&samples.at(picture.file));
    }
    return subjects;
}

struct Strangers {
    std::vector<float> similarities{};
    std::size_t subjects = 0;
    statistics::AllPairs all() const { return {similarities, subjects}; }
};

Strangers strangers_of(const std::vector<LabelledPicture>& pictures, const Samples& samples) {
    std::vector<const Template*> first;
    for (const Subject& subject : subjects_of(pictures, samples)) {
        const auto made = std::ranges::find_if(subject.samples, [](const Sample* s) { return s->made.has_value(); });
        if (made != subject.samples.end()) first.push_back(&*(*made)->made);
    }
    Strangers strangers{{}, first.size()};
    for (std::size_t i = 0; i < first.size(); ++i)
        for (std::size_t j = i + 1; j < first.size(); ++j)
            strangers.similarities.push_back(as_similarity(gallery::similarity(first[i]->values, first[j]->values)));
    return strangers;
}

}  // namespace

Result<TailCheck> check_tails(const std::vector<LabelledPicture>& first, const std::vector<LabelledPicture>& second,
                              const Samples& samples, std::size_t enrolled) {
    const Strangers a = strangers_of(first, samples);
    const Strangers b = strangers_of(second, samples);
    MIEN_LET(there, statistics::check_tail(a.all(), b.all(), {.enrolled = enrolled}));
    MIEN_LET(back, statistics::check_tail(b.all(), a.all(), {.enrolled = enrolled}));
    return TailCheck{std::move(there), std::move(back), enrolled};
}

std::string_view name_of(Fusion fusion) {
    switch (fusion) {
        case Fusion::AsOne:
            return "as_one";
        case Fusion::One:
            return "one";
        case Fusion::Best:
            return "best";
        case Fusion::Mean:
            return "mean";
        case Fusion::TopTwo:
            return "top_two";
    }
    return "";
}

Result<std::vector<LabelledPicture>> pictures_of_pairs(const std::vector<Pair>& pairs,
                                                       const std::vector<std::string>& folds) {
    std::map<std::string, std::string> subject_of;
    for (const Pair& pair : pairs) {
        if (!folds.empty() && std::ranges::find(folds, pair.fold) == folds.end()) continue;
        for (const auto& [file, subject] : {std::pair{pair.a, pair.subject_a}, std::pair{pair.b, pair.subject_b}}) {
            const auto& known = subject_of.try_emplace(file, subject).first->second;
            if (known != subject)
                return Error{Fault::BadInput, file + " is said to show '" + known + "' and '" + subject + "'"};
        }
    }
    if (subject_of.empty()) return Error{Fault::BadInput, "no pair lies in the folds that were asked for"};
    std::vector<LabelledPicture> pictures;
    for (const auto& [file, subject] : subject_of) pictures.push_back({file, subject});
    return pictures;
}

Result<std::vector<LabelledPicture>> pictures_of_tree(const std::filesystem::path& folder) {
    std::error_code unknown;
    if (!std::filesystem::is_directory(folder, unknown))
        return Error{Fault::NotFound, folder.string() + " is no folder of one sub-folder a subject"};
    const std::vector<std::string> inputs{folder.string()};
    MIEN_LET(files, media::list_pictures(inputs));
    std::vector<LabelledPicture> pictures;
    for (const std::filesystem::path& file : files) {
        const std::filesystem::path inside = file.lexically_relative(folder);
        pictures.push_back(
            {inside.string(), inside.has_parent_path() ? inside.begin()->string() : file.stem().string()});
    }
    return pictures;
}

Result<OpenSetRun> run_open_set(const std::vector<LabelledPicture>& pictures, const Samples& samples,
                                const OpenSetOptions& options) {
    const std::vector<Subject> subjects = subjects_of(pictures, samples);
    OpenSetRun run;
    run.pictures = pictures.size();
    run.subjects = subjects.size();
    const Template* any = nullptr;
    for (const LabelledPicture& picture : pictures) {
        const Sample& sample = samples.at(picture.file);
        if (sample.made)
            any = &*sample.made;
        else
            run.failures.push_back({picture.file, sample.why});
    }
    if (any == nullptr) return Error{Fault::BadInput, "no picture shows a face"};
    run.maker = pipeline::calibration_name(any->maker);
    const std::size_t wanted = options.enrolled > 0 ? options.enrolled : (subjects.size() + 1) / 2;
    if (wanted >= subjects.size())
        return Error{Fault::BadInput, "of " + std::to_string(subjects.size()) + " subjects " + std::to_string(wanted) +
                                          " would be enrolled and no stranger be left: enrol fewer"};
    if (options.who == OpenSetOptions::Who::WithAllPictures) {
        const auto complete = static_cast<std::size_t>(std::ranges::count_if(subjects, [&](const Subject& s) {
            return s.samples.size() >= options.references + options.probe_pictures;
        }));
        if (complete < wanted)
            return Error{Fault::BadInput, "only " + std::to_string(complete) + " subjects have " +
                                              std::to_string(options.references + options.probe_pictures) +
                                              " pictures: enrol no more than these"};
    }
    const bool several = options.references > 1 || options.probe_pictures > 1;
    std::vector<Fusion> ways{several ? options.fusion : Fusion::One};
    for (const Fusion way : {Fusion::AsOne, Fusion::One, Fusion::Best, Fusion::Mean, Fusion::TopTwo})
        if (several && way != options.fusion) ways.push_back(way);
    for (const Fusion way : ways) run.ways.push_back({.fusion = way});
    std::size_t templates = 0;
    for (std::size_t d = 0; d < options.draws; ++d) {
        const Draw draw = draw_of(subjects, wanted, options, d);
        for (const Enrolled& person : draw.enrolled) templates += person.references.size();
        for (FusedFigures& way : run.ways)
            MIEN_TRY(
                search(draw, static_cast<std::uint32_t>(d), way.fusion, options, any->values.size(), way.searches));
    }
    run.enrolled = wanted;
    run.templates = templates / std::max<std::size_t>(options.draws, 1);
    for (FusedFigures& way : run.ways) {
        way.figures = statistics::judge_identification(way.searches, options.question);
        if (way.figures.mated == 0 || way.figures.non_mated == 0)
            return Error{Fault::BadInput, way.figures.mated == 0
                                              ? "no enrolled subject has a second picture to search for"
                                              : "no stranger has so many pictures"};
    }
    return run;
}

}  // namespace mien::eval
