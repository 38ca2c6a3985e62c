#pragma once

#include <memory>
#include <string>

#include "gallery/search/search_engine.h"

namespace mien::gallery {

enum class Lock {
    Off,
    Required,  // every byte of template values is locked against swapping, or the change is refused
};

// Brings the fp32 values of a row that is in the index into `values` and says whether the row is still there: false
// when it was removed meanwhile. Called from several threads at once; must not throw and must not call the index.
using Fetch = std::function<Result<bool>(std::uint64_t id, std::span<float> values)>;

struct IndexOptions {
    std::size_t dimension = 0;  // 1..2048
    int threads = 0;            // that scan, the caller's included; 0: one for each core
    Lock lock = Lock::Off;
    std::size_t chunk_rows = 8192;  // rows a piece of memory holds: a multiple of 16, 16..1048576
    Fetch fetch{};                  // given: no fp32 copy is kept, and candidates' values are fetched
    std::string kernel{};           // by name, for tests and measurements; empty: the best this CPU has
};

// The exact index. Rows lie in memory as one byte a number with a scale and an error of their own; a scan over these
// bytes leaves the rows that could be among the k best by a proven bound (code.h), and those alone are compared in
// fp32, so that hits equal a plain fp32 scan's to the last bit. With `fetch`, update() is refused (Unsupported): insert
// under a new id and remove the old one. Memory is left out of core dumps and zeroed before it goes back.
class TemplateIndex final : public SearchEngine {
public:
    // Errors: BadInput (an option out of its range), Unsupported (a kernel that this CPU lacks).
    static Result<std::unique_ptr<TemplateIndex>> make(IndexOptions options);
    ~TemplateIndex() override;

    Status insert(std::span<const Row> rows, std::span<const float> values) override;
    Status update(std::span<const Row> rows, std::span<const float> values) override;
    Result<std::size_t> remove(std::span<const std::uint64_t> ids) override;
    Result<std::vector<Answer>> search(std::span<const float> probes, const Question& question) const override;
    std::size_t size() const override;
    std::size_t dimension() const override;

    // Gives memory of removed rows back: moves what is left of each chunk in which at least `share` (0..1) of the rows
    // are removed, and of chunks that were never filled. Searches go on, and changes between two chunks, so it may run
    // on a thread of the caller's. A removed row's values stay in memory until then. Gives the number of chunks freed.
    // Errors: Unavailable (memory), and fetch's own.
    Result<std::size_t> compact(double share = 0.2);

    std::size_t memory() const override;  // bytes held now
    const char* kernel() const;           // the name of the kernel in use
    bool huge_pages_advised() const;      // whether the kernel took the advice for the chunks at hand

private:
    struct State;
    explicit TemplateIndex(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

// Bytes that an index of these options takes for so many rows, inserted in bulk. Errors: as make().
Result<std::size_t> memory_needed(std::size_t rows, const IndexOptions& options);

}  // namespace mien::gallery
