#include "gallery/store_fixture_test.h"

namespace mien::gallery {
namespace {

namespace fs = std::filesystem;
using namespace testing_store;
using std::chrono::days;
using UpkeepTest = StoreTest;

TEST_F(UpkeepTest, ForgettingReachesEveryCopy) {
    std::mt19937 random(5);
    Store store = open();
    ASSERT_TRUE(store.create({.name = "g"}, tester));
    std::vector people{person("anna", random_template(random, resnet)), person("ben", random_template(random, resnet))};
    people[0].samples[0].crop = Bytes(1000, 1);
    ASSERT_TRUE(store.enrol("g", people, tester));
    const auto backup = store.backup(folder / "backup", tester);
    ASSERT_TRUE(backup);

    // The sealed bytes as the raw files hold them before.
    Bytes sealed;
    Bytes wrapped;
    {
        auto data = Database::open_to_read(folder / "data/mien.db");
        auto query = data->prepare("SELECT sealed FROM template WHERE subject = 1");
        ASSERT_TRUE(*query.step());
        sealed.assign(query.blob(0).begin(), query.blob(0).end());
        auto keys = Database::open_to_read(folder / "data/keys.db");
        auto key = keys->prepare("SELECT wrapped FROM subject_key WHERE subject = 1");
        ASSERT_TRUE(*key.step());
        wrapped.assign(key.blob(0).begin(), key.blob(0).end());
    }
    const auto bytes_in = [&](const fs::path& where, const Bytes& mark) {
        int found = 0;
        for (const auto& entry : fs::recursive_directory_iterator(where))
            if (entry.is_regular_file() && file_holds(entry.path(), mark)) ++found;
        return found;
    };
    EXPECT_GE(bytes_in(folder / "data", sealed), 1);
    EXPECT_GE(bytes_in(folder / "data", wrapped), 1);
    EXPECT_EQ(bytes_in(folder / "backup", wrapped), 1);

    const auto proof = store.forget("g", "anna", tester, ScanFor::Everything);
    ASSERT_TRUE(proof) << proof.error().message;
    EXPECT_EQ(proof->samples, 1u);
    EXPECT_EQ(proof->templates, 1u);
    EXPECT_EQ(proof->crops, 1u);
    EXPECT_TRUE(proof->unreached.empty());
    EXPECT_EQ(proof->key_digest, to_hex(digest_of(wrapped)));
    EXPECT_EQ(bytes_in(folder / "data", sealed), 0);
    EXPECT_EQ(bytes_in(folder, wrapped), 0);            // the backup's copy of the keys, too
    EXPECT_EQ(bytes_in(folder / "backup", sealed), 1);  // the data backup is as it was, but nothing opens it

    // The backup, restored, has Ben and can't open Anna.
    fs::create_directories(folder / "restored");
    fs::copy_file(*backup, folder / "restored/mien.db");
    fs::copy_file(folder / "backup/keys.db", folder / "restored/keys.db");
    auto restored = Store::open(folder / "restored", options());
    ASSERT_TRUE(restored) << restored.error().message;
    const auto left = load_all(*restored, "g", resnet);
    ASSERT_EQ(left.size(), 1u);
    EXPECT_EQ(left[0].values, people[1].samples[0].made[0].values);
    EXPECT_FALSE(restored->subject("g", "anna"));

    EXPECT_EQ(load_all(store, "g", resnet).size(), 1u);
    EXPECT_EQ(store.forget("g", "anna", tester).error().fault, Fault::NotFound);
    EXPECT_TRUE(store.check([](const std::string&) {}));
}

TEST_F(UpkeepTest, AnInterruptedErasureIsFinishedAtTheNextOpening) {
    std::mt19937 random(6);
    {
        Store store = open();
        ASSERT_TRUE(store.create({.name = "g"}, tester));
        const std::vector people{person("anna", random_template(random, resnet)),
                                 person("ben", random_template(random, resnet))};
        ASSERT_TRUE(store.enrol("g", people, tester));
    }
    {
        auto keys = Database::open(folder / "data/keys.db");
        ASSERT_TRUE(
            keys->execute("DELETE FROM subject_key WHERE subject = 1;"
                          "INSERT INTO unfinished_erasure VALUES(1, 'd', 'tester', 'because')"));
    }
    Store store = open();
    EXPECT_EQ(store.subject("g", "anna").error().fault, Fault::NotFound);
    EXPECT_TRUE(store.subject("g", "ben"));
    std::vector<AuditRecord> records;
    ASSERT_TRUE(store.read_audit(1, [&](const AuditRecord& record) {
        records.push_back(record);
        return Status{};
    }));
    EXPECT_EQ(records.back().entry.action, "forget");
    EXPECT_EQ(records.back().entry.actor.why, "because");
}

TEST_F(UpkeepTest, ADamagedRecordIsNamedAndAStrangersKeyOpensNothing) {
    std::mt19937 random(7);
    {
        Store store = open();
        ASSERT_TRUE(store.create({.name = "g"}, tester));
        const std::vector people{person("anna", random_template(random, resnet)),
                                 person("ben", random_template(random, resnet))};
        ASSERT_TRUE(store.enrol("g", people, tester));
    }
    StoreOptions stranger = options();
    stranger.master_key.where = (folder / "elsewhere/other.key").string();
    const auto refused = Store::open(folder / "data", stranger);
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().message.find("does not open the store"), std::string::npos);

