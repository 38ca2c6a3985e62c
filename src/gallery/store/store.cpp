#include "gallery/store/store.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "gallery/names.h"
#include "gallery/store/schema.h"
#include "gallery/store/state.h"

namespace mien::gallery {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view audit_seed = "audit signing key";
constexpr std::chrono::days longest_keep{36500 * 30};  // the longest that days_from reads is P36500M

// The two secrets of a store that are no subject's: the signing key and a mark that tells whether a master key is ours.
Result<Signer> open_root(Database& keys, Database& data, const Key& master, const fs::path& folder) {
    MIEN_LET(transaction, Transaction::begin(keys));
    auto query = keys.prepare("SELECT wrapped FROM root WHERE name = ?");
    query.bind(audit_seed);
    MIEN_LET(found, query.step());
    if (found) {
        auto seed = unseal(master, query.blob(0), audit_seed);
        if (!seed)
            return Error{Fault::BadInput, "this master key does not open the store in " + folder.string() +
                                              ": use the key it was made with (see docs/gallery.md)"};
        MIEN_LET(key, Key::from(*seed));
        wipe(*seed);
        return Signer::from(key);
    }
    auto used = data.prepare("SELECT 1 FROM audit LIMIT 1");
    MIEN_LET(signed_before, used.step());
    if (signed_before)
        return Error{Fault::Corrupt, folder.string() + ": keys.db has lost its keys: restore it from a backup"};
    const Key seed = Key::random();
    auto insert = keys.prepare("INSERT INTO root(name, wrapped) VALUES(?, ?)");
    MIEN_TRY(insert.bind(audit_seed).bind(ByteView(seal(master, seed.bytes(), audit_seed))).run());
    MIEN_TRY(transaction.commit());
    return Signer::from(seed);
}

Result<GalleryInfo> read_gallery(const Statement& row) {
    GalleryInfo info;
    info.id = row.integer(0);
    info.name = row.text(1);
    info.purpose = row.text(2);
    if (row.integer(3) < 0 || row.integer(3) > static_cast<std::int64_t>(Basis::Test) || row.integer(4) < 1 ||
        row.integer(4) > longest_keep.count())
        return Error{Fault::Corrupt, "mien.db: the row of gallery " + std::to_string(info.id) + " is damaged"};
    info.basis = static_cast<Basis>(row.integer(3));
    info.keep = std::chrono::days{row.integer(4)};
    info.keep_crops = row.integer(5) != 0;
    info.created = Time{std::chrono::milliseconds{row.integer(6)}};
    return info;
}

Status count(Database& data, GalleryInfo& info) {
    auto subjects =
        data.prepare("SELECT kind, COUNT(*) FROM subject WHERE gallery = ? AND merged_into IS NULL GROUP BY kind");
    subjects.bind(info.id);
    while (true) {
        MIEN_LET(more, subjects.step());
        if (!more) break;
        (subjects.integer(0) == 0 ? info.subjects : info.unknowns) = static_cast<std::size_t>(subjects.integer(1));
    }
    auto samples = data.prepare(
        "SELECT COUNT(*) FROM sample JOIN subject ON subject.id = sample.subject WHERE subject.gallery = ?");
    MIEN_TRY(samples.bind(info.id).step());
    info.samples = static_cast<std::size_t>(samples.integer(0));
    auto templates = data.prepare(
        "SELECT COUNT(*) FROM template JOIN subject ON subject.id = template.subject WHERE subject.gallery = ?");
    MIEN_TRY(templates.bind(info.id).step());
    info.templates = static_cast<std::size_t>(templates.integer(0));
    return {};
}

}  // namespace

std::string place(std::string_view kind, std::int64_t id) {
    return std::string(kind) + ' ' + std::to_string(id);
}

Store::Store(std::unique_ptr<State> state) : state_(std::move(state)) {}
Store::Store(Store&&) noexcept = default;
Store& Store::operator=(Store&&) noexcept = default;
Store::~Store() = default;

