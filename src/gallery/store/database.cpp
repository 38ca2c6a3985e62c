#include "gallery/store/database.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>
#include <utility>

namespace mien::gallery {
namespace {

namespace fs = std::filesystem;

constexpr int busy_ms = 10'000;  // how long a call waits for other processes

Error error_of(sqlite3* connection, int code) {
    const fs::path file = sqlite3_db_filename(connection, "main");
    const std::string what = file.filename().string() + ": " + sqlite3_errmsg(connection);
    switch (code & 0xff) {
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
            return {Fault::Corrupt, what + ": the file is damaged or not ours; restore it from a backup"};
        case SQLITE_FULL:
            return {Fault::Unavailable, what + ": free some disk space; nothing of this call was kept"};
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
            return {Fault::Overloaded, what + ": another process holds the store, call again"};
        case SQLITE_CONSTRAINT:
            return {Fault::Conflict, what};
        case SQLITE_READONLY:
        case SQLITE_IOERR:
        case SQLITE_CANTOPEN:
        case SQLITE_PERM:
            return {Fault::Unavailable, what + ": check the disk and the rights on its folder"};
        default:
            return {Fault::Bug, what};
    }
}

Result<sqlite3*> connect(const fs::path& file, int flags) {
    sqlite3* connection = nullptr;
    const int code = sqlite3_open_v2(file.c_str(), &connection, flags | SQLITE_OPEN_NOMUTEX, nullptr);
    if (code == SQLITE_OK) {
        sqlite3_busy_timeout(connection, busy_ms);
        sqlite3_extended_result_codes(connection, 1);
        return connection;
    }
    const Error why{Fault::Unavailable, file.string() + " can't be opened: " +
                                            (connection != nullptr ? sqlite3_errmsg(connection) : "no memory")};
    sqlite3_close_v2(connection);
    return why;
}

}  // namespace

Statement::~Statement() {
    if (prepared_ == nullptr) return;
    sqlite3_reset(prepared_);
    sqlite3_clear_bindings(prepared_);
}

void Statement::note(int code) {
    if (failed_ == SQLITE_OK) failed_ = code;
}

Statement& Statement::bind(std::int64_t value) {
    if (prepared_ != nullptr) note(sqlite3_bind_int64(prepared_, next_++, value));
    return *this;
}

Statement& Statement::bind(double value) {
    if (prepared_ != nullptr) note(sqlite3_bind_double(prepared_, next_++, value));
    return *this;
}

Statement& Statement::bind(std::string_view text) {
    if (prepared_ != nullptr)
        note(sqlite3_bind_text64(prepared_, next_++, text.data() == nullptr ? "" : text.data(), text.size(),
                                 SQLITE_TRANSIENT, SQLITE_UTF8));
    return *this;
}

Statement& Statement::bind(ByteView blob) {
    if (prepared_ == nullptr) return *this;
    if (blob.empty())
        note(sqlite3_bind_zeroblob(prepared_, next_++, 0));
    else
        note(sqlite3_bind_blob64(prepared_, next_++, blob.data(), blob.size(), SQLITE_TRANSIENT));
    return *this;
}

Statement& Statement::bind(std::nullopt_t) {
    if (prepared_ != nullptr) note(sqlite3_bind_null(prepared_, next_++));
    return *this;
}

Result<bool> Statement::step() {
    if (prepared_ == nullptr) return error_of(connection_, sqlite3_errcode(connection_));
    if (failed_ != SQLITE_OK) return error_of(connection_, failed_);
    const int code = sqlite3_step(prepared_);
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) return false;
    return error_of(connection_, code);
}

Status Statement::run() {
    MIEN_TRY(step());
    return {};
}

std::int64_t Statement::integer(int column) const {
    return sqlite3_column_int64(prepared_, column);
}
double Statement::real(int column) const {
    return sqlite3_column_double(prepared_, column);
}

std::string Statement::text(int column) const {
    const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(prepared_, column));
    if (bytes == nullptr) return {};
    return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(prepared_, column))};
}

ByteView Statement::blob(int column) const {
    const auto* bytes = static_cast<const std::uint8_t*>(sqlite3_column_blob(prepared_, column));
    return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(prepared_, column))};
}

bool Statement::empty(int column) const {
    return sqlite3_column_type(prepared_, column) == SQLITE_NULL;
}

namespace {

// Made before SQLite does, so that nobody else can read it; SQLite gives its write-ahead log the same rights.
void make_private(const fs::path& file) {
    if (const int made = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600); made >= 0) ::close(made);
}

}  // namespace

Result<Database> Database::open(const fs::path& file) {
    make_private(file);
    MIEN_LET(connection, connect(file, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE));
    Database database;
    database.file_ = file;
    database.connection_ = connection;
    MIEN_TRY(database.execute(
        "PRAGMA page_size = 16384; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON;"
        "PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY; PRAGMA mmap_size = 0;"
        "PRAGMA cache_size = -65536; PRAGMA trusted_schema = OFF"));
    return database;
}

Result<Database> Database::open_to_read(const fs::path& file) {
    MIEN_LET(connection, connect(file, SQLITE_OPEN_READONLY));
    Database database;
    database.file_ = file;
    database.connection_ = connection;
    MIEN_TRY(database.execute("PRAGMA trusted_schema = OFF; PRAGMA temp_store = MEMORY"));
    return database;
}

Database::Database(Database&& other) noexcept
    : file_(std::move(other.file_)),
      connection_(std::exchange(other.connection_, nullptr)),
      outside_(std::exchange(other.outside_, -1)),
      outside_at_(other.outside_at_),
      prepared_(std::exchange(other.prepared_, {})) {}

