#pragma once

// What the tests of a store share.

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

namespace mien::gallery::testing_store {

namespace fs = std::filesystem;
using std::chrono::days;

inline Time fixed_time{std::chrono::sys_days{std::chrono::year{2026} / 11 / 25}};
inline Time test_clock() {
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

inline const Maker resnet{"resnet", "1", "five-point"};
inline const Maker other{"densenet", "1", "five-point"};
inline const Actor tester{"tester", "a test"};

inline Template random_template(std::mt19937& random, const Maker& maker, std::size_t dimension = 128) {
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

inline Enrolment person(const std::string& name, Template made) {
    Enrolment enrolment{.subject = name};
    enrolment.samples.push_back({.made = {std::move(made)}, .quality = 80, .source = name + ".jpg"});
    return enrolment;
}

inline std::vector<StoredTemplate> load_all(Store& store, const std::string& gallery, const Maker& maker,
                                            int workers = 2) {
    std::vector<StoredTemplate> all;
    std::mutex lock;
    const auto last = store.load(gallery, maker, workers, [&](int, const StoredTemplate& made) {
        const std::lock_guard guard(lock);
        all.push_back(made);
    });
    EXPECT_TRUE(last) << (last ? "" : last.error().message);
    std::ranges::sort(all, {}, &StoredTemplate::id);
    return all;
}

inline bool file_holds(const fs::path& file, ByteView mark) {
    std::ifstream in(file, std::ios::binary);
    const Bytes bytes{std::istreambuf_iterator<char>(in), {}};
    return std::search(bytes.begin(), bytes.end(), mark.begin(), mark.end()) != bytes.end();
}

}  // namespace mien::gallery::testing_store
