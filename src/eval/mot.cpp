#include "eval/mot.h"

#include <charconv>
#include <cmath>
#include <map>
#include <set>

#include "base/file.h"
#include "base/text.h"

namespace mien::eval {
namespace {

namespace fs = std::filesystem;

constexpr double farthest = 1e9;  // pixels, frames, identities: beyond it a number is a mistake
constexpr std::size_t most_bytes = 512u << 20;

bool parts(char c) {
    return c == ',' || c == ';' || c == ' ' || c == '\t' || c == '\r';
}

// The first seven numbers of a line. Nothing where one of them is none.
std::optional<std::vector<double>> numbers_of(std::string_view line) {
    std::vector<double> numbers;
    std::size_t at = 0;
    while (at < line.size() && numbers.size() < 7) {
        while (at < line.size() && parts(line[at])) ++at;
        std::size_t end = at;
        while (end < line.size() && !parts(line[end])) ++end;
        if (end == at) break;
        double number = 0;
        const auto [rest, fault] = std::from_chars(line.data() + at, line.data() + end, number);
        if (fault != std::errc() || rest != line.data() + end || !(std::abs(number) <= farthest)) return std::nullopt;
        numbers.push_back(number);
        at = end;
    }
    return numbers;
}

bool whole(double number) {
    return number == std::floor(number);
}

Error at_line(std::size_t line, const std::string& what) {
    return {Fault::BadInput, "line " + std::to_string(line) + ": " + what};
}

Result<MotBox> box_of(std::string_view text, std::size_t line) {
    const auto numbers = numbers_of(text);
    if (!numbers || numbers->size() < 6)
        return at_line(line, "frame, id, x, y, width and height are numbers up to 1e9");
    const auto& n = *numbers;
    if (!whole(n[0]) || n[0] < 1) return at_line(line, "a frame is a whole number from 1");
    if (!whole(n[1])) return at_line(line, "an id is a whole number");
    return MotBox{static_cast<int>(n[0]), static_cast<std::int64_t>(n[1]), n[2], n[3], n[4], n[5],
                  n.size() > 6 ? n[6] : 1};
}

Result<std::vector<MotBox>> read_named(const fs::path& file, MotKind kind) {
    MIEN_LET(bytes, read_file(file, most_bytes));
    auto boxes = read_mot(bytes, kind);
    if (!boxes) return Error{boxes.error().fault, file.string() + ": " + boxes.error().message};
    return boxes;
}

std::optional<fs::path> first_file(std::initializer_list<fs::path> candidates) {
    std::error_code unknown;
    for (const fs::path& file : candidates)
        if (fs::is_regular_file(file, unknown)) return file;
    return std::nullopt;
}

Result<std::map<std::string, fs::path>> truths_in(const fs::path& folder) {
    std::map<std::string, fs::path> truths;
    std::error_code failed;
    for (const auto& entry : fs::directory_iterator(folder, failed)) {
        const fs::path& path = entry.path();
        if (const auto truth = first_file({path / "gt" / "gt.txt", path / "gt.txt"}))
            truths[path.filename().string()] = *truth;
        else if (path.extension() == ".txt" && entry.is_regular_file(failed))
            truths[path.stem().string()] = path;
    }
    if (failed) return Error{Fault::Unavailable, folder.string() + ": " + failed.message()};
    if (truths.empty()) return Error{Fault::NotFound, folder.string() + ": no NAME/gt/gt.txt, NAME/gt.txt or NAME.txt"};
    return truths;
}

}  // namespace

Result<std::vector<MotBox>> read_mot(ByteView bytes, MotKind kind) {
    std::vector<MotBox> boxes;
    std::set<std::pair<int, std::int64_t>> seen;
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    std::size_t line = 0;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find('\n', at), text.size());
        const std::string_view row = trim(text.substr(at, end - at));
        at = end + 1;
        ++line;
        if (row.empty()) continue;
        MIEN_LET(box, box_of(row, line));
        if (kind == MotKind::Truth && box.confidence < 1) continue;
        if (kind != MotKind::Detections && !seen.emplace(box.frame, box.id).second)
            return at_line(
                line, "id " + std::to_string(box.id) + " is in frame " + std::to_string(box.frame) + " a second time");
        boxes.push_back(box);
    }
    return boxes;
}

Result<std::vector<MotSequence>> read_mot_sequences(const fs::path& truth, const fs::path& result) {
    std::error_code unknown;
    if (fs::is_directory(truth, unknown) != fs::is_directory(result, unknown))
        return Error{Fault::BadInput, "truth and result must be two files or two folders"};
    std::vector<MotSequence> sequences;
    if (!fs::is_directory(truth, unknown)) {
        MIEN_LET(right, read_named(truth, MotKind::Truth));
        MIEN_LET(found, read_named(result, MotKind::Result));
        sequences.push_back({truth.stem().string(), std::move(right), std::move(found)});
        return sequences;
    }
    MIEN_LET(truths, truths_in(truth));
    for (const auto& [name, file] : truths) {
        const auto found_file =
            first_file({result / (name + ".txt"), result / name / (name + ".txt"), result / name / "test.txt"});
        if (!found_file) return Error{Fault::NotFound, result.string() + ": no result " + name + ".txt"};
        MIEN_LET(right, read_named(file, MotKind::Truth));
        MIEN_LET(found, read_named(*found_file, MotKind::Result));
        sequences.push_back({name, std::move(right), std::move(found)});
    }
    return sequences;
}

}  // namespace mien::eval
