#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>

#include "gallery/names.h"
#include "gallery/store/state.h"

namespace mien::gallery {
namespace {

using Json = nlohmann::ordered_json;

std::int64_t count_of(Time time) {
    return time.time_since_epoch().count();
}
Time time_of(std::int64_t count) {
    return Time{std::chrono::milliseconds{count}};
}

ByteView bytes_of(const std::vector<float>& values) {
    return {reinterpret_cast<const std::uint8_t*>(values.data()), values.size() * sizeof(float)};
}

Status check_template(const Template& made) {
    double length = 0;
    for (const float value : made.values) length += double{value} * value;
    if (!std::isfinite(length) || std::abs(length - 1) > 1e-3)
        return Error{Fault::BadInput, "a template of " + std::to_string(made.values.size()) +
                                          " values has squared length " + std::to_string(length) + ", but must have 1"};
    if (made.values.size() > 4096) return Error{Fault::BadInput, "a template has at most 4096 values"};
    if (made.maker.model.empty()) return Error{Fault::BadInput, "a template must say what model made it"};
    return {};
}

Status check_person(const Enrolment& person, const GalleryInfo& gallery, bool is_new) {
    if (is_new) MIEN_TRY(check_subject_name(person.subject));
    if (person.samples.empty() && is_new)
        return Error{Fault::BadInput, "subject '" + person.subject + "' needs at least one sample"};
    if (is_new && gallery.basis == Basis::Consent && person.kind == SubjectKind::Unknown)
        return Error{Fault::BadInput, "gallery '" + gallery.name +
                                          "' stands on consent, which people whom nobody knows can't have given"};
    if (is_new && gallery.basis == Basis::Consent && !person.consent)
        return Error{Fault::BadInput, "gallery '" + gallery.name + "' stands on consent: say which text '" +
                                          person.subject + "' agreed to (--consent FILE or TEXT-ID)"};
    if (!person.metadata.empty() && !Json::parse(person.metadata, nullptr, false).is_object())
        return Error{Fault::BadInput, "the metadata of '" + person.subject + "' are no JSON object"};
    for (const NewSample& sample : person.samples) {
        if (sample.made.empty() && !sample.crop)
            return Error{Fault::BadInput, "a sample of '" + person.subject + "' has neither template nor crop"};
        for (const Template& made : sample.made) MIEN_TRY(check_template(made));
    }
    return {};
}

Time expiry(const GalleryInfo& gallery, const std::optional<Consent>& consent, Time met) {
    const Time kept = met + gallery.keep;
    return consent && consent->expires ? std::min(kept, *consent->expires) : kept;
}

}  // namespace

Bytes to_bytes(const SubjectText& text) {
    Json json{{"name", text.name}};
    if (!text.metadata.empty()) json["metadata"] = text.metadata;
    if (text.consent) {
        json["consent"] = {{"text_id", text.consent->text_id},
                           {"version", text.consent->version},
                           {"text", text.consent->text},
                           {"given", count_of(text.consent->given)}};
        if (text.consent->expires) json["consent"]["expires"] = count_of(*text.consent->expires);
    }
    return Json::to_cbor(json);  // keeps any bytes of a name; JSON text would refuse what is no UTF-8
}

Result<SubjectText> subject_text_from(ByteView bytes) try {
    const Json json = Json::from_cbor(bytes.begin(), bytes.end());
    SubjectText text;
    text.name = json.at("name");
    text.metadata = json.value("metadata", std::string{});
    if (const auto consent = json.find("consent"); consent != json.end()) {
        text.consent = Consent{consent->at("text_id"), consent->at("version"), consent->at("text"),
                               time_of(consent->at("given").get<std::int64_t>()), std::nullopt};
        if (consent->contains("expires")) text.consent->expires = time_of(consent->at("expires").get<std::int64_t>());
    }
    return text;
} catch (const nlohmann::json::exception& wrong) {
    return Error{Fault::Corrupt, std::string("a subject's record can't be read: ") + wrong.what()};
}

Result<std::optional<std::int64_t>> Store::State::find_subject(std::int64_t gallery, std::string_view name) {
    MIEN_LET(keys_here, keys_of(gallery));
    const Digest digest = digest_of(keys_here.names, as_bytes(name));
    auto query = data.prepare("SELECT id FROM subject WHERE gallery = ? AND name_digest = ?");
    query.bind(gallery).bind(ByteView(digest));
    MIEN_LET(found, query.step());
    return found ? std::optional(query.integer(0)) : std::nullopt;
}

Result<Key> Store::State::subject_key(std::int64_t gallery, std::int64_t subject) {
    MIEN_LET(above, keys_of(gallery));
    auto query = keys.prepare("SELECT wrapped FROM subject_key WHERE subject = ?");
    query.bind(subject);
    MIEN_LET(found, query.step());
    if (!found)
        return Error{Fault::Corrupt, "the key of subject " + std::to_string(subject) + " is missing in keys.db"};
    MIEN_LET(bytes, unseal(above.key, query.blob(0), place("key", subject)));
    MIEN_LET(key, Key::from(bytes));
    wipe(bytes);
    return key;
}

Result<std::int64_t> Store::State::maker_id(const Maker& maker, std::size_t dimension) {
    auto query = data.prepare("SELECT id, dimension FROM maker WHERE model = ? AND version = ? AND preprocessing = ?");
    query.bind(maker.model).bind(maker.version).bind(maker.preprocessing);
    MIEN_LET(found, query.step());
    if (found) {
        if (dimension != 0 && query.integer(1) != static_cast<std::int64_t>(dimension))
            return Error{Fault::BadInput, "templates of " + maker.model + " have " + std::to_string(query.integer(1)) +
                                              " values here, not " + std::to_string(dimension)};
        return query.integer(0);
    }
    auto insert = data.prepare("INSERT INTO maker(model, version, preprocessing, dimension) VALUES(?, ?, ?, ?)");
    MIEN_TRY(insert.bind(maker.model)
                 .bind(maker.version)
                 .bind(maker.preprocessing)
                 .bind(static_cast<std::int64_t>(dimension))
                 .run());
    return data.last_id();
}

// The key of a subject that will be made. Writing it costs a flush of its own, so that a process that enrols one by one
// makes keys ahead: one more than twice as many each time, at most 63. Keys that nobody came for are written over.
Result<Key> Store::State::next_key(const Key& gallery_key, std::int64_t subject) {
    {
        auto query = keys.prepare("SELECT wrapped FROM subject_key WHERE subject = ?");
        query.bind(subject);
        MIEN_LET(found, query.step());
        if (found) {
            if (auto bytes = unseal(gallery_key, query.blob(0), place("key", subject))) {
                auto key = Key::from(*bytes);
                wipe(*bytes);
                return key;
            }
        }
    }
    Key first = Key::random();
    for (std::int64_t id = subject; id <= subject + keys_ahead; ++id) {
        const Key key = id == subject ? first : Key::random();
        auto keep = keys.prepare("INSERT OR REPLACE INTO subject_key(subject, wrapped) VALUES(?, ?)");
        MIEN_TRY(keep.bind(id).bind(ByteView(seal(gallery_key, key.bytes(), place("key", id)))).run());
    }
    return first;
}

// Keys first, on the disk before the subject is: a key without a subject is harmless, the reverse would be lost. Inside
// a transaction of the keys' file they wait for it.
Result<Key> Store::State::make_subject(const GalleryInfo& gallery, const Enrolment& person, Enrolled& made) {
    const Time at = clock();
    const Time met = std::min(at, person.last_interaction.value_or(at));
    MIEN_LET(id, next_id("subject"));
    MIEN_LET(above, keys_of(gallery.id));
    MIEN_LET(key, next_key(above.key, id));
    const Bytes reference = random_bytes(16);
    const Digest digest = digest_of(above.names, as_bytes(person.subject));
    const Bytes sealed =
        seal(key, to_bytes(SubjectText{person.subject, person.metadata, person.consent}), place("subject", id));
    auto insert = data.prepare(
        "INSERT INTO subject(id, gallery, reference, name_digest, kind, tags, created, last_interaction, expires, "
        "sealed) "
        "VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    MIEN_TRY(insert.bind(id)
                 .bind(gallery.id)
                 .bind(ByteView(reference))
                 .bind(ByteView(digest))
                 .bind(std::int64_t{person.kind == SubjectKind::Unknown})
                 .bind(static_cast<std::int64_t>(person.tags))
                 .bind(count_of(person.created.value_or(at)))
                 .bind(count_of(met))
                 .bind(count_of(expiry(gallery, person.consent, met)))
                 .bind(ByteView(sealed))
                 .run());
    made.subject = id;
    made.reference = to_hex(reference);
    return key;
}

namespace {

// Writes one person's rows into the open transactions of both files.
class Writer {
public:
    Writer(Store::State& state, const GalleryInfo& gallery, const Actor& actor)
        : s_(state), gallery_(gallery), actor_(actor), at_(state.clock()) {}

