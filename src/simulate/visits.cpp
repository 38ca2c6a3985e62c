#include "simulate/visits.h"

#include <algorithm>
#include <cmath>

namespace mien::simulate {
namespace {

using std::chrono::milliseconds;
using std::chrono::sys_time;

constexpr std::int64_t second = 1000;
constexpr std::int64_t minute = 60 * second;
constexpr std::int64_t hour = 60 * minute;

// SplitMix64 (Steele, Lea, Flood 2014): the same numbers on every machine, which <random>'s distributions don't
// promise.
class Dice {
public:
    explicit Dice(std::uint64_t seed) : state_(seed) {}
    double unit() { return static_cast<double>(next() >> 11) * 0x1p-53; }
    std::int64_t between(std::int64_t low, std::int64_t high) {  // both included
        return low + static_cast<std::int64_t>(unit() * static_cast<double>(high - low + 1));
    }
    int poisson(double mean) {
        int count = 0;
        for (double left = unit(); left > std::exp(-mean); left *= unit()) ++count;
        return count;
    }

private:
    std::uint64_t next() {
        state_ += 0x9e3779b97f4a7c15u;
        std::uint64_t z = state_;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
        return z ^ (z >> 31);
    }
    std::uint64_t state_;
};

constexpr sys_time<milliseconds> start{std::chrono::sys_days{std::chrono::year{2026} / 11 / 2}};  // a Monday

class Writer {
public:
    explicit Writer(const VisitLogOptions& options) : options_(options), dice_(options.seed) {}

    VisitLog write() {
        for (int i = 0; i < options_.passers_by; ++i) {
            const std::int64_t person = next_++;
            for (int visit = dice_.poisson(1.5); visit > 0; --visit)
                add(person, any_place(), any_day(), dice_.between(8 * hour, 20 * hour));
        }
        for (int i = 0; i < options_.commuters; ++i) commuter();
        for (int i = 0; i < options_.companions; ++i) companions();
        for (int i = 0; i < options_.regulars; ++i) regular();
        err();
        std::ranges::sort(log_.visits, {}, &Visit::from);
        return std::move(log_);
    }

private:
    std::int64_t any_place() { return dice_.between(1, options_.places); }
    std::int64_t any_day() { return dice_.between(0, options_.days - 1); }
    std::vector<std::int64_t> some_days(std::int64_t count) {
        std::set<std::int64_t> days;
        while (static_cast<std::int64_t>(days.size()) < std::min<std::int64_t>(count, options_.days))
            days.insert(any_day());
        return {days.begin(), days.end()};
    }
    void add(std::int64_t person, std::int64_t place, std::int64_t day, std::int64_t time) {
        const auto from = start + milliseconds{day * 24 * hour + time};
        log_.visits.push_back({person, place, from, from + milliseconds{dice_.between(5, 120) * second}});
    }
    void commuter() {
        const std::int64_t person = next_++;
        const std::int64_t place = any_place();
        const std::int64_t usual = dice_.between(7 * hour, 9 * hour);
        for (std::int64_t day = 0; day < options_.days; ++day)
            if (day % 7 < 5) add(person, place, day, usual + dice_.between(-10 * minute, 10 * minute));
        log_.often.insert(person);
    }
    // Each also comes alone now and then.
    void companions() {
        const std::int64_t one = next_++;
        const std::int64_t other = next_++;
        for (const std::int64_t day : some_days(dice_.between(4, 10))) {
            const std::int64_t place = any_place();
            const std::int64_t time = dice_.between(8 * hour, 20 * hour);
            add(one, place, day, time);
            add(other, place, day, time + dice_.between(-30 * second, 30 * second));
        }
        for (const std::int64_t person : {one, other})
            for (int visit = dice_.poisson(1.5); visit > 0; --visit)
                add(person, any_place(), any_day(), dice_.between(8 * hour, 20 * hour));
        log_.pairs.emplace(one, other);
    }
    void regular() {
        const std::int64_t person = next_++;
        for (const std::int64_t day : some_days(dice_.between(10, 20)))
            add(person, any_place(), day, dice_.between(8 * hour, 20 * hour));
        log_.often.insert(person);
    }
    // What the system makes of it.
    void err() {
        const std::int64_t people = next_ - 1;
        std::vector<Visit> seen;
        for (Visit visit : log_.visits) {
            const double chance = dice_.unit();
            if (chance < options_.missed) continue;
            if (chance < options_.missed + options_.taken_for_new)
                visit.person = next_++;
            else if (chance < options_.missed + options_.taken_for_new + options_.taken_for_other)
                visit.person = dice_.between(1, people);
            seen.push_back(visit);
        }
        log_.visits = std::move(seen);
    }

    const VisitLogOptions& options_;
    Dice dice_;
    VisitLog log_{};
    std::int64_t next_ = 1;
};

}  // namespace

VisitLog visit_log(const VisitLogOptions& options) {
    return Writer(options).write();
}

}  // namespace mien::simulate
