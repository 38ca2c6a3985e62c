#include <atomic>
#include <cstring>
#include <thread>

#include "gallery/store/state.h"

namespace mien::gallery {
namespace {

std::span<std::uint8_t> as_writable_bytes(std::span<float> values) {
    return {reinterpret_cast<std::uint8_t*>(values.data()), values.size_bytes()};
}

// In the order of the templates' numbers: left to itself SQLite would go by subjects.
constexpr std::string_view rows = R"(
SELECT template.id, template.sample, template.subject, template.created, template.sealed, subject.tags,
       subject_key.wrapped
FROM template NOT INDEXED CROSS JOIN subject ON subject.id = template.subject
LEFT JOIN keys.subject_key ON subject_key.subject = template.subject
WHERE template.id >= ? AND template.id < ? AND template.maker = ? AND +subject.gallery = ?)";

// Into one and the same object, so that a template's values lie in one buffer, to be wiped at the end.
Status open_row(const Statement& row, const Key& gallery_key, StoredTemplate& made) {
    const std::int64_t subject = row.integer(2);
    std::array<std::uint8_t, Key::size> bytes{};
    MIEN_TRY(unseal_into(gallery_key, row.blob(6), place("key", subject), bytes));
    auto key = Key::from(bytes);
    wipe(bytes);
    if (!key) return key.error();
    const ByteView sealed = row.blob(4);
    if (sealed.size() < seal_overhead || (sealed.size() - seal_overhead) % sizeof(float) != 0)
        return Error{Fault::Corrupt, "template " + std::to_string(row.integer(0)) + " is cut off"};
    made.id = row.integer(0);
    made.sample = row.integer(1);
    made.subject = subject;
    made.created = Time{std::chrono::milliseconds{row.integer(3)}};
    made.tags = static_cast<std::uint64_t>(row.integer(5));
    made.values.resize((sealed.size() - seal_overhead) / sizeof(float));
    const Status opened = unseal_into(*key, sealed, place("template", subject), as_writable_bytes(made.values));
    if (!opened) return Error{Fault::Corrupt, "template " + std::to_string(made.id) + ": " + opened.error().message};
    return {};
}

// Zeroes what is in the buffer when it goes.
struct Wiped {
    std::vector<float>& values;
    ~Wiped() { wipe(as_writable_bytes(values)); }
};

struct Range {
    std::int64_t first = 0;
    std::int64_t last = 0;  // exclusive
};

}  // namespace

Result<std::int64_t> Store::load(const std::string& gallery, const Maker& maker, int workers,
                                 const std::function<void(int, const StoredTemplate&)>& take) {
    State& s = *state_;
    std::optional<Key> key;
    std::int64_t gallery_id = 0;
    std::int64_t maker_id = -1;
    std::int64_t last_change = 0;
    Range all;
    std::map<std::int64_t, std::int64_t> roots;
    {
        const std::lock_guard guard(s.lock);
        MIEN_LET(info, s.find_gallery(gallery));
        gallery_id = info.id;
        MIEN_LET(found_keys, s.keys_of(info.id));
        key = found_keys.key;
        // Whatever is written after this change is told by changes().
        auto change = s.data.prepare("SELECT COALESCE(MAX(number), 0) FROM change");
        MIEN_TRY(change.step());
        last_change = change.integer(0);
        auto makers = s.data.prepare("SELECT id FROM maker WHERE model = ? AND version = ? AND preprocessing = ?");
        makers.bind(maker.model).bind(maker.version).bind(maker.preprocessing);
        MIEN_LET(found, makers.step());
        if (!found) return last_change;
        maker_id = makers.integer(0);
        MIEN_LET(merged, s.merged_roots(info.id));
        roots = std::move(merged);
        auto ends = s.data.prepare("SELECT COALESCE(MIN(id), 0), COALESCE(MAX(id) + 1, 0) FROM template");
        MIEN_TRY(ends.step());
        all = {ends.integer(0), ends.integer(1)};
    }
    // Workers take short ranges of ids in turn, each over a connection of its own, so that writers are never held up.
    constexpr std::int64_t step = 4096;
    std::atomic<std::int64_t> next{all.first};
    std::vector<Status> ends(static_cast<std::size_t>(std::max(workers, 1)));
    const auto work = [&](int worker) -> Status {
        StoredTemplate made;
        const Wiped wiped{made.values};
        MIEN_LET(data, Database::open_to_read(s.folder / "mien.db"));
        {
            auto attach = data.prepare("ATTACH ? AS keys");
            MIEN_TRY(attach.bind((s.folder / "keys.db").string()).run());
        }
        while (true) {
            const std::int64_t first = next.fetch_add(step);
            if (first >= all.last) return {};
            auto query = data.prepare(rows);
            query.bind(first).bind(std::min(first + step, all.last)).bind(maker_id).bind(gallery_id);
            while (true) {
                MIEN_LET(more, query.step());
                if (!more) break;
                if (query.empty(6)) continue;  // being erased at this moment
                MIEN_TRY(open_row(query, *key, made));
                if (const auto root = roots.find(made.subject); root != roots.end()) made.subject = root->second;
                take(worker, made);
            }
        }
    };
    std::vector<std::thread> threads;
    for (int i = 1; i < workers; ++i) threads.emplace_back([&, i] { ends[static_cast<std::size_t>(i)] = work(i); });
    ends[0] = work(0);
    for (std::thread& thread : threads) thread.join();
    for (Status& end : ends) MIEN_TRY(std::move(end));
    return last_change;
}