    Result<Enrolled> add(const Enrolment& person) {
        MIEN_LET(known, s_.find_subject(gallery_.id, person.subject));
        if (known && person.if_known == Enrolment::IfKnown::Refuse)
            return Error{Fault::Conflict, "subject '" + person.subject + "' is there already"};
        MIEN_TRY(check_person(person, gallery_, !known));
        Enrolled made;
        std::size_t added = 0;
        MIEN_LET(key, known ? take_known(*known, person, made) : s_.make_subject(gallery_, person, made));
        std::set<Digest> there;
        if (known) {
            MIEN_LET(contents, s_.contents_of(made.subject, key));
            there = std::move(contents);
        }
        MIEN_LET(above, s_.keys_of(gallery_.id));
        for (const NewSample& sample : person.samples) {
            // Of two processes that enrol the same pictures at once one writes each.
            if (sample.content && there.contains(Store::State::kept_content(above.names, *sample.content))) {
                made.samples.push_back(0);
                continue;
            }
            MIEN_LET(id, add_sample(made.subject, key, sample));
            made.samples.push_back(id);
            ++added;
        }
        for (const PastRejection& rejection : person.rejections) MIEN_TRY(add_rejection(made.subject, key, rejection));
        MIEN_TRY(s_.note_change(gallery_.id, made.subject));
        std::string maker;
        if (!person.samples.empty() && !person.samples.front().made.empty())
            maker = person.samples.front().made.front().maker.model;
        MIEN_TRY(s_.note({.action = "enrol",
                          .gallery = gallery_.name,
                          .subject_reference = made.reference,
                          .maker = maker,
                          .outcome = std::to_string(added) + (known ? " samples added" : " samples, new subject"),
                          .actor = actor_}));
        return made;
    }

private:
    // A known subject's consent and metadata are renewed where new ones are given; none that has ended is enrolled
    // under.
    Result<Key> take_known(std::int64_t id, const Enrolment& person, Enrolled& made) {
        MIEN_LET(info, s_.read_subject(id));
        made.subject = id;
        made.reference = info.reference;
        const std::optional<Consent> consent = person.consent ? person.consent : info.consent;
        if (consent && consent->expires && *consent->expires <= at_)
            return Error{Fault::BadInput,
                         "the consent of '" + info.name + "' has ended: say which text was agreed to anew"};
        MIEN_LET(key, s_.subject_key(gallery_.id, id));
        const std::string& metadata = person.metadata.empty() ? info.metadata : person.metadata;
        const Bytes sealed = seal(key, to_bytes(SubjectText{info.name, metadata, consent}), place("subject", id));
        auto update = s_.data.prepare("UPDATE subject SET last_interaction = ?, expires = ?, sealed = ? WHERE id = ?");
        MIEN_TRY(update.bind(count_of(at_))
                     .bind(count_of(expiry(gallery_, consent, at_)))
                     .bind(ByteView(sealed))
                     .bind(id)
                     .run());
        return key;
    }

