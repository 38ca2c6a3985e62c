#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "gallery/keys/key.h"
#include "gallery/records.h"

namespace mien::gallery {

// What happened: who did what, why, with which gallery, model and threshold. Never biometric data, never a name.
struct AuditEntry {
    std::string action{};             // create, enrol, identify, forget, …
    std::string gallery{};            // its name
    std::string subject_reference{};  // the random one, empty when no single subject is concerned
    std::string maker{};              // model, version, pre-processing
    std::optional<double> threshold{};
    std::string outcome{};  // "2 candidates", "refused: no consent"
    Actor actor{};
};

// An entry in its place: each record holds the hash of the one before it and is signed, so that nothing can be changed,
// left out or slipped in unseen.
struct AuditRecord {
    std::int64_t number = 0;  // from 1, without gaps
    Time at{};
    AuditEntry entry{};
    Digest before{};  // hash of record number - 1; zeros for the first
    Digest hash{};
    Signature signature{};
};

// The bytes that are hashed: "mien-audit-1", then number, time (ms since 1970), action, gallery, subject reference,
// maker, threshold (empty or its IEEE 754 bits), outcome, who, why, before. Numbers as 8 bytes and lengths before texts
// as 4, little-endian.
Bytes to_signed_bytes(const AuditRecord& record);

// Makes the next record after `last` (none: the first).
AuditRecord append(const std::optional<AuditRecord>& last, AuditEntry entry, Time at, const Signer& signer);

// One JSON object without line breaks, and back. Errors: Corrupt.
std::string to_json(const AuditRecord& record);
Result<AuditRecord> audit_record_from(std::string_view json);

enum class CheckSignatures { LastOnly, Every };

// Walks a chain from its first record. The signature of the last one vouches for all before it, since each hash holds
// the one before; Every also checks each single one.
// Thread rule: one owner.
class ChainCheck {
public:
    ChainCheck(PublicKey key, CheckSignatures which) : key_(key), which_(which) {}

    Status add(const AuditRecord& record);  // Errors: Corrupt, naming the record
    Status finish() const;                  // Errors: Corrupt when the last signature is wrong
    std::int64_t records() const { return last_ ? last_->number : 0; }
    const std::optional<AuditRecord>& last() const { return last_; }

private:
    PublicKey key_;
    CheckSignatures which_;
    std::optional<AuditRecord> last_{};
};

}  // namespace mien::gallery
