#include "simulate/visits.h"

#include <algorithm>
#include <cmath>

#include "simulate/dice.h"

namespace mien::simulate {
namespace {

using std::chrono::milliseconds;
using std::chrono::sys_time;

constexpr std::int64_t second = 1000;
constexpr std::int64_t minute = 60 * second;
constexpr std::int64_t hour = 60 * minute;

constexpr sys_time<milliseconds> start{std::chrono::sys_days{std::chrono::year{2026} / 11 / 2}};  // a Monday

class Writer {
public:
    explicit Writer(const VisitLogOptions& options) : options_(options), dice_(options.seed) {}

    VisitLog write() {
        for (int i = 0; i < options_.passers_by; ++i) {
            const std::int64_t person = next_++;
            for (int visit = poisson(1.5F); visit > 0; --visit)
                add(person, any_place(), any_day(), between(8 * hour, 20 * hour));
        }
        for (int i = 0; i < options_.commuters; ++i) commuter();
        for (int i = 0; i < options_.companions; ++i) companions();
        for (int i = 0; i < options_.regulars; ++i) regular();
        err();
        std::ranges::sort(log_.visits, {}, &Visit::from);
        return std::move(log_);
    }

private:
    std::int64_t between(std::int64_t low, std::int64_t high) {  // both included
        return low + static_cast<std::int64_t>(dice_.below(static_cast<std::size_t>(high - low + 1)));
    }
    int poisson(float mean) {
        int count = 0;
        for (float left = dice_.unit(); left > std::exp(-mean); left *= dice_.unit()) ++count;
        return count;
    }
    std::int64_t any_place() { return between(1, options_.places); }
    std::int64_t any_day() { return between(0, options_.days - 1); }
    std::vector<std::int64_t> some_days(std::int64_t count) {
        std::set<std::int64_t> days;
        while (static_cast<std::int64_t>(days.size()) < std::min<std::int64_t>(count, options_.days))
            days.insert(any_day());
        return {days.begin(), days.end()};
    }
    void add(std::int64_t person, std::int64_t place, std::int64_t day, std::int64_t time) {
        const auto from = start + milliseconds{day * 24 * hour + time};
        log_.visits.push_back({person, place, from, from + milliseconds{between(5, 120) * second}});
    }
    void commuter() {
        const std::int64_t person = next_++;
        const std::int64_t place = any_place();
        const std::int64_t usual = between(7 * hour, 9 * hour);
        for (std::int64_t day = 0; day < options_.days; ++day)
            if (day % 7 < 5) add(person, place, day, usual + between(-10 * minute, 10 * minute));
        log_.often.insert(person);
    }
    // Each also comes alone now and then.
    void companions() {
        const std::int64_t one = next_++;
        const std::int64_t other = next_++;
        for (const std::int64_t day : some_days(between(4, 10))) {
            const std::int64_t place = any_place();
            const std::int64_t time = between(8 * hour, 20 * hour);
            add(one, place, day, time);
            add(other, place, day, time + between(-30 * second, 30 * second));
        }
        for (const std::int64_t person : {one, other})
            for (int visit = poisson(1.5F); visit > 0; --visit)
                add(person, any_place(), any_day(), between(8 * hour, 20 * hour));
        log_.pairs.emplace(one, other);
    }
    void regular() {
        const std::int64_t person = next_++;
        for (const std::int64_t day : some_days(between(10, 20)))
            add(person, any_place(), day, between(8 * hour, 20 * hour));
        log_.often.insert(person);
    }
    // What the system makes of it.
    void err() {
        const std::int64_t people = next_ - 1;
        std::vector<Visit> seen;
        for (Visit visit : log_.visits) {
            const double chance = static_cast<double>(dice_.unit());
            if (chance < options_.missed) continue;
            if (chance < options_.missed + options_.taken_for_new)
                visit.person = next_++;
            else if (chance < options_.missed + options_.taken_for_new + options_.taken_for_other)
                visit.person = between(1, people);
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