    Result<std::int64_t> add_sample(std::int64_t subject, const Key& key, const NewSample& sample) {
        auto insert = s_.data.prepare(
            "INSERT INTO sample(subject, created, quality, sealed, crop, content) VALUES(?, ?, ?, ?, ?, ?)");
        insert.bind(subject)
            .bind(count_of(sample.created.value_or(at_)))
            .bind(double{sample.quality})
            .bind(ByteView(seal(key, as_bytes(sample.source), place("sample", subject))));
        if (sample.crop)
            insert.bind(ByteView(seal(key, *sample.crop, place("crop", subject))));
        else
            insert.bind(std::nullopt);
        if (sample.content) {
            MIEN_LET(above, s_.keys_of(gallery_.id));
            MIEN_LET(content, Store::State::sealed_content(above.names, key, subject, *sample.content));
            insert.bind(ByteView(content));
        } else {
            insert.bind(std::nullopt);
        }
        MIEN_TRY(insert.run());
        const std::int64_t id = s_.data.last_id();
        for (const Template& made : sample.made)
            MIEN_TRY(add_template(subject, id, key, made, sample.created.value_or(at_)));
        return id;
    }

    Status add_template(std::int64_t subject, std::int64_t sample, const Key& key, const Template& made, Time created) {
        if (made.maker != last_maker_ || last_maker_id_ == 0) {
            MIEN_LET(id, s_.maker_id(made.maker, made.values.size()));
            last_maker_ = made.maker;
            last_maker_id_ = id;
        }
        auto insert =
            s_.data.prepare("INSERT INTO template(sample, subject, maker, created, sealed) VALUES(?, ?, ?, ?, ?)");
        return insert.bind(sample)
            .bind(subject)
            .bind(last_maker_id_)
            .bind(count_of(created))
            .bind(ByteView(seal(key, bytes_of(made.values), place("template", subject))))
            .run();
    }

