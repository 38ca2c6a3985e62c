#include "gallery/store_fixture_test.h"

namespace mien::gallery {
namespace {

namespace fs = std::filesystem;
using namespace testing_store;
using std::chrono::days;

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

TEST_F(StoreTest, AConsentIsRenewedAndNobodyIsAddedUnderOneThatHasEnded) {
    std::mt19937 random(14);
    Store store = open();
    ASSERT_TRUE(store.create({.name = "g", .purpose = "club", .basis = Basis::Consent, .keep = days{400}}, tester));
    std::vector people{person("anna", random_template(random, resnet))};
    people[0].consent = Consent{"terms", "1", "", fixed_time, fixed_time + days{10}};
    ASSERT_TRUE(store.enrol("g", people, tester));
    fixed_time += days{11};
    people[0].consent.reset();
    const auto ended = store.enrol("g", people, tester);
    ASSERT_FALSE(ended);
    EXPECT_NE(ended.error().message.find("has ended"), std::string::npos);
    people[0].consent = Consent{"terms", "2", "", fixed_time, fixed_time + days{365}};
    people[0].metadata = R"({"floor": 2})";
    ASSERT_TRUE(store.enrol("g", people, tester));
    const auto anna = store.subject("g", "anna");
    EXPECT_EQ(anna->consent->version, "2");
    EXPECT_EQ(anna->expires, fixed_time + days{365});
    EXPECT_EQ(anna->metadata, R"({"floor": 2})");
    people[0].subject = "x\xff";
    EXPECT_EQ(store.enrol("g", people, tester).error().fault, Fault::BadInput);
}

}  // namespace
}  // namespace mien::gallery
