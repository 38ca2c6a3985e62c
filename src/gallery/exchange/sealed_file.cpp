#include "gallery/exchange/sealed_file.h"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <optional>

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

Error does_not_open() {
    return {Fault::Corrupt, "the file does not open: it was changed or cut off, or the passphrase is another one"};
}

using Stream = crypto_secretstream_xchacha20poly1305_state;

}  // namespace

struct SealingWriter::State {
    TakePart out;
    Stream stream{};
    Bytes plain{};  // of the frame that is being filled
    Bytes frame{};

    ~State() {
        wipe(plain);
        sodium_memzero(&stream, sizeof stream);
    }

    Status put(unsigned char tag) {
        frame.resize(4 + plain.size() + added);
        const std::size_t length = plain.size() + added;
        for (std::size_t i = 0; i < 4; ++i) frame[i] = static_cast<std::uint8_t>(length >> (8 * i));
        crypto_secretstream_xchacha20poly1305_push(&stream, frame.data() + 4, nullptr, plain.data(), plain.size(),
                                                   nullptr, 0, tag);
        wipe(plain);
        plain.clear();
        return out(frame);
    }
};

SealingWriter::SealingWriter(std::unique_ptr<State> state) : state_(std::move(state)) {}
SealingWriter::SealingWriter(SealingWriter&&) noexcept = default;
SealingWriter& SealingWriter::operator=(SealingWriter&&) noexcept = default;
SealingWriter::~SealingWriter() = default;

Result<SealingWriter> SealingWriter::make(const std::string& passphrase, TakePart out) {
    const Bytes salt = random_bytes(salt_size);
    MIEN_LET(key, key_of(passphrase, salt));
    auto state = std::unique_ptr<State>(new State{.out = std::move(out)});
    state->plain.reserve(frame_limit);  // so that growing leaves no copies behind
    std::array<std::uint8_t, header_size> header{};
    crypto_secretstream_xchacha20poly1305_init_push(&state->stream, header.data(), key.bytes().data());
    Bytes start(magic.begin(), magic.end());
    start.insert(start.end(), salt.begin(), salt.end());
    start.insert(start.end(), header.begin(), header.end());
    MIEN_TRY(state->out(start));
    return SealingWriter(std::move(state));
}

Status SealingWriter::write(std::string_view text) {
    State& s = *state_;
    for (ByteView left = as_bytes(text); !left.empty();) {
        if (s.plain.size() == frame_limit) MIEN_TRY(s.put(crypto_secretstream_xchacha20poly1305_TAG_MESSAGE));
        const ByteView part = left.first(std::min(left.size(), frame_limit - s.plain.size()));
        s.plain.insert(s.plain.end(), part.begin(), part.end());
        left = left.subspan(part.size());
    }
    return {};
}

Status SealingWriter::finish() {
    return state_->put(crypto_secretstream_xchacha20poly1305_TAG_FINAL);
}

struct UnsealingReader::State {
    std::string passphrase;
    std::optional<Key> key{};
    Bytes salt{};    // that the key was made with
    Bytes sealed{};  // what is not opened yet: less than a frame
    Bytes plain{};
    Stream stream{};
    bool begun = false;
    bool ended = false;

    ~State() {
        wipe({reinterpret_cast<std::uint8_t*>(passphrase.data()), passphrase.size()});
        wipe(plain);
        sodium_memzero(&stream, sizeof stream);
    }

    Status begin(ByteReader& reader) {
        MIEN_LET(start, reader.take(magic.size()));
        if (!is_sealed(start)) return Error{Fault::BadInput, "this is no sealed file"};
        MIEN_LET(its_salt, reader.take(salt_size));
        MIEN_LET(header, reader.take(header_size));
        if (!key || !std::ranges::equal(its_salt, salt)) {
            MIEN_LET(made, key_of(passphrase, its_salt));
            key = made;
            salt.assign(its_salt.begin(), its_salt.end());
        }
        if (crypto_secretstream_xchacha20poly1305_init_pull(&stream, header.data(), key->bytes().data()) != 0)
            return does_not_open();
        begun = true;
        return {};
    }

    Status open(ByteView frame, const TakePart& out) {
        plain.resize(frame.size() - added);
        unsigned char tag = 0;
        if (crypto_secretstream_xchacha20poly1305_pull(&stream, plain.data(), nullptr, &tag, frame.data(), frame.size(),
                                                       nullptr, 0) != 0)
            return does_not_open();
        ended = tag == crypto_secretstream_xchacha20poly1305_TAG_FINAL;
        const Status taken = out(plain);
        wipe(plain);
        return taken;
    }
};

UnsealingReader::UnsealingReader(std::unique_ptr<State> state) : state_(std::move(state)) {}
UnsealingReader::UnsealingReader(UnsealingReader&&) noexcept = default;
UnsealingReader& UnsealingReader::operator=(UnsealingReader&&) noexcept = default;
UnsealingReader::~UnsealingReader() = default;

bool UnsealingReader::is_sealed(ByteView start) {
    static_assert(magic.size() == magic_size);
    return start.size() >= magic.size() && std::ranges::equal(start.first(magic.size()), as_bytes(magic));
}

Result<UnsealingReader> UnsealingReader::make(const std::string& passphrase) {
    if (passphrase.empty()) return Error{Fault::BadInput, "the passphrase is empty"};
    auto state = std::unique_ptr<State>(new State{.passphrase = passphrase});
    state->plain.reserve(frame_limit);
    return UnsealingReader(std::move(state));
}

Status UnsealingReader::add(ByteView part, const TakePart& out) {
    State& s = *state_;
    if (s.ended && !part.empty()) return does_not_open();
    s.sealed.insert(s.sealed.end(), part.begin(), part.end());
    ByteReader reader(s.sealed);
    if (!s.begun) {
        if (reader.left() < magic.size() + salt_size + header_size) return {};
        MIEN_TRY(s.begin(reader));
    }
    std::size_t used = reader.position();
    while (!s.ended && reader.left() >= 4) {
        MIEN_LET(length, reader.number<std::uint32_t>());
        if (length < added || length > frame_limit + added) return does_not_open();
        if (reader.left() < length) break;
        MIEN_LET(frame, reader.take(length));
        MIEN_TRY(s.open(frame, out));
        used = reader.position();
    }
    if (s.ended && used != s.sealed.size()) return does_not_open();
    s.sealed.erase(s.sealed.begin(), s.sealed.begin() + static_cast<std::ptrdiff_t>(used));
    return {};
}

Status UnsealingReader::finish() {
    return state_->ended ? Status{} : does_not_open();
}

void UnsealingReader::rewind() {
    state_->sealed.clear();
    state_->begun = false;
    state_->ended = false;
}

}  // namespace mien::gallery
