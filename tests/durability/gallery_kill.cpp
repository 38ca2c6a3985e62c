// gallery_kill ROUNDS: a child enrols and forgets people one after another and tells of each acknowledged change; it is
// killed (SIGKILL) at a random moment, again and again, on one store. Whatever was acknowledged must be there: what the
// last round changed is read back after each, everything after every hundredth.
// gallery_kill full-disk: the same child against a limit on the size of its files.
// gallery_kill torn ROUNDS: a store's databases or write-ahead logs are cut or changed at random. Either all that was
// acknowledged is there, or opening, reading or checking says that something is wrong; nothing crashes or hangs.
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
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

bool fail(const std::string& what) {
    std::fprintf(stderr, "gallery_kill: %s\n", what.c_str());
    return false;
}

Enrolment person_of(const std::string& name) {
    Enrolment person{.subject = name};
    person.samples.push_back({.made = {{maker, template_of(name)}},
                              .crop = Bytes(2000, 7),
                              .source = name,
                              .content = digest_of(as_bytes(name))});
    return person;
}

// Enrols person after person; every fourth time it forgets one. "+ NAME" or "? NAME" on the pipe: is about to enrol or
// forget; "e NAME" or "f NAME": that was acknowledged. Ends by itself after `most` changes.
[[noreturn]] void work(const fs::path& folder, int pipe, int round, std::set<std::string>& there, int most) {
    const auto say = [&](const std::string& line) {
        const std::string whole = line + "\n";
        if (::write(pipe, whole.data(), whole.size()) < 0) ::_exit(4);
    };
    const auto complain = [&](const Error& error) {
        say("! " + error.message);
        ::_exit(3);
    };
    auto store = Store::open(folder, options(folder));
    if (!store) complain(store.error());
    for (int i = 0; i < most; ++i) {
        if (i % 4 == 3 && !there.empty()) {
            const std::string name = *there.begin();
            say("? " + name);
            const auto proof = store->forget("g", name, {"kill", "test"});
            if (!proof) complain(proof.error());
            there.erase(name);
            say("f " + name);
            continue;
        }
        const std::string name = "r" + std::to_string(round) + "-" + std::to_string(i);
        say("+ " + name);
        const std::vector people{person_of(name)};
        const auto enrolled = store->enrol("g", people, {"kill", "test"});
        if (!enrolled) complain(enrolled.error());
        there.insert(name);
        say("e " + name);
    }
    ::kill(::getpid(), SIGKILL);  // no destructor runs: the logs stay as they are
    ::_exit(5);
}

// What the parent was told.
struct Known {
    std::set<std::string> there{};
    std::set<std::string> gone{};
    std::set<std::string> maybe_there{};  // an enrolment was begun, but not acknowledged
    std::set<std::string> maybe_gone{};   // the same of a forgetting
    std::set<std::string> touched{};      // acknowledged in the last round
    std::string complaint{};
    std::size_t acknowledged = 0;
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
        if (line[0] == '+') known.maybe_there.insert(name);
        if (line[0] == '?') known.maybe_gone.insert(name);
        if (line[0] == 'e') {
            known.there.insert(name);
            known.maybe_there.erase(name);
        }
        if (line[0] == 'f') {
            known.there.erase(name);
            known.maybe_gone.erase(name);
            known.gone.insert(name);
        }
        if (line[0] == 'e' || line[0] == 'f') {
            known.touched.insert(name);
            ++known.acknowledged;
        }
        if (line[0] == '!') known.complaint = name;
    }
}

enum class Found { Whole, Gone, Failed };

Found look_for(Store& store, const std::string& name) {
    const auto failed = [&](const std::string& what) {
        fail(name + ": " + what);
        return Found::Failed;
    };
    const auto subject = store.subject("g", name);
    if (!subject) return subject.error().fault == Fault::NotFound ? Found::Gone : failed(subject.error().message);
    if (subject->samples.size() != 1) return failed("has another number of samples");
    const auto made = store.templates_of(subject->samples[0].id);
    if (!made) return failed(made.error().message);
    if (made->size() != 1 || made->front().values != template_of(name)) return failed("its template came back changed");
    return Found::Whole;
}

