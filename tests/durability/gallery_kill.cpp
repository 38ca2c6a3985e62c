// gallery_kill ROUNDS: a child enrols and forgets people one after another and tells of each acknowledged change; it is
// killed (SIGKILL) at a random moment, again and again, on one store. Whatever was acknowledged must be there.
// gallery_kill full-disk: the same child against a limit on the size of its files.
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmath>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <map>
#include <random>
#include <set>
#include <string>

#include "gallery/store/store.h"

namespace {

using namespace mien;
using namespace mien::gallery;
namespace fs = std::filesystem;

const Maker maker{"resnet", "1", "five-point"};

StoreOptions options(const fs::path& folder) {
    return {.master_key = {MasterKeySource::Kind::File, (folder / "master.key").string(), true}};
}

std::vector<float> template_of(const std::string& name) {
    std::mt19937 random(static_cast<unsigned>(std::hash<std::string>{}(name)));
    std::normal_distribution<float> normal;
    std::vector<float> values(128);
    double length = 0;
    for (float& value : values) {
        value = normal(random);
        length += double{value} * value;
    }
    for (float& value : values) value = static_cast<float>(value / std::sqrt(length));
    return values;
}

// Enrols person after person; every fourth time it forgets one. "e NAME" or "f NAME" on the pipe: acknowledged.
[[noreturn]] void work(const fs::path& folder, int pipe, int round, std::set<std::string> there) {
    const auto say = [&](const std::string& line) {
        const std::string whole = line + "\n";
        if (::write(pipe, whole.data(), whole.size()) < 0) ::_exit(4);
    };
    auto store = Store::open(folder, options(folder));
    if (!store) {
        say("! " + store.error().message);
        ::_exit(3);
    }
    for (int i = 0;; ++i) {
        if (i % 4 == 3 && !there.empty()) {
            const std::string name = *there.begin();
            say("? " + name);
            const auto proof = store->forget("g", name, {"kill", "test"});
            if (!proof) {
                say("! " + proof.error().message);
                ::_exit(3);
            }
            there.erase(name);
            say("f " + name);
            continue;
        }
        const std::string name = "r" + std::to_string(round) + "-" + std::to_string(i);
        Enrolment person{.subject = name};
        person.samples.push_back({.made = {{maker, template_of(name)}}, .crop = Bytes(2000, 7), .source = name});
        const std::vector people{person};
        const auto enrolled = store->enrol("g", people, {"kill", "test"});
        if (!enrolled) {
            say("! " + enrolled.error().message);
            ::_exit(3);
        }
        there.insert(name);
        say("e " + name);
    }
}

struct Known {
    std::set<std::string> there{};
    std::set<std::string> maybe_gone{};  // a forgetting was begun, but not acknowledged
    std::set<std::string> gone{};
    std::string complaint{};
};

void read_lines(int pipe, Known& known) {
    std::string text;
    char part[4096];
    for (ssize_t got = 0; (got = ::read(pipe, part, sizeof part)) > 0;)
        text.append(part, static_cast<std::size_t>(got));
    std::size_t at = 0;
    for (std::size_t end = 0; (end = text.find('\n', at)) != std::string::npos; at = end + 1) {
        const std::string line = text.substr(at, end - at);
        const std::string name = line.substr(2);
        if (line[0] == 'e') known.there.insert(name);
        if (line[0] == '?') known.maybe_gone.insert(name);
        if (line[0] == 'f') {
            known.there.erase(name);
            known.maybe_gone.erase(name);
            known.gone.insert(name);
        }
        if (line[0] == '!') known.complaint = name;
    }
}

bool fail(const std::string& what) {
    std::fprintf(stderr, "gallery_kill: %s\n", what.c_str());
    return false;
}

bool holds_what_was_acknowledged(const fs::path& folder, Known& known, bool thorough) {
    auto store = Store::open(folder, options(folder));
    if (!store) return fail("does not open: " + store.error().message);
    std::map<std::int64_t, std::string> names;
    for (std::int64_t after = 0;;) {
        const auto page = store->subjects("g", after, 1000);
        if (!page) return fail(page.error().message);
        if (page->empty()) break;
        for (const SubjectInfo& subject : *page) names.emplace(subject.id, subject.name);
        after = page->back().id;
    }
    std::set<std::string> found;
    bool right = true;
    const auto loaded = store->load("g", maker, 1, [&](int, StoredTemplate&& made) {
        const std::string& name = names[made.subject];
        found.insert(name);
        right = right && made.values == template_of(name);
    });
    if (!loaded) return fail(loaded.error().message);
    if (!right) return fail("a template came back changed");
    for (const std::string& name : known.there) {
        if (!found.contains(name) && !known.maybe_gone.contains(name))
            return fail(name + " was acknowledged, but is lost");
    }
    for (const std::string& name : known.gone)
        if (found.contains(name)) return fail(name + " was forgotten, but is there");
    known.there = found;  // with what was written, but not acknowledged any more
    known.maybe_gone.clear();
    if (!thorough) return true;
    const Status whole = store->check([](const std::string&) {});
    return whole ? true : fail(whole.error().message);
}

struct Killed {
    bool by_us = false;
    Known known{};
};

bool round_of(const fs::path& folder, Known& known, int round, std::mt19937& random, bool limit_files) {
    int ends[2];
    if (::pipe(ends) != 0) return fail("no pipe");
    const pid_t child = ::fork();
    if (child == 0) {
        ::close(ends[0]);
        if (limit_files) {
            std::signal(SIGXFSZ, SIG_IGN);
            const rlimit limit{1'500'000, 1'500'000};
            ::setrlimit(RLIMIT_FSIZE, &limit);
        }
        work(folder, ends[1], round, known.there);
    }
    ::close(ends[1]);
    if (!limit_files) {
        ::usleep(std::uniform_int_distribution<useconds_t>(1'000, 120'000)(random));
        ::kill(child, SIGKILL);
    }
    read_lines(ends[0], known);
    ::close(ends[0]);
    int state = 0;
    ::waitpid(child, &state, 0);
    return true;
}

int kill_rounds(const fs::path& folder, int rounds) {
    std::mt19937 random(20261125);
    Known known;
    std::size_t forgotten = 0;
    for (int round = 0; round < rounds; ++round) {
        if (!round_of(folder, known, round, random, false)) return 1;
        if (!known.complaint.empty()) return fail("the child could not work: " + known.complaint), 1;
        if (!holds_what_was_acknowledged(folder, known, round % 20 == 19 || round + 1 == rounds)) return 1;
        forgotten = known.gone.size();
    }
    std::printf(
        "%d kills, %zu people there, %zu forgotten: nothing acknowledged was lost, nothing forgotten came back\n",
        rounds, known.there.size(), forgotten);
    return known.there.empty() ? fail("nothing was ever enrolled"), 1 : 0;
}

int full_disk(const fs::path& folder) {
    std::mt19937 random(1);
    Known known;
    if (!round_of(folder, known, 0, random, true)) return 1;
    if (known.complaint.empty()) return fail("the limit on files was never met"), 1;
    if (!holds_what_was_acknowledged(folder, known, true)) return 1;
    std::printf("full after %zu people: \"%s\"; nothing acknowledged was lost\n", known.there.size(),
                known.complaint.c_str());
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    const std::string what = argc > 1 ? argv[1] : "25";
    const fs::path folder = fs::temp_directory_path() / ("mien-kill-" + std::to_string(::getpid()));
    {
        auto store = Store::open(folder, options(folder));
        if (!store || !store->create({.name = "g"}, {})) return fail("no store"), 1;
    }
    const int code = what == "full-disk" ? full_disk(folder) : kill_rounds(folder, std::atoi(what.c_str()));
    std::error_code ignored;
    if (code == 0) fs::remove_all(folder, ignored);
    return code;
}
