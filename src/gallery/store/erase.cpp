#include <algorithm>
#include <functional>

#include "base/file.h"
#include "gallery/store/state.h"

namespace mien::gallery {
namespace {

namespace fs = std::filesystem;

// Does a file's bytes hold any of these? Reads in parts that overlap by the longest mark.
Result<bool> holds(const fs::path& file, std::span<const Bytes> marks) {
    std::size_t longest = 1;
    for (const Bytes& mark : marks) longest = std::max(longest, mark.size());
    Bytes kept;
    bool found = false;
    MIEN_TRY(read_in_parts(file, [&](ByteView part) {
        if (found) return;
        kept.insert(kept.end(), part.begin(), part.end());
        for (const Bytes& mark : marks)
            found = found || std::search(kept.begin(), kept.end(),
                                         std::boyer_moore_horspool_searcher(mark.begin(), mark.end())) != kept.end();
        if (kept.size() >= longest) kept.erase(kept.begin(), kept.end() - static_cast<std::ptrdiff_t>(longest - 1));
    }));
    return found;
}

struct Erasing {
    std::int64_t subject = 0;
    std::string reference{};
    std::vector<Bytes> marks{};  // bytes that must be nowhere afterwards: the wrapped key, the sealed templates
};

}  // namespace

Status Store::State::erase_rows(std::int64_t subject) {
    for (const std::string_view sql :
         {"DELETE FROM template WHERE subject = ?", "DELETE FROM rejection WHERE subject = ?",
          "DELETE FROM sample WHERE subject = ?", "DELETE FROM merge WHERE from_subject = ?1 OR into_subject = ?1",
          "UPDATE subject SET merged_into = NULL WHERE merged_into = ?", "DELETE FROM subject WHERE id = ?"}) {
        auto statement = data.prepare(sql);
        MIEN_TRY(statement.bind(subject).run());
    }
    return {};
}

Status Store::State::write_key_copies(std::vector<std::string>& unreached) {
    std::vector<std::string> copies;
    {
        auto query = keys.prepare("SELECT path FROM copy ORDER BY path");
        while (true) {
            MIEN_LET(more, query.step());
            if (!more) break;
            copies.push_back(query.text(0));
        }
    }
    for (const std::string& path : copies) {
        std::error_code unknown;
        if (!fs::exists(path, unknown) || !keys.copy_to(path)) unreached.push_back(path);
    }
    return {};
}

// Tells those who follow the store (Store::changes) that a subject's templates are to be read again.
Status Store::State::note_change(std::int64_t gallery, std::int64_t subject) {
    auto insert = data.prepare("INSERT INTO change(gallery, template) SELECT ?, id FROM template WHERE subject = ?");
    return insert.bind(gallery).bind(subject).run();
}

// An erasure's key is gone, but the process ended before its rows were.
Status Store::State::finish_erasures() {
    struct Pending {
        std::int64_t subject;
        std::string digest, who, why;
    };
    std::vector<Pending> pending;
    {
        auto query = keys.prepare("SELECT subject, key_digest, who, why FROM unfinished_erasure");
        while (true) {
            MIEN_LET(more, query.step());
            if (!more) break;
            pending.push_back({query.integer(0), query.text(1), query.text(2), query.text(3)});
        }
    }
    for (const Pending& p : pending) {
        MIEN_LET(transaction, Transaction::begin(data));
        std::string reference;
        std::string gallery;
        std::int64_t gallery_id = 0;
        {
            auto query = data.prepare(
                "SELECT subject.reference, gallery.name, gallery.id FROM subject JOIN gallery ON gallery.id = "
                "subject.gallery WHERE subject.id = ?");
            query.bind(p.subject);
            MIEN_LET(found, query.step());
            if (found) {
                reference = to_hex(query.blob(0));
                gallery = query.text(1);
                gallery_id = query.integer(2);
            }
        }
        if (!reference.empty()) {
            MIEN_TRY(note_change(gallery_id, p.subject));
            MIEN_TRY(erase_rows(p.subject));
            MIEN_TRY(note({.action = "forget",
                           .gallery = gallery,
                           .subject_reference = reference,
                           .outcome = "finished after an interruption; key " + p.digest,
                           .actor = {p.who, p.why}}));
        }
        MIEN_TRY(transaction.commit());
        auto done = keys.prepare("DELETE FROM unfinished_erasure WHERE subject = ?");
        MIEN_TRY(done.bind(p.subject).run());
    }
    if (!pending.empty()) {
        MIEN_TRY(keys.empty_wal());
        MIEN_TRY(data.empty_wal());
        std::vector<std::string> unreached;
        MIEN_TRY(write_key_copies(unreached));
    }
    return {};
}

namespace {

Result<std::vector<Bytes>> sealed_templates(Database& data, std::int64_t subject) {
    std::vector<Bytes> marks;
    auto query = data.prepare("SELECT sealed FROM template WHERE subject = ?");
    query.bind(subject);
    while (true) {
        MIEN_LET(more, query.step());
        if (!more) return marks;
        // The nonce and the first ciphertext: 64 random bytes name the record.
        const ByteView sealed = query.blob(0);
        marks.emplace_back(sealed.begin(),
                           sealed.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(64, sealed.size())));
    }
}

Result<std::vector<std::int64_t>> merged_into(Database& data, std::int64_t subject) {
    std::vector<std::int64_t> all;
    auto query = data.prepare("SELECT id FROM subject WHERE merged_into = ?");
    query.bind(subject);
    while (true) {
        MIEN_LET(more, query.step());
        if (!more) return all;
        all.push_back(query.integer(0));
    }
}

}  // namespace