// Only what the last round changed, so that a run of many rounds stays linear in them.
bool last_round_is_there(const fs::path& folder, Known& known) {
    auto store = Store::open(folder, options(folder));
    if (!store) return fail("does not open: " + store.error().message);
    for (const std::string& name : known.touched) {
        if (known.maybe_gone.contains(name)) continue;
        const Found found = look_for(*store, name);
        if (found == Found::Failed) return false;
        if (found == Found::Gone && known.there.contains(name)) return fail(name + " was acknowledged, but is lost");
        if (found == Found::Whole && known.gone.contains(name)) return fail(name + " was forgotten, but is there");
    }
    // What was begun, but not acknowledged, is there whole or not at all.
    for (const auto* maybe : {&known.maybe_there, &known.maybe_gone}) {
        for (const std::string& name : *maybe) {
            const Found found = look_for(*store, name);
            if (found == Found::Failed) return false;
            if (found == Found::Whole) {
                known.there.insert(name);
            } else {
                known.there.erase(name);
                known.gone.insert(name);
            }
        }
    }
    known.maybe_there.clear();
    known.maybe_gone.clear();
    known.touched.clear();
    return true;
}

// Reads everything back. An error of the store is told in `told`; false: something is wrong that nothing told of.
bool all_is_there(Store& store, const Known& known, std::string& told) {
    const auto tell = [&](const Error& error) {
        told = error.message;
        return true;
    };
    if (const Status whole = store.check([](const std::string&) {}); !whole) return tell(whole.error());
    std::map<std::int64_t, std::string> names;
    for (std::int64_t after = 0;;) {
        const auto page = store.subjects("g", after, 1000);
        if (!page) return tell(page.error());
        if (page->empty()) break;
        for (const SubjectInfo& subject : *page) {
            names.emplace(subject.id, subject.name);
            for (const SampleInfo& sample : subject.samples) {
                const auto crop = store.crop(sample.id);
                if (!crop) return tell(crop.error());
                if (*crop != Bytes(2000, 7)) return fail("a crop came back changed");
            }
        }
        after = page->back().id;
    }
    std::set<std::string> found;
    bool right = true;
    const auto loaded = store.load("g", maker, 1, [&](int, const StoredTemplate& made) {
        const std::string& name = names[made.subject];
        found.insert(name);
        right = right && made.values == template_of(name);
    });
    if (!loaded) return tell(loaded.error());
    if (!right) return fail("a template came back changed");
    for (const std::string& name : known.there) {
        if (known.maybe_gone.contains(name)) continue;
        if (!found.contains(name)) return fail(name + " was acknowledged, but is lost");
        const auto subject = store.subject("g", name);
        if (!subject)
            return subject.error().fault == Fault::NotFound ? fail(name + " is not found") : tell(subject.error());
    }
    for (const std::string& name : known.gone)
        if (found.contains(name)) return fail(name + " was forgotten, but is there");
    return true;
}

bool holds_what_was_acknowledged(const fs::path& folder, const Known& known) {
    auto store = Store::open(folder, options(folder));
    if (!store) return fail("does not open: " + store.error().message);
    std::string told;
    if (!all_is_there(*store, known, told)) return false;
    return told.empty() ? true : fail(told);
}

enum class Ending { Killed, FullDisk, Itself };

bool round_of(const fs::path& folder, Known& known, int round, std::mt19937& random, Ending ending, int most) {
    int ends[2];
    if (::pipe(ends) != 0) return fail("no pipe");
    const pid_t child = ::fork();
    if (child == 0) {
        ::close(ends[0]);
        if (ending == Ending::FullDisk) {
            std::signal(SIGXFSZ, SIG_IGN);
            const rlimit limit{1'500'000, 1'500'000};
            ::setrlimit(RLIMIT_FSIZE, &limit);
        }
        work(folder, ends[1], round, known.there, most);
    }
    ::close(ends[1]);
    if (ending == Ending::Killed) {
        ::usleep(std::uniform_int_distribution<useconds_t>(1'000, 120'000)(random));
        ::kill(child, SIGKILL);
    }
    read_lines(ends[0], known);
    ::close(ends[0]);
    int state = 0;
    ::waitpid(child, &state, 0);
    return true;
}

constexpr int endless = 1 << 30;

