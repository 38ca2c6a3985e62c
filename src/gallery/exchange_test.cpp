#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>

#include "base/file.h"
#include "gallery/exchange/compreface.h"
#include "gallery/exchange/exchange.h"
#include "gallery/exchange/sealed_file.h"
#include "gallery/store/database.h"

namespace mien::gallery {
namespace {

namespace fs = std::filesystem;

class ExchangeTest : public testing::Test {
protected:
    void SetUp() override {
        folder = fs::temp_directory_path() / ("mien-exchange-" + std::to_string(::getpid()) + "-" +
                                              testing::UnitTest::GetInstance()->current_test_info()->name());
        fs::remove_all(folder);
        fs::create_directories(folder);
    }
    void TearDown() override { fs::remove_all(folder); }
    Store open(const char* name) {
        auto store = Store::open(folder / name,
                                 {.master_key = {MasterKeySource::Kind::File, (folder / "master.key").string(), true}});
        EXPECT_TRUE(store) << (store ? "" : store.error().message);
        return std::move(*store);
    }
    fs::path folder{};
};

const Maker maker{"resnet", "1", "five-point"};

Template template_of(float angle) {
    return {maker, {std::cos(angle), std::sin(angle)}};
}

Enrolment person(const std::string& name, float angle) {
    Enrolment made{.subject = name, .tags = 5};
    made.samples.push_back(
        {.made = {template_of(angle)}, .crop = Bytes{1, 2, 3}, .quality = 70, .source = name + ".jpg"});
    return made;
}

std::string exported(Store& store, const std::string& gallery = "g") {
    std::string text;
    const auto done = export_gallery(store, gallery, {}, [&](std::string_view line) -> Status {
        text += line;
        return {};
    });
    EXPECT_TRUE(done) << (done ? "" : done.error().message);
    return text;
}

// Cut into parts at odd places, as a file is read.
EachLine lines_of(const std::string& text) {
    return [&text](const std::function<Status(std::string_view)>& take) -> Status {
        LineCutter cutter;
        for (std::size_t at = 0; at < text.size(); at += 97)
            MIEN_TRY(cutter.add(std::string_view(text).substr(at, 97), take));
        return cutter.finish();
    };
}

Result<Imported> import_text(Store& store, const std::string& text, const std::string& name = "") {
    const EachLine lines = lines_of(text);
    MIEN_LET(checked, check_export(lines));
    return import_gallery(store, checked, lines, name, {});
}

void fill(Store& store) {
    EXPECT_TRUE(store.create(
        {.name = "g", .purpose = "door", .basis = Basis::Contract, .keep = std::chrono::days{90}, .keep_crops = true},
        {}));
    std::vector people{person("Änne \"quoted\"", 0.1F), person("ben", 1), person("ben-again", 1.1F)};
    people[0].metadata = R"({"floor":3})";
    people[0].consent = Consent{"terms", "2", "I agree.\n", now(), now() + std::chrono::days{10}};
    EXPECT_TRUE(store.enrol("g", people, {}));
    EXPECT_TRUE(store.merge("g", "ben", "ben-again", {}));
}

std::string filled_export(Store& store) {
    fill(store);
    return exported(store);
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
    const std::size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return text.replace(at, from.size(), to);
}

TEST_F(ExchangeTest, WhatIsExportedComesBackTheSame) {
    Store store = open("a");
    const std::string text = filled_export(store);
    Store other = open("b");
    const auto imported = import_text(other, text, "h");
    ASSERT_TRUE(imported) << imported.error().message;
    EXPECT_EQ(imported->subjects, 3u);
    EXPECT_EQ(imported->samples, 3u);
    EXPECT_EQ(other.gallery("h")->basis, Basis::Contract);
    EXPECT_EQ(other.gallery("h")->subjects, 2u);
    const auto before = store.subject("g", "Änne \"quoted\"");
    const auto after = other.subject("h", "Änne \"quoted\"");
    ASSERT_TRUE(after);
    EXPECT_EQ(after->metadata, before->metadata);
    EXPECT_EQ(after->tags, 5u);
    EXPECT_EQ(after->created, before->created);
    EXPECT_EQ(after->expires, before->expires);
    EXPECT_EQ(after->consent->text, before->consent->text);
    EXPECT_EQ(other.templates_of(after->samples.at(0).id)->at(0).values, template_of(0.1F).values);
    EXPECT_EQ(*other.crop(after->samples.at(0).id), (Bytes{1, 2, 3}));
}

TEST_F(ExchangeTest, MergesRejectionsAndOperatingPointsComeAlong) {
    Store store = open("a");
    fill(store);
    const std::vector more{person("cleo", 2), person("cleo-2", 2.1F)};
    ASSERT_TRUE(store.enrol("g", more, {}));
    const auto undone = store.merge("g", "cleo", "cleo-2", {});
    ASSERT_TRUE(store.undo_merge(undone->id, {}));
    const auto rejected = store.reject("g", "ben-again", template_of(1.2F), {});
    ASSERT_TRUE(rejected);
    ASSERT_TRUE(store.keep_operating_point("g", maker, {0.9, "first", R"({"a":1})"}, {}));
    ASSERT_TRUE(store.keep_operating_point("g", maker, {0.8, "second", R"({"a":2})"}, {}));
    Store other = open("b");
    // Numbers there are not the numbers here.
    ASSERT_TRUE(other.create({.name = "before"}, {}));
    ASSERT_TRUE(other.enrol("before", more, {}));
    const auto imported = import_text(other, exported(store));
    ASSERT_TRUE(imported) << imported.error().message;
    EXPECT_EQ(imported->merges, 2u);
    EXPECT_EQ(imported->rejections, 1u);
    EXPECT_EQ(imported->operating_points, 2u);

    const auto ben = other.subject("g", "ben");
    const auto again = other.subject("g", "ben-again");
    ASSERT_TRUE(ben && again);
    EXPECT_EQ(again->merged_into, ben->id);
    EXPECT_EQ(other.templates(ben->id, maker)->size(), 2u);
    const auto merges = other.merges("g");
    ASSERT_EQ(merges->size(), 2u);
    EXPECT_FALSE(merges->at(0).undone);
    EXPECT_EQ(merges->at(0).at, store.merges("g")->at(0).at);
    EXPECT_EQ(merges->at(1).undone, store.merges("g")->at(1).undone);
    EXPECT_FALSE(other.subject("g", "cleo-2")->merged_into);
    const auto rejections = other.rejections("g", maker);
    ASSERT_EQ(rejections->size(), 1u);
    EXPECT_EQ(rejections->at(0).subject, ben->id);  // as who he counts as
    EXPECT_EQ(rejections->at(0).probe, template_of(1.2F).values);
    EXPECT_EQ(rejections->at(0).at, rejected->at);
    const auto point = other.operating_point("g", maker);
    ASSERT_TRUE(point && *point);
    EXPECT_EQ((*point)->body, R"({"a":2})");
    EXPECT_EQ(other.operating_points("g")->size(), 2u);
    // The merge can be taken back there, too.
    ASSERT_TRUE(other.undo_merge(merges->at(0).id, {}));
    EXPECT_EQ(other.templates(ben->id, maker)->size(), 1u);
    EXPECT_TRUE(other.check([](const std::string&) {}));
}

TEST_F(ExchangeTest, AnExportOfVersionOneStillComesIn) {
    const std::string old =
        R"({"mien_gallery":1,"name":"old","purpose":"door","basis":"contract","keep_days":36500,"keep_crops":false,"exported":"2026-01-01T00:00:00.000Z"})"
        "\n"
        R"({"subject":"anna","kind":"known","tags":7,"created":"2026-01-01T00:00:00.000Z","last_interaction":"2026-01-02T00:00:00.000Z","samples":[)"
        R"({"created":"2026-01-01T00:00:00.000Z","quality":70.0,"source":"a.jpg","templates":[{"model":"resnet","version":"1","preprocessing":"five-point","values":"AACAPwAAAAA="}]}]})"
        "\n"
        R"({"subject":"odd\u0007name","kind":"unknown","tags":0,"created":"2026-01-01T00:00:00.000Z","last_interaction":"2026-01-02T00:00:00.000Z","samples":[)"
        R"({"created":"2026-01-01T00:00:00.000Z","quality":70.0,"source":"b.jpg","templates":[{"model":"resnet","version":"1","preprocessing":"five-point","values":"AAAAAAAAgD8="}]}]})"
        "\n"
        R"({"end":true,"subjects":2})"
        "\n";
    Store store = open("a");
    const auto imported = import_text(store, old);
    ASSERT_TRUE(imported) << imported.error().message;
    EXPECT_EQ(imported->subjects, 2u);
    const auto anna = store.subject("old", "anna");
    ASSERT_TRUE(anna);
    EXPECT_EQ(anna->tags, 7u);
    EXPECT_EQ(store.templates(anna->id, maker)->at(0).values, (std::vector<float>{1, 0}));
    EXPECT_TRUE(store.subject("old", "odd\xef\xbf\xbdname"));  // a name that would not be taken today
    EXPECT_EQ(import_text(store, replaced(old, R"("mien_gallery":1)", R"("mien_gallery":3)"), "x").error().fault,
              Fault::Unsupported);
}

TEST_F(ExchangeTest, ADamagedExportLeavesNothingBehind) {
    Store store = open("a");
    fill(store);
    ASSERT_TRUE(store.keep_operating_point("g", maker, {0.9, "first", "{}"}, {}));
    const std::string text = exported(store);
    Store other = open("b");
    for (std::size_t end = 0; end < text.size(); end += 37)
        EXPECT_FALSE(import_text(other, text.substr(0, end))) << end;
    const std::string ben = "{\"subject\":\"ben\",\"id\":2";
    for (const auto& [from, to] :
         std::vector<std::pair<std::string, std::string>>{{"\"values\":\"", "\"values\":\"AAAA"},
                                                          {"\"mien_gallery\":2", "\"mien_gallery\":0"},
                                                          {"\"kind\":\"known\"", "\"kind\":\"odd\""},
                                                          {"\"subjects\":3", "\"subjects\":4"},
                                                          {"\"merges\":1", "\"merges\":0"},
                                                          {"\"operating_points\":1", "\"operating_points\":2"},
                                                          {"\"into\":2", "\"into\":9"},
                                                          {"\"into\":2", "\"into\":3"},
                                                          {"\"from\":3", "\"from\":1e38"},
                                                          {"\"dimension\":2", "\"dimension\":0"},
                                                          {ben, "{\"subject\":\"ben\",\"id\":1"},
                                                          {ben, "{\"subject\":\"ben\""},
                                                          {ben, "{\"subject\":\"ben-again\",\"id\":2"},
                                                          {"\"end\":true", "\"end\":false"}}) {
        const auto refused = import_text(other, replaced(text, from, to));
        EXPECT_FALSE(refused) << from << " -> " << to;
    }
    // Two merges that make a circle.
    std::string circle = replaced(text, "\"merges\":1", "\"merges\":2");
    const std::size_t line = circle.find("{\"merge\"");
    circle.insert(
        line, replaced(replaced(circle.substr(line, circle.find('\n', line) + 1 - line), "\"into\":2", "\"into\":3"),
                       "\"from\":3", "\"from\":2"));
    const auto refused = import_text(other, circle);
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().message.find("circle"), std::string::npos) << refused.error().message;
    EXPECT_TRUE(other.galleries()->empty());
    EXPECT_TRUE(import_text(other, text));
}

TEST_F(ExchangeTest, AnImportNeverProlongs) {
    Store store = open("a");
    const std::string text = filled_export(store);
    // Ben was last met 91 days ago; who was merged into him counts as him.
    const std::string old = to_text(now() - std::chrono::days{91});
    const auto aged = [&](const std::string& name) {
        std::string copy = text;
        const std::size_t line = copy.find("{\"subject\":\"" + name + "\"");
        const std::size_t at = copy.find("\"last_interaction\":\"", line) + 20;
        return copy.replace(at, old.size(), old);
    };
    Store other = open("b");
    const auto imported = import_text(other, aged("ben"));
    ASSERT_TRUE(imported) << imported.error().message;
    EXPECT_EQ(imported->expired, 2u);
    EXPECT_EQ(imported->merges, 0u);
    EXPECT_FALSE(other.subject("g", "ben"));
    EXPECT_FALSE(other.subject("g", "ben-again"));
    const auto without = import_text(other, aged("ben-again"), "h");
    ASSERT_TRUE(without) << without.error().message;
    EXPECT_EQ(without->expired, 1u);
    EXPECT_TRUE(other.subject("h", "ben"));
}

TEST_F(ExchangeTest, AnExportIsOneMomentWhileOthersForgetAndEnrol) {
    auto opened =
        Store::open(folder / "a", {.master_key = {MasterKeySource::Kind::File, (folder / "master.key").string(), true},
                                   .patience = std::chrono::milliseconds{50}});
    ASSERT_TRUE(opened);
    Store& store = *opened;
    ASSERT_TRUE(store.create({.name = "g"}, {}));
    std::vector<Enrolment> people;
    for (int i = 0; i < 250; ++i) people.push_back(person("p" + std::to_string(i), 0.01F * static_cast<float>(i)));
    ASSERT_TRUE(store.enrol("g", people, {}));
    Bytes wrapped;
    {
        auto keys = Database::open_to_read(folder / "a/keys.db");
        auto query = keys->prepare("SELECT wrapped FROM subject_key WHERE subject = 201");
        ASSERT_TRUE(*query.step());
        wrapped.assign(query.blob(0).begin(), query.blob(0).end());
    }
    std::string text;
    std::size_t lines = 0;
    std::optional<ErasureProof> proof;
    const auto done = export_gallery(store, "g", {}, [&](std::string_view line) -> Status {
        text += line;
        if (++lines == 50) {  // p200 is yet to come, p10 was written
            MIEN_LET(forgotten, store.forget("g", "p200", {}));
            proof = forgotten;
            MIEN_TRY(store.forget("g", "p10", {}));
            const std::vector late{person("late", 3)};
            MIEN_TRY(store.enrol("g", late, {}));
            MIEN_TRY(store.merge("g", "p1", "p2", {}));
        }
        return {};
    });
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_EQ(done->subjects, 250u);
    EXPECT_EQ(done->merges, 0u);
    // The erasure is done, and says that the export held the logs.
    ASSERT_TRUE(proof);
    ASSERT_EQ(proof->unreached.size(), 1u);
    EXPECT_NE(proof->unreached[0].find("export"), std::string::npos);
    EXPECT_FALSE(store.subject("g", "p200"));
    Store other = open("b");
    const auto imported = import_text(other, text);
    ASSERT_TRUE(imported) << imported.error().message;
    EXPECT_TRUE(other.subject("g", "p200"));
    EXPECT_TRUE(other.subject("g", "p10"));
    EXPECT_FALSE(other.subject("g", "late"));
    EXPECT_FALSE(other.subject("g", "p2")->merged_into);

    // Nothing is left of its key after the next opening.
    const auto held = [&] {
        for (const char* file : {"keys.db", "keys.db-wal"}) {
            const auto bytes = read_file(folder / "a" / file);
            EXPECT_TRUE(bytes);
            if (!std::ranges::search(*bytes, wrapped).empty()) return true;
        }
        return false;
    };
    EXPECT_TRUE(held());
    Store next = open("a");
    EXPECT_FALSE(held());
    EXPECT_TRUE(next.check([](const std::string&) {}));
}

// Sanitizers keep what was freed for a while, and shadow the rest.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool sanitized = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr bool sanitized = true;
#else
constexpr bool sanitized = false;
#endif
#else
constexpr bool sanitized = false;
#endif

long peak_kilobytes() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

TEST_F(ExchangeTest, MemoryDoesNotGrowWithTheGallery) {
    Store store = open("a");
    ASSERT_TRUE(store.create({.name = "g", .keep_crops = true}, {}));
    for (int batch = 0; batch < 60; ++batch) {
        std::vector<Enrolment> people;
        for (int i = 0; i < 25; ++i) {
            people.push_back(person(std::to_string(batch) + "-" + std::to_string(i), 0.1F));
            people.back().samples[0].crop = Bytes(60'000, static_cast<std::uint8_t>(i));
        }
        ASSERT_TRUE(store.enrol("g", people, {}));
    }
    const fs::path file = folder / "g.mien";
    const long before = peak_kilobytes();
    {
        auto out = FileWriter::open(file, FileWriter::Readers::OwnerOnly);
        ASSERT_TRUE(out);
        const auto done =
            export_gallery(store, "g", {}, [&](std::string_view line) { return out->write(as_bytes(line)); });
        ASSERT_TRUE(done) << done.error().message;
        ASSERT_TRUE(out->commit());
    }
    EXPECT_GT(fs::file_size(file), 115'000'000u);
    EXPECT_EQ(fs::status(file).permissions(), fs::perms::owner_read | fs::perms::owner_write);
    const EachLine lines = [&](const std::function<Status(std::string_view)>& take) -> Status {
        LineCutter cutter;
        MIEN_TRY(read_in_parts(file, [&](ByteView part) {
            return cutter.add({reinterpret_cast<const char*>(part.data()), part.size()}, take);
        }));
        return cutter.finish();
    };
    Store other = open("b");
    const auto checked = check_export(lines);
    ASSERT_TRUE(checked) << checked.error().message;
    const auto imported = import_gallery(other, *checked, lines, "", {});
    ASSERT_TRUE(imported) << imported.error().message;
    EXPECT_EQ(imported->subjects, 1500u);
    // 120 MB of text; the database's own page cache of 64 MB a connection is not ours to count twice.
    // Under a sanitizer freed memory is kept back, and the figure means nothing.
    EXPECT_TRUE(sanitized || peak_kilobytes() - before < 80'000) << peak_kilobytes() - before << " KiB";
}

Result<Bytes> sealed_in_pieces(std::string_view text, const std::string& passphrase) {
    Bytes sealed;
    MIEN_LET(writer, SealingWriter::make(passphrase, [&sealed](ByteView part) -> Status {
                 sealed.insert(sealed.end(), part.begin(), part.end());
                 return {};
             }));
    for (std::size_t at = 0; at < text.size(); at += 300'001) MIEN_TRY(writer.write(text.substr(at, 300'001)));
    MIEN_TRY(writer.finish());
    return sealed;
}

Result<std::string> opened_in_pieces(UnsealingReader& reader, ByteView sealed) {
    std::string text;
    reader.rewind();
    while (!sealed.empty()) {
        const ByteView part = sealed.first(std::min<std::size_t>(sealed.size(), 70'001));
        MIEN_TRY(reader.add(part, [&text](ByteView plain) -> Status {
            text.append(plain.begin(), plain.end());
            return {};
        }));
        sealed = sealed.subspan(part.size());
    }
    MIEN_TRY(reader.finish());
    return text;
}

TEST(SealedFile, OpensOnlyWhole) {
    const std::string text(3'000'000, 'x');
    const auto sealed = sealed_in_pieces(text, "correct horse");
    ASSERT_TRUE(sealed);
    EXPECT_TRUE(UnsealingReader::is_sealed(*sealed));
    auto reader = UnsealingReader::make("correct horse");
    ASSERT_TRUE(reader);
    EXPECT_EQ(*opened_in_pieces(*reader, *sealed), text);
    EXPECT_EQ(*opened_in_pieces(*reader, *sealed), text);  // and once more
    auto stranger = UnsealingReader::make("wrong horse");
    EXPECT_FALSE(opened_in_pieces(*stranger, *sealed));
    Bytes changed = *sealed;
    changed[changed.size() / 2] ^= 1;
    EXPECT_FALSE(opened_in_pieces(*reader, changed));
    for (const std::size_t cut : {1UL, 30UL, 500'000UL, sealed->size() - 20, sealed->size()}) {
        changed.assign(sealed->begin(), sealed->end() - static_cast<std::ptrdiff_t>(cut));
        EXPECT_FALSE(opened_in_pieces(*reader, changed)) << cut;
    }
    changed = *sealed;
    changed.push_back(0);
    EXPECT_FALSE(opened_in_pieces(*reader, changed));
    EXPECT_FALSE(sealed_in_pieces(text, ""));
    EXPECT_FALSE(UnsealingReader::make(""));
    const auto empty = sealed_in_pieces("", "p");
    auto other = UnsealingReader::make("p");
    EXPECT_EQ(*opened_in_pieces(*other, *empty), "");
}

constexpr const char* dump = R"(--
-- PostgreSQL database dump
--
SET standard_conforming_strings = on;
COPY public.embedding (id, subject_id, embedding, calculator, img_id) FROM stdin;
e1	s1	{0.1,0.2}	facenet.Calculator	i1
e2	s1	{0.1,0.2}	facenet.Calculator	i2
e3	s2	{0.3,0.2}	facenet.Calculator	\N
e4	s3	{0.3,0.2}	facenet.Calculator	i3
\.


COPY public.img (id, content) FROM stdin;
i1	\\x48616c6c6f
i2	\\x00ff
i3	\\x01
\.


COPY public.subject (id, api_key, subject_name) FROM stdin;
s1	key-a	Anna\tTab \\ Back
s2	key-a	Ben
s3	key-b	Cleo
\.
)";

TEST_F(ExchangeTest, ReadsCompreFacesDatabase) {
    const fs::path file = folder / "dump.sql";
    std::ofstream(file) << dump;
    std::vector<CompreFacePicture> pictures;
    const auto take = [&](CompreFacePicture&& picture) {
        pictures.push_back(std::move(picture));
        return Status{};
    };
    const auto all = read_compreface_dump(file, "", take);
    ASSERT_TRUE(all) << all.error().message;
    EXPECT_EQ(all->subjects, 3u);
    EXPECT_EQ(all->pictures, 3u);
    EXPECT_EQ(all->without_picture, 1u);
    ASSERT_EQ(pictures.size(), 3u);
    EXPECT_EQ(pictures[0].subject, "Anna\tTab \\ Back");
    EXPECT_EQ(pictures[0].picture, (Bytes{'H', 'a', 'l', 'l', 'o'}));
    EXPECT_EQ(pictures[2].subject, "Cleo");
    pictures.clear();
    EXPECT_EQ(read_compreface_dump(file, "key-b", take)->pictures, 1u);

    std::ofstream(file) << "COPY public.subject (id, api_key, subject_name) FROM stdin;\ns1\tkey\n\\.\n";
    EXPECT_EQ(read_compreface_dump(file, "", take).error().fault, Fault::Corrupt);
    std::ofstream(file) << "COPY public.subject (id, api_key, subject_name) FROM stdin;\ns1\tkey\tAnna\n";
    EXPECT_NE(read_compreface_dump(file, "", take).error().message.find("cut off"), std::string::npos);
    std::ofstream(file) << "hello\n";
    EXPECT_NE(read_compreface_dump(file, "", take).error().message.find("pg_dump"), std::string::npos);
    EXPECT_EQ(read_compreface_dump(folder / "none", "", take).error().fault, Fault::NotFound);
}

}  // namespace
}  // namespace mien::gallery
