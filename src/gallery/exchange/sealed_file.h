#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace mien::gallery {

// Takes the next part of a file or text.
using TakePart = std::function<Status(ByteView)>;

// Seals text with a passphrase as contracts/gallery-export.md says, piece by piece: at most one frame (1 MiB) is kept,
// and wiped when it is sealed.
// Thread rule: one owner. Errors: BadInput for an empty passphrase; Unavailable when memory for its key lacks; whatever
// `out` fails with.
class SealingWriter {
public:
    static Result<SealingWriter> make(const std::string& passphrase, TakePart out);
    SealingWriter(SealingWriter&&) noexcept;
    SealingWriter& operator=(SealingWriter&&) noexcept;
    ~SealingWriter();

    Status write(std::string_view text);
    Status finish();  // the last call; without it the file does not open

private:
    struct State;
    explicit SealingWriter(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

// Opens what SealingWriter wrote, given in parts of any size; `out` is told each frame's text, which is wiped after.
// Text is handed on before the end is seen: whoever takes it must not trust it until finish() said that it is whole.
// Thread rule: one owner.
class UnsealingReader {
public:
    static constexpr std::size_t magic_size = 9;  // so many bytes tell a sealed file
    static bool is_sealed(ByteView start);

    // Errors: BadInput for an empty passphrase.
    static Result<UnsealingReader> make(const std::string& passphrase);
    UnsealingReader(UnsealingReader&&) noexcept;
    UnsealingReader& operator=(UnsealingReader&&) noexcept;
    ~UnsealingReader();

    // Errors: Corrupt when the bytes were changed or cut off, or the passphrase is another one; Unavailable when memory
    // for the key lacks; whatever `out` fails with.
    Status add(ByteView part, const TakePart& out);
    Status finish();
    void rewind();  // for the same file again; its key is kept

private:
    struct State;
    explicit UnsealingReader(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace mien::gallery
