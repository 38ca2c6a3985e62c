#include <algorithm>
#include <cstring>
#include <map>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "gallery/exchange/exchange.h"
#include "gallery/exchange/line.h"
#include "gallery/names.h"

namespace mien::gallery {
namespace {

using Json = SecretJson;

std::string text_at(const Json& json, const char* name) {
    const auto& text = json.at(name).get_ref<const SecretText&>();
    return {text.data(), text.size()};
}

// A whole number that is written as one: converting 1e38 would be undefined.
Result<std::uint64_t> whole_at(const Json& json, const char* name) {
    const Json& value = json.at(name);
    if (!value.is_number_unsigned()) return Error{Fault::Corrupt, std::string(name) + " is no whole number"};
    return value.get<std::uint64_t>();
}

Result<std::int64_t> id_at(const Json& json, const char* name) {
    MIEN_LET(value, whole_at(json, name));
    if (value < 1 || value > std::uint64_t{1} << 62)
        return Error{Fault::Corrupt, std::string(name) + " is no subject's number"};
    return static_cast<std::int64_t>(value);
}

Result<Time> time_at(const Json& json, const char* name) {
    return time_from(text_at(json, name));
}

Result<Bytes> bytes_at(const Json& json, const char* name) {
    MIEN_LET(plain, decode_base64(json.at(name).get_ref<const SecretText&>()));
    Bytes bytes(plain.begin(), plain.end());
    wipe({reinterpret_cast<std::uint8_t*>(plain.data()), plain.size()});
    return bytes;
}

Maker maker_from(const Json& json) {
    return {text_at(json, "model"), text_at(json, "version"), text_at(json, "preprocessing")};
}

Result<Template> template_from(const Json& json) {
    Template made{maker_from(json), {}};
    MIEN_LET(bytes, bytes_at(json, "values"));
    if (bytes.empty() || bytes.size() % sizeof(float) != 0)
        return Error{Fault::Corrupt, "a template of " + std::to_string(bytes.size()) + " bytes"};
    made.values.resize(bytes.size() / sizeof(float));
    std::memcpy(made.values.data(), bytes.data(), bytes.size());
    wipe(bytes);
    return made;
}

Result<NewSample> sample_from(const Json& json) {
    NewSample sample;
    MIEN_LET(created, time_at(json, "created"));
    sample.created = created;
    const double quality = json.at("quality").get<double>();
    if (!(quality >= 0 && quality <= 100)) return Error{Fault::Corrupt, "a quality outside 0..100"};
    sample.quality = static_cast<float>(quality);
    sample.source = text_at(json, "source");
    if (json.contains("crop")) {
        MIEN_LET(crop, bytes_at(json, "crop"));
        sample.crop = std::move(crop);
    }
    for (const Json& entry : json.at("templates")) {
        MIEN_LET(made, template_from(entry));
        sample.made.push_back(std::move(made));
    }
    return sample;
}

Result<Consent> consent_from(const Json& json) {
    Consent consent{text_at(json, "text_id"), text_at(json, "version"), text_at(json, "text"), {}, {}};
    MIEN_LET(given, time_at(json, "given"));
    consent.given = given;
    if (json.contains("expires")) {
        MIEN_LET(expires, time_at(json, "expires"));
        consent.expires = expires;
    }
    return consent;
}

Result<ExportedSubject> subject_from(const Json& json) {
    ExportedSubject subject;
    if (json.contains("id")) {
        MIEN_LET(id, id_at(json, "id"));
        subject.id = id;
    }
    MIEN_LET(tags, whole_at(json, "tags"));
    Enrolment& person = subject.person;
    person.tags = tags;
    person.if_known = Enrolment::IfKnown::Refuse;
    person.subject = readable_name(text_at(json, "subject"));  // names of before the rules of today
    const std::string kind = text_at(json, "kind");
    if (kind != "known" && kind != "unknown")
        return Error{Fault::Corrupt, "a subject is known or unknown, not " + readable_name(kind)};
    person.kind = kind == "known" ? SubjectKind::Known : SubjectKind::Unknown;
    if (json.contains("metadata")) person.metadata = std::string_view(json["metadata"].dump());
    MIEN_LET(created, time_at(json, "created"));
    MIEN_LET(met, time_at(json, "last_interaction"));
    person.created = created;
    person.last_interaction = met;
    if (json.contains("consent")) {
        MIEN_LET(consent, consent_from(json["consent"]));
        person.consent = std::move(consent);
    }
    for (const Json& entry : json.at("samples")) {
        MIEN_LET(sample, sample_from(entry));
        person.samples.push_back(std::move(sample));
    }
    if (!json.contains("rejections")) return subject;
    for (const Json& entry : json["rejections"]) {
        MIEN_LET(at, time_at(entry, "at"));
        MIEN_LET(probe, template_from(entry));
        person.rejections.push_back({at, std::move(probe)});
    }
    return subject;
}

Result<Merge> merge_from(const Json& json) {
    Merge merge;
    MIEN_LET(into, id_at(json, "into"));
    MIEN_LET(from, id_at(json, "from"));
    MIEN_LET(at, time_at(json, "at"));
    merge.into = into;
    merge.from = from;
    merge.at = at;
    if (json.contains("undone")) {
        MIEN_LET(undone, time_at(json, "undone"));
        merge.undone = undone;
    }
    return merge;
}

Result<PastOperatingPoint> point_from(const Json& json) {
    PastOperatingPoint point{maker_from(json), 0, {{}, text_at(json, "body")}};
    MIEN_LET(dimension, whole_at(json, "dimension"));
    if (dimension < 1 || dimension > 4096) return Error{Fault::Corrupt, "a dimension outside 1..4096"};
    point.dimension = static_cast<std::size_t>(dimension);
    MIEN_LET(made, time_at(json, "made"));
    point.kept.made = made;
    return point;
}

void wipe_person(Enrolment& person) {
    for (NewSample& sample : person.samples) wipe_sample(sample);
    for (PastRejection& rejection : person.rejections) {
        auto& values = rejection.probe.values;
        wipe({reinterpret_cast<std::uint8_t*>(values.data()), values.size() * sizeof(float)});
    }
}

// Walks over an export's lines and keeps what must be known before its subjects are written.
class Checker {
public:
    explicit Checker(Time at) : at_(at) {}