Result<ErasureProof> Store::forget(const std::string& gallery, const std::string& name, const Actor& actor,
                                   ScanFor scan) {
    State& s = *state_;
    const std::lock_guard guard(s.lock);
    ErasureProof proof;
    proof.gallery = gallery;
    std::vector<Bytes> key_marks;
    std::vector<Bytes> marks;
    {
        MIEN_LET(data, Transaction::begin(s.data));
        MIEN_LET(info, s.find_gallery(gallery));
        MIEN_LET(id, s.find_subject(info.id, name));
        if (!id) return Error{Fault::NotFound, "there is no subject '" + name + "' in gallery '" + gallery + "'"};
        MIEN_LET(profiles, merged_into(s.data, *id));
        profiles.insert(profiles.begin(), *id);
        {
            // The point of no return: without its key nothing of the subject opens, here or in any backup.
            MIEN_LET(keys, Transaction::begin(s.keys));
            for (const std::int64_t profile : profiles) {
                MIEN_LET(subject, s.read_subject(profile));
                if (profile == *id) proof.subject_reference = subject.reference;
                proof.samples += subject.samples.size();
                for (const SampleInfo& sample : subject.samples) {
                    proof.crops += sample.has_crop ? 1 : 0;
                    proof.templates += sample.makers.size();
                }
                MIEN_LET(sealed, sealed_templates(s.data, profile));
                marks.insert(marks.end(), sealed.begin(), sealed.end());
                {
                    auto query = s.keys.prepare("SELECT wrapped FROM subject_key WHERE subject = ?");
                    MIEN_TRY(query.bind(profile).step());
                    key_marks.emplace_back(query.blob(0).begin(), query.blob(0).end());
                }
                const std::string digest = to_hex(digest_of(key_marks.back()));
                if (profile == *id) proof.key_digest = digest;
                auto destroy = s.keys.prepare("DELETE FROM subject_key WHERE subject = ?");
                MIEN_TRY(destroy.bind(profile).run());
                auto pending =
                    s.keys.prepare("INSERT INTO unfinished_erasure(subject, key_digest, who, why) VALUES(?, ?, ?, ?)");
                MIEN_TRY(pending.bind(profile).bind(digest).bind(actor.who).bind(actor.why).run());
            }
            MIEN_TRY(keys.commit());
        }
        for (auto profile = profiles.rbegin(); profile != profiles.rend(); ++profile) {
            MIEN_TRY(s.note_change(info.id, *profile));
            MIEN_TRY(s.erase_rows(*profile));
        }
        MIEN_LET(record, s.note({.action = "forget",
                                 .gallery = gallery,
                                 .subject_reference = proof.subject_reference,
                                 .outcome = std::to_string(proof.samples) + " samples, " +
                                            std::to_string(proof.templates) + " templates, " +
                                            std::to_string(proof.crops) + " crops erased; key " + proof.key_digest,
                                 .actor = actor}));
        proof.at = record.at;
        proof.audit_record = record.number;
        proof.audit_hash = to_hex(record.hash);
        MIEN_TRY(data.commit());
        for (const std::int64_t profile : profiles) {
            auto finished = s.keys.prepare("DELETE FROM unfinished_erasure WHERE subject = ?");
            MIEN_TRY(finished.bind(profile).run());
        }
    }
    MIEN_TRY(s.keys.empty_wal());
    MIEN_TRY(s.data.empty_wal());
    MIEN_TRY(s.write_key_copies(proof.unreached));
    std::vector<fs::path> files;
    std::error_code unknown;
    for (const auto& entry : fs::directory_iterator(s.folder, unknown)) {
        const std::string file = entry.path().filename().string();
        if (entry.is_regular_file(unknown) &&
            (scan == ScanFor::Everything || file.starts_with("keys.db") || file.ends_with("-wal")))
            files.push_back(entry.path());
    }
    marks.insert(marks.end(), key_marks.begin(), key_marks.end());
    for (const fs::path& file : files) {
        MIEN_LET(found, holds(file, marks));
        if (found)
            return Error{Fault::Bug,
                         file.string() + " still holds bytes of what was erased; the key is destroyed all the same"};
        proof.checked.push_back(file.filename().string());
    }
    std::ranges::sort(proof.checked);
    return proof;
}

