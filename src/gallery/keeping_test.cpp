// Retention by itself, pictures known by their bytes, stores made by several processes, and changes that got lost.
#include <sys/wait.h>

#include "gallery/store_fixture_test.h"

namespace mien::gallery {
namespace {

using namespace testing_store;
using KeepingTest = StoreTest;

std::vector<std::string> outcomes_of(Store& store, const std::string& action) {
    std::vector<std::string> outcomes;
    EXPECT_TRUE(store.read_audit(1, [&](const AuditRecord& record) -> Status {
        if (record.entry.action == action) outcomes.push_back(record.entry.outcome);
        return {};
    }));
    return outcomes;
}

TEST_F(KeepingTest, RetentionIsDueOnceADay) {
    std::mt19937 random(21);
    Store store = open();
    ASSERT_TRUE(store.create({.name = "g", .keep = days{30}}, tester));
    const std::vector people{person("anna", random_template(random, resnet)),
                             person("ben", random_template(random, resnet)),
                             person("ben-2", random_template(random, resnet))};
    ASSERT_TRUE(store.enrol("g", people, tester));
    ASSERT_TRUE(store.merge("g", "ben", "ben-2", tester));
    EXPECT_TRUE(store.retention()->due);  // it never ran
    EXPECT_TRUE(store.erase_expired(tester)->empty());
    EXPECT_FALSE(store.retention()->due);
    EXPECT_EQ(store.retention()->last_run, fixed_time);
    fixed_time += std::chrono::hours{23};
    EXPECT_FALSE(store.retention()->due);
    fixed_time += std::chrono::hours{1};
    EXPECT_TRUE(store.retention()->due);

    ASSERT_TRUE(store.set_retention(AutomaticRetention::Off, tester));
    EXPECT_FALSE(store.retention()->due);
    ASSERT_TRUE(store.set_retention(AutomaticRetention::Daily, tester));
    fixed_time += days{28};
    const std::vector met{store.subject("g", "anna")->id};
    ASSERT_TRUE(store.touch(met));
    fixed_time += days{2};
    const auto erased = store.erase_expired({"tester", "retention"});
    ASSERT_TRUE(erased) << erased.error().message;
    ASSERT_EQ(erased->size(), 1u);  // ben goes with ben-2
    EXPECT_EQ(erased->at(0).templates, 2u);
    EXPECT_EQ(erased->at(0).gallery, "g");
    EXPECT_FALSE(store.subject("g", "ben"));
    EXPECT_FALSE(store.subject("g", "ben-2"));
    EXPECT_TRUE(store.subject("g", "anna"));
    EXPECT_EQ(outcomes_of(store, "retention").back(), "1 subjects whose time was over erased");
    EXPECT_EQ(outcomes_of(store, "set retention"), (std::vector<std::string>{"automatic: off", "automatic: daily"}));
    EXPECT_TRUE(store.check([](const std::string&) {}));
    fixed_time -= days{300};  // a clock that was set back
    EXPECT_TRUE(store.retention()->due);
}

TEST_F(KeepingTest, ManyExpireAtOnce) {
    std::mt19937 random(22);
    Store store = open();
    ASSERT_TRUE(store.create({.name = "g", .keep = days{1}}, tester));
    std::vector<Enrolment> people;
    for (int i = 0; i < 450; ++i) people.push_back(person(std::to_string(i), random_template(random, resnet, 8)));
    ASSERT_TRUE(store.enrol("g", people, tester));
    ASSERT_TRUE(store.backup(folder / "backup", tester));
    fixed_time += days{2};
    const auto erased = store.erase_expired(tester);
    ASSERT_TRUE(erased);
    EXPECT_EQ(erased->size(), 450u);
    EXPECT_TRUE(erased->front().unreached.empty());
    EXPECT_GE(erased->front().checked.size(), 2u);
    EXPECT_EQ(store.gallery("g")->subjects, 0u);
    auto keys = Database::open_to_read(folder / "backup/keys.db");
    auto left = keys->prepare("SELECT COUNT(*) FROM subject_key");
    ASSERT_TRUE(left.step());
    EXPECT_EQ(left.integer(0), 0);
    auto pending = keys->prepare("SELECT COUNT(*) FROM unfinished_erasure WHERE key_digest = ''");
    ASSERT_TRUE(pending.step());
    EXPECT_EQ(pending.integer(0), 0);
}

TEST_F(KeepingTest, APictureIsKnownByItsBytes) {
    std::mt19937 random(23);
    const Digest first = digest_of(as_bytes("the bytes of a picture"));
    const Digest second = digest_of(as_bytes("other bytes"));
    Store store = open();
    ASSERT_TRUE(store.create({.name = "g"}, tester));
    std::vector people{person("anna", random_template(random, resnet))};
    people[0].samples[0].content = first;
    people[0].samples.push_back({.made = {random_template(random, resnet)}, .source = "old.jpg"});  // of schema 1
    const auto enrolled = store.enrol("g", people, tester);
    ASSERT_TRUE(enrolled);
    const auto known = store.known_pictures("g", "anna");
    ASSERT_TRUE(known);
    EXPECT_TRUE(known->holds(first, "renamed.jpg"));
    EXPECT_FALSE(known->holds(second, "anna.jpg"));  // a changed file of the same name
    EXPECT_TRUE(known->holds(second, "old.jpg"));    // told by its name alone
    EXPECT_FALSE(store.known_pictures("g", "nobody")->holds(first, "renamed.jpg"));

    // Of two processes that enrol it at once the second writes nothing.
    const auto again = store.enrol("g", people, tester);
    ASSERT_TRUE(again);
    EXPECT_EQ(again->at(0).samples.front(), 0);
    EXPECT_NE(again->at(0).samples.back(), 0);  // bytes unknown: nobody can tell
    EXPECT_EQ(store.subject("g", "anna")->samples.size(), 3u);

    // It goes with its sample to another subject, and outlives a new gallery key.
    ASSERT_TRUE(store.rotate_gallery_key("g", tester));
    const std::vector moved{enrolled->at(0).samples[0]};
    ASSERT_TRUE(store.split("g", "anna", moved, "beth", tester));
    EXPECT_TRUE(store.known_pictures("g", "beth")->holds(first, ""));
    EXPECT_FALSE(store.known_pictures("g", "anna")->holds(first, ""));

    // It discloses nothing: neither the digest nor the same bytes for the same picture of somebody else.
    people[0].subject = "cleo";
    people[0].samples.resize(1);
    ASSERT_TRUE(store.enrol("g", people, tester));
    auto data = Database::open_to_read(folder / "data/mien.db");
    auto query = data->prepare("SELECT content FROM sample WHERE content IS NOT NULL");
    std::vector<Bytes> kept;
    while (*query.step()) kept.emplace_back(query.blob(0).begin(), query.blob(0).end());
    ASSERT_EQ(kept.size(), 2u);
    EXPECT_NE(kept[0], kept[1]);
    for (const char* file : {"mien.db", "mien.db-wal"}) EXPECT_FALSE(file_holds(folder / "data" / file, first));
}

TEST_F(KeepingTest, NamesMustPrint) {
    std::mt19937 random(24);
    Store store = open();
    EXPECT_EQ(store.create({.name = "a\nb"}, tester).error().fault, Fault::BadInput);
    EXPECT_EQ(store.create({.name = "a\xff"}, tester).error().fault, Fault::BadInput);
    ASSERT_TRUE(store.create({.name = "g"}, tester));
    for (const char* name : {"a\tb", "a\xff", "\x1b[2J"}) {
        const std::vector people{person(name, random_template(random, resnet))};
        EXPECT_EQ(store.enrol("g", people, tester).error().fault, Fault::BadInput);
    }
    std::vector people{person("anna", random_template(random, resnet))};
    people[0].samples.push_back(people[0].samples[0]);
    ASSERT_TRUE(store.enrol("g", people, tester));
    EXPECT_EQ(store.rename("g", "anna", "an\nna", {}, tester).error().fault, Fault::BadInput);
    const std::vector moved{store.subject("g", "anna")->samples[0].id};
    EXPECT_EQ(store.split("g", "anna", moved, "an\nna", tester).error().fault, Fault::BadInput);
}

// Runs `work` in that many processes at once; how many of them ended well.
int processes(int count, const std::function<bool(int)>& work) {
    int gate[2];
    EXPECT_EQ(::pipe(gate), 0);
    std::vector<pid_t> children;
    for (int i = 0; i < count; ++i) {
        const pid_t child = ::fork();
        if (child == 0) {
            ::close(gate[1]);
            char byte = 0;
            while (::read(gate[0], &byte, 1) < 0) {
            }  // until all are there
            ::_exit(work(i) ? 0 : 1);
        }
        children.push_back(child);
    }
    ::close(gate[0]);
    ::close(gate[1]);
    int well = 0;
    for (const pid_t child : children) {
        int state = 0;
        ::waitpid(child, &state, 0);
        well += WIFEXITED(state) && WEXITSTATUS(state) == 0 ? 1 : 0;
    }
    return well;
}

TEST_F(KeepingTest, OfManyProcessesOneMakesTheMasterKey) {
    const fs::path keys = folder / "keys";
    const MasterKeySource source{MasterKeySource::Kind::File, (keys / "master.key").string(), true};
    for (int round = 0; round < 20; ++round) {
        fs::remove_all(keys);
        fs::create_directories(keys);
        EXPECT_EQ(processes(8,
                            [&](int i) {
                                const auto key = read_master_key(source);
                                return key && write_file(keys / std::to_string(i), key->bytes());
                            }),
                  8);
        const auto first = read_file(keys / "0");
        ASSERT_TRUE(first);
        EXPECT_EQ(first->size(), 32u);
        for (int i = 1; i < 8; ++i) EXPECT_EQ(*read_file(keys / std::to_string(i)), *first);
        EXPECT_EQ(std::distance(fs::directory_iterator(keys), {}), 9);  // no unfinished file is left
    }
}

TEST_F(KeepingTest, ManyProcessesMakeOneStore) {
    StoreOptions inside = options();
    inside.master_key.where = (folder / "data/master.key").string();
    for (int round = 0; round < 5; ++round) {
        fs::remove_all(folder / "data");
        EXPECT_EQ(processes(6,
                            [&](int i) {
                                auto store = Store::open(folder / "data", inside);
                                if (!store) std::fprintf(stderr, "%s\n", store.error().message.c_str());
                                return store && store->create({.name = "g" + std::to_string(i)}, tester);
                            }),
                  6);
        auto store = Store::open(folder / "data", inside);
        ASSERT_TRUE(store) << store.error().message;
        EXPECT_EQ(store->galleries()->size(), 6u);
        EXPECT_TRUE(store->check([](const std::string&) {}));
    }
}

TEST_F(KeepingTest, AnInterruptedMakingGoesOn) {
    { Store store = open(); }
    fs::remove(folder / "data/mien.db");  // the keys are made first, and none of a gallery is in them
    Store store = open();
    EXPECT_TRUE(store.create({.name = "g"}, tester));
}

TEST_F(KeepingTest, LostChangesAreTold) {
    std::mt19937 random(25);
    const fs::path data = folder / "data";
    const fs::path cut = folder / "cut";
    fs::create_directories(folder);
    {
        Store store = open();
        ASSERT_TRUE(store.create({.name = "g"}, tester));
        const std::vector people{person("anna", random_template(random, resnet))};
        ASSERT_TRUE(store.enrol("g", people, tester));
        const std::vector more{person("ben", random_template(random, resnet))};
        ASSERT_TRUE(store.enrol("g", more, tester));
        ASSERT_GT(fs::file_size(data / "mien.db-wal"), 0u);
        fs::copy(data, cut);  // as a power cut or a kill leaves it
    }
    const auto opened = [&] { return Store::open(cut, options()); };
    {
        const fs::path whole = folder / "whole";
        fs::copy(cut, whole);
        auto store = Store::open(whole, options());
        ASSERT_TRUE(store) << store.error().message;
        EXPECT_TRUE(store->subject("g", "ben"));
    }
    // SQLite itself opens what is left of a cut log without a word.
    fs::resize_file(cut / "mien.db-wal", fs::file_size(cut / "mien.db-wal") - 100);
    const auto refused = opened();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().fault, Fault::Corrupt);
    EXPECT_NE(refused.error().message.find("acknowledged changes"), std::string::npos) << refused.error().message;
    fs::remove(cut / "acknowledged");  // whoever wants what is left
    auto store = opened();
    ASSERT_TRUE(store) << store.error().message;
    EXPECT_TRUE(store->subject("g", "anna"));
    EXPECT_FALSE(store->subject("g", "ben"));
}

TEST_F(KeepingTest, ANameThatIsNotFoundByItsHashIsDamage) {
    std::mt19937 random(26);
    Store store = open();
    ASSERT_TRUE(store.create({.name = "g"}, tester));
    const std::vector people{person("anna", random_template(random, resnet))};
    ASSERT_TRUE(store.enrol("g", people, tester));
    ASSERT_TRUE(store.check([](const std::string&) {}));
    {
        auto data = Database::open(folder / "data/mien.db");
        ASSERT_TRUE(data->execute("UPDATE subject SET name_digest = randomblob(32)"));
    }
    EXPECT_EQ(store.check([](const std::string&) {}).error().fault, Fault::Corrupt);
}

}  // namespace
}  // namespace mien::gallery
