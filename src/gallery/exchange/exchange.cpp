#include "gallery/exchange/exchange.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "base/text.h"

namespace mien::gallery {
namespace {

using Json = nlohmann::ordered_json;

std::string line_of(const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string base64_of(ByteView bytes) {
    return encode_base64({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

Json json_of(const NewSample& sample) {
    Json templates = Json::array();
    for (const Template& made : sample.made) {
        const ByteView values{reinterpret_cast<const std::uint8_t*>(made.values.data()),
                              made.values.size() * sizeof(float)};
        templates.push_back({{"model", made.maker.model},
                             {"version", made.maker.version},
                             {"preprocessing", made.maker.preprocessing},
                             {"values", base64_of(values)}});
    }
    Json json{
        {"created", to_text(sample.created.value_or(Time{}))}, {"quality", sample.quality}, {"source", sample.source}};
    if (sample.crop) json["crop"] = base64_of(*sample.crop);
    json["templates"] = templates;
    return json;
}

// A whole number that is written as one: converting 1e38 would be undefined.
Result<std::uint64_t> whole_at(const Json& json, const char* name) {
    const Json& value = json.at(name);
    if (!value.is_number_unsigned()) return Error{Fault::Corrupt, std::string(name) + " is no whole number"};
    return value.get<std::uint64_t>();
}

Result<Time> time_at(const Json& json, const char* name) {
    return time_from(json.at(name).get<std::string>());
}

Result<Template> template_from(const Json& json) {
    Template made{{json.at("model"), json.at("version"), json.at("preprocessing")}, {}};
    MIEN_LET(bytes, decode_base64(json.at("values").get<std::string>()));
    if (bytes.empty() || bytes.size() % sizeof(float) != 0)
        return Error{Fault::Corrupt, "a template of " + std::to_string(bytes.size()) + " bytes"};
    made.values.resize(bytes.size() / sizeof(float));
    std::memcpy(made.values.data(), bytes.data(), bytes.size());
    return made;
}

Result<NewSample> sample_from(const Json& json) {
    NewSample sample;
    MIEN_LET(created, time_at(json, "created"));
    sample.created = created;
    const double quality = json.at("quality").get<double>();
    if (!(quality >= 0 && quality <= 100)) return Error{Fault::Corrupt, "a quality outside 0..100"};
    sample.quality = static_cast<float>(quality);
    sample.source = json.at("source");
    if (json.contains("crop")) {
        MIEN_LET(crop, decode_base64(json["crop"].get<std::string>()));
        sample.crop = Bytes(crop.begin(), crop.end());
    }
    for (const Json& entry : json.at("templates")) {
        MIEN_LET(made, template_from(entry));
        sample.made.push_back(std::move(made));
    }
    return sample;
}

Result<Consent> consent_from(const Json& json) {
    Consent consent{json.at("text_id"), json.at("version"), json.at("text"), {}, {}};
    MIEN_LET(given, time_at(json, "given"));
    consent.given = given;
    if (json.contains("expires")) {
        MIEN_LET(expires, time_at(json, "expires"));
        consent.expires = expires;
    }
    return consent;
}

Result<Enrolment> read_subject(const Json& json) {
    MIEN_LET(tags, whole_at(json, "tags"));
    Enrolment person{.subject = json.at("subject"), .tags = tags};
    const std::string kind = json.at("kind");
    if (kind != "known" && kind != "unknown")
        return Error{Fault::Corrupt, "a subject is known or unknown, not " + kind};
    person.kind = kind == "known" ? SubjectKind::Known : SubjectKind::Unknown;
    if (json.contains("metadata")) person.metadata = json["metadata"].dump();
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
    return person;
}

// A subject's samples with their templates and crops.
Status collect(Store& store, const SubjectInfo& subject, std::vector<NewSample>& samples) {
    for (const SampleInfo& info : subject.samples) {
        NewSample sample{.quality = info.quality, .source = info.source, .created = info.created};
        if (info.has_crop) {
            MIEN_LET(crop, store.crop(info.id));
            sample.crop = std::move(crop);
        }
        MIEN_LET(made, store.templates_of(info.id));
        sample.made = std::move(made);
        samples.push_back(std::move(sample));
    }
    return {};
}

struct Header {
    NewGallery gallery{};
};

Result<Header> header_from(const Json& json) {
    if (!json.contains("mien_gallery") || json["mien_gallery"] != 1)
        return Error{Fault::BadInput, "this is no export of a gallery, or of a later version"};
    Header header;
    header.gallery.name = json.at("name");
    header.gallery.purpose = json.at("purpose");
    MIEN_LET(basis, basis_from(json.at("basis").get<std::string>()));
    header.gallery.basis = basis;
    MIEN_LET(days, whole_at(json, "keep_days"));
    if (days < 1 || days > 36500) return Error{Fault::Corrupt, "keep_days is outside 1..36500"};
    header.gallery.keep = std::chrono::days{static_cast<int>(days)};
    header.gallery.keep_crops = json.at("keep_crops");
    return header;
}

}  // namespace

std::string subject_line(const SubjectInfo& subject, const std::vector<NewSample>& samples) {
    Json json{{"subject", subject.name},
              {"kind", subject.kind == SubjectKind::Known ? "known" : "unknown"},
              {"tags", subject.tags}};
    if (!subject.metadata.empty()) json["metadata"] = Json::parse(subject.metadata, nullptr, false);
    json["created"] = to_text(subject.created);
    json["last_interaction"] = to_text(subject.last_interaction);
    if (subject.consent) {
        json["consent"] = {{"text_id", subject.consent->text_id},
                           {"version", subject.consent->version},
                           {"text", subject.consent->text},
                           {"given", to_text(subject.consent->given)}};
        if (subject.consent->expires) json["consent"]["expires"] = to_text(*subject.consent->expires);
    }
    json["samples"] = Json::array();
    for (const NewSample& sample : samples) json["samples"].push_back(json_of(sample));
    return line_of(json);
}

Result<Enrolment> enrolment_from(std::string_view line) try {
    return read_subject(Json::parse(line));
} catch (const nlohmann::json::exception& wrong) {
    return Error{Fault::Corrupt, std::string("not a subject: ") + wrong.what()};
}

Result<std::string> export_gallery(Store& store, const std::string& gallery, const Actor& actor,
                                   const std::function<void(std::size_t)>& on_progress) {
    MIEN_LET(info, store.gallery(gallery));
    std::string text = line_of({{"mien_gallery", 1},
                                {"name", info.name},
                                {"purpose", info.purpose},
                                {"basis", name_of(info.basis)},
                                {"keep_days", info.keep.count()},
                                {"keep_crops", info.keep_crops},
                                {"exported", to_text(now())}});
    MIEN_LET(merges, store.merges(gallery));
    std::map<std::int64_t, std::int64_t> into;
    for (const Merge& merge : merges)
        if (!merge.undone) into[merge.from] = merge.into;
    std::map<std::int64_t, std::vector<std::int64_t>> taken_in;
    for (const auto& [from, first] : into) {
        std::int64_t root = first;
        for (auto next = into.find(root); next != into.end(); next = into.find(root)) root = next->second;
        taken_in[root].push_back(from);
    }
    std::size_t count = 0;
    for (std::int64_t after = 0;;) {
        MIEN_LET(page, store.subjects(gallery, after, 500));
        if (page.empty()) break;
        after = page.back().id;
        for (const SubjectInfo& subject : page) {
            if (into.contains(subject.id)) continue;
            std::vector<NewSample> samples;
            MIEN_TRY(collect(store, subject, samples));
            for (const std::int64_t other : taken_in[subject.id]) {
                MIEN_LET(merged, store.subject(other));
                MIEN_TRY(collect(store, merged, samples));
            }
            text += subject_line(subject, samples);
            on_progress(++count);
        }
    }
    text += line_of({{"end", true}, {"subjects", count}});
    const std::vector<AuditEntry> entries{
        {.action = "export", .gallery = gallery, .outcome = std::to_string(count) + " subjects", .actor = actor}};
    MIEN_TRY(store.note(entries));
    return text;
}

namespace {

Result<Imported> import_lines(Store& store, const std::vector<std::string_view>& lines, const Header& header,
                              const Actor& actor) {
    Imported imported{header.gallery.name, 0, 0, 0};
    const Time at = now();
    std::set<std::string> names;
    std::vector<Enrolment> people;
    const auto write = [&]() -> Status {
        MIEN_TRY(store.enrol(header.gallery.name, people, actor));
        people.clear();
        return {};
    };
    for (std::size_t i = 1; i + 1 < lines.size(); ++i) {
        auto person = enrolment_from(lines[i]);
        if (!person)
            return Error{person.error().fault, "line " + std::to_string(i + 1) + ": " + person.error().message};
        if (!names.insert(person->subject).second)
            return Error{Fault::Corrupt,
                         "line " + std::to_string(i + 1) + ": '" + person->subject + "' is there twice"};
        const bool consent_over = person->consent && person->consent->expires && *person->consent->expires <= at;
        if (*person->last_interaction + header.gallery.keep <= at || consent_over) {
            ++imported.expired;
            continue;
        }
        ++imported.subjects;
        imported.samples += person->samples.size();
        people.push_back(std::move(*person));
        if (people.size() == 500) MIEN_TRY(write());
    }
    MIEN_TRY(write());
    return imported;
}

}  // namespace

Result<Imported> import_gallery(Store& store, std::string_view text, const std::string& name, const Actor& actor) try {
    std::vector<std::string_view> lines;
    for (std::size_t at = 0, end = 0; (end = text.find('\n', at)) != std::string_view::npos; at = end + 1)
        lines.push_back(text.substr(at, end - at));
    if (lines.size() < 2) return Error{Fault::Corrupt, "the export is cut off"};
    MIEN_LET(header, header_from(Json::parse(lines.front())));
    const Json last = Json::parse(lines.back());
    if (!last.value("end", false) || !last.contains("subjects") || last["subjects"] != lines.size() - 2)
        return Error{Fault::Corrupt, "the export is cut off: its last line is not there, or counts other subjects"};
    if (!name.empty()) header.gallery.name = name;
    MIEN_TRY(store.create(header.gallery, actor));
    Result<Imported> imported = import_lines(store, lines, header, actor);
    if (!imported) MIEN_TRY(store.remove(header.gallery.name, {actor.who, "the import failed"}));
    return imported;
} catch (const nlohmann::json::exception& wrong) {
    return Error{Fault::Corrupt, std::string("not an export of a gallery: ") + wrong.what()};
}

}  // namespace mien::gallery
