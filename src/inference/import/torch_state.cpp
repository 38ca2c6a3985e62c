#include "inference/import/torch_state.h"

#include <algorithm>

#include "inference/import/torch_gather.h"
#include "inference/import/torch_pickle.h"
#include "inference/import/torch_zip.h"

namespace mien::inference {
namespace {

constexpr std::string_view legacy_magic = "\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19";

std::uint64_t most_numbers(ByteView file) {
    constexpr std::uint64_t always = 65536;
    constexpr std::uint64_t ever = std::uint64_t{1} << 29;
    return std::min(std::uint64_t{2} * file.size() + always, ever);
}

using Entries = std::map<std::string_view, ZipEntry>;

Result<ByteView> content_of(const Entries& entries, const std::string& name) {
    const auto found = entries.find(name);
    if (found == entries.end()) return Error{Fault::Corrupt, "the archive has no " + name};
    if (!found->second.stored) return Error{Fault::Unsupported, name + " is compressed, which torch.save never does"};
    return found->second.bytes;
}

// All entries lie in one folder, named after the file they were saved to.
Result<std::string> folder_of(const Entries& entries) {
    constexpr std::string_view pickle = "/data.pkl";
    for (const auto& [name, entry] : entries) {
        if (!name.ends_with(pickle)) continue;
        const std::string folder(name.substr(0, name.size() - pickle.size()));
        if (entries.contains(folder + "/constants.pkl"))
            return Error{Fault::Unsupported, "it is a TorchScript program, not a state dict"};
        return folder;
    }
    return Error{Fault::Unsupported, "the zip archive has no data.pkl: it is not a file torch.save wrote"};
}

Result<StateDict> read_zipped(ByteView file) {
    MIEN_LET(entries, list_zip(file));
    MIEN_LET(folder, folder_of(entries));
    if (entries.contains(folder + "/byteorder")) {
        MIEN_LET(order, content_of(entries, folder + "/byteorder"));
        if (!std::ranges::equal(order, as_bytes("little")))
            return Error{Fault::Unsupported, "its numbers are not little-endian"};
    }
    MIEN_LET(program, content_of(entries, folder + "/data.pkl"));
    ByteReader in(program);
    MIEN_LET(pickle, read_pickle(in));
    TorchStorages storages;
    for (const PickleNode& node : pickle.nodes) {
        const auto* storage = std::get_if<PickleStorage>(&node);
        if (storage == nullptr || storages.contains(storage->key)) continue;
        MIEN_LET(bytes, content_of(entries, folder + "/data/" + std::string(storage->key)));
        storages[storage->key] = bytes;
    }
    return gather_tensors(pickle, storages, most_numbers(file));
}

Status check_system(const Pickle& pickle) {
    const auto* dict = std::get_if<PickleDict>(&pickle.at(pickle.root));
    if (dict == nullptr) return Error{Fault::Corrupt, "the system's description is missing"};
    for (const auto& [key, value] : dict->entries) {
        const auto* name = std::get_if<std::string_view>(&pickle.at(key));
        const auto* flag = std::get_if<bool>(&pickle.at(value));
        if (name != nullptr && *name == "little_endian" && flag != nullptr && !*flag)
            return Error{Fault::Unsupported, "its numbers are not little-endian"};
    }
    return {};
}

Result<std::map<std::string_view, TorchType>> types_of(const Pickle& pickle) {
    std::map<std::string_view, TorchType> types;
    for (const PickleNode& node : pickle.nodes) {
        const auto* storage = std::get_if<PickleStorage>(&node);
        if (storage != nullptr && types.emplace(storage->key, storage->type).first->second != storage->type)
            return Error{Fault::Corrupt, "one storage is used with two types"};
    }
    return types;
}

// Behind the pickles: the keys, then for each the count of numbers and the numbers.
Result<TorchStorages> read_storages(ByteReader& in, const std::map<std::string_view, TorchType>& types) {
    MIEN_LET(keys, read_pickle(in));
    const auto* list = std::get_if<PickleSequence>(&keys.at(keys.root));
    if (list == nullptr) return Error{Fault::Corrupt, "the list of storages is missing"};
    TorchStorages storages;
    for (const PickleRef ref : list->items) {
        const auto* key = std::get_if<std::string_view>(&keys.at(ref));
        const auto type = key != nullptr ? types.find(*key) : types.end();
        if (type == types.end()) return Error{Fault::Corrupt, "a storage that no tensor uses: its type is unknown"};
        MIEN_LET(count, in.number<std::uint64_t>());
        if (count > in.left() / bytes_of(type->second))
            return Error{Fault::Corrupt,
                         "a storage of " + std::to_string(count) + " numbers goes beyond the file's end"};
        MIEN_LET(bytes, in.take(count * bytes_of(type->second)));
        storages[type->first] = bytes;
    }
    return storages;
}

// Three pickles (a magic number, the version, the system), the object's, the storages.
Result<StateDict> read_legacy(ByteView file) {
    const Error no_state_dict{Fault::Unsupported, "it is not a file torch.save wrote"};
    constexpr std::uint8_t protocol_mark = 0x80;
    if (file.empty() || file.front() != protocol_mark) return no_state_dict;
    ByteReader in(file);
    MIEN_LET(magic, read_pickle(in));
    const auto* text = std::get_if<std::string_view>(&magic.at(magic.root));
    if (text == nullptr || *text != legacy_magic) return no_state_dict;
    MIEN_LET(version, read_pickle(in));
    const auto* number = std::get_if<std::int64_t>(&version.at(version.root));
    if (number == nullptr || *number != 1001) return Error{Fault::Unsupported, "its format's version is not 1001"};
    MIEN_LET(system, read_pickle(in));
    MIEN_TRY(check_system(system));
    MIEN_LET(pickle, read_pickle(in));
    MIEN_LET(types, types_of(pickle));
    MIEN_LET(storages, read_storages(in, types));
    return gather_tensors(pickle, storages, most_numbers(file));
}

}  // namespace

Result<StateDict> read_state_dict(ByteView file) {
    const auto zipped = as_bytes("PK\x03\x04");
    if (file.size() >= zipped.size() && std::ranges::equal(file.first(zipped.size()), zipped)) return read_zipped(file);
    return read_legacy(file);
}

}  // namespace mien::inference