Result<std::size_t> Store::templates_at_most() {
    State& s = *state_;
    const std::lock_guard guard(s.lock);
    auto ends = s.data.prepare("SELECT COALESCE(MAX(id) + 1 - MIN(id), 0) FROM template");
    MIEN_TRY(ends.step());
    return static_cast<std::size_t>(ends.integer(0));
}

Result<bool> Store::read_values(std::int64_t id, const Maker& maker, std::span<float> values) {
    State& s = *state_;
    const std::lock_guard guard(s.lock);
    auto query = s.data.prepare(
        "SELECT template.sealed, template.subject, subject.gallery FROM template "
        "JOIN subject ON subject.id = template.subject JOIN maker ON maker.id = template.maker "
        "WHERE template.id = ? AND maker.model = ? AND maker.version = ? AND maker.preprocessing = ?");
    query.bind(id).bind(maker.model).bind(maker.version).bind(maker.preprocessing);
    MIEN_LET(found, query.step());
    if (!found) return false;
    {
        auto kept = s.keys.prepare("SELECT 1 FROM subject_key WHERE subject = ?");
        MIEN_LET(has_key, kept.bind(query.integer(1)).step());
        if (!has_key) return false;  // being erased at this moment
    }
    MIEN_LET(key, s.subject_key(query.integer(2), query.integer(1)));
    MIEN_TRY(unseal_into(key, query.blob(0), place("template", query.integer(1)), as_writable_bytes(values)));
    return true;
}

Result<std::optional<StoredTemplate>> Store::find_template(std::int64_t id, const Maker& maker) {
    State& s = *state_;
    const std::lock_guard guard(s.lock);
    auto query = s.data.prepare(
        "SELECT template.sample, template.subject, template.created, template.sealed, subject.tags, subject.gallery "
        "FROM template JOIN subject ON subject.id = template.subject JOIN maker ON maker.id = template.maker "
        "WHERE template.id = ? AND maker.model = ? AND maker.version = ? AND maker.preprocessing = ?");
    query.bind(id).bind(maker.model).bind(maker.version).bind(maker.preprocessing);
    MIEN_LET(found, query.step());
    if (!found) return std::optional<StoredTemplate>{};
    StoredTemplate made;
    made.id = id;
    made.sample = query.integer(0);
    made.subject = query.integer(1);
    made.created = Time{std::chrono::milliseconds{query.integer(2)}};
    made.tags = static_cast<std::uint64_t>(query.integer(4));
    MIEN_LET(key, s.subject_key(query.integer(5), made.subject));
    MIEN_LET(values, s.open_values(key, query.blob(3), place("template", made.subject)));
    made.values = std::move(values);
    MIEN_LET(roots, s.merged_roots(query.integer(5)));
    if (const auto root = roots.find(made.subject); root != roots.end()) made.subject = root->second;
    return std::optional(std::move(made));
}

