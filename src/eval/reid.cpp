#include "eval/reid.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <sstream>

#include "base/file.h"
#include "body/reid/embedder.h"
#include "media/list_pictures.h"
#include "statistics/bootstrap.h"

namespace mien::eval {
namespace {

namespace fs = std::filesystem;

std::optional<int> leading_number(std::string_view& text) {
    int value = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (fault != std::errc{}) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return value;
}

// "0002_c1s1_000451_03" → person 2, camera 1.
std::optional<ReidShot> shot_of_name(const fs::path& file) {
    const std::string name = file.filename().string();
    std::string_view rest = name;
    const auto person = leading_number(rest);
    if (!person || !rest.starts_with("_c")) return std::nullopt;
    rest.remove_prefix(2);
    const auto camera = leading_number(rest);
    if (!camera) return std::nullopt;
    return ReidShot{file, *person, *camera};
}

Result<std::vector<ReidShot>> read_folder(const fs::path& folder) {
    if (!fs::is_directory(folder)) return Error{Fault::NotFound, folder.string() + ": there is no such folder"};
    MIEN_LET(files, media::list_pictures(std::vector<std::string>{folder.string()}));
    std::vector<ReidShot> shots;
    for (const fs::path& file : files) {
        const auto shot = shot_of_name(file);
        if (!shot)
            return Error{Fault::BadInput, file.string() + ": the name must begin like 0002_c1, person and camera"};
        shots.push_back(*shot);
    }
    return shots;
}

// "0000/0000_000_01_0303morning_0015_0.jpg 0" → camera 1, person 0 of the list. Persons are counted from 1 here,
// because 0 is a distractor elsewhere.
Result<std::vector<ReidShot>> read_list(const fs::path& list, const fs::path& pictures) {
    MIEN_LET(bytes, read_file(list));
    std::istringstream lines(std::string(bytes.begin(), bytes.end()));
    std::vector<ReidShot> shots;
    std::string path;
    int person = 0;
    while (lines >> path >> person) {
        const std::string name = fs::path(path).filename().string();
        std::string_view rest = name;
        std::optional<int> camera;
        for (int field = 0; field < 3; ++field) {
            camera = leading_number(rest);
            if (!camera || !rest.starts_with('_') || person < 0)
                return Error{Fault::BadInput, list.string() +
                                                  ": a line must be like "
                                                  "0000/0000_000_01_0303morning_0015_0.jpg 0, got " +
                                                  path};
            rest.remove_prefix(1);
        }
        shots.push_back({pictures / path, person + 1, *camera});
    }
    if (!lines.eof())
        return Error{Fault::BadInput, list.string() + ": a line must be a path and a number, after " + path};
    return shots;
}

Result<ReidSet> read_msmt17(const fs::path& folder) {
    const fs::path pictures = fs::is_directory(folder / "mask_test_v2") ? folder / "mask_test_v2" : folder / "test";
    MIEN_LET(queries, read_list(folder / "list_query.txt", pictures));
    MIEN_LET(gallery, read_list(folder / "list_gallery.txt", pictures));
    return ReidSet{std::move(queries), std::move(gallery)};
}

Result<ReidSet> read_folders(const fs::path& folder) {
    MIEN_LET(queries, read_folder(folder / "query"));
    MIEN_LET(gallery, read_folder(folder / "bounding_box_test"));
    return ReidSet{std::move(queries), std::move(gallery)};
}

// What one query adds.
struct Answer {
    int person = 0;
    std::size_t first_hit = 0;  // rank of the first hit, from 1
    double average_precision = 0;
    double inverse_penalty = 0;  // hits over the rank of the last one
};

std::optional<Answer> judge(const ReidSet& set, const body::Distances& distances, std::size_t query, Removed removed) {
    const ReidShot& asked = set.queries[query];
    Answer answer{asked.person, 0, 0, 0};
    std::size_t rank = 0;
    std::size_t hits = 0;
    double precisions = 0;
    for (const std::size_t entry : body::ranking(distances, query)) {
        const ReidShot& seen = set.gallery[entry];
        if (seen.person == -1) continue;
        if (removed == Removed::SameCamera && seen.person == asked.person && seen.camera == asked.camera) continue;
        ++rank;
        if (seen.person != asked.person) continue;
        ++hits;
        if (hits == 1) answer.first_hit = rank;
        precisions += static_cast<double>(hits) / static_cast<double>(rank);
        answer.inverse_penalty = static_cast<double>(hits) / static_cast<double>(rank);
    }
    if (hits == 0) return std::nullopt;
    answer.average_precision = precisions / static_cast<double>(hits);
    return answer;
}

}  // namespace

Result<ReidSet> read_reid(const fs::path& folder, ReidLayout layout, Cuhk03Boxes boxes) {
    const auto read = [&]() -> Result<ReidSet> {
        switch (layout) {
            case ReidLayout::Market1501:
            case ReidLayout::Duke:
                return read_folders(folder);
            case ReidLayout::Cuhk03:
                return read_folders(folder / (boxes == Cuhk03Boxes::Labelled ? "labeled" : "detected"));
            case ReidLayout::Msmt17:
                return read_msmt17(folder);
        }
        return Error{Fault::Bug, "unknown layout of a re-identification set"};
    };
    MIEN_LET(set, read());
    if (set.queries.empty() || set.gallery.empty())
        return Error{Fault::BadInput, folder.string() + ": there must be queries and a gallery"};
    return set;
}

Result<std::vector<Template>> multiple_queries(const ReidSet& set, std::span<const Template> queries,
                                               std::span<const Template> gallery) {
    if (queries.size() != set.queries.size() || gallery.size() != set.gallery.size())
        return Error{Fault::BadInput, "there must be a template for each query and gallery entry"};
    std::map<std::pair<int, int>, std::vector<Template>> of_stay;
    for (std::size_t i = 0; i < gallery.size(); ++i)
        of_stay[{set.gallery[i].person, set.gallery[i].camera}].push_back(gallery[i]);
    std::vector<Template> all;
    for (std::size_t i = 0; i < queries.size(); ++i) {
        std::vector<Template> one{queries[i]};
        if (const auto stay = of_stay.find({set.queries[i].person, set.queries[i].camera}); stay != of_stay.end())
            one.insert(one.end(), stay->second.begin(), stay->second.end());
        MIEN_LET(mean, body::fuse(one));
        all.push_back(std::move(mean));
    }
    return all;
}

Result<ReidFigures> judge_reid(const ReidSet& set, const body::Distances& distances, Removed removed) {
    if (distances.rows != set.queries.size() || distances.columns != set.gallery.size())
        return Error{Fault::BadInput, "there must be a distance for each query and gallery entry"};
    std::map<int, std::vector<Answer>> by_person;
    ReidFigures figures;
    for (std::size_t q = 0; q < set.queries.size(); ++q) {
        if (set.queries[q].person == -1) continue;
        const auto answer = judge(set, distances, q, removed);
        if (!answer) {
            ++figures.without_match;
            continue;
        }
        by_person[answer->person].push_back(*answer);
        ++figures.queries;
    }
    if (by_person.empty())
        return Error{Fault::BadInput, "no query's person is in the gallery, as seen by another camera"};
    std::vector<std::vector<Answer>> people;
    for (auto& [person, answers] : by_person) people.push_back(std::move(answers));
    figures.people = people.size();
    const auto rates = [&](std::span<const std::size_t> drawn) {
        std::vector<double> sums(5);
        double count = 0;
        for (const std::size_t i : drawn) {
            for (const Answer& a : people[i]) {
                ++count;
                sums[0] += a.first_hit <= 1 ? 1 : 0;
                sums[1] += a.first_hit <= 5 ? 1 : 0;
                sums[2] += a.first_hit <= 10 ? 1 : 0;
                sums[3] += a.average_precision;
                sums[4] += a.inverse_penalty;
            }
        }
        for (double& sum : sums) sum /= count;
        return sums;
    };
    const auto intervals = statistics::bootstrap(people.size(), rates);
    figures.rank1 = intervals[0];
    figures.rank5 = intervals[1];
    figures.rank10 = intervals[2];
    figures.map = intervals[3];
    figures.minp = intervals[4];
    return figures;
}

}  // namespace mien::eval
