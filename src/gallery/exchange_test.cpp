#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <fstream>

#include "gallery/exchange/compreface.h"
#include "gallery/exchange/exchange.h"
#include "gallery/exchange/sealed_file.h"

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

std::string filled_export(Store& store) {
    EXPECT_TRUE(store.create(
        {.name = "g", .purpose = "door", .basis = Basis::Contract, .keep = std::chrono::days{90}, .keep_crops = true},
        {}));
    std::vector people{person("Änne \"quoted\"", 0.1F), person("ben", 1), person("ben-again", 1.1F)};
    people[0].metadata = R"({"floor":3})";
    people[0].consent = Consent{"terms", "2", "I agree.\n", now(), now() + std::chrono::days{10}};
    EXPECT_TRUE(store.enrol("g", people, {}));
    EXPECT_TRUE(store.merge("g", "ben", "ben-again", {}));
    const auto text = export_gallery(store, "g", {});
    EXPECT_TRUE(text);
    return *text;
}

TEST_F(ExchangeTest, WhatIsExportedComesBackTheSame) {
    Store store = open("a");
    const std::string text = filled_export(store);
    Store other = open("b");
    const auto imported = import_gallery(other, text, "h", {});
    ASSERT_TRUE(imported) << imported.error().message;
    EXPECT_EQ(imported->subjects, 2u);
    EXPECT_EQ(imported->samples, 3u);
    EXPECT_EQ(other.gallery("h")->basis, Basis::Contract);
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
    EXPECT_EQ(other.subject("h", "ben")->samples.size(), 2u);  // with those of who was merged into him
}

TEST_F(ExchangeTest, ADamagedExportLeavesNothingBehind) {
    Store store = open("a");
    const std::string text = filled_export(store);
    Store other = open("b");
    for (std::size_t end = 0; end < text.size(); end += 37)
        EXPECT_FALSE(import_gallery(other, std::string_view(text).substr(0, end), "", {})) << end;
    for (const auto& [from, to] : {std::pair{"\"values\":\"", "\"values\":\"AAAA"},
                                   {"\"mien_gallery\":1", "\"mien_gallery\":2"},
                                   {"\"kind\":\"known\"", "\"kind\":\"odd\""},
                                   {"\"subjects\":2", "\"subjects\":3"}}) {
        std::string damaged = text;
        const std::size_t at = damaged.find(from);
        ASSERT_NE(at, std::string::npos) << from;
        damaged.replace(at, std::string_view(from).size(), to);
        const auto refused = import_gallery(other, damaged, "", {});
        EXPECT_FALSE(refused) << from;
    }
    EXPECT_TRUE(other.galleries()->empty());
}

TEST_F(ExchangeTest, AnImportNeverProlongs) {
    Store store = open("a");
    std::string text = filled_export(store);
    // Ben was last met 91 days ago.
    const std::string old = to_text(now() - std::chrono::days{91});
    const std::size_t line = text.find("{\"subject\":\"ben\"");
    const std::size_t at = text.find("\"last_interaction\":\"", line) + 20;
    text.replace(at, old.size(), old);
    Store other = open("b");
    const auto imported = import_gallery(other, text, "", {});
    ASSERT_TRUE(imported) << imported.error().message;
    EXPECT_EQ(imported->expired, 1u);
    EXPECT_FALSE(other.subject("g", "ben"));
}

TEST(SealedFile, OpensOnlyWhole) {
    const std::string text(3'000'000, 'x');
    const auto sealed = seal_with_passphrase(text, "correct horse");
    ASSERT_TRUE(sealed);
    EXPECT_TRUE(is_sealed_file(*sealed));
    EXPECT_EQ(*open_with_passphrase(*sealed, "correct horse"), text);
    EXPECT_FALSE(open_with_passphrase(*sealed, "wrong horse"));
    Bytes changed = *sealed;
    changed[changed.size() / 2] ^= 1;
    EXPECT_FALSE(open_with_passphrase(changed, "correct horse"));
    changed.assign(sealed->begin(), sealed->end() - 500'000);
    EXPECT_FALSE(open_with_passphrase(changed, "correct horse"));
    EXPECT_FALSE(seal_with_passphrase(text, ""));
    EXPECT_EQ(*open_with_passphrase(*seal_with_passphrase("", "p"), "p"), "");
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
