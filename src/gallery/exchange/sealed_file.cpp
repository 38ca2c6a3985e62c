#include "gallery/exchange/sealed_file.h"

#include <sodium.h>

#include <algorithm>
#include <array>

#include "gallery/keys/key.h"

namespace mien::gallery {
namespace {

constexpr std::string_view magic = "MIENSEAL\x01";
constexpr std::size_t frame_limit = std::size_t{1} << 20;
constexpr std::size_t salt_size = crypto_pwhash_SALTBYTES;
constexpr std::size_t header_size = crypto_secretstream_xchacha20poly1305_HEADERBYTES;
constexpr std::size_t added = crypto_secretstream_xchacha20poly1305_ABYTES;

Result<Key> key_of(const std::string& passphrase, ByteView salt) {
    if (passphrase.empty()) return Error{Fault::BadInput, "the passphrase is empty"};
    if (sodium_init() < 0) return Error{Fault::Unavailable, "the system gives no random numbers"};
    std::array<std::uint8_t, Key::size> bytes{};
    if (crypto_pwhash(bytes.data(), bytes.size(), passphrase.data(), passphrase.size(), salt.data(),
                      crypto_pwhash_OPSLIMIT_MODERATE, crypto_pwhash_MEMLIMIT_MODERATE,
                      crypto_pwhash_ALG_ARGON2ID13) != 0)
        return Error{Fault::Unavailable, "making a key of a passphrase takes 256 MiB of memory, which lack"};
    auto key = Key::from(bytes);
    wipe(bytes);
    return key;
}

void put_length(Bytes& out, std::size_t length) {
    for (int i = 0; i < 4; ++i) out.push_back(static_cast<std::uint8_t>(length >> (8 * i)));
}

}  // namespace

bool is_sealed_file(ByteView bytes) {
    return bytes.size() >= magic.size() && std::ranges::equal(bytes.first(magic.size()), as_bytes(magic));
}

Result<Bytes> seal_with_passphrase(std::string_view text, const std::string& passphrase) {
    const Bytes salt = random_bytes(salt_size);
    MIEN_LET(key, key_of(passphrase, salt));
    Bytes out(magic.begin(), magic.end());
    out.insert(out.end(), salt.begin(), salt.end());
    crypto_secretstream_xchacha20poly1305_state state{};
    std::array<std::uint8_t, header_size> header{};
    crypto_secretstream_xchacha20poly1305_init_push(&state, header.data(), key.bytes().data());
    out.insert(out.end(), header.begin(), header.end());
    ByteView left = as_bytes(text);
    do {
        const ByteView part = left.first(std::min(left.size(), frame_limit));
        left = left.subspan(part.size());
        Bytes frame(part.size() + added);
        const auto tag = left.empty() ? crypto_secretstream_xchacha20poly1305_TAG_FINAL
                                      : crypto_secretstream_xchacha20poly1305_TAG_MESSAGE;
        crypto_secretstream_xchacha20poly1305_push(&state, frame.data(), nullptr, part.data(), part.size(), nullptr, 0,
                                                   static_cast<unsigned char>(tag));
        put_length(out, frame.size());
        out.insert(out.end(), frame.begin(), frame.end());
    } while (!left.empty());
    sodium_memzero(&state, sizeof state);
    return out;
}

Result<std::string> open_with_passphrase(ByteView sealed, const std::string& passphrase) {
    const Error wrong{Fault::Corrupt,
                      "the file does not open: it was changed or cut off, or the passphrase is another one"};
    if (!is_sealed_file(sealed)) return Error{Fault::BadInput, "this is no sealed file"};
    ByteReader reader(sealed.subspan(magic.size()));
    MIEN_LET(salt, reader.take(salt_size));
    MIEN_LET(header, reader.take(header_size));
    MIEN_LET(key, key_of(passphrase, salt));
    crypto_secretstream_xchacha20poly1305_state state{};
    if (crypto_secretstream_xchacha20poly1305_init_pull(&state, header.data(), key.bytes().data()) != 0) return wrong;
    std::string text;
    unsigned char tag = 0;
    while (tag != crypto_secretstream_xchacha20poly1305_TAG_FINAL) {
        MIEN_LET(length, reader.number<std::uint32_t>());
        if (length < added || length > frame_limit + added) return wrong;
        MIEN_LET(frame, reader.take(length));
        const std::size_t before = text.size();
        text.resize(before + length - added);
        if (crypto_secretstream_xchacha20poly1305_pull(&state, reinterpret_cast<unsigned char*>(text.data()) + before,
                                                       nullptr, &tag, frame.data(), frame.size(), nullptr, 0) != 0)
            return wrong;
    }
    if (reader.left() != 0) return wrong;
    return text;
}

}  // namespace mien::gallery
