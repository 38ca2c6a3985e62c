#include "gallery/search/scan.h"

#include <algorithm>
#include <atomic>
#include <bit>
#include <cmath>
#include <limits>
#include <mutex>
#include <string>

#include "gallery/search/code.h"
#include "gallery/search/ranking.h"

namespace mien::gallery {
namespace {

// Codes read for a tile stay in a core's second cache while the panels of a batch pass over them.
constexpr std::size_t tile_bytes = std::size_t{128} << 10;
constexpr std::uint32_t most_tile_blocks = 64;
// Codes that a thread takes at a time, and from which on a second thread is worth waking: some 50 microseconds of work.
constexpr std::size_t piece_bytes = std::size_t{1} << 20;
// More similar than any unit vectors are: the bound of a row that has no codes yet.
constexpr float no_bound = 2;

// Blocks of one chunk: what a thread takes at a time.
struct Piece {
    std::uint32_t place = 0;
    std::uint32_t first_block = 0;
    std::uint32_t blocks = 0;  // the last may be partly filled
};

struct RowPlace {
    std::uint32_t place = 0;
    std::uint32_t at = 0;
};

// A row that may be among the best.
struct Candidate {
    float upper = 0;
    RowPlace row{};
};

// What one thread knows of one probe.
struct Track {
    Ranking lowers;  // by lower bounds
    Ranking exact;   // rows that were already compared in fp32
    std::vector<Candidate> candidates{};
    std::uint64_t rescored = 0;
    float floor = 0;  // a row surely below it is not wanted

    void raise_floor() { floor = std::max({floor, lowers.floor(), exact.floor()}); }
};

struct Probe {
    std::vector<float> values{};  // padded
    std::atomic<float> floor{0};  // the highest of all threads'
};

// A thread's own.
struct Hand {
    std::vector<Track> tracks{};
    std::vector<Panel> panels{};  // for chunks of `axis`
    const std::vector<float>* axis = nullptr;
    std::vector<Found> found{};
    std::vector<std::uint16_t> open{};
    std::vector<float> fetched{};
    std::uint64_t blocks_seen = 0;
};

class Scan {
public:
    Scan(const Scanned& scanned, std::span<const float> probes, const Question& question, const Sieve& sieve);
    Result<std::vector<Answer>> run();
    const std::vector<std::uint64_t>& gone() const { return gone_; }  // rows that fetch no longer knew

private:
    void cut_pieces();
    std::size_t threads() const;
    void set_up(Hand& hand) const;
    void turn_to(const std::vector<float>& axis, Hand& hand) const;
    void scan_piece(const Piece& piece, Hand& hand);
    void scan_tile(const Piece& piece, std::uint32_t first, std::uint32_t blocks, Hand& hand);
    void take(const Found& found, const Piece& piece, std::uint32_t first, std::uint32_t panel, Hand& hand);
    void take_open_rows(const Piece& piece, std::uint32_t bits, Hand& hand);
    void keep(std::uint32_t probe, const Candidate& candidate, Hand& hand);
    void compare(std::uint32_t probe, const Candidate& candidate, Ranking& ranking, Track& counts,
                 std::vector<float>& fetched);
    bool bring(const Candidate& candidate, std::vector<float>& fetched);
    Answer finish(std::uint32_t probe, std::span<Hand> hands, std::vector<float>& fetched);
    void fail(Error error);

    const Chunk& chunk(std::uint32_t place) const { return *on_.snapshot.views[place].chunk; }

