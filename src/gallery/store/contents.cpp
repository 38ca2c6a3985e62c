#include "gallery/store/state.h"

namespace mien::gallery {
namespace {

constexpr std::string_view use = "content";  // the key of contents is derived from the one of names

}  // namespace

// Keyed with a gallery's secret, which rotation leaves alone, so that it also holds after a sample was moved to another
// subject; and sealed with the subject's key, so that it is gone with the subject.
Result<Bytes> Store::State::sealed_content(const Key& names, const Key& subject_key, std::int64_t subject,
                                           const Digest& content) {
    return seal(subject_key, kept_content(names, content), place("content", subject));
}

Digest Store::State::kept_content(const Key& names, const Digest& content) {
    return digest_of(names.derive(use), content);
}

Result<std::set<Digest>> Store::State::contents_of(std::int64_t subject, const Key& key) {
    auto query = data.prepare("SELECT content FROM sample WHERE subject = ? AND content IS NOT NULL");
    query.bind(subject);
    std::set<Digest> contents;
    while (true) {
        MIEN_LET(more, query.step());
        if (!more) return contents;
        Digest content{};
        MIEN_TRY(unseal_into(key, query.blob(0), place("content", subject), content));
        contents.insert(content);
    }
}

bool KnownPictures::holds(const Digest& content, std::string_view source) const {
    return contents_.contains(digest_of(key_, content)) || sources_.contains(std::string(source));
}

void KnownPictures::add(const Digest& content) {
    contents_.insert(digest_of(key_, content));
}

Result<KnownPictures> Store::known_pictures(const std::string& gallery, const std::string& subject) {
    State& s = *state_;
    const std::lock_guard guard(s.lock);
    MIEN_LET(info, s.find_gallery(gallery));
    MIEN_LET(above, s.keys_of(info.id));
    KnownPictures known(above.names.derive(use));
    MIEN_LET(id, s.find_subject(info.id, subject));
    if (!id) return known;
    MIEN_LET(key, s.subject_key(info.id, *id));
    MIEN_LET(contents, s.contents_of(*id, key));
    known.contents_ = std::move(contents);
    auto query = s.data.prepare("SELECT sealed FROM sample WHERE subject = ? AND content IS NULL");
    query.bind(*id);
    while (true) {
        MIEN_LET(more, query.step());
        if (!more) return known;
        MIEN_LET(source, unseal(key, query.blob(0), place("sample", *id)));
        known.sources_.emplace(source.begin(), source.end());
    }
}

}  // namespace mien::gallery
