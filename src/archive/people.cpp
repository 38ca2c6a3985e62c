#include "archive/people.h"

#include <algorithm>

namespace mien::archive {

Result<People> people_of(const Archive& archive, const Maker& maker, float threshold) {
    MIEN_LET(live, gallery::LiveGallery::open(archive.store(), archive.name(), maker, {}));
    People made;
    std::map<std::int64_t, std::int64_t> person_of;  // sighting → person
    constexpr std::size_t page = 1000;
    std::int64_t after = 0;
    while (true) {
        MIEN_LET(sightings, archive.sightings(after, page));
        for (const KeptSighting& sighting : sightings) {
            after = sighting.id;
            MIEN_LET(probes, archive.store().templates(sighting.id, maker));
            if (probes.empty()) continue;
            gallery::Look look{.top = 1, .threshold = threshold};
            look.filter.also = [&](const gallery::Row& row) {
                return static_cast<std::int64_t>(row.subject) < sighting.id;
            };
            MIEN_LET(looks, live.search(probes, look));
            const gallery::Found* best = nullptr;
            for (const gallery::LookResult& one : looks) {
                if (one.found.empty()) continue;
                const gallery::Found& found = one.found.front();
                if (best == nullptr || found.similarity > best->similarity) best = &found;
            }
            const std::int64_t person =
                best == nullptr ? static_cast<std::int64_t>(++made.people) : person_of.at(best->subject);
            person_of[sighting.id] = person;
            auto place = std::ranges::find(made.places, sighting.camera);
            if (place == made.places.end()) place = made.places.insert(place, sighting.camera);
            made.visits.push_back({person, place - made.places.begin(), sighting.first, sighting.last});
            made.sightings[person].push_back(sighting.id);
        }
        if (sightings.size() < page) return made;
    }
}

}  // namespace mien::archive