    {  // Anna's template put in Ben's place
        auto data = Database::open(folder / "data/mien.db");
        ASSERT_TRUE(data->execute(
            "UPDATE template SET sealed = (SELECT sealed FROM template WHERE subject = 1) WHERE subject = 2"));
    }
    Store store = open();
    const auto loaded = store.load("g", resnet, 1, [](int, const StoredTemplate&) {});
    ASSERT_FALSE(loaded);
    EXPECT_EQ(loaded.error().fault, Fault::Corrupt);
    EXPECT_NE(loaded.error().message.find("template 2"), std::string::npos);
    EXPECT_EQ(store.check([](const std::string&) {}).error().fault, Fault::Corrupt);
}

TEST_F(UpkeepTest, ATornFileIsPlainlyReported) {
    { Store store = open(); }
    std::ofstream(folder / "data/mien.db", std::ios::binary | std::ios::in).seekp(0).write("torn", 4);
    auto torn = Store::open(folder / "data", options());
    ASSERT_FALSE(torn);
    EXPECT_EQ(torn.error().fault, Fault::Corrupt);
    EXPECT_NE(torn.error().message.find("backup"), std::string::npos);
}

TEST_F(UpkeepTest, KeysRotate) {
    std::mt19937 random(8);
    const Key fresh = Key::random();
    {
        Store store = open();
        ASSERT_TRUE(store.create({.name = "g"}, tester));
        const std::vector people{person("anna", random_template(random, resnet))};
        ASSERT_TRUE(store.enrol("g", people, tester));
        ASSERT_TRUE(store.rotate_gallery_key("g", tester));
        ASSERT_TRUE(store.rotate_master_key(fresh));
    }
    EXPECT_FALSE(Store::open(folder / "data", options()));
    ASSERT_TRUE(write_master_key(folder / "elsewhere/fresh.key", fresh));
    StoreOptions again = options();
    again.master_key.where = (folder / "elsewhere/fresh.key").string();
    auto store = Store::open(folder / "data", again);
    ASSERT_TRUE(store) << store.error().message;
    EXPECT_EQ(load_all(*store, "g", resnet).size(), 1u);
    EXPECT_TRUE(store->subject("g", "anna"));  // its name is found by the new key's digest
}

TEST_F(UpkeepTest, AKeyThatAnotherProcessChangedIsReadAnew) {
    std::mt19937 random(12);
    Store one = open();
    ASSERT_TRUE(one.create({.name = "g"}, tester));
    const std::vector people{person("anna", random_template(random, resnet))};
    ASSERT_TRUE(one.enrol("g", people, tester));
    Store second = open();
    ASSERT_TRUE(second.subject("g", "anna"));
    ASSERT_TRUE(one.rotate_gallery_key("g", tester));
    EXPECT_TRUE(second.subject("g", "anna"));
    const std::vector more{person("ben", random_template(random, resnet))};
    ASSERT_TRUE(second.enrol("g", more, tester));
    EXPECT_EQ(load_all(one, "g", resnet).size(), 2u);
}

TEST_F(UpkeepTest, ExpiryCountsFromTheLastMeeting) {
    std::mt19937 random(9);
    Store store = open();
    ASSERT_TRUE(store.create({.name = "g", .keep = days{30}}, tester));
    const std::vector people{person("anna", random_template(random, resnet)),
                             person("ben", random_template(random, resnet))};
    const auto enrolled = store.enrol("g", people, tester);
    fixed_time += days{20};
    const std::vector met{enrolled->at(1).subject};
    ASSERT_TRUE(store.touch(met));
    fixed_time += days{15};
    const auto expired = store.expired();
    ASSERT_TRUE(expired);
    ASSERT_EQ(expired->size(), 1u);
    EXPECT_EQ(expired->at(0).name, "anna");
}

TEST_F(UpkeepTest, DeletingAGalleryDestroysItsKeys) {
    std::mt19937 random(11);
    Store store = open();
    ASSERT_TRUE(store.create({.name = "g"}, tester));
    ASSERT_TRUE(store.create({.name = "h"}, tester));
    const std::vector people{person("anna", random_template(random, resnet))};
    ASSERT_TRUE(store.enrol("g", people, tester));
    ASSERT_TRUE(store.enrol("h", people, tester));
    ASSERT_TRUE(store.remove("g", tester));
    EXPECT_EQ(store.gallery("g").error().fault, Fault::NotFound);
    EXPECT_EQ(load_all(store, "h", resnet).size(), 1u);
    auto keys = Database::open_to_read(folder / "data/keys.db");
    auto count = keys->prepare("SELECT COUNT(*) FROM subject_key WHERE subject = 1");
    ASSERT_TRUE(count.step());
    EXPECT_EQ(count.integer(0), 0);
}

TEST_F(UpkeepTest, OpensStoresOfEveryEarlierSchema) {
    const fs::path kept = fs::path(MIEN_SOURCE_DIR) / "tests/compat";
    for (int version = 1; version <= 2; ++version) {
        const fs::path copy = folder / ("store-" + std::to_string(version));
        fs::create_directories(folder);
        fs::copy(kept / copy.filename(), copy);
        fs::permissions(copy / "master.key", fs::perms::owner_read | fs::perms::owner_write);
        auto store = Store::open(copy, {.master_key = {MasterKeySource::Kind::File, (copy / "master.key").string()}});
        ASSERT_TRUE(store) << store.error().message;
        EXPECT_TRUE(store->check([](const std::string&) {}));
        EXPECT_EQ(store->gallery("g")->subjects, 60u);
        EXPECT_EQ(load_all(*store, "g", {"synthetic", "1", "none"}).size(), 60u);
        EXPECT_TRUE(store->subject("g", "person 8"));
        EXPECT_FALSE(store->subject("g", "person 7"));  // forgotten then
        // Schema 1 knew pictures by their names, since then it is by their bytes.
        const auto known = store->known_pictures("g", "person 8");
        ASSERT_TRUE(known);
        EXPECT_EQ(known->holds(digest_of(as_bytes("picture 8")), "another name"), version >= 2);
        EXPECT_EQ(known->holds(digest_of(as_bytes("another picture")), "none"), version == 1);
        const std::vector more{person("somebody new", {{"synthetic", "1", "none"}, std::vector<float>(16, 0.25F)})};
        EXPECT_TRUE(store->enrol("g", more, tester));
        EXPECT_TRUE(store->erase_expired(tester));
    }
}

TEST_F(UpkeepTest, HalfAStoreIsReportedAsDamaged) {
    for (const char* lost : {"keys.db", "mien.db"}) {
        fs::remove_all(folder / "data");
        { Store store = open(); }
        fs::remove(folder / "data" / lost);
        StoreOptions opened = options();
        opened.missing = StoreOptions::Missing::Fail;
        const auto half = Store::open(folder / "data", opened);
        ASSERT_FALSE(half);
        EXPECT_EQ(half.error().fault, Fault::Corrupt);
        EXPECT_NE(half.error().message.find(std::string("no ") + lost), std::string::npos);
    }
}

TEST_F(UpkeepTest, OnlyItsOwnerReadsIt) {
    Store store = open();
    const auto copy = store.backup(folder / "backup", tester);
    ASSERT_TRUE(copy);
    for (const fs::path& file : {folder / "data/mien.db", folder / "data/keys.db", folder / "data/mien.db-wal", *copy,
                                 folder / "backup/keys.db"})
        EXPECT_EQ(fs::status(file).permissions(), fs::perms::owner_read | fs::perms::owner_write) << file;
}

TEST_F(UpkeepTest, ALaterSchemaIsRefused) {
    { Store store = open(); }
    {
        auto data = Database::open(folder / "data/mien.db");
        ASSERT_TRUE(data->execute("PRAGMA user_version = 99"));
    }
    auto later = Store::open(folder / "data", options());
    ASSERT_FALSE(later);
    EXPECT_EQ(later.error().fault, Fault::Unsupported);
    EXPECT_NE(later.error().message.find("later version"), std::string::npos);
}

}  // namespace
}  // namespace mien::gallery