    Status add(std::string_view line) try {
        ++line_;
        if (ended_) return wrong("there is more after the end");
        const Json json = Json::parse(line);
        Status taken;
        if (line_ == 1)
            taken = header(json);
        else if (json.contains("end"))
            taken = end(json);
        else if (version_ >= 2 && json.contains("merge"))
            taken = merge(json["merge"]);
        else if (version_ >= 2 && json.contains("operating_point"))
            taken = point(json["operating_point"]);
        else
            taken = subject(json);
        if (!taken) return named(taken.error());
        return {};
    } catch (const nlohmann::json::exception& damage) {
        return wrong(readable_name(damage.what()));  // it quotes the line, whatever bytes that has
    }

    Result<CheckedExport> finish() {
        if (line_ == 0) return Error{Fault::Corrupt, "the export is empty"};
        if (!ended_) return Error{Fault::Corrupt, "the export is cut off: its last line is not there"};
        MIEN_TRY(settle_merges());
        return std::move(checked_);
    }

private:
    Error wrong(const std::string& what) const {
        return {Fault::Corrupt, "line " + std::to_string(line_) + ": " + what};
    }
    Error named(const Error& error) const {
        return {error.fault, "line " + std::to_string(line_) + ": " + error.message};
    }

    Status header(const Json& json) {
        if (!json.contains("mien_gallery")) return Error{Fault::BadInput, "this is no export of a gallery"};
        MIEN_LET(version, whole_at(json, "mien_gallery"));
        if (version < 1 || version > export_version)
            return Error{Fault::Unsupported, "an export of version " + std::to_string(version) +
                                                 ", this program reads 1 to " + std::to_string(export_version)};
        version_ = version;
        NewGallery& gallery = checked_.gallery;
        gallery.name = text_at(json, "name");
        gallery.purpose = text_at(json, "purpose");
        MIEN_LET(basis, basis_from(text_at(json, "basis")));
        gallery.basis = basis;
        MIEN_LET(days, whole_at(json, "keep_days"));
        if (days < 1 || days > 1'095'000) return Error{Fault::Corrupt, "keep_days is outside 1..1095000"};
        gallery.keep = std::chrono::days{static_cast<int>(days)};
        gallery.keep_crops = json.at("keep_crops").get<bool>();
        return {};
    }

