#include "gallery/exchange/exchange.h"

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "gallery/exchange/line.h"

namespace mien::gallery {
namespace {

using Json = SecretJson;

SecretText line_of(const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

Json text(std::string_view plain) {
    return SecretText(plain);
}

SecretText base64_of(ByteView bytes) {
    std::string encoded = encode_base64({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
    SecretText kept(encoded);
    wipe({reinterpret_cast<std::uint8_t*>(encoded.data()), encoded.size()});
    return kept;
}

Json maker_json(const Maker& maker) {
    return {
        {"model", text(maker.model)}, {"version", text(maker.version)}, {"preprocessing", text(maker.preprocessing)}};
}

Json json_of(const Template& made) {
    Json json = maker_json(made.maker);
    json["values"] =
        base64_of({reinterpret_cast<const std::uint8_t*>(made.values.data()), made.values.size() * sizeof(float)});
    return json;
}

Json json_of(const NewSample& sample) {
    Json json{{"created", text(to_text(sample.created.value_or(Time{})))},
              {"quality", sample.quality},
              {"source", text(sample.source)}};
    if (sample.crop) json["crop"] = base64_of(*sample.crop);
    json["templates"] = Json::array();
    for (const Template& made : sample.made) json["templates"].push_back(json_of(made));
    return json;
}

Json json_of(const SubjectInfo& subject) {
    Json json{{"subject", text(subject.name)},
              {"id", subject.id},
              {"kind", subject.kind == SubjectKind::Known ? "known" : "unknown"},
              {"tags", subject.tags}};
    if (!subject.metadata.empty()) json["metadata"] = Json::parse(subject.metadata, nullptr, false);
    json["created"] = text(to_text(subject.created));
    json["last_interaction"] = text(to_text(subject.last_interaction));
    if (subject.consent) {
        json["consent"] = {{"text_id", text(subject.consent->text_id)},
                           {"version", text(subject.consent->version)},
                           {"text", text(subject.consent->text)},
                           {"given", text(to_text(subject.consent->given))}};
        if (subject.consent->expires) json["consent"]["expires"] = text(to_text(*subject.consent->expires));
    }
    return json;
}

void wipe_values(std::vector<float>& values) {
    wipe({reinterpret_cast<std::uint8_t*>(values.data()), values.size() * sizeof(float)});
}

// One subject with its samples, their templates and crops, and what it is not.
Result<SecretText> subject_line(Store& store, const SubjectInfo& subject) {
    Json json = json_of(subject);
    json["samples"] = Json::array();
    for (const SampleInfo& info : subject.samples) {
        NewSample sample{.quality = info.quality, .source = info.source, .created = info.created};
        if (info.has_crop) {
            MIEN_LET(crop, store.crop(info.id));
            sample.crop = std::move(crop);
        }
        MIEN_LET(made, store.templates_of(info.id));
        sample.made = std::move(made);
        json["samples"].push_back(json_of(sample));
        wipe_sample(sample);
    }
    MIEN_LET(rejections, store.rejections_of(subject.id));
    if (!rejections.empty()) json["rejections"] = Json::array();
    for (PastRejection& rejection : rejections) {
        Json entry = json_of(rejection.probe);
        entry["at"] = text(to_text(rejection.at));
        json["rejections"].push_back(std::move(entry));
        wipe_values(rejection.probe.values);
    }
    return line_of(json);
}

Status write_merges(Store& view, const std::string& gallery, const std::function<Status(std::string_view)>& write,
                    Exported& exported) {
    MIEN_LET(merges, view.merges(gallery));
    for (const Merge& merge : merges) {
        // A merge into somebody of whom nothing is left can't be: erasing removes it.
        Json entry{{"into", merge.into}, {"from", merge.from}, {"at", text(to_text(merge.at))}};
        if (merge.undone) entry["undone"] = text(to_text(*merge.undone));
        MIEN_TRY(write(line_of({{"merge", std::move(entry)}})));
        ++exported.merges;
    }
    return {};
}

Status write_points(Store& view, const std::string& gallery, const std::function<Status(std::string_view)>& write,
                    Exported& exported) {
    MIEN_LET(points, view.operating_points(gallery));
    for (const PastOperatingPoint& point : points) {
        Json entry = maker_json(point.maker);
        entry["dimension"] = point.dimension;
        entry["made"] = text(to_text(point.kept.made));
        entry["body"] = text(point.kept.body);
        MIEN_TRY(write(line_of({{"operating_point", std::move(entry)}})));
        ++exported.operating_points;
    }
    return {};
}

}  // namespace

void wipe_sample(NewSample& sample) {
    for (Template& made : sample.made) wipe_values(made.values);
    if (sample.crop) wipe(*sample.crop);
}

Result<Exported> export_gallery(Store& store, const std::string& gallery, const Actor& actor,
                                const std::function<Status(std::string_view line)>& write,
                                const std::function<void(std::size_t)>& on_progress) {
    Exported exported;
    {
        MIEN_LET(view, store.snapshot());
        MIEN_LET(info, view.gallery(gallery));
        MIEN_TRY(write(line_of({{"mien_gallery", export_version},
                                {"name", text(info.name)},
                                {"purpose", text(info.purpose)},
                                {"basis", text(name_of(info.basis))},
                                {"keep_days", std::uint64_t{static_cast<std::uint64_t>(info.keep.count())}},
                                {"keep_crops", info.keep_crops},
                                {"exported", text(to_text(now()))}})));
        for (std::int64_t after = 0;;) {
            MIEN_LET(page, view.subjects(gallery, after, 100));
            if (page.empty()) break;
            after = page.back().id;
            for (const SubjectInfo& subject : page) {
                MIEN_LET(line, subject_line(view, subject));
                MIEN_TRY(write(line));
                on_progress(++exported.subjects);
            }
        }
        MIEN_TRY(write_merges(view, gallery, write, exported));
        MIEN_TRY(write_points(view, gallery, write, exported));
        MIEN_TRY(write(line_of({{"end", true},
                                {"subjects", exported.subjects},
                                {"merges", exported.merges},
                                {"operating_points", exported.operating_points}})));
    }
    const std::vector<AuditEntry> entries{{.action = "export",
                                           .gallery = gallery,
                                           .outcome = std::to_string(exported.subjects) + " subjects",
                                           .actor = actor}};
    MIEN_TRY(store.note(entries));
    return exported;
}

}  // namespace mien::gallery
