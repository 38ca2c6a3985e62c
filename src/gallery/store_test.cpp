#include "gallery/store/store.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <mutex>
#include <random>

#include "base/file.h"
#include "gallery/comparisons.h"
#include "gallery/store/database.h"

namespace mien::gallery {
namespace {

namespace fs = std::filesystem;
using std::chrono::days;

Time fixed_time{std::chrono::sys_days{std::chrono::year{2026} / 11 / 25}};
Time test_clock() {
    return fixed_time;
}

class StoreTest : public testing::Test {
protected:
    void SetUp() override {
        folder = fs::temp_directory_path() / ("mien-store-" + std::to_string(::getpid()) + "-" +
                                              testing::UnitTest::GetInstance()->current_test_info()->name());
        fs::remove_all(folder);
        fixed_time = Time{std::chrono::sys_days{std::chrono::year{2026} / 11 / 25}};
    }
    void TearDown() override { fs::remove_all(folder); }

    StoreOptions options() const {
        return {.master_key = {MasterKeySource::Kind::File, (folder / "elsewhere/master.key").string(), true},
                .clock = test_clock};
    }
    Store open() {
        auto store = Store::open(folder / "data", options());
        EXPECT_TRUE(store) << (store ? "" : store.error().message);
        return std::move(*store);
    }

