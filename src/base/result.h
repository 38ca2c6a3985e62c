#pragma once

#include <string>
#include <tl/expected.hpp>

namespace mien {

// Why a call failed, by what the caller can do about it.
enum class Fault {
    BadInput,     // mend the input and call again
    NotFound,     // what was named does not exist
    Conflict,     // somebody else changed or holds it
    Overloaded,   // call again later
    Unavailable,  // a device, disk, network or library is missing or failed
    Corrupt,      // stored or received bytes are damaged
    Unsupported,  // well formed, but not something this build can do
    Bug,          // our own mistake: report it
};

struct Error {
    Fault fault = Fault::Bug;
    std::string message;  // one sentence for an operator, with the values
};

// A value or the reason why there is none. Never ignore one.
template <class T>
class [[nodiscard]] Result : public tl::expected<T, Error> {
public:
    using tl::expected<T, Error>::expected;
    Result(Error error) : tl::expected<T, Error>(tl::unexpect, std::move(error)) {}
};

using Status = Result<void>;

const char* name_of(Fault fault);

}  // namespace mien

#define MIEN_JOIN_(a, b) a##b
#define MIEN_JOIN(a, b) MIEN_JOIN_(a, b)

// MIEN_LET(x, f()): declares x as the value of f(), or returns f()'s error from this function.
#define MIEN_LET(name, ...)                                                              \
    auto MIEN_JOIN(name, _result_) = (__VA_ARGS__);                                      \
    if (!MIEN_JOIN(name, _result_)) return std::move(MIEN_JOIN(name, _result_)).error(); \
    auto name = std::move(*MIEN_JOIN(name, _result_))

// MIEN_TRY(f()): returns f()'s error from this function, goes on when there is none.
#define MIEN_TRY(...)                                        \
    do {                                                     \
        auto mien_try_ = (__VA_ARGS__);                      \
        if (!mien_try_) return std::move(mien_try_).error(); \
    } while (false)
