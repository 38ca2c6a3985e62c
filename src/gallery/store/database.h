#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "base/bytes.h"
#include "base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace mien::gallery {

// One prepared SQL statement with what is bound to it. Parameters and columns count from 1 and 0, as in SQLite.
// A failure is kept and told by run() or step().
// Thread rule: one owner.
class Statement {
public:
    Statement(sqlite3* connection, sqlite3_stmt* prepared) : connection_(connection), prepared_(prepared) {}
    Statement(const Statement&) = delete;
    Statement& operator=(const Statement&) = delete;
    ~Statement();  // resets, so that it can be used again

    Statement& bind(std::int64_t value);
    Statement& bind(double value);
    Statement& bind(std::string_view text);
    Statement& bind(ByteView blob);
    Statement& bind(std::nullopt_t);

    Result<bool> step();  // true: a row is there
    Status run();         // for statements without rows

    std::int64_t integer(int column) const;
    double real(int column) const;
    std::string text(int column) const;
    ByteView blob(int column) const;  // until the next step
    bool empty(int column) const;     // NULL

private:
    void note(int code);

    sqlite3* connection_;
    sqlite3_stmt* prepared_;
    int next_ = 1;
    int failed_ = 0;
};

// A SQLite file in WAL mode: a transaction is on the disk before it is acknowledged (synchronous = FULL), and what is
// deleted is overwritten (secure_delete).
// Thread rule: one owner, or a lock around it.
class Database {
public:
    // Errors: Unavailable (disk, rights), Corrupt (no SQLite file, or a damaged one).
    static Result<Database> open(const std::filesystem::path& file);
    static Result<Database> open_to_read(const std::filesystem::path& file);
    Database(Database&&) noexcept;
    Database& operator=(Database&&) noexcept;
    ~Database();

    // The statement is prepared once and kept; `sql` must be a literal of this program.
    Statement prepare(std::string_view sql);
    Status execute(std::string_view sql);  // several statements, no rows
    std::int64_t last_id() const;
    std::int64_t changes() const;  // rows that the last statement changed
    // Changes whenever another connection has written.
    Result<std::int64_t> version();

    // Copies pages that only the WAL holds into the file and empties the WAL. Errors: Overloaded when readers hold it
    // for longer than `patience`.
    Status empty_wal(std::chrono::milliseconds patience = std::chrono::seconds{10});
    // A consistent copy made while others read and write. `target` is replaced.
    Status copy_to(const std::filesystem::path& target);
    // Reads every page. Errors: Corrupt, naming the first damage.
    Status check();

    // SQLite takes a damaged write-ahead log for one that ends where the damage begins, so that acknowledged changes
    // can be lost without a word. From now on each transaction that writes counts up in the table `commits`, and after
    // it is on the disk the count goes to byte `at` of a file outside. Errors: Corrupt when that file knows of more
    // commits than the database holds; Unavailable.
    Status note_commits(const std::filesystem::path& outside, std::int64_t at);

    const std::filesystem::path& file() const { return file_; }

private:
    friend class Transaction;
    Database() = default;
    std::int64_t all_changes() const;  // rows written by this connection so far
    Result<std::int64_t> count_commit();
    void acknowledge(std::int64_t commits) const;

    std::filesystem::path file_{};
    sqlite3* connection_ = nullptr;
    int outside_ = -1;  // the file of note_commits
    std::int64_t outside_at_ = 0;
    std::unordered_map<std::string, sqlite3_stmt*> prepared_{};
};

// Everything between its making and commit() is written whole or not at all.
class Transaction {
public:
    static Result<Transaction> begin(Database& database);
    Transaction(Transaction&& other) noexcept
        : database_(std::exchange(other.database_, nullptr)), before_(other.before_) {}
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    Transaction& operator=(Transaction&&) = delete;
    ~Transaction();  // rolls back what was not committed

    Status commit();

private:
    explicit Transaction(Database& database) : database_(&database), before_(database.all_changes()) {}
    Database* database_;
    std::int64_t before_;
};

}  // namespace mien::gallery
