#include <algorithm>
#include <bitset>
#include <cstring>
#include <functional>
#include <set>
#include <unordered_map>

#include "base/file.h"
#include "gallery/store/state.h"

namespace mien::gallery {
namespace {

namespace fs = std::filesystem;

// Bytes that must be nowhere after an erasure: the wrapped keys, and the first 64 bytes of the sealed templates (the
// nonce and the first ciphertext: random bytes that name the record). Found by their first 8 bytes, so that many cost
// little more than one.
class Marks {
public:
    void add(ByteView mark) {
        if (mark.size() < start) return;
        const ByteView part = mark.first(std::min<std::size_t>(longest, mark.size()));
        marks_.emplace(start_of(part.data()), Bytes(part.begin(), part.end()));
        first_two_.set(std::size_t{part[0]} << 8 | part[1]);
    }

    // Reads in parts that overlap by the longest mark.
    Result<bool> are_in(const fs::path& file) const {
        Bytes kept;
        bool found = false;
        MIEN_TRY(read_in_parts(file, [&](ByteView part) -> Status {
            if (found) return {};
            kept.insert(kept.end(), part.begin(), part.end());
            found = any_in(kept);
            if (kept.size() >= longest) kept.erase(kept.begin(), kept.end() - static_cast<std::ptrdiff_t>(longest - 1));
            return {};
        }));
        return found;
    }

private:
    static constexpr std::size_t start = 8;
    static constexpr std::size_t longest = 80;  // a wrapped key has 72

    static std::uint64_t start_of(const std::uint8_t* bytes) {
        std::uint64_t first = 0;
        std::memcpy(&first, bytes, start);
        return first;
    }
    bool any_in(ByteView bytes) const {
        for (std::size_t at = 0; at + start <= bytes.size(); ++at) {
            if (!first_two_.test(std::size_t{bytes[at]} << 8 | bytes[at + 1])) continue;
            const auto [first, last] = marks_.equal_range(start_of(bytes.data() + at));
            for (auto mark = first; mark != last; ++mark)
                if (bytes.size() - at >= mark->second.size() &&
                    std::ranges::equal(bytes.subspan(at, mark->second.size()), mark->second))
                    return true;
        }
        return false;
    }

