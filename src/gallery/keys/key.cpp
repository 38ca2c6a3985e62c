#include "gallery/keys/key.h"

#include <sodium.h>

#include <cassert>

namespace mien::gallery {
namespace {

// libsodium must be initialised once before anything else; it is safe to call again.
void ready() {
    static const int state = sodium_init();
    assert(state >= 0);
    (void)state;
}

constexpr std::size_t nonce_size = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
static_assert(seal_overhead == nonce_size + crypto_aead_xchacha20poly1305_ietf_ABYTES);

}  // namespace

Key Key::random() {
    ready();
    Key made;
    randombytes_buf(made.bytes_.data(), made.bytes_.size());
    return made;
}

Result<Key> Key::from(ByteView bytes) {
    if (bytes.size() != size) return Error{Fault::BadInput, "a key has 32 bytes, got " + std::to_string(bytes.size())};
    Key made;
    std::ranges::copy(bytes, made.bytes_.begin());
    return made;
}

Key::~Key() {
    sodium_memzero(bytes_.data(), bytes_.size());
}

Key Key::derive(std::string_view use) const {
    ready();
    Key made;
    const ByteView message = as_bytes(use);
    crypto_generichash(made.bytes_.data(), made.bytes_.size(), message.data(), message.size(), bytes_.data(),
                       bytes_.size());
    return made;
}

Bytes seal(const Key& key, ByteView plain, std::string_view bound_to) {
    ready();
    Bytes sealed(plain.size() + seal_overhead);
    randombytes_buf(sealed.data(), nonce_size);
    const ByteView place = as_bytes(bound_to);
    crypto_aead_xchacha20poly1305_ietf_encrypt(sealed.data() + nonce_size, nullptr, plain.data(), plain.size(),
                                               place.data(), place.size(), nullptr, sealed.data(), key.bytes().data());
    return sealed;
}

Status unseal_into(const Key& key, ByteView sealed, std::string_view bound_to, std::span<std::uint8_t> plain) {
    ready();
    if (sealed.size() < seal_overhead || plain.size() != sealed.size() - seal_overhead)
        return Error{Fault::Corrupt, "a sealed record of " + std::to_string(sealed.size()) + " bytes is cut off"};
    const ByteView place = as_bytes(bound_to);
    const ByteView body = sealed.subspan(nonce_size);
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(plain.data(), nullptr, nullptr, body.data(), body.size(),
                                                   place.data(), place.size(), sealed.data(),
                                                   key.bytes().data()) != 0) {
        return Error{Fault::Corrupt, "a sealed record does not open: it was changed, or the key is another one"};
    }
    return {};
}

Result<Bytes> unseal(const Key& key, ByteView sealed, std::string_view bound_to) {
    Bytes plain(sealed.size() < seal_overhead ? 0 : sealed.size() - seal_overhead);
    MIEN_TRY(unseal_into(key, sealed, bound_to, plain));
    return plain;
}

Digest digest_of(ByteView bytes) {
    ready();
    Digest digest{};
    crypto_generichash(digest.data(), digest.size(), bytes.data(), bytes.size(), nullptr, 0);
    return digest;
}

Digest digest_of(const Key& key, ByteView bytes) {
    ready();
    Digest digest{};
    crypto_generichash(digest.data(), digest.size(), bytes.data(), bytes.size(), key.bytes().data(), Key::size);
    return digest;
}

std::string to_hex(ByteView bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    text.reserve(bytes.size() * 2);
    for (const std::uint8_t byte : bytes) {
        text += digits[byte >> 4];
        text += digits[byte & 15];
    }
    return text;
}

Result<Bytes> from_hex(std::string_view text) {
    const auto digit = [](char c) {
        if (c >= '0' && c <= '9') return c - '0';
        if (c >= 'a' && c <= 'f') return c - 'a' + 10;
        if (c >= 'A' && c <= 'F') return c - 'A' + 10;
        return -1;
    };
    if (text.size() % 2 != 0) return Error{Fault::BadInput, "hexadecimal text has an even number of digits"};
    Bytes bytes(text.size() / 2);
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        const int high = digit(text[2 * i]);
        const int low = digit(text[2 * i + 1]);
        if (high < 0 || low < 0) return Error{Fault::BadInput, "not hexadecimal text"};
        bytes[i] = static_cast<std::uint8_t>(high * 16 + low);
    }
    return bytes;
}

Bytes random_bytes(std::size_t count) {
    ready();
    Bytes bytes(count);
    randombytes_buf(bytes.data(), bytes.size());
    return bytes;
}

void wipe(std::span<std::uint8_t> bytes) {
    sodium_memzero(bytes.data(), bytes.size());
}

Signer Signer::from(const Key& seed) {
    ready();
    static_assert(crypto_sign_SEEDBYTES == Key::size);
    Signer made;
    crypto_sign_seed_keypair(made.public_.data(), made.secret_.data(), seed.bytes().data());
    return made;
}

Signer::~Signer() {
    sodium_memzero(secret_.data(), secret_.size());
}

Signature Signer::sign(ByteView message) const {
    Signature signature{};
    crypto_sign_detached(signature.data(), nullptr, message.data(), message.size(), secret_.data());
    return signature;
}

bool verifies(const PublicKey& key, ByteView message, const Signature& signature) {
    ready();
    return crypto_sign_verify_detached(signature.data(), message.data(), message.size(), key.data()) == 0;
}

}  // namespace mien::gallery