Database& Database::operator=(Database&& other) noexcept {
    std::swap(file_, other.file_);
    std::swap(connection_, other.connection_);
    std::swap(outside_, other.outside_);
    std::swap(outside_at_, other.outside_at_);
    std::swap(prepared_, other.prepared_);
    return *this;
}

Database::~Database() {
    for (const auto& [sql, statement] : prepared_) sqlite3_finalize(statement);
    sqlite3_close_v2(connection_);
    if (outside_ >= 0) ::close(outside_);
}

Statement Database::prepare(std::string_view sql) {
    auto& kept = prepared_[std::string(sql)];
    if (kept == nullptr) {
        sqlite3_prepare_v3(connection_, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT, &kept,
                           nullptr);
    }
    return {connection_, kept};
}

Status Database::execute(std::string_view sql) {
    const int code = sqlite3_exec(connection_, std::string(sql).c_str(), nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) return error_of(connection_, code);
    return {};
}

std::int64_t Database::last_id() const {
    return sqlite3_last_insert_rowid(connection_);
}
std::int64_t Database::changes() const {
    return sqlite3_changes64(connection_);
}

Result<std::int64_t> Database::version() {
    auto query = prepare("PRAGMA data_version");
    MIEN_TRY(query.step());
    return query.integer(0);
}

Status Database::empty_wal(std::chrono::milliseconds patience) {
    sqlite3_busy_timeout(connection_, static_cast<int>(patience.count()));
    const int code = sqlite3_wal_checkpoint_v2(connection_, nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
    sqlite3_busy_timeout(connection_, busy_ms);
    if (code != SQLITE_OK) return error_of(connection_, code);
    return {};
}

Status Database::copy_to(const fs::path& target) {
    const fs::path beside = target.string() + ".unfinished";
    std::error_code ignored;
    fs::remove(beside, ignored);
    make_private(beside);
    MIEN_LET(out, connect(beside, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE));
    sqlite3_backup* copy = sqlite3_backup_init(out, "main", connection_, "main");
    int code = copy == nullptr ? sqlite3_errcode(out) : sqlite3_backup_step(copy, -1);
    if (copy != nullptr) code = sqlite3_backup_finish(copy) == SQLITE_OK ? SQLITE_OK : code;
    if (code == SQLITE_OK || code == SQLITE_DONE)
        code = sqlite3_exec(out, "PRAGMA journal_mode = DELETE", nullptr, nullptr, nullptr);
    const bool copied = code == SQLITE_OK;
    const Error why = copied ? Error{} : error_of(out, code);
    sqlite3_close_v2(out);
    if (!copied) {
        fs::remove(beside, ignored);
        return why;
    }
    fs::rename(beside, target, ignored);
    if (ignored) return Error{Fault::Unavailable, target.string() + " can't be written: " + ignored.message()};
    return {};
}

Status Database::check() {
    auto query = prepare("PRAGMA integrity_check(1)");
    MIEN_TRY(query.step());
    if (query.text(0) != "ok") return Error{Fault::Corrupt, file_.filename().string() + ": " + query.text(0)};
    return {};
}

Status Database::note_commits(const fs::path& outside, std::int64_t at) {
    const int descriptor = ::open(outside.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (descriptor < 0)
        return Error{Fault::Unavailable, outside.string() + " can't be opened: " + std::strerror(errno)};
    if (outside_ >= 0) ::close(outside_);
    outside_ = descriptor;
    outside_at_ = at;
    std::int64_t acknowledged = 0;  // read first: another process may be writing
    const bool known = ::pread(outside_, &acknowledged, sizeof acknowledged, at) == sizeof acknowledged;
    // Beside a writer one look was once a commit behind: what is really lost is still so a second later.
    std::int64_t held = 0;
    for (int look = 0; look < 20; ++look) {
        if (look > 0) std::this_thread::sleep_for(std::chrono::milliseconds{50});
        auto query = prepare("SELECT number FROM commits");
        MIEN_LET(found, query.step());
        held = found ? query.integer(0) : 0;
        if (found && (!known || held >= acknowledged)) return {};
    }
    return Error{Fault::Corrupt, file_.filename().string() + " holds " + std::to_string(held) + " of " +
                                     std::to_string(acknowledged) +
                                     " acknowledged changes: it, or its write-ahead log, is damaged or of another "
                                     "time; restore it from a backup, or, to go on with what is left, delete " +
                                     outside.string()};
}

std::int64_t Database::all_changes() const {
    return sqlite3_total_changes64(connection_);
}

Result<std::int64_t> Database::count_commit() {
    auto count = prepare("UPDATE commits SET number = number + 1 RETURNING number");
    MIEN_LET(found, count.step());
    if (!found) return Error{Fault::Corrupt, file_.filename().string() + ": the count of its commits is gone"};
    const std::int64_t commits = count.integer(0);
    MIEN_TRY(count.run());
    return commits;
}

// Not flushed: a process that is killed leaves it written, and after a power cut an older count only says less. Nor
// does it matter that it can fail.
void Database::acknowledge(std::int64_t commits) const {
    [[maybe_unused]] const auto written = ::pwrite(outside_, &commits, sizeof commits, outside_at_);
}

Result<Transaction> Transaction::begin(Database& database) {
    MIEN_TRY(database.execute("BEGIN IMMEDIATE"));
    return Transaction(database);
}

Transaction::~Transaction() {
    if (database_ != nullptr) (void)database_->execute("ROLLBACK");
}

Status Transaction::commit() {
    std::int64_t commits = 0;
    if (database_->outside_ >= 0 && database_->all_changes() != before_) {
        MIEN_LET(counted, database_->count_commit());
        commits = counted;
    }
    MIEN_TRY(database_->execute("COMMIT"));
    if (commits != 0) database_->acknowledge(commits);
    database_ = nullptr;
    return {};
}

}  // namespace mien::gallery
