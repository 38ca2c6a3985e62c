#include "gallery/store/schema.h"

#include <array>
#include <span>

namespace mien::gallery {
namespace {

// Step i brings a file from version i to i + 1. Steps are never changed once released: tests/compat holds files of
// every version.
constexpr std::array<std::string_view, data_version> data_steps{R"(
CREATE TABLE gallery(
  id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, purpose TEXT NOT NULL, basis INTEGER NOT NULL,
  keep_days INTEGER NOT NULL, keep_crops INTEGER NOT NULL, created INTEGER NOT NULL);
CREATE TABLE maker(
  id INTEGER PRIMARY KEY AUTOINCREMENT, model TEXT NOT NULL, version TEXT NOT NULL, preprocessing TEXT NOT NULL,
  dimension INTEGER NOT NULL, UNIQUE(model, version, preprocessing));
CREATE TABLE subject(
  id INTEGER PRIMARY KEY AUTOINCREMENT, gallery INTEGER NOT NULL REFERENCES gallery(id), reference BLOB NOT NULL UNIQUE,
  name_digest BLOB NOT NULL, kind INTEGER NOT NULL, tags INTEGER NOT NULL, created INTEGER NOT NULL,
  last_interaction INTEGER NOT NULL, expires INTEGER NOT NULL, merged_into INTEGER, sealed BLOB NOT NULL,
  UNIQUE(gallery, name_digest));
CREATE INDEX subject_expires ON subject(expires);
CREATE INDEX subject_merged ON subject(merged_into) WHERE merged_into IS NOT NULL;
CREATE TABLE sample(
  id INTEGER PRIMARY KEY AUTOINCREMENT, subject INTEGER NOT NULL REFERENCES subject(id), created INTEGER NOT NULL,
  quality REAL NOT NULL, sealed BLOB NOT NULL, crop BLOB);
CREATE INDEX sample_subject ON sample(subject);
CREATE TABLE template(
  id INTEGER PRIMARY KEY AUTOINCREMENT, sample INTEGER NOT NULL REFERENCES sample(id), subject INTEGER NOT NULL,
  maker INTEGER NOT NULL REFERENCES maker(id), created INTEGER NOT NULL, sealed BLOB NOT NULL, UNIQUE(sample, maker));
CREATE INDEX template_subject ON template(subject);
CREATE TABLE rejection(
  id INTEGER PRIMARY KEY AUTOINCREMENT, subject INTEGER NOT NULL REFERENCES subject(id), maker INTEGER NOT NULL,
  created INTEGER NOT NULL, sealed BLOB NOT NULL);
CREATE INDEX rejection_subject ON rejection(subject);
CREATE TABLE merge(
  id INTEGER PRIMARY KEY AUTOINCREMENT, into_subject INTEGER NOT NULL, from_subject INTEGER NOT NULL,
  at INTEGER NOT NULL, undone INTEGER);
CREATE TABLE operating_point(
  id INTEGER PRIMARY KEY AUTOINCREMENT, gallery INTEGER NOT NULL REFERENCES gallery(id), maker INTEGER NOT NULL,
  made INTEGER NOT NULL, body TEXT NOT NULL);
CREATE TABLE change(number INTEGER PRIMARY KEY AUTOINCREMENT, gallery INTEGER NOT NULL, template INTEGER NOT NULL);
CREATE TABLE audit(
  number INTEGER PRIMARY KEY, body TEXT NOT NULL);
)",
                                                                R"(
ALTER TABLE sample ADD COLUMN content BLOB;
CREATE TABLE setting(name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE commits(number INTEGER NOT NULL);
INSERT INTO commits VALUES(0);
)"};

constexpr std::array<std::string_view, keys_version> keys_steps{R"(
CREATE TABLE root(name TEXT PRIMARY KEY, wrapped BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE gallery_key(gallery INTEGER PRIMARY KEY, wrapped BLOB NOT NULL, names BLOB NOT NULL);
CREATE TABLE subject_key(subject INTEGER PRIMARY KEY, wrapped BLOB NOT NULL);
CREATE TABLE unfinished_erasure(
  subject INTEGER PRIMARY KEY, key_digest TEXT NOT NULL, who TEXT NOT NULL, why TEXT NOT NULL);
CREATE TABLE copy(path TEXT PRIMARY KEY) WITHOUT ROWID;
)",
                                                                R"(
CREATE TABLE commits(number INTEGER NOT NULL);
INSERT INTO commits VALUES(0);
)"};

Status migrate(Database& database, std::span<const std::string_view> steps) {
    while (true) {
        MIEN_LET(transaction, Transaction::begin(database));  // another process may be at it, too
        std::int64_t version = 0;
        {
            auto query = database.prepare("PRAGMA user_version");
            MIEN_TRY(query.step());
            version = query.integer(0);
        }
        if (version > static_cast<std::int64_t>(steps.size()))
            return Error{Fault::Unsupported, database.file().string() +
                                                 " was written by a later version of mien (schema " +
                                                 std::to_string(version) + "): use that one"};
        if (version == static_cast<std::int64_t>(steps.size())) return {};
        MIEN_TRY(database.execute(steps[static_cast<std::size_t>(version)]));
        MIEN_TRY(database.execute("PRAGMA user_version = " + std::to_string(version + 1)));
        MIEN_TRY(transaction.commit());
    }
}

}  // namespace

Status migrate_data(Database& data) {
    return migrate(data, data_steps);
}
Status migrate_keys(Database& keys) {
    return migrate(keys, keys_steps);
}

}  // namespace mien::gallery
