#pragma once

#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "models/card.h"

namespace mien::models {

// Every model that Mien knows, in the order of the file. An unchangeable value.
class Catalogue {
public:
    // Reads models/catalogue.toml's format (docs/models.md). All faults are reported together, each with its
    // line.
    static Result<Catalogue> read(ByteView toml);

    // The catalogue built into the program, or the file that MIEN_CATALOGUE names.
    static Result<Catalogue> open();

    const std::vector<Card>& cards() const { return cards_; }

    // Errors: NotFound, with the nearest name.
    Result<Card> find(std::string_view name) const;

    std::vector<Card> default_pack() const;

private:
    explicit Catalogue(std::vector<Card> cards) : cards_(std::move(cards)) {}
    std::vector<Card> cards_;
};

const char* name_of(Format format);
const char* name_of(BusinessUse use);

}  // namespace mien::models
