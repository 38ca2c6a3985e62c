#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace mien::gallery {

// 32 secret bytes, wiped when they go out of scope.
// Thread rule: a value.
class Key {
public:
    static constexpr std::size_t size = 32;

    static Key random();
    static Result<Key> from(ByteView bytes);  // Errors: BadInput unless there are 32

    Key(const Key&) = default;
    Key(Key&&) noexcept = default;
    Key& operator=(const Key&) = default;
    Key& operator=(Key&&) noexcept = default;
    ~Key();

    ByteView bytes() const { return bytes_; }

    // A key for one use that tells nothing about this one (BLAKE2b, keyed).
    Key derive(std::string_view use) const;

private:
    Key() = default;
    std::array<std::uint8_t, size> bytes_{};
};

// Sealed bytes: nonce (24) ‖ ciphertext ‖ tag (16), XChaCha20-Poly1305 (IETF). `bound_to` is not kept in them, but must
// be the same when they are opened: a record moved elsewhere does not open.
Bytes seal(const Key& key, ByteView plain, std::string_view bound_to);
inline constexpr std::size_t seal_overhead = 40;

// Errors: Corrupt when a bit was changed, or key or place are not those it was sealed with.
Result<Bytes> unseal(const Key& key, ByteView sealed, std::string_view bound_to);

// The same into memory that the caller owns (of sealed.size() - seal_overhead bytes): nothing is left elsewhere.
Status unseal_into(const Key& key, ByteView sealed, std::string_view bound_to, std::span<std::uint8_t> plain);

using Digest = std::array<std::uint8_t, 32>;
Digest digest_of(ByteView bytes);                  // BLAKE2b-256
Digest digest_of(const Key& key, ByteView bytes);  // keyed: tells nothing to those without the key
std::string to_hex(ByteView bytes);                // lower case
Result<Bytes> from_hex(std::string_view text);     // Errors: BadInput
Bytes random_bytes(std::size_t count);
void wipe(std::span<std::uint8_t> bytes);

// Ed25519: signs with the secret half, verified by anyone with the public half.
using PublicKey = std::array<std::uint8_t, 32>;
using Signature = std::array<std::uint8_t, 64>;
class Signer {
public:
    static Signer from(const Key& seed);  // the same seed gives the same pair
    Signer(const Signer&) = default;
    Signer(Signer&&) noexcept = default;
    Signer& operator=(const Signer&) = default;
    Signer& operator=(Signer&&) noexcept = default;
    ~Signer();

    Signature sign(ByteView message) const;
    const PublicKey& public_key() const { return public_; }

private:
    Signer() = default;
    std::array<std::uint8_t, 64> secret_{};
    PublicKey public_{};
};
bool verifies(const PublicKey& key, ByteView message, const Signature& signature);

}  // namespace mien::gallery
