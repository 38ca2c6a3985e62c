#include "gallery/store/state.h"

namespace mien::gallery {
namespace {

Result<std::int64_t> need_subject(Store::State& s, const GalleryInfo& gallery, const std::string& name) {
    MIEN_LET(id, s.find_subject(gallery.id, name));
    if (!id) return Error{Fault::NotFound, "there is no subject '" + name + "' in gallery '" + gallery.name + "'"};
    return *id;
}

Result<std::string> reference_of(Store::State& s, std::int64_t subject) {
    auto query = s.data.prepare("SELECT reference FROM subject WHERE id = ?");
    MIEN_TRY(query.bind(subject).step());
    return to_hex(query.blob(0));
}

Status set_merged(Store::State& s, std::int64_t subject, std::optional<std::int64_t> into) {
    auto update = s.data.prepare("UPDATE subject SET merged_into = ? WHERE id = ?");
    if (into)
        update.bind(*into);
    else
        update.bind(std::nullopt);
    return update.bind(subject).run();
}

}  // namespace

Result<std::map<std::int64_t, std::int64_t>> Store::State::merged_roots(std::int64_t gallery) {
    std::map<std::int64_t, std::int64_t> into;
    // By the index of the few that are merged, not by all of the gallery's.
    auto query = data.prepare("SELECT id, merged_into FROM subject WHERE +gallery = ? AND merged_into IS NOT NULL");
    query.bind(gallery);
    while (true) {
        MIEN_LET(more, query.step());
        if (!more) break;
        into.emplace(query.integer(0), query.integer(1));
    }
    for (auto& [id, root] : into) {
        for (auto next = into.find(root); next != into.end(); next = into.find(root)) root = next->second;
    }
    return into;
}

Result<Merge> Store::merge(const std::string& gallery, const std::string& into, const std::string& from,
                           const Actor& actor) {
    State& s = *state_;
    const std::lock_guard guard(s.lock);
    MIEN_LET(transaction, Transaction::begin(s.data));
    MIEN_LET(info, s.find_gallery(gallery));
    Merge merge;
    MIEN_LET(target, need_subject(s, info, into));
    MIEN_LET(source, need_subject(s, info, from));
    MIEN_LET(roots, s.merged_roots(info.id));
    if (roots.contains(source)) return Error{Fault::Conflict, "'" + from + "' is merged already: undo that first"};
    if (const auto root = roots.find(target); root != roots.end()) target = root->second;
    if (target == source) return Error{Fault::Conflict, "'" + from + "' and '" + into + "' are one subject already"};
    merge.into = target;
    merge.from = source;
    merge.at = s.clock();
    MIEN_TRY(set_merged(s, source, target));
    auto insert = s.data.prepare("INSERT INTO merge(into_subject, from_subject, at) VALUES(?, ?, ?)");
    MIEN_TRY(insert.bind(target).bind(source).bind(merge.at.time_since_epoch().count()).run());
    merge.id = s.data.last_id();
    for (const auto& [id, root] : roots)
        if (root == source) MIEN_TRY(s.note_change(info.id, id));
    MIEN_TRY(s.note_change(info.id, source));
    MIEN_LET(from_reference, reference_of(s, source));
    MIEN_LET(into_reference, reference_of(s, target));
    MIEN_TRY(s.note({.action = "merge",
                     .gallery = gallery,
                     .subject_reference = into_reference,
                     .outcome = "merge " + std::to_string(merge.id) + ": takes in " + from_reference,
                     .actor = actor}));
    MIEN_TRY(transaction.commit());
    return merge;
}

Status Store::undo_merge(std::int64_t merge, const Actor& actor) {
    State& s = *state_;
    const std::lock_guard guard(s.lock);
    MIEN_LET(transaction, Transaction::begin(s.data));
    auto query = s.data.prepare(
        "SELECT merge.from_subject, merge.into_subject, merge.undone, gallery.id, gallery.name FROM merge "
        "JOIN subject ON subject.id = merge.from_subject JOIN gallery ON gallery.id = subject.gallery WHERE merge.id = "
        "?");
    query.bind(merge);
    MIEN_LET(found, query.step());
    if (!found) return Error{Fault::NotFound, "there is no merge " + std::to_string(merge)};
    if (!query.empty(2)) return Error{Fault::Conflict, "merge " + std::to_string(merge) + " was undone already"};
    const std::int64_t source = query.integer(0);
    const std::int64_t gallery = query.integer(3);
    MIEN_LET(roots, s.merged_roots(gallery));
    for (const auto& [id, root] : roots)
        if (id == source || root == source || root == query.integer(1)) MIEN_TRY(s.note_change(gallery, id));
    MIEN_TRY(set_merged(s, source, std::nullopt));
    auto update = s.data.prepare("UPDATE merge SET undone = ? WHERE id = ?");
    MIEN_TRY(update.bind(s.clock().time_since_epoch().count()).bind(merge).run());
    MIEN_LET(reference, reference_of(s, source));
    MIEN_TRY(s.note({.action = "undo merge",
                     .gallery = query.text(4),
                     .subject_reference = reference,
                     .outcome = "merge " + std::to_string(merge) + " undone",
                     .actor = actor}));
    return transaction.commit();
}

Result<std::vector<Merge>> Store::merges(const std::string& gallery) {
    State& s = *state_;
    const std::lock_guard guard(s.lock);
    MIEN_LET(info, s.find_gallery(gallery));
    auto query = s.data.prepare(
        "SELECT merge.id, into_subject, from_subject, at, undone FROM merge JOIN subject ON subject.id = "
        "merge.from_subject "
        "WHERE subject.gallery = ? ORDER BY merge.id");
    query.bind(info.id);
    std::vector<Merge> all;
    while (true) {
        MIEN_LET(more, query.step());
        if (!more) return all;
        Merge merge{query.integer(0),
                    query.integer(1),
                    query.integer(2),
                    Time{std::chrono::milliseconds{query.integer(3)}},
                    {}};
        if (!query.empty(4)) merge.undone = Time{std::chrono::milliseconds{query.integer(4)}};
        all.push_back(merge);
    }
}

Status Store::rename(const std::string& gallery, const std::string& subject, const std::string& name,
                     const std::optional<Consent>& consent, const Actor& actor) {
    if (name.empty() || name.size() > 500) return Error{Fault::BadInput, "a subject's name has 1 to 500 bytes"};
    State& s = *state_;
    const std::lock_guard guard(s.lock);
    MIEN_LET(transaction, Transaction::begin(s.data));
    MIEN_LET(info, s.find_gallery(gallery));
    MIEN_LET(id, need_subject(s, info, subject));
    MIEN_LET(taken, s.find_subject(info.id, name));
    if (taken) return Error{Fault::Conflict, "a subject '" + name + "' exists already: merge the two instead"};
    MIEN_LET(before, s.read_subject(id));
    const std::optional<Consent> kept = consent ? consent : before.consent;
    if (info.basis == Basis::Consent && !kept)
        return Error{Fault::BadInput,
                     "gallery '" + gallery + "' stands on consent: say which text '" + name + "' agreed to"};
    MIEN_LET(key, s.subject_key(info.id, id));
    MIEN_LET(keys_here, s.keys_of(info.id));
    const Bytes sealed = seal(key, to_bytes(SubjectText{name, before.metadata, kept}), place("subject", id));
    const Digest digest = digest_of(keys_here.names, as_bytes(name));
    auto update = s.data.prepare("UPDATE subject SET name_digest = ?, sealed = ?, kind = 0 WHERE id = ?");
    MIEN_TRY(update.bind(ByteView(digest)).bind(ByteView(sealed)).bind(id).run());
    MIEN_TRY(s.note_change(info.id, id));  // an unknown one became known: searches filter by that
    MIEN_TRY(s.note({.action = before.kind == SubjectKind::Unknown ? "name unknown" : "rename",
                     .gallery = gallery,
                     .subject_reference = before.reference,
                     .actor = actor}));
    return transaction.commit();
}

Result<Rejection> Store::reject(const std::string& gallery, const std::string& subject, const Template& probe,
                                const Actor& actor) {
    State& s = *state_;
    const std::lock_guard guard(s.lock);
    MIEN_LET(transaction, Transaction::begin(s.data));
    MIEN_LET(info, s.find_gallery(gallery));
    MIEN_LET(id, need_subject(s, info, subject));
    MIEN_LET(key, s.subject_key(info.id, id));
    MIEN_LET(maker, s.maker_id(probe.maker, probe.values.size()));
    Rejection made{0, id, s.clock(), probe.values};
    const ByteView values{reinterpret_cast<const std::uint8_t*>(probe.values.data()),
                          probe.values.size() * sizeof(float)};
    auto insert = s.data.prepare("INSERT INTO rejection(subject, maker, created, sealed) VALUES(?, ?, ?, ?)");
    MIEN_TRY(insert.bind(id)
                 .bind(maker)
                 .bind(made.at.time_since_epoch().count())
                 .bind(ByteView(seal(key, values, place("rejection", id))))
                 .run());
    made.id = s.data.last_id();
    MIEN_LET(reference, reference_of(s, id));
    MIEN_TRY(s.note({.action = "reject",
                     .gallery = gallery,
                     .subject_reference = reference,
                     .maker = probe.maker.model,
                     .outcome = "rejection " + std::to_string(made.id) + ": a probe is not this subject",
                     .actor = actor}));
    MIEN_TRY(transaction.commit());
    return made;
}

Status Store::take_back_rejection(std::int64_t rejection, const Actor& actor) {
    State& s = *state_;
    const std::lock_guard guard(s.lock);
    MIEN_LET(transaction, Transaction::begin(s.data));
    auto query = s.data.prepare(
        "SELECT subject.reference, gallery.name FROM rejection JOIN subject ON subject.id = rejection.subject "
        "JOIN gallery ON gallery.id = subject.gallery WHERE rejection.id = ?");
    query.bind(rejection);
    MIEN_LET(found, query.step());
    if (!found) return Error{Fault::NotFound, "there is no rejection " + std::to_string(rejection)};
    auto remove = s.data.prepare("DELETE FROM rejection WHERE id = ?");
    MIEN_TRY(remove.bind(rejection).run());
    MIEN_TRY(s.note({.action = "take back rejection",
                     .gallery = query.text(1),
                     .subject_reference = to_hex(query.blob(0)),
                     .outcome = "rejection " + std::to_string(rejection),
                     .actor = actor}));
    return transaction.commit();
}

Result<std::vector<Rejection>> Store::rejections(const std::string& gallery, const Maker& maker) {
    State& s = *state_;
    const std::lock_guard guard(s.lock);
    MIEN_LET(info, s.find_gallery(gallery));
    MIEN_LET(roots, s.merged_roots(info.id));
    auto query = s.data.prepare(
        "SELECT rejection.id, rejection.subject, rejection.created, rejection.sealed FROM rejection "
        "JOIN subject ON subject.id = rejection.subject JOIN maker ON maker.id = rejection.maker "
        "WHERE subject.gallery = ? AND maker.model = ? AND maker.version = ? AND maker.preprocessing = ? ORDER BY "
        "rejection.id");
    query.bind(info.id).bind(maker.model).bind(maker.version).bind(maker.preprocessing);
    std::vector<Rejection> all;
    while (true) {
        MIEN_LET(more, query.step());
        if (!more) return all;
        const std::int64_t subject = query.integer(1);
        MIEN_LET(key, s.subject_key(info.id, subject));
        MIEN_LET(values, s.open_values(key, query.blob(3), place("rejection", subject)));
        const auto root = roots.find(subject);
        all.push_back({query.integer(0), root == roots.end() ? subject : root->second,
                       Time{std::chrono::milliseconds{query.integer(2)}}, std::move(values)});
    }
}

namespace {

// Seals a sample and its templates again with the key of the subject that they move to.
Status move_sample(Store::State& s, std::int64_t sample, std::int64_t from, const Key& from_key, std::int64_t to,
                   const Key& to_key) {
    const auto again = [&](ByteView sealed, std::string_view kind) -> Result<Bytes> {
        MIEN_LET(plain, unseal(from_key, sealed, place(kind, from)));
        const Bytes fresh = seal(to_key, plain, place(kind, to));
        wipe(plain);
        return fresh;
    };
    {
        auto query = s.data.prepare("SELECT sealed, crop FROM sample WHERE id = ?");
        MIEN_TRY(query.bind(sample).step());
        MIEN_LET(source, again(query.blob(0), "sample"));
        auto update = s.data.prepare("UPDATE sample SET subject = ?, sealed = ?, crop = ? WHERE id = ?");
        update.bind(to).bind(ByteView(source));
        if (query.empty(1)) {
            update.bind(std::nullopt);
        } else {
            MIEN_LET(crop, again(query.blob(1), "crop"));
            update.bind(ByteView(crop));
        }
        MIEN_TRY(update.bind(sample).run());
    }
    std::vector<std::pair<std::int64_t, Bytes>> templates;
    {
        auto query = s.data.prepare("SELECT id, sealed FROM template WHERE sample = ?");
        query.bind(sample);
        while (true) {
            MIEN_LET(more, query.step());
            if (!more) break;
            MIEN_LET(fresh, again(query.blob(1), "template"));
            templates.emplace_back(query.integer(0), std::move(fresh));
        }
    }
    for (const auto& [id, sealed] : templates) {
        auto update = s.data.prepare("UPDATE template SET subject = ?, sealed = ? WHERE id = ?");
        MIEN_TRY(update.bind(to).bind(ByteView(sealed)).bind(id).run());
    }
    return {};
}

}  // namespace

Result<Enrolled> Store::split(const std::string& gallery, const std::string& subject,
                              std::span<const std::int64_t> samples, const std::string& new_name, const Actor& actor) {
    State& s = *state_;
    const std::lock_guard guard(s.lock);
    MIEN_LET(transaction, Transaction::begin(s.data));
    MIEN_LET(info, s.find_gallery(gallery));
    MIEN_LET(from, need_subject(s, info, subject));
    MIEN_LET(before, s.read_subject(from));
    const auto is_its = [&](std::int64_t id) {
        return std::ranges::find(before.samples, id, &SampleInfo::id) != before.samples.end();
    };
    if (samples.empty() || !std::ranges::all_of(samples, is_its) || samples.size() >= before.samples.size())
        return Error{Fault::BadInput, "to split '" + subject + "' name some of its " +
                                          std::to_string(before.samples.size()) + " samples, not none and not all"};
    MIEN_LET(taken, s.find_subject(info.id, new_name));
    if (taken) return Error{Fault::Conflict, "a subject '" + new_name + "' exists already"};
    MIEN_LET(from_key, s.subject_key(info.id, from));
    Enrolled made;
    MIEN_LET(to_key, s.make_subject(info,
                                    {.subject = new_name,
                                     .metadata = {},
                                     .tags = before.tags,
                                     .kind = before.kind,
                                     .consent = before.consent,
                                     .samples = {}},
                                    made));
    MIEN_TRY(s.note_change(info.id, from));
    for (const std::int64_t sample : samples) {
        MIEN_TRY(move_sample(s, sample, from, from_key, made.subject, to_key));
        made.samples.push_back(sample);
    }
    MIEN_TRY(s.note({.action = "split",
                     .gallery = gallery,
                     .subject_reference = before.reference,
                     .outcome = std::to_string(samples.size()) + " samples moved to " + made.reference,
                     .actor = actor}));
    MIEN_TRY(transaction.commit());
    return made;
}

}  // namespace mien::gallery