Result<std::vector<float>> Store::State::open_values(const Key& key, ByteView sealed, std::string_view bound_to) {
    if (sealed.size() < seal_overhead || (sealed.size() - seal_overhead) % sizeof(float) != 0)
        return Error{Fault::Corrupt, "a sealed template is cut off"};
    std::vector<float> values((sealed.size() - seal_overhead) / sizeof(float));
    MIEN_TRY(unseal_into(key, sealed, bound_to, as_writable_bytes(values)));
    return values;
}

Result<Store::Changes> Store::changes(const std::string& gallery, std::int64_t after) {
    State& s = *state_;
    const std::lock_guard guard(s.lock);
    MIEN_LET(info, s.find_gallery(gallery));
    Changes changes;
    changes.last = after;
    {
        auto ends = s.data.prepare("SELECT COALESCE(MIN(number), 0) FROM change");
        MIEN_TRY(ends.step());
        changes.complete = after + 1 >= ends.integer(0);
    }
    auto query = s.data.prepare("SELECT number, template FROM change WHERE number > ? AND gallery = ? ORDER BY number");
    query.bind(after).bind(info.id);
    while (true) {
        MIEN_LET(more, query.step());
        if (!more) break;
        changes.last = query.integer(0);
        changes.templates.push_back(query.integer(1));
    }
    std::ranges::sort(changes.templates);
    const auto twice = std::ranges::unique(changes.templates);
    changes.templates.erase(twice.begin(), twice.end());
    return changes;
}

Result<std::vector<Maker>> Store::makers(const std::string& gallery) {
    State& s = *state_;
    const std::lock_guard guard(s.lock);
    MIEN_LET(info, s.find_gallery(gallery));
    std::vector<Maker> all;
    auto query = s.data.prepare(
        "SELECT model, version, preprocessing FROM maker WHERE EXISTS (SELECT 1 FROM template JOIN subject ON "
        "subject.id = template.subject "
        "WHERE template.maker = maker.id AND subject.gallery = ?) ORDER BY id");
    query.bind(info.id);
    while (true) {
        MIEN_LET(more, query.step());
        if (!more) return all;
        all.push_back({query.text(0), query.text(1), query.text(2)});
    }
}

Result<std::vector<Template>> Store::templates_of(std::int64_t sample) {
    State& s = *state_;
    const std::lock_guard guard(s.lock);
    auto query = s.data.prepare(
        "SELECT template.sealed, template.subject, subject.gallery, maker.model, maker.version, maker.preprocessing "
        "FROM template "
        "JOIN subject ON subject.id = template.subject JOIN maker ON maker.id = template.maker WHERE template.sample = "
        "? ORDER BY template.id");
    query.bind(sample);
    std::vector<Template> all;
    while (true) {
        MIEN_LET(more, query.step());
        if (!more) return all;
        MIEN_LET(key, s.subject_key(query.integer(2), query.integer(1)));
        MIEN_LET(values, s.open_values(key, query.blob(0), place("template", query.integer(1))));
        all.push_back({{query.text(3), query.text(4), query.text(5)}, std::move(values)});
    }
}

Result<std::vector<Template>> Store::templates(std::int64_t subject, const Maker& maker) {
    State& s = *state_;
    const std::lock_guard guard(s.lock);
    std::int64_t gallery = 0;
    {
        auto query = s.data.prepare("SELECT gallery FROM subject WHERE id = ?");
        query.bind(subject);
        MIEN_LET(found, query.step());
        if (!found) return Error{Fault::NotFound, "there is no subject " + std::to_string(subject)};
        gallery = query.integer(0);
    }
    std::vector<std::int64_t> whole{subject};
    MIEN_LET(roots, s.merged_roots(gallery));
    for (const auto& [id, root] : roots)
        if (root == subject) whole.push_back(id);
    std::vector<Template> all;
    for (const std::int64_t id : whole) {
        auto query = s.data.prepare(
            "SELECT template.sealed FROM template JOIN maker ON maker.id = template.maker "
            "WHERE template.subject = ? AND maker.model = ? AND maker.version = ? AND maker.preprocessing = ? ORDER BY "
            "template.id");
        query.bind(id).bind(maker.model).bind(maker.version).bind(maker.preprocessing);
        MIEN_LET(key, s.subject_key(gallery, id));
        while (true) {
            MIEN_LET(more, query.step());
            if (!more) break;
            MIEN_LET(values, s.open_values(key, query.blob(0), place("template", id)));
            all.push_back({maker, std::move(values)});
        }
    }
    return all;
}