    Status subject(const Json& json) {
        MIEN_LET(read, subject_from(json));
        Enrolment& person = read.person;
        wipe_person(person);
        if (!checked_.merges.empty() || !checked_.points.empty())
            return Error{Fault::Corrupt, "a subject after merges or operating points"};
        if (version_ >= 2 && !read.id) return Error{Fault::Corrupt, "a subject without a number"};
        const std::int64_t last = checked_.ids.empty() ? 0 : checked_.ids.back();
        const std::int64_t id = version_ >= 2 ? *read.id : last + 1;
        if (id <= last) return Error{Fault::Corrupt, "the subjects' numbers do not rise"};
        const bool consent_over = person.consent && person.consent->expires && *person.consent->expires <= at_;
        checked_.ids.push_back(id);
        checked_.left_out.push_back(*person.last_interaction + checked_.gallery.keep <= at_ || consent_over);
        return {};
    }

    Status merge(const Json& json) {
        MIEN_LET(read, merge_from(json));
        if (!place_of(read.into) || !place_of(read.from) || read.into == read.from)
            return Error{Fault::Corrupt, "a merge of somebody who is not there"};
        if (!read.undone && !into_.emplace(read.from, read.into).second)
            return Error{Fault::Corrupt, "a subject that is merged twice"};
        checked_.merges.push_back(read);
        return {};
    }

    Status point(const Json& json) {
        MIEN_LET(read, point_from(json));
        checked_.points.push_back(std::move(read));
        return {};
    }

    Status end(const Json& json) {
        const auto is = [&](const char* name, std::size_t count) -> Result<bool> {
            MIEN_LET(said, whole_at(json, name));
            return said == count;
        };
        MIEN_LET(subjects, is("subjects", checked_.ids.size()));
        bool right = subjects && json["end"].is_boolean() && json["end"].get<bool>();
        if (version_ >= 2) {
            MIEN_LET(merges, is("merges", checked_.merges.size()));
            MIEN_LET(points, is("operating_points", checked_.points.size()));
            right = right && merges && points;
        }
        if (!right) return Error{Fault::Corrupt, "the export is cut off: its last line counts other subjects"};
        ended_ = true;
        return {};
    }

    std::optional<std::size_t> place_of(std::int64_t id) const {
        const auto found = std::ranges::lower_bound(checked_.ids, id);
        if (found == checked_.ids.end() || *found != id) return std::nullopt;
        return static_cast<std::size_t>(found - checked_.ids.begin());
    }

    // Who counts as somebody whose time is over is left out with that one, as erasing would do.
    Status settle_merges() {
        for (const auto& [from, first] : into_) {
            std::int64_t root = first;
            std::size_t steps = 0;
            for (auto next = into_.find(root); next != into_.end(); next = into_.find(root)) {
                if (++steps > into_.size()) return Error{Fault::Corrupt, "the merges of the export make a circle"};
                root = next->second;
            }
            if (checked_.left_out[*place_of(root)]) checked_.left_out[*place_of(from)] = true;
        }
        std::erase_if(checked_.merges, [&](const Merge& merge) {
            return checked_.left_out[*place_of(merge.into)] || checked_.left_out[*place_of(merge.from)];
        });
        return {};
    }

    Time at_;
    std::uint64_t version_ = 1;
    std::size_t line_ = 0;
    bool ended_ = false;
    std::map<std::int64_t, std::int64_t> into_{};
    CheckedExport checked_{};
};

// Writes the subjects of a checked export in batches, and knows their numbers here.
class Writer {
public:
    Writer(Store& store, const CheckedExport& checked, const std::string& gallery, const Actor& actor)
        : store_(store), checked_(checked), gallery_(gallery), actor_(actor), here_(checked.ids.size()) {}

