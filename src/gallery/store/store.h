#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "gallery/audit/record.h"
#include "gallery/keys/master.h"
#include "gallery/records.h"
#include "gallery/store/known_pictures.h"

namespace mien::gallery {

struct StoreOptions {
    MasterKeySource master_key{};
    enum class Missing { Make, Fail };
    Missing missing = Missing::Make;  // what to do where there is no store yet
    Clock clock = now;
    std::chrono::milliseconds patience{10'000};  // how long an erasure waits for those who read an older state
};

// What enrolling gave a subject.
struct Enrolled {
    std::int64_t subject = 0;
    std::string reference{};
    std::vector<std::int64_t> samples{};  // 0: the subject has a sample of the same picture already
};

// Whether commands that open a store erase whose time is over, once a day.
enum class AutomaticRetention { Daily, Off };
struct RetentionState {
    AutomaticRetention automatic = AutomaticRetention::Daily;
    std::optional<Time> last_run{};
    bool due = false;  // automatic, and the last run was a day ago or more
};

enum class ScanFor { KeysOnly, Everything };  // which files an erasure searches for what it destroyed

// The store of record: galleries, subjects, samples, templates, audit, in one folder of two SQLite files. mien.db holds
// the data, sealed with a key for each subject; keys.db holds those keys, wrapped by a key for each gallery, wrapped by
// the master key. Backups take both, the keys always over the older copy: once a subject's key is gone, none of them
// opens its data.
// Every change is on the disk when its call returns, and each writes its audit record in the same transaction.
// Thread rule: calls may come from several threads; they take turns. Several processes may share a folder.
class Store {
public:
    static Result<Store> open(const std::filesystem::path& folder, const StoreOptions& options);
    Store(Store&&) noexcept;
    Store& operator=(Store&&) noexcept;
    ~Store();

    // Galleries. Errors: Conflict for a name that exists, NotFound for one that doesn't, BadInput for odd names.
    Result<GalleryInfo> create(const NewGallery& gallery, const Actor& actor);
    Result<std::vector<GalleryInfo>> galleries();
    Result<GalleryInfo> gallery(const std::string& name);
    // Destroys its key and everything in it.
    Status remove(const std::string& gallery, const Actor& actor);

    // Adds samples to subjects, which are made where they don't exist; all or none. Errors: BadInput when consent is
    // missing where the gallery's basis asks for it, for templates of no values or not of length 1.
    Result<std::vector<Enrolled>> enrol(const std::string& gallery, std::span<const Enrolment> people,
                                        const Actor& actor);
    Result<SubjectInfo> subject(const std::string& gallery, const std::string& name);
    // What a bulk enrolment can pass over; empty for a subject that isn't there.
    Result<KnownPictures> known_pictures(const std::string& gallery, const std::string& subject);
    // By rising id, after `after`, at most `most`.
    Result<std::vector<SubjectInfo>> subjects(const std::string& gallery, std::int64_t after, std::size_t most);
    Result<SubjectInfo> subject(std::int64_t id);
    Result<std::string> gallery_of(std::int64_t subject);
    Result<Bytes> crop(std::int64_t sample);  // Errors: NotFound where none was kept
    Result<std::vector<Template>> templates_of(std::int64_t sample);
    // A subject's templates of one maker, with those of who was merged into it.
    Result<std::vector<Template>> templates(std::int64_t subject, const Maker& maker);
    // The same with their numbers, samples and times.
    Result<std::vector<StoredTemplate>> stored_templates(std::int64_t subject, const Maker& maker);
    // What is known of subjects, by rising id, after `after`, at most `most`; and the ids of all.
    Result<std::vector<SubjectFacts>> facts(const std::string& gallery, std::int64_t after, std::size_t most);
    Result<std::vector<std::int64_t>> subject_ids(const std::string& gallery);
    // Adds a template by another model to a sample that is there.
    Status add_template(std::int64_t sample, const Template& made);
    // Notes that a subject was met (found, verified): its expiry counts from now.
    Status touch(std::span<const std::int64_t> subjects);

    // One person under two names or profiles: `from` counts as `into` from now on. Nothing is moved, so that undoing is
    // exact. Splitting moves samples to a new subject of the same kind. Errors: NotFound, Conflict.
    Result<Merge> merge(const std::string& gallery, const std::string& into, const std::string& from,
                        const Actor& actor);
    Status undo_merge(std::int64_t merge, const Actor& actor);
    Result<std::vector<Merge>> merges(const std::string& gallery);
    Result<Enrolled> split(const std::string& gallery, const std::string& subject,
                           std::span<const std::int64_t> samples, const std::string& new_name, const Actor& actor);
    // Gives a subject another name; an unknown one becomes known by it. Errors: BadInput where consent is missing.
    Status rename(const std::string& gallery, const std::string& subject, const std::string& name,
                  const std::optional<Consent>& consent, const Actor& actor);
    // "This is not that person": remembered, and obeyed by later searches (LiveGallery).
    Result<Rejection> reject(const std::string& gallery, const std::string& subject, const Template& probe,
                             const Actor& actor);
    Status take_back_rejection(std::int64_t rejection, const Actor& actor);
    Result<std::vector<Rejection>> rejections(const std::string& gallery, const Maker& maker);

