#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "base/result.h"
#include "models/pull.h"
#include "types/geometry.h"

namespace mien::cli {

using Json = nlohmann::ordered_json;

// One document on standard output. Bytes that are no UTF-8 (file names) are replaced, never thrown about.
void print_json(const Json& document);

// One line on standard error, then the exit code that fits the fault: 2 for input and usage, 3 for what is missing or
// failed.
int report(const Error& error);
int exit_code_of(Fault fault);

Json json_of(const Error& error);
Json json_of(const Box& box);
Json json_of(Point point);

// Says on standard error what will be fetched: names, sizes, licences.
void announce(const models::Plan& plan);

// Rounded for people and diffs: 4 decimals.
double rounded(double value);

}  // namespace mien::cli