int kill_rounds(const fs::path& folder, int rounds) {
    std::mt19937 random(20261125);
    Known known;
    std::size_t inside = 0;  // kills that met a change which was begun
    for (int round = 0; round < rounds; ++round) {
        if (!round_of(folder, known, round, random, Ending::Killed, endless)) return 1;
        if (!known.complaint.empty()) return fail("the child could not work: " + known.complaint), 1;
        inside += known.maybe_gone.empty() && known.maybe_there.empty() ? 0 : 1;
        if (!last_round_is_there(folder, known)) return 1;
        if (round % 100 == 99 || round + 1 == rounds) {
            if (!holds_what_was_acknowledged(folder, known)) return 1;
            std::printf("%d kills, %zu of them within a change; %zu changes acknowledged, %zu people there, %zu gone\n",
                        round + 1, inside, known.acknowledged, known.there.size(), known.gone.size());
            std::fflush(stdout);
        }
    }
    if (known.there.empty()) return fail("nothing was ever enrolled"), 1;
    std::printf("%d kills: nothing acknowledged was lost, nothing forgotten came back\n", rounds);
    return 0;
}

int full_disk(const fs::path& folder) {
    std::mt19937 random(1);
    Known known;
    if (!round_of(folder, known, 0, random, Ending::FullDisk, endless)) return 1;
    if (known.complaint.empty()) return fail("the limit on files was never met"), 1;
    if (!last_round_is_there(folder, known) || !holds_what_was_acknowledged(folder, known)) return 1;
    std::printf("full after %zu changes: \"%s\"; nothing acknowledged was lost\n", known.acknowledged,
                known.complaint.c_str());
    return 0;
}

// ---- torn files

// Damages one file of a store: cuts it, changes bytes, empties a block or puts one in another's place.
std::string damage(const fs::path& folder, std::mt19937_64& random) {
    std::vector<fs::path> files;
    for (const char* name : {"mien.db", "mien.db-wal", "keys.db", "keys.db-wal"}) {
        std::error_code unknown;
        if (fs::exists(folder / name, unknown) && fs::file_size(folder / name) > 0) files.push_back(folder / name);
    }
    const fs::path file = files[random() % files.size()];
    const std::uint64_t size = fs::file_size(file);
    const std::string name = file.filename().string();
    if (random() % 3 == 0) {
        const std::uint64_t cut = random() % 8 == 0 ? 0 : random() % size;
        fs::resize_file(file, cut);
        return name + " cut to " + std::to_string(cut);
    }
    std::fstream bytes(file, std::ios::in | std::ios::out | std::ios::binary);
    if (random() % 3 != 0) {
        const int count = 1 << random() % 6;
        std::string said = name + " changed at";
        for (int i = 0; i < count; ++i) {
            const auto at = static_cast<std::streamoff>(random() % size);
            char byte = 0;
            bytes.seekg(at).read(&byte, 1);
            byte = static_cast<char>(byte ^ static_cast<char>(1 + random() % 255));
            bytes.seekp(at).write(&byte, 1);
            said += " " + std::to_string(at);
        }
        return said;
    }
    constexpr std::uint64_t block = 4096;
    const std::uint64_t to = random() % (size / block + 1) * block;
    const std::uint64_t length = std::min(block, size - to);
    std::string content(length, '\0');
    const bool misplaced = random() % 2 == 0;
    if (misplaced)
        bytes.seekg(static_cast<std::streamoff>(random() % (size / block + 1) * block))
            .read(content.data(), static_cast<std::streamsize>(length));
    bytes.clear();
    bytes.seekp(static_cast<std::streamoff>(to)).write(content.data(), static_cast<std::streamsize>(length));
    return name + (misplaced ? " with another block at " : " with zeros at ") + std::to_string(to);
}

// In a child: opens, reads everything back, and goes on to write. Its exit code: 0 all is there, 10 told what is wrong.
[[noreturn]] void look_at_torn(const fs::path& folder, const Known& known, int pipe) {
    ::alarm(60);  // a store that hangs is one that crashed
    const auto tell = [&](const std::string& message) {
        if (::write(pipe, message.data(), std::min<std::size_t>(message.size(), 400)) < 0) ::_exit(4);
        ::_exit(10);
    };
    auto store = Store::open(folder, options(folder));
    if (!store) tell(store.error().message);
    std::string told;
    if (!all_is_there(*store, known, told)) ::_exit(1);
    // Writing on, to a damaged file, too, must give an answer.
    const std::vector people{person_of("one more")};
    const auto enrolled = store->enrol("g", people, {"torn", "test"});
    const auto proof = store->forget("g", *known.there.begin(), {"torn", "test"});
    if (!told.empty()) tell(told);
    if (!enrolled) tell(enrolled.error().message);
    if (!proof) tell(proof.error().message);
    ::_exit(0);
}

