#pragma once

// What the files of this folder share behind Store; nobody else includes it.

#include <map>
#include <set>

#include "gallery/store/database.h"
#include "gallery/store/store.h"

namespace mien::gallery {

// What a sealed record is bound to: it opens only as this kind of record of this subject.
std::string place(std::string_view kind, std::int64_t id);

struct SubjectText {  // what a subject's row seals
    std::string name{};
    std::string metadata{};
    std::optional<Consent> consent{};
};
Bytes to_bytes(const SubjectText& text);
Result<SubjectText> subject_text_from(ByteView bytes);

struct GalleryKeys {
    Key key;          // wraps the subjects' keys
    Key names;        // makes the digests by which names are found; never changed
    Bytes wrapped{};  // as keys.db holds the first
};

struct Store::State {
    std::filesystem::path folder{};
    Clock clock = now;
    std::chrono::milliseconds patience{};
    Key master;
    Database data;
    Database keys;
    Signer signer;
    std::map<std::int64_t, GalleryKeys> gallery_keys{};
    std::int64_t keys_ahead = 0;  // see next_key
    std::int64_t single_enrolments = 0;
    std::mutex lock{};

    Result<GalleryInfo> find_gallery(const std::string& name);
    Result<GalleryKeys> keys_of(std::int64_t gallery);
    Result<Key> subject_key(std::int64_t gallery, std::int64_t subject);
    Result<std::optional<std::int64_t>> find_subject(std::int64_t gallery, std::string_view name);
    Result<std::int64_t> maker_id(const Maker& maker, std::size_t dimension);  // made where missing
    Result<std::int64_t> next_id(std::string_view table);
    Result<SubjectInfo> read_subject(std::int64_t id);
    Status check_subject(const GalleryInfo& gallery, const SubjectInfo& subject);
    Result<Key> next_key(const Key& gallery_key, std::int64_t subject);
    Result<Key> make_subject(const GalleryInfo& gallery, const Enrolment& person, Enrolled& made);

    Result<std::vector<float>> open_values(const Key& key, ByteView sealed, std::string_view bound_to);

    // Writes a record into the transaction that is open.
    Result<AuditRecord> note(AuditEntry entry);
    Result<std::optional<AuditRecord>> last_audit();

    Status note_change(std::int64_t gallery, std::int64_t subject);
    Result<std::map<std::int64_t, std::int64_t>> merged_roots(
        std::int64_t gallery);  // merged subject -> who it counts as

    Result<std::optional<std::int64_t>> setting(std::string_view name);
    Status set(std::string_view name, std::int64_t value);
    Result<std::set<Digest>> contents_of(std::int64_t subject, const Key& subject_key);  // as kept_content gives them
    static Digest kept_content(const Key& names, const Digest& content);
    static Result<Bytes> sealed_content(const Key& names, const Key& subject_key, std::int64_t subject,
                                        const Digest& content);

    Status finish_erasures();
    Result<std::vector<ErasureProof>> erase(const std::function<Result<std::vector<std::int64_t>>()>& whom,
                                            const Actor& actor, ScanFor scan);
    Result<bool> empty_logs(std::chrono::milliseconds wait);
    Status erase_rows(std::int64_t subject);
    Status write_key_copies(std::vector<std::string>& unreached);
};

}  // namespace mien::gallery
