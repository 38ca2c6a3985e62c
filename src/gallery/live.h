#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "gallery/search/search_engine.h"
#include "gallery/store/store.h"
#include "gallery/where.h"

namespace mien::gallery {

struct LiveOptions {
    int threads = 0;  // 0: one for each core
    enum class Memory { Locked, Free };
    Memory memory = Memory::Locked;  // Locked falls back to Free, and memory_note() says so, where the system refuses
    // Lists (search/listed_index.h): single probes among a million templates or more are answered in a half to a
    // quarter of the time, and some of the people that are there are missed: docs/search.md says how many.
    enum class Search { Exact, Lists };
    Search search = Search::Exact;
    enum class Metadata { Sealed, Opened };
    Metadata metadata = Metadata::Sealed;  // Opened: subjects' facts are kept in memory, for Look::where
    // Templates whose fp32 values take more than this (bytes) are kept as one byte a number only; the 20 to 30 a probe
    // that are compared exactly are then read from the store.
    std::size_t copies_at_most = std::size_t{1} << 30;
    // `about` is right when all is loaded, and before that too where the store holds nothing else.
    std::function<void(std::size_t loaded, std::size_t about)> on_progress = [](std::size_t, std::size_t) {};
};

// How to look for a person.
struct Look {
    std::size_t top = 5;
    float threshold = 0;  // similarity, 0..1; who is less similar is not named
    Filter filter{};
    Where where{};  // whom it may find; asks only a gallery with Metadata::Opened
};

// A subject that a probe may show.
struct Found {
    std::int64_t subject = 0;
    std::int64_t template_id = 0;  // its most similar one
    float similarity = 0;          // 0..1: (1 + inner product) / 2
};

struct LookResult {
    std::vector<Found> found{};      // best first, each subject once
    std::vector<Found> held_back{};  // would have been there, but somebody said "this is not that person"
};

// A gallery's templates of one maker in memory, following its store.
// Thread rule: search() may be called from several threads, also while refresh() runs on another.
class LiveGallery {
public:
    // Errors: those of Store::load; Unavailable when memory lacks.
    static Result<LiveGallery> open(Store& store, const std::string& gallery, const Maker& maker,
                                    const LiveOptions& options);
    LiveGallery(LiveGallery&&) noexcept;
    LiveGallery& operator=(LiveGallery&&) noexcept;
    ~LiveGallery();

    // Takes in what this or another process changed. Errors: those of the store.
    Status refresh();

    // One result a probe, in order. A subject whose time is over is not found, even before it is purged. A subject is
    // held back where somebody rejected a probe for it that is at least as similar to this one as the subject is.
    // `where` asks a merged subject's facts of who it counts as. Errors: BadInput when a probe is by another maker, or
    // `where` asks where the metadata stayed sealed.
    Result<std::vector<LookResult>> search(std::span<const Template> probes, const Look& look) const;

    std::size_t size() const;
    const std::string& gallery() const;
    const Maker& maker() const;
    const std::string& memory_note() const;  // empty when all is as asked
    std::size_t memory() const;              // bytes that the templates take

private:
    struct State;
    explicit LiveGallery(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace mien::gallery