Status Store::remove(const std::string& gallery, const Actor& actor) {
    State& s = *state_;
    const std::lock_guard guard(s.lock);
    {
        MIEN_LET(data, Transaction::begin(s.data));
        MIEN_LET(info, s.find_gallery(gallery));
        std::size_t subjects = 0;
        {
            auto query = s.data.prepare("SELECT COUNT(*) FROM subject WHERE gallery = ?");
            MIEN_TRY(query.bind(info.id).step());
            subjects = static_cast<std::size_t>(query.integer(0));
        }
        MIEN_LET(keys, Transaction::begin(s.keys));
        {
            std::vector<std::int64_t> ids;
            auto query = s.data.prepare("SELECT id FROM subject WHERE gallery = ?1 AND id > 0 ORDER BY id");
            query.bind(info.id);
            while (true) {
                MIEN_LET(more, query.step());
                if (!more) break;
                ids.push_back(query.integer(0));
            }
            for (const std::int64_t id : ids) {
                auto destroy = s.keys.prepare("DELETE FROM subject_key WHERE subject = ?");
                MIEN_TRY(destroy.bind(id).run());
            }
        }
        auto destroy = s.keys.prepare("DELETE FROM gallery_key WHERE gallery = ?");
        MIEN_TRY(destroy.bind(info.id).run());
        for (const std::string_view sql :
             {"DELETE FROM template WHERE subject IN (SELECT id FROM subject WHERE gallery = ?)",
              "DELETE FROM rejection WHERE subject IN (SELECT id FROM subject WHERE gallery = ?)",
              "DELETE FROM sample WHERE subject IN (SELECT id FROM subject WHERE gallery = ?)",
              "DELETE FROM merge WHERE from_subject IN (SELECT id FROM subject WHERE gallery = ?)",
              "DELETE FROM subject WHERE gallery = ?", "DELETE FROM operating_point WHERE gallery = ?",
              "DELETE FROM change WHERE gallery = ?", "DELETE FROM gallery WHERE id = ?"}) {
            auto statement = s.data.prepare(sql);
            MIEN_TRY(statement.bind(info.id).run());
        }
        MIEN_TRY(s.note({.action = "delete gallery",
                         .gallery = gallery,
                         .outcome = std::to_string(subjects) + " subjects erased with their keys",
                         .actor = actor}));
        MIEN_TRY(keys.commit());
        MIEN_TRY(data.commit());
        s.gallery_keys.erase(info.id);
    }
    MIEN_TRY(s.keys.empty_wal());
    MIEN_TRY(s.data.empty_wal());
    std::vector<std::string> unreached;
    MIEN_TRY(s.write_key_copies(unreached));
    if (!unreached.empty())
        return Error{Fault::Unavailable, "the gallery is deleted here, but the key copy " + unreached.front() +
                                             " could not be rewritten: delete it by hand"};
    return {};
}

Result<std::vector<std::int64_t>> Store::expired_among(std::span<const std::int64_t> subjects) {
    State& s = *state_;
    const std::lock_guard guard(s.lock);
    const std::int64_t at = s.clock().time_since_epoch().count();
    std::vector<std::int64_t> over;
    for (const std::int64_t id : subjects) {
        auto query = s.data.prepare("SELECT expires FROM subject WHERE id = ?");
        query.bind(id);
        MIEN_LET(found, query.step());
        if (!found || query.integer(0) <= at) over.push_back(id);
    }
    return over;
}

Result<std::vector<SubjectInfo>> Store::expired() {
    State& s = *state_;
    const std::lock_guard guard(s.lock);
    std::vector<std::int64_t> ids;
    {
        auto query = s.data.prepare("SELECT id FROM subject WHERE expires <= ? ORDER BY expires");
        query.bind(s.clock().time_since_epoch().count());
        while (true) {
            MIEN_LET(more, query.step());
            if (!more) break;
            ids.push_back(query.integer(0));
        }
    }
    std::vector<SubjectInfo> subjects;
    for (const std::int64_t id : ids) {
        MIEN_LET(info, s.read_subject(id));
        subjects.push_back(std::move(info));
    }
    return subjects;
}

}  // namespace mien::gallery
