#include "gallery/exchange/compreface.h"

#include <algorithm>
#include <fstream>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "base/text.h"
#include "gallery/keys/key.h"

namespace mien::gallery {
namespace {

// A block "COPY public.img (id, content) FROM stdin;" names its columns; pg_dump's order of tables and columns is free.
struct Block {
    std::string table{};
    std::vector<std::string> columns{};

    std::optional<std::size_t> column(std::string_view name) const {
        const auto found = std::ranges::find(columns, name);
        if (found == columns.end()) return std::nullopt;
        return static_cast<std::size_t>(found - columns.begin());
    }
};

std::optional<Block> block_from(const std::string& line) {
    if (!line.starts_with("COPY ") || line.find(" FROM stdin;") == std::string::npos) return std::nullopt;
    const std::size_t open = line.find('(');
    const std::size_t close = line.find(')');
    if (open == std::string::npos || close == std::string::npos || close < open) return std::nullopt;
    Block block;
    block.table = std::string(trim(std::string_view(line).substr(5, open - 5)));
    if (block.table.starts_with("public.")) block.table.erase(0, 7);
    for (const std::string& name : split(std::string_view(line).substr(open + 1, close - open - 1), ','))
        block.columns.emplace_back(trim(name));
    return block;
}

// PostgreSQL's text form of COPY: backslash escapes; \N for nothing.
std::optional<std::string> value_of(std::string_view field) {
    if (field == "\\N") return std::nullopt;
    std::string value;
    for (std::size_t i = 0; i < field.size(); ++i) {
        if (field[i] != '\\' || i + 1 == field.size()) {
            value += field[i];
            continue;
        }
        switch (field[++i]) {
            case 'n':
                value += '\n';
                break;
            case 't':
                value += '\t';
                break;
            case 'r':
                value += '\r';
                break;
            case 'b':
                value += '\b';
                break;
            case 'f':
                value += '\f';
                break;
            case 'v':
                value += '\v';
                break;
            default:
                value += field[i];
        }
    }
    return value;
}

using Fields = std::vector<std::optional<std::string>>;

// Calls `take` with each row of the tables that it wants.
Status read_rows(std::istream& in, const std::string& file, const std::set<std::string>& wanted,
                 const std::function<Status(const Block&, const Fields&, std::size_t line)>& take) {
    in.clear();
    in.seekg(0);
    std::optional<Block> block;
    std::string line;
    for (std::size_t number = 1; std::getline(in, line); ++number) {
        if (!block) {
            block = block_from(line);
            continue;
        }
        if (line == "\\.") {
            block.reset();
            continue;
        }
        if (!wanted.contains(block->table)) continue;
        Fields fields;
        for (const std::string& field : split(line, '\t')) fields.push_back(value_of(field));
        if (fields.size() != block->columns.size())
            return Error{Fault::Corrupt, file + ", line " + std::to_string(number) + ": " +
                                             std::to_string(fields.size()) + " values for " +
                                             std::to_string(block->columns.size()) + " columns of " + block->table};
        MIEN_TRY(take(*block, fields, number));
    }
    if (block) return Error{Fault::Corrupt, file + " is cut off inside the table " + block->table};
    return {};
}

Result<std::string> field_of(const Block& block, const Fields& fields, std::string_view name, std::size_t line) {
    const auto at = block.column(name);
    if (!at)
        return Error{Fault::Unsupported, "the dump's table " + block.table + " has no column " + std::string(name) +
                                             ": CompreFace before 0.6 is not read"};
    if (!fields[*at])
        return Error{Fault::Corrupt,
                     "line " + std::to_string(line) + ": " + block.table + '.' + std::string(name) + " is empty"};
    return *fields[*at];
}

struct People {
    std::map<std::string, std::string> names{};     // subject's id → name
    std::map<std::string, std::string> subjects{};  // picture's id → subject's id
    std::size_t without_picture = 0;
};

Result<People> read_people(std::istream& in, const std::string& file, const std::string& api_key) {
    People people;
    bool seen = false;
    std::vector<std::pair<std::string, std::string>> links;
    MIEN_TRY(read_rows(
        in, file, {"subject", "embedding"}, [&](const Block& block, const Fields& fields, std::size_t line) -> Status {
            seen = true;
            if (block.table == "subject") {
                MIEN_LET(id, field_of(block, fields, "id", line));
                MIEN_LET(name, field_of(block, fields, "subject_name", line));
                MIEN_LET(key, field_of(block, fields, "api_key", line));
                if (api_key.empty() || key == api_key) people.names.emplace(std::move(id), std::move(name));
                return {};
            }
            MIEN_LET(subject, field_of(block, fields, "subject_id", line));
            const auto picture = block.column("img_id");
            links.emplace_back(std::move(subject), picture && fields[*picture] ? *fields[*picture] : std::string{});
            return {};
        }));
    if (!seen)
        return Error{Fault::BadInput, file +
                                          " holds no CompreFace subjects: make it with pg_dump --data-only (plain "
                                          "text) of CompreFace's database"};
    for (auto& [subject, picture] : links) {
        if (!people.names.contains(subject)) continue;
        if (picture.empty())
            ++people.without_picture;
        else
            people.subjects.emplace(std::move(picture), std::move(subject));
    }
    return people;
}

}  // namespace

Result<CompreFaceSummary> read_compreface_dump(std::istream& in, const std::string& file, const std::string& api_key,
                                               const std::function<Status(CompreFacePicture&&)>& take) {
    MIEN_LET(people, read_people(in, file, api_key));
    CompreFaceSummary summary{people.names.size(), 0, people.without_picture};
    MIEN_TRY(read_rows(in, file, {"img"}, [&](const Block& block, const Fields& fields, std::size_t line) -> Status {
        MIEN_LET(id, field_of(block, fields, "id", line));
        const auto subject = people.subjects.find(id);
        if (subject == people.subjects.end()) return {};
        MIEN_LET(content, field_of(block, fields, "content", line));
        auto picture =
            content.starts_with("\\x") ? from_hex(std::string_view(content).substr(2)) : Result<Bytes>(Error{});
        if (!picture)
            return Error{Fault::Corrupt, file + ", line " + std::to_string(line) +
                                             ": the picture is not in PostgreSQL's hexadecimal form"};
        ++summary.pictures;
        return take({people.names.at(subject->second), std::move(id), std::move(*picture)});
    }));
    return summary;
}

Result<CompreFaceSummary> read_compreface_dump(const std::filesystem::path& file, const std::string& api_key,
                                               const std::function<Status(CompreFacePicture&&)>& take) {
    std::ifstream in(file, std::ios::binary);
    if (!in) return Error{Fault::NotFound, file.string() + " can't be read"};
    return read_compreface_dump(in, file.string(), api_key, take);
}

}  // namespace mien::gallery