namespace {

// While one process opens a store no other does: of two that make one at once, one makes it and the other finds it
// whole. Where the file system locks no folders they take their chances.
class OpeningLock {
public:
    explicit OpeningLock(const fs::path& folder)
        : descriptor_(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
        if (descriptor_ >= 0) (void)::flock(descriptor_, LOCK_EX);
    }
    ~OpeningLock() {
        if (descriptor_ >= 0) ::close(descriptor_);
    }
    OpeningLock(const OpeningLock&) = delete;
    OpeningLock& operator=(const OpeningLock&) = delete;

private:
    int descriptor_;
};

Result<bool> holds_any(Database& database, std::string_view sql) {
    auto query = database.prepare(sql);
    return query.step();
}

// Errors: NotFound, or Corrupt for half a store. True: there is one, or its making was interrupted.
Result<bool> look_for_store(const fs::path& folder, StoreOptions::Missing if_missing) {
    std::error_code unknown;
    const bool keys = fs::exists(folder / "keys.db", unknown);
    const bool data = fs::exists(folder / "mien.db", unknown);
    if (!keys && data)
        return Error{Fault::Corrupt, folder.string() +
                                         " holds mien.db, but no keys.db, without which nothing in it opens: "
                                         "restore it from a backup"};
    if (!keys && if_missing == StoreOptions::Missing::Fail)
        return Error{Fault::NotFound,
                     "there is no store in " + folder.string() +
                         ": name its folder with --data, or make a gallery first (mien gallery create NAME)"};
    if (!keys || data) return keys;
    const Error half{Fault::Corrupt, folder.string() + " holds keys.db, but no mien.db: restore it from a backup"};
    if (if_missing == StoreOptions::Missing::Fail) return half;
    // The keys are made first: a process that was stopped in between left none of a gallery.
    MIEN_LET(left, Database::open(folder / "keys.db"));
    MIEN_TRY(migrate_keys(left));
    MIEN_LET(used, holds_any(left, "SELECT 1 FROM gallery_key LIMIT 1"));
    if (used) return half;
    return true;
}

}  // namespace

Result<Store> Store::open(const fs::path& folder, const StoreOptions& options) {
    std::error_code unknown;
    const bool fresh_folder = !fs::exists(folder, unknown);
    if (fresh_folder && options.missing == StoreOptions::Missing::Fail)
        MIEN_TRY(look_for_store(folder, options.missing));
    const bool key_file = options.master_key.kind == MasterKeySource::Kind::File;
    std::optional<Key> master;
    if (!key_file) {  // a command may ask a person: nobody else waits for that
        MIEN_LET(read, read_master_key(options.master_key));
        master = read;
    }
    MIEN_TRY(make_folder(folder));
    auto lock = std::make_optional<OpeningLock>(folder);
    MIEN_LET(exists, look_for_store(folder, options.missing));
    if (key_file) {
        auto read = read_master_key(options.master_key);
        if (!read) {
            if (fresh_folder) fs::remove(folder, unknown);  // only where nothing is in it
            return read.error();
        }
        master = *read;
    }
    if (!exists) fs::remove(folder / "acknowledged", unknown);  // of a store that was here before
    MIEN_LET(keys, Database::open(folder / "keys.db"));
    MIEN_TRY(migrate_keys(keys));
    MIEN_LET(data, Database::open(folder / "mien.db"));
    MIEN_TRY(migrate_data(data));
    MIEN_TRY(keys.note_commits(folder / "acknowledged", 8));
    MIEN_TRY(data.note_commits(folder / "acknowledged", 0));
    MIEN_LET(signer, open_root(keys, data, *master, folder));
    lock.reset();
    auto state = std::unique_ptr<State>(
        new State{folder, options.clock, options.patience, *master, std::move(data), std::move(keys), signer});
    MIEN_TRY(state->finish_erasures());
    // Followers that are further behind than this load anew.
    MIEN_TRY(state->data.execute("DELETE FROM change WHERE number <= (SELECT MAX(number) FROM change) - 1000000"));
    return Store(std::move(state));
}