int torn_rounds(const fs::path& folder, int rounds) {
    std::mt19937 random(2);
    std::mt19937_64 dice(20261125);
    // Two stores: as a kill leaves one, with its logs, and one that was closed.
    struct Kept {
        fs::path at;
        Known known{};
    };
    std::vector<Kept> kept;
    for (const char* kind : {"killed", "closed"}) {
        Kept one{folder / kind};
        {
            auto store = Store::open(one.at, options(one.at));
            if (!store || !store->create({.name = "g"}, {})) return fail("no store"), 1;
            std::vector<Enrolment> people;
            for (int i = 0; i < 100; ++i) people.push_back(person_of("first-" + std::to_string(i)));
            if (!store->enrol("g", people, {})) return fail("no people"), 1;
            for (const Enrolment& person : people) one.known.there.insert(person.subject);
        }
        if (!round_of(one.at, one.known, 0, random, Ending::Itself, 47)) return 1;  // ends with enrolments in the log
        if (!one.known.complaint.empty()) return fail(one.known.complaint), 1;
        if (std::string(kind) == "closed" && !holds_what_was_acknowledged(one.at, one.known)) return 1;
        kept.push_back(std::move(one));
    }
    std::map<std::string, std::array<int, 2>> outcomes;
    const fs::path copy = folder / "copy";
    for (int round = 0; round < rounds; ++round) {
        const Kept& from = kept[dice() % 3 == 0 ? 1 : 0];
        fs::remove_all(copy);
        fs::copy(from.at, copy);
        if (dice() % 2 == 0) {  // the machine went down, too
            fs::remove(copy / "mien.db-shm");
            fs::remove(copy / "keys.db-shm");
        }
        const std::string what = damage(copy, dice);
        int ends[2];
        if (::pipe(ends) != 0) return fail("no pipe"), 1;
        const pid_t child = ::fork();
        if (child == 0) {
            ::close(ends[0]);
            look_at_torn(copy, from.known, ends[1]);
        }
        ::close(ends[1]);
        std::string told(400, '\0');
        const ssize_t got = ::read(ends[0], told.data(), told.size());
        told.resize(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
        ::close(ends[0]);
        int state = 0;
        ::waitpid(child, &state, 0);
        const int code = WIFEXITED(state) ? WEXITSTATUS(state) : -1;
        if (code != 0 && code != 10)
            return fail("round " + std::to_string(round) + ", " + what +
                        (code < 0 ? ": crashed with signal " + std::to_string(WTERMSIG(state))
                                  : ": lost without a word")),
                   1;
        ++outcomes[what.substr(0, what.find(' '))][code == 0 ? 0 : 1];
        if (code == 10 && std::getenv("GALLERY_KILL_TELL") != nullptr)
            std::printf("%s: %s\n", what.c_str(), told.c_str());
    }
    int whole = 0;
    int told = 0;
    for (const auto& [file, counts] : outcomes) {
        std::printf("%s: damaged %d times, %d times all was there, %d times it was told\n", file.c_str(),
                    counts[0] + counts[1], counts[0], counts[1]);
        whole += counts[0];
        told += counts[1];
    }
    std::printf(
        "%d torn files: %d times all was there, %d times it was told; nothing crashed, nothing was lost without "
        "a word\n",
        rounds, whole, told);
    return told > 0 && whole > 0 ? 0 : (fail("the damage met nothing, or everything"), 1);
}

}  // namespace

int main(int argc, char** argv) {
    const std::string what = argc > 1 ? argv[1] : "25";
    const fs::path folder = fs::temp_directory_path() / ("mien-kill-" + std::to_string(::getpid()));
    {
        auto store = Store::open(folder, options(folder));
        if (!store || !store->create({.name = "g"}, {})) return fail("no store"), 1;
    }
    const int rounds = std::atoi(argc > 2 ? argv[2] : what.c_str());
    const int code = what == "full-disk" ? full_disk(folder)
                     : what == "torn"    ? torn_rounds(folder, rounds)
                                         : kill_rounds(folder, rounds);
    std::error_code ignored;
    if (code == 0) fs::remove_all(folder, ignored);
    return code;
}
