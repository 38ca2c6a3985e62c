#pragma once

#include <cstddef>
#include <vector>

namespace mien::track {

// What it costs to give row r column c. Infinite: never together.
struct Costs {
    Costs(std::size_t row_count, std::size_t column_count)
        : rows(row_count), columns(column_count), values(row_count * column_count) {}
    double& at(std::size_t row, std::size_t column) { return values[row * columns + column]; }
    double at(std::size_t row, std::size_t column) const { return values[row * columns + column]; }
    std::size_t rows;
    std::size_t columns;
    std::vector<double> values;
};

struct Pairing {
    std::size_t row = 0;
    std::size_t column = 0;
    friend bool operator==(const Pairing&, const Pairing&) = default;
};

// As many pairs as the finite costs allow, each row and column at most once, and of those the cheapest; by row. Costs
// must not be NaN. Among equally cheap answers always the same one, that of scipy's linear_sum_assignment.
// Time: rows * rows * columns at worst. Source: D. F. Crouse, On implementing 2D rectangular assignment algorithms,
// IEEE Transactions on Aerospace and Electronic Systems 52(4), 2016 (shortest augmenting paths).
std::vector<Pairing> assign(const Costs& costs);

}  // namespace mien::track
