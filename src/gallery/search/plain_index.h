#pragma once

#include <memory>
#include <shared_mutex>
#include <unordered_map>

#include "gallery/search/search_engine.h"

namespace mien::gallery {

// The reference: one list of fp32 rows, every one compared, then sorted. It shares only similarity() with the exact
// index, whose answers are tested against its. Fine for some thousand rows.
class PlainIndex final : public SearchEngine {
public:
    // Errors: BadInput (a dimension out of 1..2048).
    static Result<std::unique_ptr<PlainIndex>> make(std::size_t dimension);

    Status insert(std::span<const Row> rows, std::span<const float> values) override;
    Status update(std::span<const Row> rows, std::span<const float> values) override;
    Result<std::size_t> remove(std::span<const std::uint64_t> ids) override;
    Result<std::vector<Answer>> search(std::span<const float> probes, const Question& question) const override;
    std::size_t size() const override;
    std::size_t dimension() const override { return dimension_; }
    std::size_t memory() const override { return size() * (sizeof(Kept) + dimension_ * sizeof(float)); }

private:
    struct Kept {
        Row row{};
        std::vector<float> values{};
    };
    explicit PlainIndex(std::size_t dimension) : dimension_(dimension) {}
    std::vector<Hit> ranked(std::span<const float> probe, const Question& question) const;

    std::size_t dimension_;
    mutable std::shared_mutex gate_{};
    std::unordered_map<std::uint64_t, Kept> rows_{};
};

}  // namespace mien::gallery
