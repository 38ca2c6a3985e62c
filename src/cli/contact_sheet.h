#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "types/picture.h"

namespace mien::cli {

// One picture of a sheet and what is written on it.
struct Tile {
    std::optional<Picture> picture{};  // none: a grey field
    std::string label{};               // UTF-8; cut where it is too long
    enum class Kind { Searched, Match, NoMatch };
    Kind kind = Kind::NoMatch;  // tells the frame's colour
};

// The picture of a kept crop; nothing where none was kept (NotFound). Errors: those of `crop` and of decoding it.
Result<std::optional<Picture>> picture_of(const Result<Bytes>& crop);

// Pictures side by side, five in a row, each as large as fits its field of 240 pixels. Needs a tile; at most 100 are
// shown.
Picture contact_sheet(const std::vector<Tile>& tiles);

}  // namespace mien::cli