    fs::path folder{};
};

const Maker resnet{"resnet", "1", "five-point"};
const Maker other{"densenet", "1", "five-point"};
const Actor tester{"tester", "a test"};

Template random_template(std::mt19937& random, const Maker& maker, std::size_t dimension = 128) {
    std::normal_distribution<float> normal;
    Template made{maker, std::vector<float>(dimension)};
    double length = 0;
    for (float& value : made.values) {
        value = normal(random);
        length += double{value} * value;
    }
    for (float& value : made.values) value = static_cast<float>(value / std::sqrt(length));
    return made;
}

Enrolment person(const std::string& name, Template made) {
    Enrolment enrolment{.subject = name};
    enrolment.samples.push_back({.made = {std::move(made)}, .quality = 80, .source = name + ".jpg"});
    return enrolment;
}

std::vector<StoredTemplate> load_all(Store& store, const std::string& gallery, const Maker& maker, int workers = 2) {
    std::vector<StoredTemplate> all;
    std::mutex lock;
    const auto last = store.load(gallery, maker, workers, [&](int, StoredTemplate&& made) {
        const std::lock_guard guard(lock);
        all.push_back(std::move(made));
    });
    EXPECT_TRUE(last) << (last ? "" : last.error().message);
    std::ranges::sort(all, {}, &StoredTemplate::id);
    return all;
}

bool file_holds(const fs::path& file, ByteView mark) {
    std::ifstream in(file, std::ios::binary);
    const Bytes bytes{std::istreambuf_iterator<char>(in), {}};
    return std::search(bytes.begin(), bytes.end(), mark.begin(), mark.end()) != bytes.end();
}

TEST_F(StoreTest, OwnComparisonsByHand) {
    Store store = open();
    ASSERT_TRUE(store.create({.name = "staff"}, tester));
    // Unit vectors in a plane: similarity is (1 + cosine) / 2.
    const auto at = [](double degrees) {
        const double radians = degrees * 3.14159265358979 / 180;
        return NewSample{
            .made = {{resnet, {static_cast<float>(std::cos(radians)), static_cast<float>(std::sin(radians))}}}};
    };
    std::vector<Enrolment> people{{.subject = "anna", .samples = {at(0), at(60), at(90)}},
                                  {.subject = "beth", .samples = {at(180)}},
                                  {.subject = "somebody", .kind = SubjectKind::Unknown, .samples = {at(1)}}};
    ASSERT_TRUE(store.enrol("staff", people, tester));
    const auto own = own_comparisons(store, "staff", resnet, std::nullopt);
    ASSERT_TRUE(own) << own.error().message;
    EXPECT_EQ(own->subjects, 2u);  // the unknown profile may be one of them
    EXPECT_EQ(own->profiles, 3u);
    EXPECT_EQ(own->templates, 5u);
    ASSERT_EQ(own->pairs.size(), 1u);
    EXPECT_NEAR(own->pairs[0], 0.0F, 1e-6);              // opposite
    ASSERT_EQ(own->mated.size(), 3u);                    // each with the first of the others
    EXPECT_NEAR(own->mated[0].similarity, 0.75F, 1e-6);  // 0 and 60 degrees
    EXPECT_NEAR(own->mated[1].similarity, 0.75F, 1e-6);
    EXPECT_NEAR(own->mated[2].similarity, 0.5F, 1e-6);  // 90 and 0
    EXPECT_EQ(own->mated_subjects, 1u);
    // As one picture: the mean of 60 and 90 degrees to 0 is 0.625; stretched, it moves away from the centre.
    const auto as_one = own_comparisons(store, "staff", resnet, statistics::Several{0.5, 2});
    ASSERT_TRUE(as_one);
    EXPECT_GT(as_one->mated[0].similarity, 0.625F);
    EXPECT_EQ(own_comparisons(store, "staff", resnet, std::nullopt, 1)->pairs.size(), 0u);
}

TEST_F(StoreTest, OperatingPointsAreKeptAndAudited) {
    Store store = open();
    ASSERT_TRUE(store.create({.name = "staff"}, tester));
    EXPECT_FALSE(store.keep_operating_point("staff", resnet, {0.9, "x", "{}"}, tester));  // no template by that maker
    const auto none = store.operating_point("staff", resnet);
    ASSERT_TRUE(none);
    EXPECT_FALSE(*none);
    std::mt19937 random(1);
    const std::vector<Enrolment> people{{.subject = "anna", .samples = {{.made = {random_template(random, resnet)}}}}};
    ASSERT_TRUE(store.enrol("staff", people, tester));
    ASSERT_TRUE(store.keep_operating_point("staff", resnet, {0.9, "FPIR 1 % at N = 1", R"({"a":1})"}, tester));
    ASSERT_TRUE(store.keep_operating_point("staff", resnet, {0.8, "FPIR 2 % at N = 1", R"({"a":2})"}, tester));
    EXPECT_FALSE(store.keep_operating_point("nobody", resnet, {0.8, "", "{}"}, tester));
    const auto kept = store.operating_point("staff", resnet);
    ASSERT_TRUE(kept && *kept);
    EXPECT_EQ((*kept)->body, R"({"a":2})");
    EXPECT_EQ((*kept)->made, fixed_time);
    EXPECT_FALSE(*store.operating_point("staff", other));
    std::vector<AuditRecord> records;
    ASSERT_TRUE(store.read_audit(1, [&](const AuditRecord& record) -> Status {
        records.push_back(record);
        return {};
    }));
    EXPECT_EQ(records.back().entry.action, "calibrate");
    EXPECT_EQ(records.back().entry.threshold, 0.8);
    EXPECT_EQ(records.back().entry.outcome, "FPIR 2 % at N = 1");
    ASSERT_TRUE(store.remove("staff", tester));  // takes its operating points along
}

TEST_F(StoreTest, KeepsWhatWasEnrolledOverReopening) {
    std::mt19937 random(1);
    std::vector<Template> made;
    {
        Store store = open();
        ASSERT_TRUE(store.create({.name = "staff", .purpose = "door"}, tester));
        for (int i = 0; i < 5; ++i) {
            made.push_back(random_template(random, resnet));
            const std::vector people{person("p" + std::to_string(i), made.back())};
            ASSERT_TRUE(store.enrol("staff", people, tester));
        }
    }
    Store store = open();
    const auto info = store.gallery("staff");
    ASSERT_TRUE(info);
    EXPECT_EQ(info->subjects, 5u);
    EXPECT_EQ(info->purpose, "door");
    const auto all = load_all(store, "staff", resnet);
    ASSERT_EQ(all.size(), 5u);
    for (std::size_t i = 0; i < 5; ++i) {
        EXPECT_EQ(all[i].values, made[i].values);
        const auto subject = store.subject(all[i].subject);
        ASSERT_TRUE(subject);
        EXPECT_EQ(subject->name, "p" + std::to_string(i));
        EXPECT_EQ(subject->samples.at(0).source, "p" + std::to_string(i) + ".jpg");
        EXPECT_EQ(subject->samples.at(0).makers, std::vector<Maker>{resnet});
    }
    EXPECT_TRUE(load_all(store, "staff", other).empty());
    EXPECT_TRUE(store.check([](const std::string&) {}));
}

TEST_F(StoreTest, AddsSamplesToASubjectAndTellsChanges) {
    std::mt19937 random(2);
    Store store = open();
    ASSERT_TRUE(store.create({.name = "g"}, tester));
    const std::vector first{person("anna", random_template(random, resnet)),
                            person("ben", random_template(random, resnet))};
    const auto enrolled = store.enrol("g", first, tester);
    ASSERT_TRUE(enrolled);
    const auto before = store.changes("g", 0);
    ASSERT_TRUE(before);
    EXPECT_EQ(before->templates.size(), 2u);
    const std::vector second{person("anna", random_template(random, resnet))};
    const auto again = store.enrol("g", second, tester);
    ASSERT_TRUE(again);
    EXPECT_EQ(again->at(0).subject, enrolled->at(0).subject);
    EXPECT_EQ(again->at(0).reference, enrolled->at(0).reference);
    EXPECT_EQ(store.changes("g", before->last)->templates, (std::vector<std::int64_t>{1, 3}));  // all of Anna's
    EXPECT_EQ((*store.find_template(3, resnet))->subject, enrolled->at(0).subject);
    EXPECT_FALSE(*store.find_template(3, other));
}

TEST_F(StoreTest, RefusesWhatItMustNotKeep) {
    std::mt19937 random(3);
    Store store = open();
    ASSERT_TRUE(store.create({.name = "members", .purpose = "club", .basis = Basis::Consent}, tester));
    std::vector people{person("anna", random_template(random, resnet))};
    const auto refused = store.enrol("members", people, tester);
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().message.find("--consent"), std::string::npos);
    people[0].consent = Consent{"club", "2", "I agree.", fixed_time, fixed_time + days{10}};
    ASSERT_TRUE(store.enrol("members", people, tester));
    const auto anna = store.subject("members", "anna");
    EXPECT_EQ(anna->consent->version, "2");
    EXPECT_EQ(anna->expires, fixed_time + days{10});  // the consent ends before the gallery's 30 days do

