#include "gallery/comparisons.h"

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "gallery/search/similarity.h"
#include "statistics/several.h"

namespace mien::gallery {
namespace {

using Templates = std::vector<StoredTemplate>;

float as_similarity(float inner_product) {
    return std::clamp((1 + inner_product) / 2, 0.0F, 1.0F);
}

// The references of a subject, compared as one picture.
class AsOne {
public:
    AsOne(std::vector<const StoredTemplate*> references, const std::optional<statistics::Several>& several)
        : references_(std::move(references)), several_(several) {
        if (!several_) references_.resize(1);
        const auto count = static_cast<double>(references_.size());
        for (const StoredTemplate* a : references_)
            for (const StoredTemplate* b : references_)
                if (a != b)
                    distance_ +=
                        (1 - static_cast<double>(as_similarity(similarity(a->values, b->values)))) / (count * count);
    }

    float similarity_to(const StoredTemplate& probe) const {
        double sum = 0;
        for (const StoredTemplate* reference : references_)
            sum += static_cast<double>(as_similarity(similarity(probe.values, reference->values)));
        const auto mean = static_cast<float>(sum / static_cast<double>(references_.size()));
        if (references_.size() == 1) return mean;
        return statistics::as_one_picture(*several_, mean, static_cast<float>(distance_));
    }

private:
    std::vector<const StoredTemplate*> references_;
    const std::optional<statistics::Several>& several_;
    double distance_ = 0;
};

// All of a subject's templates, or all but one.
std::vector<const StoredTemplate*> all_but(const Templates& templates, const StoredTemplate* left_out) {
    std::vector<const StoredTemplate*> kept;
    for (const StoredTemplate& made : templates)
        if (&made != left_out) kept.push_back(&made);
    return kept;
}

Result<std::set<std::int64_t>> named_subjects(Store& store, const std::string& gallery) {
    std::set<std::int64_t> named;
    constexpr std::size_t page = 1000;
    std::int64_t after = 0;
    while (true) {
        MIEN_LET(subjects, store.subjects(gallery, after, page));
        for (const SubjectInfo& subject : subjects)
            if (subject.kind == SubjectKind::Known) named.insert(subject.id);
        if (subjects.size() < page) return named;
        after = subjects.back().id;
    }
}

}  // namespace

Result<OwnComparisons> own_comparisons(Store& store, const std::string& gallery, const Maker& maker,
                                       const std::optional<statistics::Several>& several, std::size_t most_compared) {
    MIEN_LET(named, named_subjects(store, gallery));
    OwnComparisons own;
    std::map<std::int64_t, Templates> of_subject;
    MIEN_LET(last, store.load(gallery, maker, 1, [&](int, const StoredTemplate& made) {
        ++own.templates;
        of_subject[made.subject].push_back(made);
    }));
    (void)last;
    own.profiles = of_subject.size();
    std::erase_if(of_subject, [&](const auto& entry) { return !named.contains(entry.first); });
    own.subjects = of_subject.size();
    std::vector<Templates*> people;
    for (auto& [id, templates] : of_subject) {
        std::ranges::sort(templates, {}, &StoredTemplate::id);
        people.push_back(&templates);
    }
    std::mt19937_64 random(20240229);
    std::ranges::shuffle(people, random);
    people.resize(std::min(people.size(), most_compared));
    own.compared = people.size();
    std::vector<AsOne> as_one;
    for (const Templates* templates : people) as_one.emplace_back(all_but(*templates, nullptr), several);
    own.pairs.reserve(people.size() * (people.size() + 1) / 2);
    for (std::size_t i = 0; i < people.size(); ++i) {
        for (std::size_t j = i + 1; j < people.size(); ++j) {
            const auto [probe, subject] = (i + j) % 2 == 0 ? std::pair{i, j} : std::pair{j, i};
            own.pairs.push_back(as_one[subject].similarity_to(people[probe]->front()));
        }
        if (people[i]->size() < 2) continue;
        for (const StoredTemplate& made : *people[i])
            own.mated.push_back({AsOne(all_but(*people[i], &made), several).similarity_to(made),
                                 static_cast<std::uint32_t>(own.mated_subjects)});
        ++own.mated_subjects;
    }
    for (auto& [id, templates] : of_subject)
        for (StoredTemplate& made : templates) std::ranges::fill(made.values, 0.0F);
    return own;
}

}  // namespace mien::gallery
