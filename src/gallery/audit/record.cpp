#include "gallery/audit/record.h"

#include <bit>
#include <nlohmann/json.hpp>

namespace mien::gallery {
namespace {

using Json = nlohmann::ordered_json;

class SignedBytes {
public:
    void add(std::int64_t number) { add_little_endian(static_cast<std::uint64_t>(number), 8); }
    void add(std::string_view text) {
        add_little_endian(text.size(), 4);
        bytes_.insert(bytes_.end(), text.begin(), text.end());
    }
    void add(const Digest& digest) { bytes_.insert(bytes_.end(), digest.begin(), digest.end()); }
    Bytes take() { return std::move(bytes_); }

private:
    void add_little_endian(std::uint64_t value, int size) {
        for (int i = 0; i < size; ++i) bytes_.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
    }
    Bytes bytes_{};
};

// A record must read back from JSON to the same bytes: what is no UTF-8 (file names, user names) is replaced here.
std::string readable(const std::string& text) {
    return Json::parse(Json(text).dump(-1, ' ', false, Json::error_handler_t::replace)).get<std::string>();
}

std::string threshold_bits(const std::optional<double>& threshold) {
    if (!threshold) return {};
    std::string bits(8, '\0');
    const auto value = std::bit_cast<std::uint64_t>(*threshold);
    for (std::size_t i = 0; i < 8; ++i) bits[i] = static_cast<char>(value >> (8 * i));
    return bits;
}

Status fill(std::span<std::uint8_t> target, const std::string& hex) {
    MIEN_LET(bytes, from_hex(hex));
    if (bytes.size() != target.size()) return Error{Fault::Corrupt, "a hash or signature of another length"};
    std::ranges::copy(bytes, target.begin());
    return {};
}

Result<AuditRecord> read(const Json& json) {
    AuditRecord record;
    if (!json.at("number").is_number_integer())
        return Error{Fault::Corrupt, "an audit record's number is no whole one"};
    record.number = json.at("number").get<std::int64_t>();
    MIEN_LET(at, time_from(json.at("at").get<std::string>()));
    record.at = at;
    AuditEntry& entry = record.entry;
    entry.action = json.at("action");
    entry.gallery = json.at("gallery");
    entry.subject_reference = json.at("subject");
    entry.maker = json.at("maker");
    if (!json.at("threshold").is_null()) entry.threshold = json.at("threshold").get<double>();
    entry.outcome = json.at("outcome");
    entry.actor = {json.at("who"), json.at("why")};
    MIEN_TRY(fill(record.before, json.at("before")));
    MIEN_TRY(fill(record.hash, json.at("hash")));
    MIEN_TRY(fill(record.signature, json.at("signature")));
    return record;
}

}  // namespace

Bytes to_signed_bytes(const AuditRecord& record) {
    SignedBytes bytes;
    const AuditEntry& entry = record.entry;
    bytes.add("mien-audit-1");
    bytes.add(record.number);
    bytes.add(record.at.time_since_epoch().count());
    for (const std::string& text : {entry.action, entry.gallery, entry.subject_reference, entry.maker,
                                    threshold_bits(entry.threshold), entry.outcome, entry.actor.who, entry.actor.why})
        bytes.add(text);
    bytes.add(record.before);
    return bytes.take();
}

AuditRecord append(const std::optional<AuditRecord>& last, AuditEntry entry, Time at, const Signer& signer) {
    AuditRecord record;
    record.number = last ? last->number + 1 : 1;
    record.at = at;
    for (std::string* text : {&entry.action, &entry.gallery, &entry.subject_reference, &entry.maker, &entry.outcome,
                              &entry.actor.who, &entry.actor.why})
        *text = readable(*text);
    record.entry = std::move(entry);
    if (last) record.before = last->hash;
    record.hash = digest_of(to_signed_bytes(record));
    record.signature = signer.sign(record.hash);
    return record;
}

std::string to_json(const AuditRecord& record) {
    const AuditEntry& entry = record.entry;
    const Json json{{"number", record.number},
                    {"at", to_text(record.at)},
                    {"who", entry.actor.who},
                    {"why", entry.actor.why},
                    {"action", entry.action},
                    {"gallery", entry.gallery},
                    {"subject", entry.subject_reference},
                    {"maker", entry.maker},
                    {"threshold", entry.threshold ? Json(*entry.threshold) : Json(nullptr)},
                    {"outcome", entry.outcome},
                    {"before", to_hex(record.before)},
                    {"hash", to_hex(record.hash)},
                    {"signature", to_hex(record.signature)}};
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<AuditRecord> audit_record_from(std::string_view text) try {
    return read(Json::parse(text));
} catch (const nlohmann::json::exception& wrong) {
    return Error{Fault::Corrupt, std::string("not an audit record: ") + wrong.what()};
}

Status ChainCheck::add(const AuditRecord& record) {
    const std::string name = "audit record " + std::to_string(record.number);
    const std::int64_t expected = last_ ? last_->number + 1 : 1;
    if (record.number != expected)
        return Error{Fault::Corrupt,
                     name + " stands where " + std::to_string(expected) + " is due: records are missing"};
    if (record.before != (last_ ? last_->hash : Digest{}))
        return Error{Fault::Corrupt, name + " does not follow the one before it: the chain was changed there"};
    if (record.hash != digest_of(to_signed_bytes(record)))
        return Error{Fault::Corrupt, name + " was changed: its content does not fit its hash"};
    if (which_ == CheckSignatures::Every && !verifies(key_, record.hash, record.signature))
        return Error{Fault::Corrupt, name + " is not signed by this key"};
    last_ = record;
    return {};
}

Status ChainCheck::finish() const {
    if (last_ && !verifies(key_, last_->hash, last_->signature))
        return Error{Fault::Corrupt, "the last audit record, " + std::to_string(last_->number) +
                                         ", is not signed by this key: the chain was made anew, or the key is another"};
    return {};
}

}  // namespace mien::gallery