    // All as it is now, to be read only, on connections of its own: nothing that is written later is in it, and nobody
    // waits for it, except that erasures can't empty the logs while it is there (see ErasureProof::unreached).
    Result<Store> snapshot();
    // What an export carries besides subjects; merges name subjects by their ids here.
    Result<std::vector<PastRejection>> rejections_of(std::int64_t subject);
    Result<std::vector<PastOperatingPoint>> operating_points(const std::string& gallery);  // oldest first
    Status add_history(const std::string& gallery, std::span<const Merge> merges,
                       std::span<const PastOperatingPoint> points, const Actor& actor);

    // Destroys the subject's key, then its rows; see ErasureProof. After a crash in between, the next open finishes it.
    Result<ErasureProof> forget(const std::string& gallery, const std::string& name, const Actor& actor,
                                ScanFor scan = ScanFor::KeysOnly);
    // Erases everybody whose time is over and notes them, and the time of this run. Gives a proof each.
    Result<std::vector<ErasureProof>> erase_expired(const Actor& actor);
    Result<RetentionState> retention();
    Status set_retention(AutomaticRetention rule, const Actor& actor);
    // Subjects whose time is over; those among the given ones that are expired or gone.
    Result<std::vector<SubjectInfo>> expired();
    Result<std::vector<std::int64_t>> expired_among(std::span<const std::int64_t> subjects);

    // All templates of a maker in a gallery, in no order, from `workers` threads at once: `take` is told the worker.
    // Returns the number of the last change that is in them. Errors: Corrupt with the record that does not open.
    Result<std::int64_t> load(const std::string& gallery, const Maker& maker, int workers,
                              const std::function<void(int, const StoredTemplate&)>& take);
    Result<std::size_t> templates_at_most();  // in all galleries together, at once and never too few
    // The values of one template, into as many numbers; false when it is gone.
    Result<bool> read_values(std::int64_t id, const Maker& maker, std::span<float> values);
    // The templates that were added, changed or erased after change number `after`, and the last number.
    struct Changes {
        std::int64_t last = 0;
        bool complete = true;  // false: older changes are no longer listed, load anew
        std::vector<std::int64_t> templates{};
    };
    Result<Changes> changes(const std::string& gallery, std::int64_t after);
    Result<std::optional<StoredTemplate>> find_template(std::int64_t id, const Maker& maker);  // none: it is gone
    Result<std::vector<Maker>> makers(const std::string& gallery);                             // oldest first
    // Samples that have no template of this maker yet, by rising number after `after`.
    struct Lacking {
        std::int64_t sample = 0;
        std::int64_t subject = 0;
        bool has_crop = false;
    };
    Result<std::vector<Lacking>> lacking(const std::string& gallery, const Maker& maker, std::int64_t after,
                                         std::size_t most);
    // Erases all templates of a maker. Errors: Conflict when a sample would be left without any.
    Result<std::size_t> drop_templates(const std::string& gallery, const Maker& maker, const Actor& actor);

    // The threshold that a gallery is searched with, per maker: the last one kept counts, older ones stay for the
    // record. Errors: NotFound.
    Status keep_operating_point(const std::string& gallery, const Maker& maker, const NewOperatingPoint& point,
                                const Actor& actor);
    Result<std::optional<KeptOperatingPoint>> operating_point(const std::string& gallery, const Maker& maker);

    // Audit. `note` writes a record of its own, durably; several in one go are one flush to the disk.
    Result<std::vector<AuditRecord>> note(std::span<const AuditEntry> entries);
    Status read_audit(std::int64_t from, const std::function<Status(const AuditRecord&)>& take);
    const PublicKey& audit_key() const;

    // A new master key: wraps the gallery keys anew. A new gallery key: wraps its subjects' keys anew.
    Status rotate_master_key(const Key& fresh);
    Status rotate_gallery_key(const std::string& gallery, const Actor& actor);

    // A consistent copy made while others read and write: folder/mien-<time>.db and folder/keys.db, the latter replaced
    // each time and by every later erasure.
    Result<std::filesystem::path> backup(const std::filesystem::path& folder, const Actor& actor);
    // After a backup was put back: takes out the rows of subjects and galleries whose keys were destroyed since. Gives
    // the number of subjects.
    Result<std::size_t> drop_forgotten(const Actor& actor);
    // Reads every page, opens every record, walks the audit chain. Errors: Corrupt, naming what is damaged.
    Status check(const std::function<void(const std::string&)>& say);

    struct State;

private:
    explicit Store(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace mien::gallery
