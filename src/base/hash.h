#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "base/bytes.h"
#include "base/result.h"

namespace mien {

// SHA-256 of everything added, as 64 lower-case hexadecimal digits.
// Thread rule: one owner.
class Sha256 {
public:
    Sha256();
    ~Sha256();
    Sha256(Sha256&&) noexcept;
    Sha256& operator=(Sha256&&) noexcept;

    void add(ByteView bytes);
    std::string hex();  // ends the hash: call once

private:
    struct State;
    std::unique_ptr<State> state_;
};

std::string sha256_of(ByteView bytes);
Result<std::string> sha256_of_file(const std::filesystem::path& file);

}  // namespace mien
