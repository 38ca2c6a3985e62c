#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "types/template.h"

namespace mien::gallery {

using Time = std::chrono::sys_time<std::chrono::milliseconds>;
using Clock = Time (*)();
Time now();                      // the system's clock
std::string to_text(Time time);  // ISO 8601 in UTC: 2026-11-25T03:01:42.123Z
Result<Time> time_from(std::string_view text);

// "P90D", "P3Y", "P6M", "P2W" (ISO 8601; a month is 30 days, a year 365). Errors: BadInput.
Result<std::chrono::days> days_from(std::string_view text);

// Why a gallery may keep templates at all.
enum class Basis { Consent, Contract, Law, Test };
std::string_view name_of(Basis basis);
Result<Basis> basis_from(std::string_view name);  // Errors: BadInput

struct NewGallery {
    std::string name{};
    std::string purpose = "test";
    Basis basis = Basis::Test;
    std::chrono::days keep{30};  // a subject's data expire so long after its last interaction
    bool keep_crops = false;     // whether samples' pictures are kept, sealed, so that a later model can make templates
};

struct GalleryInfo {
    std::int64_t id = 0;
    std::string name{};
    std::string purpose{};
    Basis basis = Basis::Test;
    std::chrono::days keep{};
    bool keep_crops = false;
    Time created{};
    std::size_t subjects = 0;  // known ones
    std::size_t unknowns = 0;  // profiles of people nobody has named
    std::size_t samples = 0;
    std::size_t templates = 0;
};

// What a person agreed to: which text in which version, and when.
struct Consent {
    std::string text_id{};
    std::string version{};
    std::string text{};  // the words themselves; empty where the text is kept elsewhere under its id
    Time given{};
    std::optional<Time> expires{};
};

enum class SubjectKind { Known, Unknown };

// One sample of a subject: what the models made of a picture, and the picture's aligned crop where it is kept.
struct NewSample {
    std::vector<Template> made{};   // at most one of each maker
    std::optional<Bytes> crop{};    // an encoded picture, for templates by a later model
    float quality = 0;              // 0..100
    std::string source{};           // where it is from, in the user's words (a file's name)
    std::optional<Time> created{};  // none: now
};

struct Enrolment {
    std::string subject{};   // unique in the gallery
    std::string metadata{};  // a JSON object, or empty
    std::uint64_t tags = 0;  // bits that searches can filter by
    SubjectKind kind = SubjectKind::Known;
    std::optional<Consent> consent{};
    std::vector<NewSample> samples{};
    std::optional<Time> created{};           // of a new subject; none: now
    std::optional<Time> last_interaction{};  // none: now
};

struct SampleInfo {
    std::int64_t id = 0;
    Time created{};
    float quality = 0;
    std::string source{};
    bool has_crop = false;
    std::vector<Maker> makers{};
};

struct SubjectInfo {
    std::int64_t id = 0;
    std::string reference{};  // 32 hexadecimal digits, random: names the subject where its name must not stand
    std::string name{};
    std::string metadata{};
    std::uint64_t tags = 0;
    SubjectKind kind = SubjectKind::Known;
    Time created{};
    Time last_interaction{};
    Time expires{};
    std::optional<Consent> consent{};
    std::optional<std::int64_t> merged_into{};
    std::vector<SampleInfo> samples{};
};

// A template as searches need it.
struct StoredTemplate {
    std::int64_t id = 0;
    std::int64_t sample = 0;
    std::int64_t subject = 0;  // the one it was merged into, if any
    std::uint64_t tags = 0;
    Time created{};
    std::vector<float> values{};
};

// What searches filter subjects by (where.h), without their samples.
struct SubjectFacts {
    std::int64_t id = 0;
    SubjectKind kind = SubjectKind::Known;
    std::string metadata{};
};

// Who does something, and why: a part of every audit record.
struct Actor {
    std::string who = "local";  // user, key or service
    std::string why{};          // the reason given; an authorisation's number
};

// "This is not that person": a probe that somebody said is not the subject, kept with the subject's key.
struct Rejection {
    std::int64_t id = 0;
    std::int64_t subject = 0;
    Time at{};
    std::vector<float> probe{};
};

// What a gallery's threshold was set for. The body is a JSON document of the one who measured it (`mien calibrate`);
// the store keeps it as it is.
struct NewOperatingPoint {
    double threshold = 0;  // for the audit record
    std::string said{};    // what it is, for the audit record
    std::string body{};
};
struct KeptOperatingPoint {
    Time made{};
    std::string body{};
};

// One profile taken for the same person as another; undone by Store::undo_merge.
struct Merge {
    std::int64_t id = 0;
    std::int64_t into = 0;
    std::int64_t from = 0;
    Time at{};
    std::optional<Time> undone{};
};

// What is left of a subject that was erased: enough to prove it, nothing to know it by.
struct ErasureProof {
    std::string gallery{};
    std::string subject_reference{};
    Time at{};
    std::size_t samples = 0;
    std::size_t templates = 0;
    std::size_t crops = 0;
    std::string key_digest{};            // BLAKE2b-256 of the destroyed key's wrapped form
    std::int64_t audit_record = 0;       // number in the audit chain
    std::string audit_hash{};            // its hash
    std::vector<std::string> checked{};  // files whose bytes were searched for the destroyed record and hold it no more
    std::vector<std::string> unreached{};  // known key copies that could not be rewritten: empty is good
};

}  // namespace mien::gallery