    Status add_rejection(std::int64_t subject, const Key& key, const PastRejection& rejection) {
        MIEN_TRY(check_template(rejection.probe));
        MIEN_LET(maker, s_.maker_id(rejection.probe.maker, rejection.probe.values.size()));
        auto insert = s_.data.prepare("INSERT INTO rejection(subject, maker, created, sealed) VALUES(?, ?, ?, ?)");
        return insert.bind(subject)
            .bind(maker)
            .bind(count_of(rejection.at))
            .bind(ByteView(seal(key, bytes_of(rejection.probe.values), place("rejection", subject))))
            .run();
    }

    Store::State& s_;
    const GalleryInfo& gallery_;
    const Actor& actor_;
    Time at_;
    Maker last_maker_{};
    std::int64_t last_maker_id_ = 0;
};

}  // namespace

Result<std::vector<Enrolled>> Store::enrol(const std::string& gallery, std::span<const Enrolment> people,
                                           const Actor& actor) {
    State& s = *state_;
    const std::lock_guard guard(s.lock);
    MIEN_LET(data, Transaction::begin(s.data));
    MIEN_LET(info, s.find_gallery(gallery));
    std::vector<Enrolled> made;
    {
        MIEN_LET(keys, Transaction::begin(s.keys));
        s.keys_ahead = people.size() == 1 ? s.single_enrolments : 0;
        s.single_enrolments = std::min<std::int64_t>(s.single_enrolments * 2 + 1, 63);
        Writer writer(s, info, actor);
        for (const Enrolment& person : people) {
            MIEN_LET(enrolled, writer.add(person));
            made.push_back(std::move(enrolled));
        }
        // Keys first: a key without a subject is harmless, a subject without its key would be lost.
        MIEN_TRY(keys.commit());
    }
    MIEN_TRY(data.commit());
    return made;
}

Status Store::add_template(std::int64_t sample, const Template& made) {
    MIEN_TRY(check_template(made));
    State& s = *state_;
    const std::lock_guard guard(s.lock);
    MIEN_LET(transaction, Transaction::begin(s.data));
    auto query = s.data.prepare(
        "SELECT subject.id, subject.gallery, sample.created FROM sample JOIN subject ON subject.id = sample.subject "
        "WHERE sample.id = ?");
    query.bind(sample);
    MIEN_LET(found, query.step());
    if (!found) return Error{Fault::NotFound, "there is no sample " + std::to_string(sample)};
    const std::int64_t subject = query.integer(0);
    const std::int64_t gallery = query.integer(1);
    MIEN_LET(key, s.subject_key(gallery, subject));
    MIEN_LET(maker, s.maker_id(made.maker, made.values.size()));
    MIEN_TRY(s.note_change(gallery, subject));  // one that is replaced goes under its old number
    auto insert = s.data.prepare(
        "INSERT OR REPLACE INTO template(sample, subject, maker, created, sealed) VALUES(?, ?, ?, ?, ?)");
    MIEN_TRY(insert.bind(sample)
                 .bind(subject)
                 .bind(maker)
                 .bind(query.integer(2))  // the sample's time, by which searches filter
                 .bind(ByteView(seal(key, bytes_of(made.values), place("template", subject))))
                 .run());
    MIEN_TRY(s.note_change(gallery, subject));
    return transaction.commit();
}

Status Store::touch(std::span<const std::int64_t> subjects) {
    State& s = *state_;
    const std::lock_guard guard(s.lock);
    MIEN_LET(transaction, Transaction::begin(s.data));
    const Time at = s.clock();
    for (const std::int64_t id : subjects) {
        MIEN_LET(info, s.read_subject(id));
        auto query = s.data.prepare(
            "SELECT gallery.keep_days FROM gallery JOIN subject ON subject.gallery = gallery.id WHERE subject.id = ?");
        MIEN_TRY(query.bind(id).step());
        GalleryInfo gallery;
        gallery.keep = std::chrono::days{query.integer(0)};
        auto update = s.data.prepare("UPDATE subject SET last_interaction = ?, expires = ? WHERE id = ?");
        MIEN_TRY(update.bind(count_of(at)).bind(count_of(expiry(gallery, info.consent, at))).bind(id).run());
    }
    return transaction.commit();
}

Result<SubjectInfo> Store::State::read_subject(std::int64_t id) {
    auto query = data.prepare(
        "SELECT gallery, reference, kind, tags, created, last_interaction, expires, merged_into, sealed FROM subject "
        "WHERE id = ?");
    query.bind(id);
    MIEN_LET(found, query.step());
    if (!found) return Error{Fault::NotFound, "there is no subject " + std::to_string(id)};
    SubjectInfo info;
    info.id = id;
    const std::int64_t gallery = query.integer(0);
    info.reference = to_hex(query.blob(1));
    info.kind = query.integer(2) == 0 ? SubjectKind::Known : SubjectKind::Unknown;
    info.tags = static_cast<std::uint64_t>(query.integer(3));
    info.created = time_of(query.integer(4));
    info.last_interaction = time_of(query.integer(5));
    info.expires = time_of(query.integer(6));
    if (!query.empty(7)) info.merged_into = query.integer(7);
    MIEN_LET(key, subject_key(gallery, id));
    MIEN_LET(bytes, unseal(key, query.blob(8), place("subject", id)));
    MIEN_LET(text, subject_text_from(bytes));
    info.name = text.name;
    info.metadata = text.metadata;
    info.consent = text.consent;
    auto samples =
        data.prepare("SELECT id, created, quality, sealed, crop IS NOT NULL FROM sample WHERE subject = ? ORDER BY id");
    samples.bind(id);
    while (true) {
        MIEN_LET(more, samples.step());
        if (!more) break;
        MIEN_LET(source, unseal(key, samples.blob(3), place("sample", id)));
        info.samples.push_back({samples.integer(0),
                                time_of(samples.integer(1)),
                                static_cast<float>(samples.real(2)),
                                std::string(source.begin(), source.end()),
                                samples.integer(4) != 0,
                                {}});
        auto makers = data.prepare(
            "SELECT model, version, preprocessing FROM maker JOIN template ON template.maker = maker.id WHERE "
            "template.sample = ?");
        makers.bind(samples.integer(0));
        while (true) {
            MIEN_LET(another, makers.step());
            if (!another) break;
            info.samples.back().makers.push_back({makers.text(0), makers.text(1), makers.text(2)});
        }
    }
    return info;
}

Result<SubjectInfo> Store::subject(std::int64_t id) {
    State& s = *state_;
    const std::lock_guard guard(s.lock);
    return s.read_subject(id);
}

Result<std::string> Store::gallery_of(std::int64_t subject) {
    State& s = *state_;
    const std::lock_guard guard(s.lock);
    auto query = s.data.prepare(
        "SELECT gallery.name FROM gallery JOIN subject ON subject.gallery = gallery.id WHERE subject.id = ?");
    query.bind(subject);
    MIEN_LET(found, query.step());
    if (!found) return Error{Fault::NotFound, "there is no subject " + std::to_string(subject)};
    return query.text(0);
}

Result<SubjectInfo> Store::subject(const std::string& gallery, const std::string& name) {
    State& s = *state_;
    const std::lock_guard guard(s.lock);
    MIEN_LET(info, s.find_gallery(gallery));
    MIEN_LET(id, s.find_subject(info.id, name));
    if (!id) return Error{Fault::NotFound, "there is no subject '" + name + "' in gallery '" + gallery + "'"};
    return s.read_subject(*id);
}

Result<std::vector<SubjectInfo>> Store::subjects(const std::string& gallery, std::int64_t after, std::size_t most) {
    State& s = *state_;
    const std::lock_guard guard(s.lock);
    MIEN_LET(info, s.find_gallery(gallery));
    std::vector<std::int64_t> ids;
    {
        auto query = s.data.prepare("SELECT id FROM subject WHERE gallery = ? AND id > ? ORDER BY id LIMIT ?");
        query.bind(info.id).bind(after).bind(static_cast<std::int64_t>(most));
        while (true) {
            MIEN_LET(more, query.step());
            if (!more) break;
            ids.push_back(query.integer(0));
        }
    }
    std::vector<SubjectInfo> all;
    for (const std::int64_t id : ids) {
        MIEN_LET(subject, s.read_subject(id));
        all.push_back(std::move(subject));
    }
    return all;
}

Result<Bytes> Store::crop(std::int64_t sample) {
    State& s = *state_;
    const std::lock_guard guard(s.lock);
    auto query = s.data.prepare(
        "SELECT sample.crop, subject.id, subject.gallery FROM sample JOIN subject ON subject.id = sample.subject WHERE "
        "sample.id = ?");
    query.bind(sample);
    MIEN_LET(found, query.step());
    if (!found || query.empty(0)) return Error{Fault::NotFound, "no crop is kept of sample " + std::to_string(sample)};
    const std::int64_t subject = query.integer(1);
    MIEN_LET(key, s.subject_key(query.integer(2), subject));
    return unseal(key, query.blob(0), place("crop", subject));
}

}  // namespace mien::gallery
