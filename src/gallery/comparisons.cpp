#include "gallery/comparisons.h"

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "gallery/search/similarity.h"

namespace mien::gallery {
namespace {

using Templates = std::vector<StoredTemplate>;

float as_similarity(float inner_product) {
    return std::clamp((1 + inner_product) / 2, 0.0F, 1.0F);
}

float best(const StoredTemplate& probe, const Templates& references) {
    float most = -1;
    for (const StoredTemplate& reference : references)
        if (reference.id != probe.id) most = std::max(most, similarity(probe.values, reference.values));
    return as_similarity(most);
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
                                       std::size_t most_compared) {
    MIEN_LET(named, named_subjects(store, gallery));
    OwnComparisons own;
    std::map<std::int64_t, Templates> of_subject;
    MIEN_LET(last, store.load(gallery, maker, 1, [&](int, StoredTemplate&& made) {
        ++own.templates;
        of_subject[made.subject].push_back(std::move(made));
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
    own.pairs.reserve(people.size() * (people.size() + 1) / 2);
    for (std::size_t i = 0; i < people.size(); ++i) {
        for (std::size_t j = i + 1; j < people.size(); ++j) {
            const auto& [probe, other] = (i + j) % 2 == 0 ? std::pair{people[i], people[j]} : std::pair{people[j], people[i]};
            own.pairs.push_back(best(probe->front(), *other));
        }
        if (people[i]->size() < 2) continue;
        for (const StoredTemplate& made : *people[i])
            own.mated.push_back({best(made, *people[i]), static_cast<std::uint32_t>(own.mated_subjects)});
        ++own.mated_subjects;
    }
    for (auto& [id, templates] : of_subject)
        for (StoredTemplate& made : templates) std::ranges::fill(made.values, 0.0F);
    return own;
}

}  // namespace mien::gallery