Result<GalleryKeys> Store::State::keys_of(std::int64_t gallery) {
    auto query = keys.prepare("SELECT wrapped, names FROM gallery_key WHERE gallery = ?");
    query.bind(gallery);
    MIEN_LET(found, query.step());
    if (!found)
        return Error{Fault::Corrupt, "the key of gallery " + std::to_string(gallery) + " is missing in keys.db"};
    const ByteView wrapped = query.blob(0);
    // Another process may have changed the key since.
    if (const auto known = gallery_keys.find(gallery);
        known != gallery_keys.end() && std::ranges::equal(known->second.wrapped, wrapped))
        return known->second;
    MIEN_LET(bytes, unseal(master, wrapped, place("gallery", gallery)));
    MIEN_LET(key, Key::from(bytes));
    wipe(bytes);
    MIEN_LET(names_bytes, unseal(key, query.blob(1), place("names", gallery)));
    MIEN_LET(names, Key::from(names_bytes));
    wipe(names_bytes);
    return gallery_keys.insert_or_assign(gallery, GalleryKeys{key, names, {wrapped.begin(), wrapped.end()}})
        .first->second;
}

Result<GalleryInfo> Store::State::find_gallery(const std::string& name) {
    auto query =
        data.prepare("SELECT id, name, purpose, basis, keep_days, keep_crops, created FROM gallery WHERE name = ?");
    query.bind(name);
    MIEN_LET(found, query.step());
    if (found) return read_gallery(query);
    std::vector<std::string> names;
    auto all = data.prepare("SELECT name FROM gallery ORDER BY name");
    while (true) {
        MIEN_LET(more, all.step());
        if (!more) break;
        names.push_back(all.text(0));
    }
    const std::string near = nearest(name, names);
    return Error{Fault::NotFound, "there is no gallery '" + name + "' in " + folder.string() +
                                      (near.empty() ? std::string(": make it with mien gallery create ") + name
                                                    : ": did you mean '" + near + "'?")};
}

Result<std::int64_t> Store::State::next_id(std::string_view table) {
    auto query = data.prepare("SELECT seq FROM sqlite_sequence WHERE name = ?");
    query.bind(table);
    MIEN_LET(found, query.step());
    return found ? query.integer(0) + 1 : 1;
}

Result<GalleryInfo> Store::create(const NewGallery& gallery, const Actor& actor) {
    MIEN_TRY(check_gallery_name(gallery.name));
    if (gallery.purpose.empty()) return Error{Fault::BadInput, "a gallery needs a purpose"};
    if (gallery.keep < std::chrono::days{1} || gallery.keep > longest_keep)
        return Error{Fault::BadInput, "a gallery keeps its data at least one day, and no more than 3000 years"};
    State& s = *state_;
    const std::lock_guard guard(s.lock);
    MIEN_LET(transaction, Transaction::begin(s.data));
    MIEN_LET(keys, Transaction::begin(s.keys));
    MIEN_LET(id, s.next_id("gallery"));
    const Key key = Key::random();
    const Bytes wrapped = seal(s.master, key.bytes(), place("gallery", id));
    const Bytes names = seal(key, Key::random().bytes(), place("names", id));
    auto keep = s.keys.prepare("INSERT OR REPLACE INTO gallery_key(gallery, wrapped, names) VALUES(?, ?, ?)");
    MIEN_TRY(keep.bind(id).bind(ByteView(wrapped)).bind(ByteView(names)).run());
    const Time created = s.clock();
    auto insert = s.data.prepare(
        "INSERT INTO gallery(id, name, purpose, basis, keep_days, keep_crops, created) VALUES(?, ?, ?, ?, ?, ?, ?)");
    const Status inserted = insert.bind(id)
                                .bind(gallery.name)
                                .bind(gallery.purpose)
                                .bind(static_cast<std::int64_t>(gallery.basis))
                                .bind(std::int64_t{gallery.keep.count()})
                                .bind(std::int64_t{gallery.keep_crops})
                                .bind(created.time_since_epoch().count())
                                .run();
    if (!inserted) {
        if (inserted.error().fault == Fault::Conflict)
            return Error{Fault::Conflict, "a gallery '" + gallery.name + "' exists already"};
        return inserted.error();
    }
    const std::string terms = "purpose " + gallery.purpose + ", basis " + std::string(name_of(gallery.basis)) +
                              ", kept " + std::to_string(gallery.keep.count()) + " days, crops " +
                              (gallery.keep_crops ? "kept" : "not kept");
    MIEN_TRY(keys.commit());
    MIEN_TRY(s.note({.action = "create gallery", .gallery = gallery.name, .outcome = terms, .actor = actor}));
    MIEN_TRY(transaction.commit());
    return s.find_gallery(gallery.name);
}

