#include <algorithm>
#include <array>
#include <iterator>

#include "base/file.h"
#include "gallery/store/state.h"

namespace mien::gallery {

namespace fs = std::filesystem;

Status Store::rotate_master_key(const Key& fresh) {
    State& s = *state_;
    const std::lock_guard guard(s.lock);
    MIEN_LET(transaction, Transaction::begin(s.keys));
    for (const std::string_view table : {"root", "gallery_key"}) {
        struct Row {
            std::string place;
            std::int64_t id;
            Bytes wrapped;
        };
        std::vector<Row> rows;
        const bool root = table == "root";
        {
            auto query =
                s.keys.prepare(root ? "SELECT name, wrapped FROM root" : "SELECT gallery, wrapped FROM gallery_key");
            while (true) {
                MIEN_LET(more, query.step());
                if (!more) break;
                const ByteView wrapped = query.blob(1);
                rows.push_back({root ? query.text(0) : place("gallery", query.integer(0)),
                                query.integer(0),
                                {wrapped.begin(), wrapped.end()}});
            }
        }
        for (const Row& row : rows) {
            MIEN_LET(plain, unseal(s.master, row.wrapped, row.place));
            const Bytes wrapped = seal(fresh, plain, row.place);
            wipe(plain);
            auto update = s.keys.prepare(root ? "UPDATE root SET wrapped = ? WHERE name = ?"
                                              : "UPDATE gallery_key SET wrapped = ? WHERE gallery = ?");
            update.bind(ByteView(wrapped));
            if (root)
                update.bind(row.place);
            else
                update.bind(row.id);
            MIEN_TRY(update.run());
        }
    }
    MIEN_TRY(transaction.commit());
    s.master = fresh;
    MIEN_TRY(s.keys.empty_wal());
    std::vector<std::string> unreached;
    MIEN_TRY(s.write_key_copies(unreached));
    if (!unreached.empty())
        return Error{Fault::Unavailable,
                     "the master key is changed, but the key copy " + unreached.front() +
                         " could not be rewritten and still opens with the old one: make a new backup"};
    return {};
}

// Only keys.db changes, in one transaction: a crash leaves the old keys or the new ones.
Status Store::rotate_gallery_key(const std::string& gallery, const Actor& actor) {
    State& s = *state_;
    const std::lock_guard guard(s.lock);
    MIEN_LET(data, Transaction::begin(s.data));  // nobody enrols meanwhile
    MIEN_LET(info, s.find_gallery(gallery));
    MIEN_LET(old, s.keys_of(info.id));
    const Key fresh = Key::random();
    std::size_t subjects = 0;
    {
        MIEN_LET(keys, Transaction::begin(s.keys));
        auto query = s.data.prepare("SELECT id FROM subject WHERE gallery = ?");
        query.bind(info.id);
        while (true) {
            MIEN_LET(more, query.step());
            if (!more) break;
            const std::int64_t id = query.integer(0);
            MIEN_LET(key, s.subject_key(info.id, id));
            const Bytes wrapped = seal(fresh, key.bytes(), place("key", id));
            auto update = s.keys.prepare("UPDATE subject_key SET wrapped = ? WHERE subject = ?");
            MIEN_TRY(update.bind(ByteView(wrapped)).bind(id).run());
            ++subjects;
        }
        const Bytes wrapped = seal(s.master, fresh.bytes(), place("gallery", info.id));
        const Bytes names = seal(fresh, old.names.bytes(), place("names", info.id));
        auto update = s.keys.prepare("UPDATE gallery_key SET wrapped = ?, names = ? WHERE gallery = ?");
        MIEN_TRY(update.bind(ByteView(wrapped)).bind(ByteView(names)).bind(info.id).run());
        MIEN_TRY(keys.commit());
    }
    s.gallery_keys.insert_or_assign(info.id, GalleryKeys{fresh, old.names, {}});
    MIEN_TRY(s.note({.action = "rotate key",
                     .gallery = gallery,
                     .outcome = std::to_string(subjects) + " subjects' keys wrapped anew",
                     .actor = actor}));
    MIEN_TRY(data.commit());
    MIEN_TRY(s.keys.empty_wal());
    std::vector<std::string> unreached;
    return s.write_key_copies(unreached);
}

Result<fs::path> Store::backup(const fs::path& folder, const Actor& actor) {
    State& s = *state_;
    const std::lock_guard guard(s.lock);
    MIEN_TRY(make_folder(folder));
    std::error_code wrong;
    const fs::path whole = fs::weakly_canonical(folder, wrong);
    if (wrong) return Error{Fault::Unavailable, folder.string() + ": " + wrong.message()};
    if (whole == fs::weakly_canonical(s.folder, wrong))
        return Error{Fault::BadInput, "a backup needs a folder of its own"};
    std::string stamp = to_text(s.clock());
    std::erase(stamp, ':');
    const fs::path target = whole / ("mien-" + stamp + ".db");
    const fs::path key_copy = whole / "keys.db";
    {
        auto insert = s.keys.prepare("INSERT OR IGNORE INTO copy(path) VALUES(?)");
        MIEN_TRY(insert.bind(key_copy.string()).run());
    }
    {
        MIEN_LET(transaction, Transaction::begin(s.data));
        MIEN_TRY(s.note({.action = "backup", .outcome = target.filename().string(), .actor = actor}));
        MIEN_TRY(transaction.commit());
    }
    MIEN_TRY(s.keys.copy_to(key_copy));
    MIEN_TRY(s.data.copy_to(target));
    return target;
}

Result<std::size_t> Store::drop_forgotten(const Actor& actor) {
    State& s = *state_;
    const std::lock_guard guard(s.lock);
    const auto ids_of = [](Database& database, std::string_view sql) -> Result<std::vector<std::int64_t>> {
        std::vector<std::int64_t> ids;
        auto query = database.prepare(sql);
        while (true) {
            MIEN_LET(more, query.step());
            if (!more) return ids;
            ids.push_back(query.integer(0));
        }
    };
    std::vector<std::int64_t> lost;
    {
        MIEN_LET(transaction, Transaction::begin(s.data));
        MIEN_LET(subjects, ids_of(s.data, "SELECT id FROM subject ORDER BY id"));
        MIEN_LET(keyed, ids_of(s.keys, "SELECT subject FROM subject_key ORDER BY subject"));
        std::ranges::set_difference(subjects, keyed, std::back_inserter(lost));
        for (const std::int64_t id : lost) MIEN_TRY(s.erase_rows(id));
        MIEN_LET(galleries, ids_of(s.data, "SELECT id FROM gallery ORDER BY id"));
        MIEN_LET(opened, ids_of(s.keys, "SELECT gallery FROM gallery_key ORDER BY gallery"));
        std::vector<std::int64_t> closed;
        std::ranges::set_difference(galleries, opened, std::back_inserter(closed));
        for (const std::int64_t id : closed) {
            for (const std::string_view sql :
                 {"DELETE FROM operating_point WHERE gallery = ?", "DELETE FROM change WHERE gallery = ?",
                  "DELETE FROM gallery WHERE id = ?"}) {
                auto statement = s.data.prepare(sql);
                MIEN_TRY(statement.bind(id).run());
            }
        }
        MIEN_TRY(s.note({.action = "restore",
                         .outcome = std::to_string(lost.size()) + " subjects and " + std::to_string(closed.size()) +
                                    " galleries were forgotten since the backup",
                         .actor = actor}));
        MIEN_TRY(transaction.commit());
    }
    MIEN_TRY(s.data.empty_wal());
    return lost.size();
}

namespace {

// Rows that point at rows which are not there, or at each other's.
Status check_links(Database& data) {
    const std::array<std::string_view, 3> wrong{
        "SELECT rowid FROM pragma_foreign_key_check LIMIT 1",
        "SELECT template.id FROM template JOIN sample ON sample.id = template.sample WHERE template.subject <> "
        "sample.subject LIMIT 1",
        "SELECT id FROM subject WHERE merged_into IS NOT NULL AND NOT EXISTS (SELECT 1 FROM subject AS root WHERE "
        "root.id = subject.merged_into AND root.gallery = subject.gallery) LIMIT 1"};
    for (const std::string_view sql : wrong) {
        auto query = data.prepare(sql);
        MIEN_LET(found, query.step());
        if (found)
            return Error{Fault::Corrupt,
                         "mien.db: record " + std::to_string(query.integer(0)) + " belongs to one that is not there"};
    }
    return {};
}

}  // namespace

// What read_subject does not open: whether the subject is found by its name, its crops, contents and rejections.
Status Store::State::check_subject(const GalleryInfo& gallery, const SubjectInfo& subject) {
    const std::lock_guard guard(lock);
    const auto damaged = [&](const std::string& what) {
        return Error{Fault::Corrupt, "subject " + std::to_string(subject.id) + ": " + what};
    };
    MIEN_LET(found, find_subject(gallery.id, subject.name));
    if (found != subject.id) return damaged("it is not found by its name");
    MIEN_LET(key, subject_key(gallery.id, subject.id));
    const std::array<std::pair<std::string_view, std::string_view>, 3> sealed{
        {{"crop", "SELECT crop FROM sample WHERE subject = ? AND crop IS NOT NULL"},
         {"content", "SELECT content FROM sample WHERE subject = ? AND content IS NOT NULL"},
         {"rejection", "SELECT sealed FROM rejection WHERE subject = ?"}}};
    for (const auto& [kind, sql] : sealed) {
        auto query = data.prepare(sql);
        query.bind(subject.id);
        while (true) {
            MIEN_LET(more, query.step());
            if (!more) break;
            auto plain = unseal(key, query.blob(0), place(kind, subject.id));
            if (!plain) return damaged(std::string(kind) + ": " + plain.error().message);
            wipe(*plain);
        }
    }
    return {};
}

Status Store::check(const std::function<void(const std::string&)>& say) {
    State& s = *state_;
    MIEN_LET(all, galleries());
    {
        const std::lock_guard guard(s.lock);
        MIEN_TRY(s.data.check());
        MIEN_TRY(s.keys.check());
        MIEN_TRY(check_links(s.data));
        say("both files: every page reads back");
    }
    for (const GalleryInfo& info : all) {
        std::size_t subjects = 0;
        std::int64_t after = 0;
        while (true) {
            MIEN_LET(page, this->subjects(info.name, after, 1000));
            if (page.empty()) break;
            for (const SubjectInfo& subject : page) MIEN_TRY(s.check_subject(info, subject));
            subjects += page.size();
            after = page.back().id;
        }
        MIEN_LET(makers, this->makers(info.name));
        std::size_t templates = 0;
        for (const Maker& maker : makers)
            MIEN_TRY(load(info.name, maker, 1, [&](int, const StoredTemplate&) { ++templates; }));
        say("gallery " + info.name + ": " + std::to_string(subjects) + " subjects and " + std::to_string(templates) +
            " templates open");
    }
    ChainCheck chain(audit_key(), CheckSignatures::LastOnly);
    MIEN_TRY(read_audit(1, [&](const AuditRecord& record) { return chain.add(record); }));
    MIEN_TRY(chain.finish());
    say("audit: " + std::to_string(chain.records()) + " records in an unbroken, signed chain");
    return {};
}

}  // namespace mien::gallery
