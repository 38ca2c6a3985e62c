#include "gallery/store/state.h"

namespace mien::gallery {
namespace {

Result<std::int64_t> known_maker(Store::State& s, const Maker& maker) {
    auto query = s.data.prepare("SELECT id FROM maker WHERE model = ? AND version = ? AND preprocessing = ?");
    MIEN_LET(found, query.bind(maker.model).bind(maker.version).bind(maker.preprocessing).step());
    if (!found) return Error{Fault::NotFound, "there is no template by " + maker.model + " " + maker.version};
    return query.integer(0);
}

}  // namespace

Status Store::keep_operating_point(const std::string& gallery, const Maker& maker, const NewOperatingPoint& point,
                                   const Actor& actor) {
    State& s = *state_;
    const std::lock_guard guard(s.lock);
    MIEN_LET(transaction, Transaction::begin(s.data));
    MIEN_LET(info, s.find_gallery(gallery));
    MIEN_LET(made_by, known_maker(s, maker));
    auto insert = s.data.prepare("INSERT INTO operating_point(gallery, maker, made, body) VALUES(?, ?, ?, ?)");
    MIEN_TRY(insert.bind(info.id)
                 .bind(made_by)
                 .bind(static_cast<std::int64_t>(s.clock().time_since_epoch().count()))
                 .bind(point.body)
                 .run());
    MIEN_TRY(s.note({.action = "calibrate",
                     .gallery = gallery,
                     .maker = maker.model + " " + maker.version + ", " + maker.preprocessing,
                     .threshold = point.threshold,
                     .outcome = point.said,
                     .actor = actor}));
    return transaction.commit();
}

Result<std::optional<KeptOperatingPoint>> Store::operating_point(const std::string& gallery, const Maker& maker) {
    State& s = *state_;
    const std::lock_guard guard(s.lock);
    MIEN_LET(info, s.find_gallery(gallery));
    const auto made_by = known_maker(s, maker);
    if (!made_by) {
        if (made_by.error().fault == Fault::NotFound) return std::optional<KeptOperatingPoint>{};
        return made_by.error();
    }
    auto query = s.data.prepare(
        "SELECT made, body FROM operating_point WHERE gallery = ? AND maker = ? ORDER BY id DESC LIMIT 1");
    MIEN_LET(found, query.bind(info.id).bind(*made_by).step());
    if (!found) return std::optional<KeptOperatingPoint>{};
    return std::optional{KeptOperatingPoint{Time{std::chrono::milliseconds{query.integer(0)}}, query.text(1)}};
}

}  // namespace mien::gallery