    people[0].samples[0].made[0].values[0] += 1;
    EXPECT_EQ(store.enrol("members", people, tester).error().fault, Fault::BadInput);
    people[0].samples[0].made[0] = random_template(random, resnet, 64);
    EXPECT_EQ(store.enrol("members", people, tester).error().fault, Fault::BadInput);
    people[0].samples[0].made[0] = random_template(random, resnet);
    people[0].metadata = "[1]";
    EXPECT_EQ(store.enrol("members", people, tester).error().fault, Fault::BadInput);
    EXPECT_EQ(store.create({.name = "members"}, tester).error().fault, Fault::Conflict);
    EXPECT_EQ(store.create({.name = "a/b"}, tester).error().fault, Fault::BadInput);
    const auto unknown = store.gallery("member");
    EXPECT_EQ(unknown.error().fault, Fault::NotFound);
    EXPECT_NE(unknown.error().message.find("did you mean 'members'"), std::string::npos);
}

TEST_F(StoreTest, NothingPersonalLiesPlainInItsFiles) {
    std::mt19937 random(4);
    Store store = open();
    ASSERT_TRUE(store.create({.name = "g"}, tester));
    auto anna = person("Anna Canary-Surname", random_template(random, resnet));
    anna.metadata = R"({"town": "Canaryville"})";
    anna.samples[0].crop = Bytes(1000, 0x5a);
    const Bytes mark(reinterpret_cast<const std::uint8_t*>(anna.samples[0].made[0].values.data()),
                     reinterpret_cast<const std::uint8_t*>(anna.samples[0].made[0].values.data() + 8));
    const std::vector people{anna};
    ASSERT_TRUE(store.enrol("g", people, tester));
    std::size_t files = 0;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
        if (!entry.is_regular_file()) continue;
        ++files;
        EXPECT_FALSE(file_holds(entry.path(), mark)) << entry.path();
        EXPECT_FALSE(file_holds(entry.path(), as_bytes("Canary"))) << entry.path();
        EXPECT_FALSE(file_holds(entry.path(), Bytes(32, 0x5a))) << entry.path();
    }
    EXPECT_GE(files, 3u);
    const auto enrolled = store.subject("g", "Anna Canary-Surname");
    EXPECT_EQ(*store.crop(enrolled->samples.at(0).id), Bytes(1000, 0x5a));
}

