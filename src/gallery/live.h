#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "gallery/search/search_engine.h"
#include "gallery/store/store.h"

namespace mien::gallery {

struct LiveOptions {
    int threads = 0;  // 0: one for each core
    enum class Memory { Locked, Free };
    Memory memory = Memory::Locked;  // Locked falls back to Free, and memory_note() says so, where the system refuses
    // Lists (search/listed_index.h): single probes among a million templates or more are answered in a half to a
    // quarter of the time, and some of the people that are there are missed: docs/search.md says how many.
    enum class Search { Exact, Lists };
    Search search = Search::Exact;
    std::function<void(std::size_t loaded, std::size_t all)> on_progress = [](std::size_t, std::size_t) {};
};

// How to look for a person.
struct Look {
    std::size_t top = 5;
    float threshold = 0;  // similarity, 0..1; who is less similar is not named
    Filter filter{};
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
    // Errors: BadInput when a probe is by another maker.
    Result<std::vector<LookResult>> search(std::span<const Template> probes, const Look& look) const;

    std::size_t size() const;
    const std::string& gallery() const;
    const Maker& maker() const;
    const std::string& memory_note() const;  // empty when all is as asked

private:
    struct State;
    explicit LiveGallery(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace mien::gallery