Result<std::vector<GalleryInfo>> Store::galleries() {
    State& s = *state_;
    const std::lock_guard guard(s.lock);
    std::vector<GalleryInfo> all;
    auto query =
        s.data.prepare("SELECT id, name, purpose, basis, keep_days, keep_crops, created FROM gallery ORDER BY name");
    while (true) {
        MIEN_LET(more, query.step());
        if (!more) break;
        MIEN_LET(info, read_gallery(query));
        all.push_back(std::move(info));
    }
    for (GalleryInfo& info : all) MIEN_TRY(count(s.data, info));
    return all;
}

Result<GalleryInfo> Store::gallery(const std::string& name) {
    State& s = *state_;
    const std::lock_guard guard(s.lock);
    MIEN_LET(info, s.find_gallery(name));
    MIEN_TRY(count(s.data, info));
    return info;
}

Result<std::optional<AuditRecord>> Store::State::last_audit() {
    auto query = data.prepare("SELECT body FROM audit ORDER BY number DESC LIMIT 1");
    MIEN_LET(found, query.step());
    if (!found) return std::optional<AuditRecord>{};
    MIEN_LET(record, audit_record_from(query.text(0)));
    return std::optional(std::move(record));
}

Result<AuditRecord> Store::State::note(AuditEntry entry) {
    MIEN_LET(last, last_audit());
    AuditRecord record = append(last, std::move(entry), clock(), signer);
    auto insert = data.prepare("INSERT INTO audit(number, body) VALUES(?, ?)");
    MIEN_TRY(insert.bind(record.number).bind(to_json(record)).run());
    return record;
}

Result<std::vector<AuditRecord>> Store::note(std::span<const AuditEntry> entries) {
    State& s = *state_;
    const std::lock_guard guard(s.lock);
    MIEN_LET(transaction, Transaction::begin(s.data));
    std::vector<AuditRecord> records;
    for (const AuditEntry& entry : entries) {
        MIEN_LET(record, s.note(entry));
        records.push_back(std::move(record));
    }
    MIEN_TRY(transaction.commit());
    return records;
}

Status Store::read_audit(std::int64_t from, const std::function<Status(const AuditRecord&)>& take) {
    State& s = *state_;
    const std::lock_guard guard(s.lock);
    auto query = s.data.prepare("SELECT body FROM audit WHERE number >= ? ORDER BY number");
    query.bind(from);
    while (true) {
        MIEN_LET(more, query.step());
        if (!more) return {};
        MIEN_LET(record, audit_record_from(query.text(0)));
        MIEN_TRY(take(record));
    }
}

const PublicKey& Store::audit_key() const {
    return state_->signer.public_key();
}

}  // namespace mien::gallery