TEST_F(StoreTest, ForgettingReachesEveryCopy) {
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

TEST_F(StoreTest, AnInterruptedErasureIsFinishedAtTheNextOpening) {
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

TEST_F(StoreTest, ADamagedRecordIsNamedAndAStrangersKeyOpensNothing) {
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
    const auto loaded = store.load("g", resnet, 1, [](int, StoredTemplate&&) {});
    ASSERT_FALSE(loaded);
    EXPECT_EQ(loaded.error().fault, Fault::Corrupt);
    EXPECT_NE(loaded.error().message.find("template 2"), std::string::npos);
    EXPECT_EQ(store.check([](const std::string&) {}).error().fault, Fault::Corrupt);
}

TEST_F(StoreTest, ATornFileIsPlainlyReported) {
    { Store store = open(); }
    std::ofstream(folder / "data/mien.db", std::ios::binary | std::ios::in).seekp(0).write("torn", 4);
    auto torn = Store::open(folder / "data", options());
    ASSERT_FALSE(torn);
    EXPECT_EQ(torn.error().fault, Fault::Corrupt);
    EXPECT_NE(torn.error().message.find("backup"), std::string::npos);
}

TEST_F(StoreTest, KeysRotate) {
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

TEST_F(StoreTest, AKeyThatAnotherProcessChangedIsReadAnew) {
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

TEST_F(StoreTest, MergesAndSplitsAreExact) {
    std::mt19937 random(13);
    Store store = open();
    ASSERT_TRUE(store.create({.name = "g"}, tester));
    std::vector<Template> made;
    for (int i = 0; i < 4; ++i) made.push_back(random_template(random, resnet));
    const std::vector people{person("a", made[0]), person("b", made[1]), person("c", made[2]), person("a", made[3])};
    const auto enrolled = store.enrol("g", people, tester);
    ASSERT_TRUE(enrolled);
    const std::int64_t a = enrolled->at(0).subject;
    const std::int64_t b = enrolled->at(1).subject;
    const std::int64_t c = enrolled->at(2).subject;
    const auto subjects_of = [&] {
        std::vector<std::int64_t> subjects;
        for (const StoredTemplate& t : load_all(store, "g", resnet)) subjects.push_back(t.subject);
        return subjects;
    };
    const auto before = subjects_of();
    const auto first = store.merge("g", "b", "c", tester);
    const auto second = store.merge("g", "a", "b", tester);
    ASSERT_TRUE(first && second);
    EXPECT_EQ(subjects_of(), (std::vector{a, a, a, a}));
    EXPECT_EQ(store.merge("g", "c", "a", tester).error().fault, Fault::Conflict);  // c counts as a already
    EXPECT_EQ(store.templates(a, resnet)->size(), 4u);
    ASSERT_TRUE(store.undo_merge(second->id, tester));
    EXPECT_EQ(subjects_of(), (std::vector{a, b, b, a}));
    ASSERT_TRUE(store.undo_merge(first->id, tester));
    EXPECT_EQ(subjects_of(), before);
    EXPECT_EQ(store.undo_merge(first->id, tester).error().fault, Fault::Conflict);
    (void)c;

    const std::vector moved{enrolled->at(3).samples.at(0)};
    const auto split = store.split("g", "a", moved, "d", tester);
    ASSERT_TRUE(split) << split.error().message;
    EXPECT_EQ(subjects_of().back(), split->subject);
    EXPECT_EQ(load_all(store, "g", resnet).back().values, made[3].values);
    EXPECT_EQ(store.subject("g", "d")->samples.at(0).source, "a.jpg");
    EXPECT_EQ(store.split("g", "d", moved, "e", tester).error().fault, Fault::BadInput);  // its only sample
    EXPECT_TRUE(store.check([](const std::string&) {}));
    // Whoever was merged goes with the one that stays.
    ASSERT_TRUE(store.merge("g", "a", "b", tester));
    const auto proof = store.forget("g", "a", tester);
    ASSERT_TRUE(proof);
    EXPECT_EQ(proof->templates, 2u);
    EXPECT_FALSE(store.subject("g", "b"));
}

TEST_F(StoreTest, ExpiryCountsFromTheLastMeeting) {
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

TEST_F(StoreTest, TheAuditChainTellsEveryChange) {
    std::mt19937 random(10);
    Store store = open();
    ASSERT_TRUE(store.create({.name = "g"}, tester));
    const std::vector people{person("anna", random_template(random, resnet))};
    ASSERT_TRUE(store.enrol("g", people, tester));
    const std::vector<AuditEntry> looks{{.action = "identify",
                                         .gallery = "g",
                                         .threshold = 0.95,
                                         .outcome = "1 candidate",
                                         .actor = {"w\xff", "case 7"}}};
    ASSERT_TRUE(store.note(looks));
    ASSERT_TRUE(store.forget("g", "anna", tester));
    std::vector<AuditRecord> records;
    ASSERT_TRUE(store.read_audit(1, [&](const AuditRecord& record) {
        records.push_back(record);
        return Status{};
    }));
    ASSERT_EQ(records.size(), 4u);
    EXPECT_EQ(records[2].entry.threshold, 0.95);
    EXPECT_EQ(records[3].entry.subject_reference, records[1].entry.subject_reference);
    const auto walk = [&](const std::vector<AuditRecord>& chain, CheckSignatures which) -> Status {
        ChainCheck check(store.audit_key(), which);
        for (const AuditRecord& record : chain) MIEN_TRY(check.add(record));
        return check.finish();
    };
    EXPECT_TRUE(walk(records, CheckSignatures::Every));
    for (std::size_t i = 0; i < records.size(); ++i) {
        auto changed = records;
        changed[i].entry.outcome += "!";
        EXPECT_FALSE(walk(changed, CheckSignatures::LastOnly)) << i;
        changed[i].hash = digest_of(to_signed_bytes(changed[i]));  // even with a hash that fits
        EXPECT_FALSE(walk(changed, CheckSignatures::LastOnly)) << i;
        auto shorter = records;
        shorter.erase(shorter.begin() + static_cast<std::ptrdiff_t>(i));
        if (i + 1 < records.size()) {
            EXPECT_FALSE(walk(shorter, CheckSignatures::LastOnly)) << i;
        }
        auto signed_by_nobody = records;
        signed_by_nobody[i].signature[0] ^= 1;
        EXPECT_FALSE(walk(signed_by_nobody, CheckSignatures::Every)) << i;
    }
    for (const AuditRecord& record : records) {
        const auto back = audit_record_from(to_json(record));
        ASSERT_TRUE(back);
        EXPECT_EQ(to_signed_bytes(*back), to_signed_bytes(record));
        EXPECT_EQ(to_json(record).find("anna"), std::string::npos);
    }
}

TEST_F(StoreTest, DeletingAGalleryDestroysItsKeys) {
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

TEST_F(StoreTest, OpensStoresOfEveryEarlierSchema) {
    const fs::path kept = fs::path(MIEN_SOURCE_DIR) / "tests/compat";
    for (int version = 1; version <= 1; ++version) {
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
    }
}

TEST_F(StoreTest, ALaterSchemaIsRefused) {
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

TEST(Times, ReadAndWrite) {
    const auto time = time_from("2026-11-25T03:01:42.123Z");
    ASSERT_TRUE(time);
    EXPECT_EQ(to_text(*time), "2026-11-25T03:01:42.123Z");
    for (const char* wrong :
         {"", "2026-13-25T03:01:42.123Z", "2026-11-25", "2026-11-25T03:01:42.123Zx", "2026-02-30T03:01:42.123Z"})
        EXPECT_FALSE(time_from(wrong)) << wrong;
    EXPECT_EQ(*days_from("P90D"), days{90});
    EXPECT_EQ(*days_from("P3Y"), days{1095});
    EXPECT_EQ(*days_from("P2W"), days{14});
    for (const char* wrong : {"", "P", "PD", "90", "P0D", "P-1D", "P1H", "P99999999999D"})
        EXPECT_FALSE(days_from(wrong)) << wrong;
}

}  // namespace
}  // namespace mien::gallery