Result<std::vector<Store::Lacking>> Store::lacking(const std::string& gallery, const Maker& maker, std::int64_t after,
                                                   std::size_t most) {
    State& s = *state_;
    const std::lock_guard guard(s.lock);
    MIEN_LET(info, s.find_gallery(gallery));
    auto query = s.data.prepare(
        "SELECT sample.id, sample.subject, sample.crop IS NOT NULL FROM sample JOIN subject ON subject.id = "
        "sample.subject "
        "WHERE sample.id > ? AND +subject.gallery = ? AND NOT EXISTS (SELECT 1 FROM template JOIN maker ON maker.id = "
        "template.maker "
        "WHERE template.sample = sample.id AND maker.model = ? AND maker.version = ? AND maker.preprocessing = ?) "
        "ORDER BY sample.id LIMIT ?");
    query.bind(after)
        .bind(info.id)
        .bind(maker.model)
        .bind(maker.version)
        .bind(maker.preprocessing)
        .bind(static_cast<std::int64_t>(most));
    std::vector<Lacking> all;
    while (true) {
        MIEN_LET(more, query.step());
        if (!more) return all;
        all.push_back({query.integer(0), query.integer(1), query.integer(2) != 0});
    }
}

Result<std::size_t> Store::drop_templates(const std::string& gallery, const Maker& maker, const Actor& actor) {
    State& s = *state_;
    std::size_t dropped = 0;
    {
        const std::lock_guard guard(s.lock);
        MIEN_LET(transaction, Transaction::begin(s.data));
        MIEN_LET(info, s.find_gallery(gallery));
        auto known = s.data.prepare("SELECT id FROM maker WHERE model = ? AND version = ? AND preprocessing = ?");
        known.bind(maker.model).bind(maker.version).bind(maker.preprocessing);
        MIEN_LET(found, known.step());
        if (!found) return Error{Fault::NotFound, "there are no templates by " + maker.model + " here"};
        const std::int64_t id = known.integer(0);
        auto alone = s.data.prepare(
            "SELECT COUNT(*) FROM template JOIN subject ON subject.id = template.subject WHERE template.maker = ?1 AND "
            "subject.gallery = ?2 "
            "AND NOT EXISTS (SELECT 1 FROM template AS other WHERE other.sample = template.sample AND other.maker <> "
            "?1)");
        MIEN_TRY(alone.bind(id).bind(info.id).step());
        if (alone.integer(0) != 0)
            return Error{Fault::Conflict, std::to_string(alone.integer(0)) +
                                              " samples have no template of another model: they would be lost"};
        auto change = s.data.prepare(
            "INSERT INTO change(gallery, template) SELECT ?, template.id FROM template JOIN subject ON subject.id = "
            "template.subject "
            "WHERE template.maker = ? AND subject.gallery = ?");
        MIEN_TRY(change.bind(info.id).bind(id).bind(info.id).run());
        auto drop = s.data.prepare(
            "DELETE FROM template WHERE maker = ? AND subject IN (SELECT id FROM subject WHERE gallery = ?)");
        MIEN_TRY(drop.bind(id).bind(info.id).run());
        dropped = static_cast<std::size_t>(s.data.changes());
        MIEN_TRY(s.note({.action = "drop templates",
                         .gallery = gallery,
                         .maker = maker.model + ' ' + maker.version + ", " + maker.preprocessing,
                         .outcome = std::to_string(dropped) + " templates",
                         .actor = actor}));
        MIEN_TRY(transaction.commit());
    }
    const std::lock_guard guard(s.lock);
    MIEN_TRY(s.data.empty_wal());
    return dropped;
}

}  // namespace mien::gallery
