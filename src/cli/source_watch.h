#pragma once

#include <fstream>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "cli/progress_bar.h"
#include "cli/recorder.h"
#include "cli/watch_pictures.h"
#include "cli/watching.h"
#include "pipeline/visitors.h"

namespace mien::cli {

// Events of all sources, in one file, as they come: .jsonl or .csv.
class EventFile {
public:
    EventFile() = default;
    // Errors: BadInput for another ending; Unavailable.
    static Result<EventFile> open(const std::string& name);
    Status write(const std::string& source, const Event& event);

private:
    Status check() const;
    std::unique_ptr<std::ofstream> out_{};  // none: nothing is written
    std::string name_{};
    bool csv_ = false;
};

// Where the sources' events and sightings come together. Thread rule: any thread.
class Desk {
public:
    enum class Say { Events, Nothing };  // on standard output
    Desk(EventFile events, pipeline::VisitorOptions visitors, Say say)
        : events_(std::move(events)), visitors_(std::move(visitors)), say_(say) {}

    Status take(const std::string& source, const pipeline::Glimpse& glimpse);
    void lost(const std::string& source, const Error& error);         // the others go on: it is told at once
    const pipeline::Visitors& visitors() const { return visitors_; }  // once all sources have ended

private:
    std::mutex lock_{};
    EventFile events_;
    pipeline::Visitors visitors_;
    Say say_;
};

struct SourceWatchOptions {
    WatchingOptions watching{};
    StoreChoice store{};
    RecorderOptions recorder{};
    WatchPictureOptions pictures{};
    std::string suffix{};  // of the pictures' files, where there are several sources
};

// Watches one source to its end. `store` is null where nothing is kept. What one recording already has in the archive
// is not looked at again. The answer is the source's part of the JSON document: counts, zones, people, times.
Result<Json> watch_one(const std::string& address, const SourceWatchOptions& options,
                       const pipeline::WatchNetworks& networks, Desk& desk, gallery::Store* store, ProgressBar* bar);

}  // namespace mien::cli