    Status add(std::string_view line) {
        const std::size_t i = line_++;
        if (i == 0 || i > checked_.ids.size()) return {};  // the first line, merges, points and the last
        MIEN_LET(read, gallery::subject_from(line));
        if (read.id && *read.id != checked_.ids[i - 1])
            return Error{Fault::Corrupt, "the export changed while it was read"};
        if (checked_.left_out[i - 1]) {
            ++imported_.expired;
            wipe_person(read.person);
            return {};
        }
        ++imported_.subjects;
        imported_.samples += read.person.samples.size();
        imported_.rejections += read.person.rejections.size();
        bytes_ += line.size();
        places_.push_back(i - 1);
        people_.push_back(std::move(read.person));
        return people_.size() < 500 && bytes_ < (std::size_t{8} << 20) ? Status{} : flush();
    }

    Result<Imported> finish() {
        MIEN_TRY(flush());
        if (line_ < checked_.ids.size() + 2) return Error{Fault::Corrupt, "the export changed while it was read"};
        const auto here = [&](std::int64_t id) {
            return here_[static_cast<std::size_t>(std::ranges::lower_bound(checked_.ids, id) - checked_.ids.begin())];
        };
        std::vector<Merge> merges = checked_.merges;
        for (Merge& merge : merges) {
            merge.into = here(merge.into);
            merge.from = here(merge.from);
        }
        MIEN_TRY(store_.add_history(gallery_, merges, checked_.points, actor_));
        imported_.gallery = gallery_;
        imported_.merges = merges.size();
        imported_.operating_points = checked_.points.size();
        return imported_;
    }

private:
    Status flush() {
        const auto written = store_.enrol(gallery_, people_, actor_);
        for (Enrolment& person : people_) wipe_person(person);
        people_.clear();
        bytes_ = 0;
        if (!written) {
            if (written.error().fault == Fault::Conflict) return Error{Fault::Corrupt, written.error().message};
            return written.error();
        }
        for (std::size_t n = 0; n < places_.size(); ++n) here_[places_[n]] = (*written)[n].subject;
        places_.clear();
        return {};
    }

    Store& store_;
    const CheckedExport& checked_;
    const std::string& gallery_;
    const Actor& actor_;
    std::vector<std::int64_t> here_;
    std::vector<Enrolment> people_{};
    std::vector<std::size_t> places_{};
    std::size_t bytes_ = 0;
    std::size_t line_ = 0;
    Imported imported_{};
};

}  // namespace

Result<ExportedSubject> subject_from(std::string_view line) try {
    return subject_from(Json::parse(line));
} catch (const nlohmann::json::exception& wrong) {
    return Error{Fault::Corrupt, "not a subject: " + readable_name(wrong.what())};
}

Result<CheckedExport> check_export(const EachLine& lines) {
    Checker checker(now());
    MIEN_TRY(lines([&](std::string_view line) { return checker.add(line); }));
    return checker.finish();
}

Result<Imported> import_gallery(Store& store, const CheckedExport& checked, const EachLine& lines,
                                const std::string& name, const Actor& actor) {
    NewGallery gallery = checked.gallery;
    if (!name.empty()) gallery.name = name;
    MIEN_TRY(store.create(gallery, actor));
    Writer writer(store, checked, gallery.name, actor);
    const auto imported = [&]() -> Result<Imported> {
        MIEN_TRY(lines([&](std::string_view line) { return writer.add(line); }));
        return writer.finish();
    }();
    if (!imported) MIEN_TRY(store.remove(gallery.name, {actor.who, "the import failed"}));
    return imported;
}

Status LineCutter::add(std::string_view part, const std::function<Status(std::string_view)>& take) {
    while (!part.empty()) {
        const std::size_t end = part.find('\n');
        const std::string_view piece = part.substr(0, end);
        if (begun_.size() + piece.size() > longest) return Error{Fault::Corrupt, "a line of more than 1 GiB"};
        if (end == std::string_view::npos) {
            begun_ += piece;
            return {};
        }
        if (begun_.empty()) {
            MIEN_TRY(take(piece));
        } else {
            begun_ += piece;
            MIEN_TRY(take(begun_));
            wipe({reinterpret_cast<std::uint8_t*>(begun_.data()), begun_.size()});
            begun_.clear();
        }
        part.remove_prefix(end + 1);
    }
    return {};
}

Status LineCutter::finish() const {
    if (begun_.empty()) return {};
    return Error{Fault::Corrupt, "the export is cut off: its last line has no end"};
}

}  // namespace mien::gallery
