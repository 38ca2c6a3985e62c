// What a gallery's export carries besides its subjects, and the view that it is taken from.

#include "gallery/store/state.h"

namespace mien::gallery {

Result<Store> Store::snapshot() {
    State& s = *state_;
    const std::lock_guard guard(s.lock);
    MIEN_LET(data, Database::open_to_read(s.folder / "mien.db"));
    MIEN_LET(keys, Database::open_to_read(s.folder / "keys.db"));
    // Whoever changes both files holds the data's lock while it does: both views are of one moment.
    MIEN_LET(nobody_writes, Transaction::begin(s.data));
    for (const auto& [database, sql] :
         {std::pair{&data, "SELECT 1 FROM gallery LIMIT 1"}, {&keys, "SELECT 1 FROM gallery_key LIMIT 1"}}) {
        MIEN_TRY(database->execute("BEGIN"));
        auto first = database->prepare(sql);
        MIEN_TRY(first.step());  // a view begins with the first read
    }
    return Store(std::unique_ptr<State>(
        new State{s.folder, s.clock, s.patience, s.master, std::move(data), std::move(keys), s.signer}));
}

Result<std::vector<PastRejection>> Store::rejections_of(std::int64_t subject) {
    State& s = *state_;
    const std::lock_guard guard(s.lock);
    auto query = s.data.prepare(
        "SELECT rejection.created, rejection.sealed, maker.model, maker.version, maker.preprocessing, subject.gallery "
        "FROM rejection JOIN subject ON subject.id = rejection.subject JOIN maker ON maker.id = rejection.maker "
        "WHERE rejection.subject = ? ORDER BY rejection.id");
    query.bind(subject);
    std::vector<PastRejection> all;
    while (true) {
        MIEN_LET(more, query.step());
        if (!more) return all;
        MIEN_LET(key, s.subject_key(query.integer(5), subject));
        MIEN_LET(values, s.open_values(key, query.blob(1), place("rejection", subject)));
        all.push_back({Time{std::chrono::milliseconds{query.integer(0)}},
                       {{query.text(2), query.text(3), query.text(4)}, std::move(values)}});
    }
}

Result<std::vector<PastOperatingPoint>> Store::operating_points(const std::string& gallery) {
    State& s = *state_;
    const std::lock_guard guard(s.lock);
    MIEN_LET(info, s.find_gallery(gallery));
    auto query = s.data.prepare(
        "SELECT maker.model, maker.version, maker.preprocessing, maker.dimension, operating_point.made, "
        "operating_point.body "
        "FROM operating_point JOIN maker ON maker.id = operating_point.maker WHERE operating_point.gallery = ? "
        "ORDER BY operating_point.id");
    query.bind(info.id);
    std::vector<PastOperatingPoint> all;
    while (true) {
        MIEN_LET(more, query.step());
        if (!more) return all;
        all.push_back({{query.text(0), query.text(1), query.text(2)},
                       static_cast<std::size_t>(query.integer(3)),
                       {Time{std::chrono::milliseconds{query.integer(4)}}, query.text(5)}});
    }
}

namespace {

Status add_merge(Store::State& s, std::int64_t gallery, const Merge& merge) {
    const std::int64_t at = merge.at.time_since_epoch().count();
    auto insert = s.data.prepare("INSERT INTO merge(into_subject, from_subject, at, undone) VALUES(?, ?, ?, ?)");
    insert.bind(merge.into).bind(merge.from).bind(at);
    if (merge.undone)
        insert.bind(std::int64_t{merge.undone->time_since_epoch().count()});
    else
        insert.bind(std::nullopt);
    MIEN_TRY(insert.run());
    if (merge.undone) return {};
    auto update =
        s.data.prepare("UPDATE subject SET merged_into = ? WHERE id = ? AND gallery = ? AND merged_into IS NULL");
    MIEN_TRY(update.bind(merge.into).bind(merge.from).bind(gallery).run());
    if (s.data.changes() != 1)
        return Error{Fault::Conflict, "subject " + std::to_string(merge.from) + " is merged already, or not here"};
    return s.note_change(gallery, merge.from);
}

}  // namespace

Status Store::add_history(const std::string& gallery, std::span<const Merge> merges,
                          std::span<const PastOperatingPoint> points, const Actor& actor) {
    State& s = *state_;
    const std::lock_guard guard(s.lock);
    MIEN_LET(transaction, Transaction::begin(s.data));
    MIEN_LET(info, s.find_gallery(gallery));
    for (const Merge& merge : merges) MIEN_TRY(add_merge(s, info.id, merge));
    MIEN_TRY(s.merged_roots(info.id));  // refuses a circle
    for (const PastOperatingPoint& point : points) {
        MIEN_LET(maker, s.maker_id(point.maker, point.dimension));
        auto insert = s.data.prepare("INSERT INTO operating_point(gallery, maker, made, body) VALUES(?, ?, ?, ?)");
        MIEN_TRY(insert.bind(info.id)
                     .bind(maker)
                     .bind(std::int64_t{point.kept.made.time_since_epoch().count()})
                     .bind(point.kept.body)
                     .run());
    }
    MIEN_TRY(s.note(
        {.action = "import",
         .gallery = gallery,
         .outcome = std::to_string(merges.size()) + " merges, " + std::to_string(points.size()) + " operating points",
         .actor = actor}));
    return transaction.commit();
}

}  // namespace mien::gallery
