#include "gallery/store/state.h"

namespace mien::gallery {

// Only the subjects' own rows are opened: samples stay sealed, so that a million take seconds, not minutes.
Result<std::vector<SubjectFacts>> Store::facts(const std::string& gallery, std::int64_t after, std::size_t most) {
    State& s = *state_;
    const std::lock_guard guard(s.lock);
    MIEN_LET(info, s.find_gallery(gallery));
    auto query =
        s.data.prepare("SELECT id, kind, sealed FROM subject WHERE gallery = ? AND id > ? ORDER BY id LIMIT ?");
    query.bind(info.id).bind(after).bind(static_cast<std::int64_t>(std::min<std::size_t>(most, 1U << 20U)));
    std::vector<SubjectFacts> all;
    while (true) {
        MIEN_LET(more, query.step());
        if (!more) return all;
        const std::int64_t id = query.integer(0);
        {
            auto kept = s.keys.prepare("SELECT 1 FROM subject_key WHERE subject = ?");
            MIEN_LET(has_key, kept.bind(id).step());
            if (!has_key) continue;  // being erased at this moment
        }
        MIEN_LET(key, s.subject_key(info.id, id));
        MIEN_LET(bytes, unseal(key, query.blob(2), place("subject", id)));
        MIEN_LET(text, subject_text_from(bytes));
        wipe(bytes);
        all.push_back({id, query.integer(1) == 0 ? SubjectKind::Known : SubjectKind::Unknown, text.metadata});
    }
}

Result<std::vector<std::int64_t>> Store::subject_ids(const std::string& gallery) {
    State& s = *state_;
    const std::lock_guard guard(s.lock);
    MIEN_LET(info, s.find_gallery(gallery));
    auto query = s.data.prepare("SELECT id FROM subject WHERE gallery = ? ORDER BY id");
    query.bind(info.id);
    std::vector<std::int64_t> all;
    while (true) {
        MIEN_LET(more, query.step());
        if (!more) return all;
        all.push_back(query.integer(0));
    }
}

Result<std::vector<StoredTemplate>> Store::stored_templates(std::int64_t subject, const Maker& maker) {
    std::vector<std::int64_t> ids;
    {
        State& s = *state_;
        const std::lock_guard guard(s.lock);
        std::vector<std::int64_t> whole{subject};
        auto gallery = s.data.prepare("SELECT gallery FROM subject WHERE id = ?");
        gallery.bind(subject);
        MIEN_LET(found, gallery.step());
        if (!found) return Error{Fault::NotFound, "there is no subject " + std::to_string(subject)};
        MIEN_LET(roots, s.merged_roots(gallery.integer(0)));
        for (const auto& [id, root] : roots)
            if (root == subject) whole.push_back(id);
        for (const std::int64_t id : whole) {
            auto query = s.data.prepare(
                "SELECT template.id FROM template JOIN maker ON maker.id = template.maker WHERE template.subject = ? "
                "AND maker.model = ? AND maker.version = ? AND maker.preprocessing = ? ORDER BY template.id");
            query.bind(id).bind(maker.model).bind(maker.version).bind(maker.preprocessing);
            while (true) {
                MIEN_LET(more, query.step());
                if (!more) break;
                ids.push_back(query.integer(0));
            }
        }
    }
    std::vector<StoredTemplate> all;
    for (const std::int64_t id : ids) {
        MIEN_LET(made, find_template(id, maker));
        if (made) all.push_back(std::move(*made));  // else it went at this moment
    }
    return all;
}

}  // namespace mien::gallery
