#include "base/hash.h"

#include <openssl/evp.h>

#include <array>
#include <cassert>
#include <fstream>

#include "base/file.h"

namespace mien {

struct Sha256::State {
    std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context{EVP_MD_CTX_new(), EVP_MD_CTX_free};
};

Sha256::Sha256() : state_(std::make_unique<State>()) {
    [[maybe_unused]] const int started = EVP_DigestInit_ex(state_->context.get(), EVP_sha256(), nullptr);
    assert(started == 1);
}
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::add(ByteView bytes) {
    EVP_DigestUpdate(state_->context.get(), bytes.data(), bytes.size());
}

std::string Sha256::hex() {
    std::array<std::uint8_t, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    EVP_DigestFinal_ex(state_->context.get(), digest.data(), &size);
    std::string text;
    for (unsigned int i = 0; i < size; ++i) {
        constexpr std::string_view digits = "0123456789abcdef";
        text += digits[digest[i] >> 4];
        text += digits[digest[i] & 15];
    }
    return text;
}

std::string sha256_of(ByteView bytes) {
    Sha256 hash;
    hash.add(bytes);
    return hash.hex();
}

Result<std::string> sha256_of_file(const std::filesystem::path& file) {
    Sha256 hash;
    MIEN_TRY(read_in_parts(file, [&hash](ByteView part) -> Status {
        hash.add(part);
        return {};
    }));
    return hash.hex();
}

}  // namespace mien