    Scanned on_;
    const Question& question_;
    const Sieve& sieve_;
    std::vector<Probe> probes_;
    std::vector<Piece> pieces_{};
    std::size_t code_bytes_ = 0;
    std::size_t most_candidates_ = 0;
    std::atomic<bool> failed_{false};
    std::mutex failing_{};  // guards error_ and gone_
    Error error_{};
    std::vector<std::uint64_t> gone_{};
};

Scan::Scan(const Scanned& scanned, std::span<const float> probes, const Question& question, const Sieve& sieve)
    : on_(scanned), question_(question), sieve_(sieve), probes_(probes.size() / scanned.shape.dimension) {
    const std::size_t dimension = on_.shape.dimension;
    for (std::size_t i = 0; i < probes_.size(); ++i) {
        const auto own = probes.subspan(i * dimension, dimension);
        probes_[i].values.assign(own.begin(), own.end());
        probes_[i].values.resize(on_.shape.padded, 0.0F);
        probes_[i].floor = question.threshold;
    }
    most_candidates_ = std::max<std::size_t>(4096, 4 * std::min(question.k, on_.snapshot.rows));
    cut_pieces();
}

void Scan::cut_pieces() {
    const std::size_t block_bytes = std::size_t{on_.shape.groups} * block_rows * 4;
    const auto piece_blocks = static_cast<std::uint32_t>(std::max<std::size_t>(1, piece_bytes / block_bytes));
    for (std::uint32_t place = 0; place < on_.snapshot.views.size(); ++place) {
        const View& view = on_.snapshot.views[place];
        if (sieve_.closes(view, place)) continue;
        const std::uint32_t blocks = (view.count + block_rows - 1) / block_rows;
        code_bytes_ += blocks * block_bytes;
        for (std::uint32_t b = 0; b < blocks; b += piece_blocks) {
            pieces_.push_back({place, b, std::min(piece_blocks, blocks - b)});
        }
    }
}

std::size_t Scan::threads() const {
    const std::size_t panels = (probes_.size() + panel_width - 1) / panel_width;
    const std::size_t worth = code_bytes_ * panels / piece_bytes + 1;
    const auto allowed = static_cast<std::size_t>(question_.threads > 0 ? question_.threads : on_.workers.size());
    return std::min(
        {worth, allowed, static_cast<std::size_t>(on_.workers.size()), std::max<std::size_t>(1, pieces_.size())});
}

void Scan::set_up(Hand& hand) const {
    const std::size_t k = std::min(question_.k, std::max<std::size_t>(1, on_.snapshot.rows));
    for (std::size_t p = 0; p < probes_.size(); ++p) {
        hand.tracks.push_back({Ranking(k, question_.rank), Ranking(k, question_.rank), {}, 0, question_.threshold});
    }
    hand.found.resize(std::size_t{most_tile_blocks} * panel_width);
}

// Codes the probes anew for chunks of another axis; an index has few.
void Scan::turn_to(const std::vector<float>& axis, Hand& hand) const {
    if (hand.axis == &axis) return;
    hand.axis = &axis;
    hand.panels.clear();
    std::vector<ProbeCode> codes;
    for (std::size_t p = 0; p < probes_.size(); ++p) {
        codes.push_back(encode_probe(std::span(probes_[p].values).first(on_.shape.dimension), axis));
        if (codes.size() < panel_width && p + 1 < probes_.size()) continue;
        hand.panels.emplace_back(codes);
        codes.clear();
    }
}

void Scan::scan_piece(const Piece& piece, Hand& hand) {
    const View& view = on_.snapshot.views[piece.place];
    hand.open.resize(piece.blocks);
    if (sieve_.open(view, piece.place, piece.first_block, hand.open) == 0) return;
    turn_to(*view.chunk->axis(), hand);
    const std::uint32_t whole = std::min(piece.blocks, view.count / block_rows - piece.first_block);
    const auto full_tile = static_cast<std::uint32_t>(
        std::clamp<std::size_t>(tile_bytes / (std::size_t{on_.shape.groups} * block_rows * 4), 1, most_tile_blocks));
    for (std::uint32_t b = 0; b < whole && !failed_;) {
        // Small steps at first: until k rows are known every row is wanted.
        const auto step = static_cast<std::uint32_t>(std::clamp<std::uint64_t>(hand.blocks_seen / 4, 2, full_tile));
        const std::uint32_t blocks = std::min(step, whole - b);
        scan_tile(piece, b, blocks, hand);
        hand.blocks_seen += blocks;
        b += blocks;
    }
    if (whole < piece.blocks) take_open_rows({piece.place, piece.first_block + whole, 1}, hand.open[whole], hand);
}

void Scan::scan_tile(const Piece& piece, std::uint32_t first, std::uint32_t blocks, Hand& hand) {
    const CodeRun run = chunk(piece.place).codes(piece.first_block + first, blocks, hand.open.data() + first);
    for (std::uint32_t panel = 0; panel < hand.panels.size(); ++panel) {
        Panel& own = hand.panels[panel];
        for (std::uint32_t i = 0; i < own.probes; ++i) {
            Track& track = hand.tracks[panel * panel_width + i];
            track.floor = std::max(track.floor, probes_[panel * panel_width + i].floor.load(std::memory_order_relaxed));
            own.view.floor[i] = track.floor;
        }
        const std::uint32_t count = on_.kernel.scan(run, own.view, hand.found.data());
        for (std::uint32_t i = 0; i < count; ++i) take(hand.found[i], piece, piece.first_block + first, panel, hand);
    }
}

void Scan::take(const Found& found, const Piece& piece, std::uint32_t first, std::uint32_t panel, Hand& hand) {
    const Chunk& own = chunk(piece.place);
    const ProbePanel& view = hand.panels[panel].view;
    const std::uint32_t probe = panel * panel_width + found.probe;
    Track& track = hand.tracks[probe];
    const std::uint32_t block = first + found.block;
    for (std::uint32_t bits = found.rows; bits != 0; bits &= bits - 1) {
        const auto r = static_cast<std::uint32_t>(std::countr_zero(bits));
        const std::uint32_t at = block * block_rows + r;
        const float margin = margin_of(view, found.probe, own.error(at), own.reach(block));
        const float upper = found.approximate[r] + margin;
        if (upper < track.floor || !sieve_.lets_through(own, at)) continue;
        track.lowers.offer({own.id(at), own.subject(at), found.approximate[r] - margin});
        keep(probe, {upper, {piece.place, at}}, hand);
    }
}

// Rows of a block that is still being filled have no codes: their values decide.
void Scan::take_open_rows(const Piece& piece, std::uint32_t bits, Hand& hand) {
    for (; bits != 0; bits &= bits - 1) {
        const std::uint32_t at = piece.first_block * block_rows + static_cast<std::uint32_t>(std::countr_zero(bits));
        if (!sieve_.lets_through(chunk(piece.place), at)) continue;
        for (std::uint32_t p = 0; p < probes_.size(); ++p) keep(p, {no_bound, {piece.place, at}}, hand);
    }
}

void Scan::keep(std::uint32_t probe, const Candidate& candidate, Hand& hand) {
    Track& track = hand.tracks[probe];
    track.raise_floor();
    std::atomic<float>& shared = probes_[probe].floor;
    for (float now = shared.load(std::memory_order_relaxed); now < track.floor;) {
        if (shared.compare_exchange_weak(now, track.floor, std::memory_order_relaxed)) break;
    }
    track.candidates.push_back(candidate);
    if (track.candidates.size() < most_candidates_) return;
    std::erase_if(track.candidates, [&](const Candidate& one) { return one.upper < track.floor; });
    if (track.candidates.size() < most_candidates_ / 2) return;
    // Too many rows too near to one another for the bound to tell: compare them now, and so keep the list short.
    for (const Candidate& one : track.candidates) compare(probe, one, track.exact, track, hand.fetched);
    track.candidates.clear();
    track.raise_floor();
}

// Brings the row's values when they are not in memory; false when the row is gone or fetching failed.
bool Scan::bring(const Candidate& candidate, std::vector<float>& fetched) {
    if (failed_) return false;
    fetched.assign(on_.shape.padded, 0.0F);
    const std::span<float> values(fetched.data(), on_.shape.dimension);
    const Result<bool> there = on_.fetch(chunk(candidate.row.place).id(candidate.row.at), values);
    if (!there) fail(there.error());
    if (!there || *there) return there.has_value();
    const std::lock_guard lock(failing_);
    gone_.push_back(chunk(candidate.row.place).id(candidate.row.at));
    return false;
}

void Scan::compare(std::uint32_t probe, const Candidate& candidate, Ranking& ranking, Track& counts,
                   std::vector<float>& fetched) {
    const Chunk& own = chunk(candidate.row.place);
    const std::uint32_t at = candidate.row.at;
    const bool kept = on_.shape.values == Values::Kept;
    if (!kept && !bring(candidate, fetched)) return;
    const float* values = kept ? own.values(at) : fetched.data();
    const double sum = on_.kernel.dot(probes_[probe].values.data(), values, on_.shape.padded);
    const auto found = static_cast<float>(sum);
    ++counts.rescored;
    if (!(found <= candidate.upper)) {
        return fail({Fault::Corrupt, "the values brought for row " + std::to_string(own.id(at)) +
                                         " are not those it was inserted with"});
    }
    if (found >= question_.threshold) ranking.offer({own.id(at), own.subject(at), found});
}

Answer Scan::finish(std::uint32_t probe, std::span<Hand> hands, std::vector<float>& fetched) {
    Track all{hands[0].tracks[probe]};
    for (Hand& hand : hands.subspan(1)) {
        const Track& one = hand.tracks[probe];
        for (const Hit& hit : one.lowers.best_first()) all.lowers.offer(hit);
        for (const Hit& hit : one.exact.best_first()) all.exact.offer(hit);
        all.candidates.insert(all.candidates.end(), one.candidates.begin(), one.candidates.end());
        all.rescored += one.rescored;
        all.floor = std::max(all.floor, one.floor);
    }
    all.raise_floor();
    std::erase_if(all.candidates, [&](const Candidate& one) { return one.upper < all.floor; });
    std::ranges::sort(all.candidates, std::ranges::greater{}, &Candidate::upper);
    for (std::size_t i = 0; i < all.candidates.size(); ++i) {
        const Candidate& one = all.candidates[i];
        if (one.upper < all.exact.floor()) break;  // neither this row nor any after it
        if (on_.shape.values == Values::Kept && i + 4 < all.candidates.size()) {
            const RowPlace soon = all.candidates[i + 4].row;
            const float* values = chunk(soon.place).values(soon.at);
            for (std::uint32_t at = 0; at < on_.shape.padded; at += 16) __builtin_prefetch(values + at);
        }
        compare(probe, one, all.exact, all, fetched);
    }
    return {all.exact.best_first(), all.rescored};
}

void Scan::fail(Error error) {
    const std::lock_guard lock(failing_);
    if (!failed_.exchange(true)) error_ = std::move(error);
}

Result<std::vector<Answer>> Scan::run() {
    std::vector<Hand> hands(threads());
    for (Hand& hand : hands) set_up(hand);
    on_.workers.run(pieces_.size(), hands.size(), [&](std::size_t item, std::size_t slot) {
        if (!failed_) scan_piece(pieces_[item], hands[slot]);
    });
    std::vector<Answer> answers(probes_.size());
    on_.workers.run(probes_.size(), hands.size(), [&](std::size_t probe, std::size_t slot) {
        if (!failed_) answers[probe] = finish(static_cast<std::uint32_t>(probe), hands, hands[slot].fetched);
    });
    if (failed_) return error_;
    return answers;
}

}  // namespace

Result<std::vector<Answer>> scan(const Scanned& scanned, std::span<const float> probes, const Question& question,
                                 Sieve sieve) {
    while (true) {
        Scan once(scanned, probes, question, sieve);
        auto answers = once.run();
        // A row that is gone took part in the bound for the others: without it they must be looked at again.
        if (!answers || once.gone().empty()) return answers;
        sieve.leave_out(once.gone());
    }
}

}  // namespace mien::gallery
