#include "archive/search.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>

namespace mien::archive {

Result<Search> Search::open(const Archive& archive, const Maker& maker, const gallery::LiveOptions& options) {
    MIEN_LET(live, gallery::LiveGallery::open(archive.store(), archive.name(), maker, options));
    return Search(archive, std::move(live));
}

Status Search::refresh() {
    return live_.refresh();
}

Result<std::vector<Hit>> Search::search(std::span<const Template> probes, const Question& question) const {
    gallery::Look look{.top = question.top, .threshold = question.threshold};
    if (question.from) look.filter.enrolled_from = question.from->time_since_epoch().count();
    if (question.before) look.filter.enrolled_before = question.before->time_since_epoch().count();
    look.filter.all_of = question.attributes;
    std::map<std::int64_t, Recording> recordings;
    {
        MIEN_LET(all, archive_->recordings());
        for (Recording& one : all) recordings.emplace(one.id, std::move(one));
    }
    if (question.cameras) {
        std::set<std::int64_t> wanted;
        for (const auto& [id, recording] : recordings)
            if (std::ranges::find(*question.cameras, recording.said.camera) != question.cameras->end())
                wanted.insert(id);
        look.filter.also = [wanted = std::move(wanted)](const gallery::Row& row) {
            return wanted.contains(static_cast<std::int64_t>(row.tags >> 32));
        };
    }
    MIEN_LET(looks, live_.search(probes, look));
    std::map<std::int64_t, gallery::Found> best;
    for (const gallery::LookResult& one : looks) {
        for (const gallery::Found& found : one.found) {
            const auto [known, fresh] = best.emplace(found.subject, found);
            if (!fresh && found.similarity > known->second.similarity) known->second = found;
        }
    }
    std::vector<gallery::Found> ranked;
    for (const auto& [subject, found] : best) ranked.push_back(found);
    std::ranges::stable_sort(ranked, std::greater{}, &gallery::Found::similarity);
    if (ranked.size() > question.top) ranked.resize(question.top);
    std::vector<Hit> hits;
    for (const gallery::Found& found : ranked) {
        auto sighting = archive_->sighting(found.subject);
        if (!sighting && sighting.error().fault == Fault::NotFound) continue;  // forgotten meanwhile
        if (!sighting) return sighting.error();
        MIEN_LET(made, archive_->store().find_template(found.template_id, live_.maker()));
        if (!made) continue;
        Hit hit{std::move(*sighting), found.similarity, made->sample, made->created, {}};
        hit.second = std::chrono::duration_cast<milliseconds>(hit.at - (hit.sighting.first - hit.sighting.from));
        hits.push_back(std::move(hit));
    }
    return hits;
}

std::vector<Stay> path_of(std::span<const Hit> hits, milliseconds pause) {
    std::vector<std::size_t> order(hits.size());
    std::iota(order.begin(), order.end(), 0);
    std::ranges::stable_sort(order, {}, [&](std::size_t i) { return hits[i].sighting.first; });
    std::vector<Stay> path;
    for (const std::size_t i : order) {
        const Hit& hit = hits[i];
        if (path.empty() || path.back().camera != hit.sighting.camera || hit.sighting.first > path.back().to + pause)
            path.push_back({hit.sighting.camera, hit.sighting.first, hit.sighting.last, 0, {}});
        Stay& stay = path.back();
        stay.to = std::max(stay.to, hit.sighting.last);
        stay.similarity = std::max(stay.similarity, hit.similarity);
        stay.hits.push_back(i);
    }
    return path;
}

}  // namespace mien::archive