    std::unordered_multimap<std::uint64_t, Bytes> marks_{};
    std::bitset<65536> first_two_{};
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
    }
    if (pending.empty()) return {};
    MIEN_LET(emptied, empty_logs(std::chrono::seconds{1}));
    if (!emptied) return {};  // a reader of what was holds them still: the next opening tries again
    std::vector<std::string> unreached;
    MIEN_TRY(write_key_copies(unreached));
    for (const Pending& p : pending) {
        auto done = keys.prepare("DELETE FROM unfinished_erasure WHERE subject = ?");
        MIEN_TRY(done.bind(p.subject).run());
    }
    return {};
}

// False: somebody reads an older state (an export), for which the logs keep it.
Result<bool> Store::State::empty_logs(std::chrono::milliseconds wait) {
    for (Database* database : {&keys, &data}) {
        const Status emptied = database->empty_wal(wait);
        if (!emptied && emptied.error().fault == Fault::Overloaded) return false;
        MIEN_TRY(emptied);
    }
    return true;
}

namespace {

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

struct Erasing {
    std::int64_t gallery = 0;
    std::vector<std::int64_t> profiles{};  // the subject, then who was merged into it
    ErasureProof proof{};
};

Result<Erasing> find_erasing(Database& data, std::int64_t subject) {
    Erasing erasing;
    auto query = data.prepare(
        "SELECT subject.reference, gallery.name, gallery.id FROM subject JOIN gallery ON gallery.id = subject.gallery "
        "WHERE subject.id = ?");
    query.bind(subject);
    MIEN_LET(found, query.step());
    if (!found) return Error{Fault::NotFound, "there is no subject " + std::to_string(subject)};
    erasing.proof.subject_reference = to_hex(query.blob(0));
    erasing.proof.gallery = query.text(1);
    erasing.gallery = query.integer(2);
    MIEN_LET(merged, merged_into(data, subject));
    erasing.profiles = std::move(merged);
    erasing.profiles.insert(erasing.profiles.begin(), subject);
    return erasing;
}

// Nothing is opened for it, so that a damaged record can be erased, too.
Status count_rows(Database& data, std::int64_t profile, ErasureProof& proof, Marks& marks) {
    auto samples = data.prepare("SELECT COUNT(*), COUNT(crop) FROM sample WHERE subject = ?");
    MIEN_TRY(samples.bind(profile).step());
    proof.samples += static_cast<std::size_t>(samples.integer(0));
    proof.crops += static_cast<std::size_t>(samples.integer(1));
    auto sealed = data.prepare("SELECT sealed FROM template WHERE subject = ?");
    sealed.bind(profile);
    while (true) {
        MIEN_LET(more, sealed.step());
        if (!more) return {};
        ++proof.templates;
        const ByteView bytes = sealed.blob(0);
        marks.add(bytes.first(std::min<std::size_t>(64, bytes.size())));
    }
}

// The point of no return: without its key nothing of the subject opens, here or in any backup.
Status destroy_keys(Database& keys, Erasing& erasing, const Actor& actor, Marks& marks) {
    for (const std::int64_t profile : erasing.profiles) {
        std::string digest;
        {
            auto query = keys.prepare("SELECT wrapped FROM subject_key WHERE subject = ?");
            query.bind(profile);
            MIEN_LET(found, query.step());
            const ByteView wrapped = found ? query.blob(0) : ByteView{};
            digest = to_hex(digest_of(wrapped));
            marks.add(wrapped);
        }
        if (profile == erasing.profiles.front()) erasing.proof.key_digest = digest;
        auto destroy = keys.prepare("DELETE FROM subject_key WHERE subject = ?");
        MIEN_TRY(destroy.bind(profile).run());
        auto pending =
            keys.prepare("INSERT OR REPLACE INTO unfinished_erasure(subject, key_digest, who, why) VALUES(?, ?, ?, ?)");
        MIEN_TRY(pending.bind(profile).bind(digest).bind(actor.who).bind(actor.why).run());
    }
    return {};
}

// The files that were searched. Errors: Bug when one still holds a mark.
Result<std::vector<std::string>> search_files(const fs::path& folder, const Marks& marks, ScanFor scan) {
    std::vector<std::string> checked;
    std::error_code unknown;
    for (const auto& entry : fs::directory_iterator(folder, unknown)) {
        const std::string file = entry.path().filename().string();
        if (!entry.is_regular_file(unknown) ||
            !(scan == ScanFor::Everything || file.starts_with("keys.db") || file.ends_with("-wal")))
            continue;
        MIEN_LET(found, marks.are_in(entry.path()));
        if (found)
            return Error{Fault::Bug, entry.path().string() +
                                         " still holds bytes of what was erased; the key is destroyed all the same"};
        checked.push_back(file);
    }
    std::ranges::sort(checked);
    return checked;
}

}  // namespace

// Subjects that are chosen inside the transaction; all of them go at once, or none.
Result<std::vector<ErasureProof>> Store::State::erase(const std::function<Result<std::vector<std::int64_t>>()>& whom,
                                                      const Actor& actor, ScanFor scan) {
    Marks marks;
    std::vector<Erasing> all;
    {
        MIEN_LET(transaction, Transaction::begin(data));
        MIEN_LET(subjects, whom());
        std::set<std::int64_t> taken;
        MIEN_LET(key_transaction, Transaction::begin(keys));
        for (const std::int64_t subject : subjects) {
            if (taken.contains(subject)) continue;  // goes with the one that it was merged into
            MIEN_LET(erasing, find_erasing(data, subject));
            std::erase_if(erasing.profiles, [&](std::int64_t profile) { return taken.contains(profile); });
            taken.insert(erasing.profiles.begin(), erasing.profiles.end());
            for (const std::int64_t profile : erasing.profiles)
                MIEN_TRY(count_rows(data, profile, erasing.proof, marks));
            MIEN_TRY(destroy_keys(keys, erasing, actor, marks));
            all.push_back(std::move(erasing));
        }
        if (all.empty()) return std::vector<ErasureProof>{};
        MIEN_TRY(key_transaction.commit());
        for (Erasing& erasing : all) {
            for (auto profile = erasing.profiles.rbegin(); profile != erasing.profiles.rend(); ++profile) {
                MIEN_TRY(note_change(erasing.gallery, *profile));
                MIEN_TRY(erase_rows(*profile));
            }
            ErasureProof& proof = erasing.proof;
            MIEN_LET(record, note({.action = "forget",
                                   .gallery = proof.gallery,
                                   .subject_reference = proof.subject_reference,
                                   .outcome = std::to_string(proof.samples) + " samples, " +
                                              std::to_string(proof.templates) + " templates, " +
                                              std::to_string(proof.crops) + " crops erased; key " + proof.key_digest,
                                   .actor = actor}));
            proof.at = record.at;
            proof.audit_record = record.number;
            proof.audit_hash = to_hex(record.hash);
        }
        MIEN_TRY(transaction.commit());
    }
    std::vector<std::string> unreached;
    std::vector<std::string> checked;
    MIEN_LET(emptied, empty_logs(patience));
    if (emptied) {
        MIEN_TRY(write_key_copies(unreached));
        MIEN_LET(searched, search_files(folder, marks, scan));
        checked = std::move(searched);
        MIEN_LET(done, Transaction::begin(keys));
        for (const Erasing& erasing : all) {
            for (const std::int64_t profile : erasing.profiles) {
                auto finished = keys.prepare("DELETE FROM unfinished_erasure WHERE subject = ?");
                MIEN_TRY(finished.bind(profile).run());
            }
        }
        MIEN_TRY(done.commit());
    } else {
        unreached.emplace_back(
            "keys.db, which an export or another reader holds as it was; the next opening clears it");
    }
    std::vector<ErasureProof> proofs;
    for (Erasing& erasing : all) {
        erasing.proof.checked = checked;
        erasing.proof.unreached = unreached;
        proofs.push_back(std::move(erasing.proof));
    }
    return proofs;
}

Result<ErasureProof> Store::forget(const std::string& gallery, const std::string& name, const Actor& actor,
                                   ScanFor scan) {
    State& s = *state_;
    const std::lock_guard guard(s.lock);
    const auto whom = [&]() -> Result<std::vector<std::int64_t>> {
        MIEN_LET(info, s.find_gallery(gallery));
        MIEN_LET(id, s.find_subject(info.id, name));
        if (!id) return Error{Fault::NotFound, "there is no subject '" + name + "' in gallery '" + gallery + "'"};
        return std::vector{*id};
    };
    MIEN_LET(proofs, s.erase(whom, actor, scan));
    return std::move(proofs.front());
}

Status Store::remove(const std::string& gallery, const Actor& actor) {
    State& s = *state_;
    const std::lock_guard guard(s.lock);
    std::int64_t mark = 0;  // stands for the gallery among unfinished erasures
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
        auto pending = s.keys.prepare(
            "INSERT OR REPLACE INTO unfinished_erasure(subject, key_digest, who, why) VALUES(?, '', ?, ?)");
        MIEN_TRY(pending.bind(mark = -info.id).bind(actor.who).bind(actor.why).run());
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
    MIEN_LET(emptied, s.empty_logs(s.patience));
    if (!emptied)
        return Error{Fault::Overloaded,
                     "the gallery is deleted, but an export or another reader holds keys.db as it was; the next "
                     "opening after it clears what is left of the keys"};
    std::vector<std::string> unreached;
    MIEN_TRY(s.write_key_copies(unreached));
    auto finished = s.keys.prepare("DELETE FROM unfinished_erasure WHERE subject = ?");
    MIEN_TRY(finished.bind(mark).run());
    if (!unreached.empty())
        return Error{Fault::Unavailable, "the gallery is deleted here, but the key copy " + unreached.front() +
                                             " could not be rewritten: delete it by hand"};
    return {};
}

}  // namespace mien::gallery
