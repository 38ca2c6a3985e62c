#include "eval/pairs.h"

#include <algorithm>
#include <map>

#include "base/text.h"

namespace mien::eval {
namespace {

using Columns = std::map<std::string, std::size_t>;
constexpr std::size_t most_pairs = 10'000'000;

std::string subject_of(const std::string& path) {
    const std::string stem = std::filesystem::path(path).stem().string();
    return stem.substr(0, stem.rfind('_'));
}

Result<Columns> read_head(const std::string& line, Scores scores) {
    Columns columns;
    std::vector<std::string> known{"a", "b", "mated", "fold", "subject_a", "subject_b", "score"};
    const std::vector<std::string> names = split(line, ',');
    for (std::size_t i = 0; i < names.size(); ++i) {
        const std::string name(trim(names[i]));
        if (std::ranges::find(known, name) == known.end()) {
            const std::string hint = nearest(name, known);
            return Error{Fault::BadInput, "line 1: unknown column '" + name + "'" +
                                              (hint.empty() ? "" : ", did you mean '" + hint + "'?")};
        }
        if (!columns.try_emplace(name, i).second)
            return Error{Fault::BadInput, "line 1: the column '" + name + "' stands twice"};
    }
    std::vector<std::string> needed{"a", "b", "mated"};
    if (scores == Scores::Given) needed.emplace_back("score");
    for (const std::string& name : needed) {
        if (!columns.contains(name)) return Error{Fault::BadInput, "line 1: the column '" + name + "' is missing"};
    }
    return columns;
}

Result<Pair> read_line(const std::string& line, std::size_t number, const Columns& columns) {
    const auto wrong = [number](const std::string& what) {
        return Error{Fault::BadInput, "line " + std::to_string(number) + ": " + what};
    };
    const std::vector<std::string> cells = split(line, ',');
    if (cells.size() != columns.size())
        return wrong(std::to_string(cells.size()) + " columns instead of " + std::to_string(columns.size()));
    const auto cell = [&](const char* name) {
        return columns.contains(name) ? std::string(trim(cells[columns.at(name)])) : std::string{};
    };
    Pair pair{cell("a"),         cell("b"),         cell("mated") == "1", cell("fold"),
              cell("subject_a"), cell("subject_b"), cell("score")};
    if (pair.a.empty() || pair.b.empty()) return wrong("a picture is missing");
    if (cell("mated") != "0" && cell("mated") != "1") return wrong("mated must be 0 or 1, got '" + cell("mated") + "'");
    if (pair.subject_a.empty()) pair.subject_a = subject_of(pair.a);
    if (pair.subject_b.empty()) pair.subject_b = pair.mated ? pair.subject_a : subject_of(pair.b);
    if (pair.mated != (pair.subject_a == pair.subject_b)) {
        return wrong("mated is " + cell("mated") + ", but the subjects are '" + pair.subject_a + "' and '" +
                     pair.subject_b + "'");
    }
    return pair;
}

}  // namespace

Result<std::vector<Pair>> read_pairs(ByteView csv, Scores scores) {
    const std::vector<std::string> lines =
        split(std::string_view(reinterpret_cast<const char*>(csv.data()), csv.size()), '\n');
    if (lines.size() > most_pairs) return Error{Fault::BadInput, "more than " + std::to_string(most_pairs) + " lines"};
    MIEN_LET(columns, read_head(lines.front(), scores));
    std::vector<Pair> pairs;
    for (std::size_t i = 1; i < lines.size(); ++i) {
        if (trim(lines[i]).empty()) continue;
        MIEN_LET(pair, read_line(lines[i], i + 1, columns));
        pairs.push_back(std::move(pair));
    }
    if (pairs.empty()) return Error{Fault::BadInput, "there is no pair in the file"};
    return pairs;
}

Status keep_folds(std::vector<Pair>& pairs, const std::vector<std::string>& folds) {
    if (folds.empty()) return {};
    std::erase_if(pairs, [&](const Pair& pair) { return std::ranges::find(folds, pair.fold) == folds.end(); });
    if (pairs.empty()) return Error{Fault::BadInput, "no pair is in the folds that were asked for"};
    return {};
}

}  // namespace mien::eval
