#include "track/assignment.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace mien::track {
namespace {

constexpr double infinite = std::numeric_limits<double>::infinity();
constexpr std::size_t nobody = std::numeric_limits<std::size_t>::max();

// Rows are served one after another; each looks for the cheapest chain of exchanges that ends at a free column.
class Solver {
public:
    explicit Solver(const Costs& costs)
        : costs_(costs),
          row_price_(costs.rows),
          column_price_(costs.columns),
          reach_(costs.columns),
          came_from_(costs.columns, nobody),
          row_of_(costs.columns, nobody),
          column_of_(costs.rows, nobody) {}

    std::vector<std::size_t> columns_of_rows() {
        for (std::size_t row = 0; row < costs_.rows; ++row) serve(row);
        return std::move(column_of_);
    }

private:
    void serve(std::size_t first) {
        const std::size_t end = search(first);
        row_price_[first] += distance_;
        for (const std::size_t row : seen_rows_)
            if (row != first) row_price_[row] += distance_ - reach_[column_of_[row]];
        for (const std::size_t column : seen_columns_) column_price_[column] -= distance_ - reach_[column];
        std::size_t column = end;
        for (;;) {
            const std::size_t row = came_from_[column];
            row_of_[column] = row;
            std::swap(column_of_[row], column);
            if (row == first) return;
        }
    }

    // The free column that ends the cheapest chain from `row`. Columns wait from last to first, and a free one goes
    // before a taken one of the same cost: this settles ties.
    std::size_t search(std::size_t row) {
        std::ranges::fill(reach_, infinite);
        seen_rows_.clear();
        seen_columns_.clear();
        waiting_.resize(costs_.columns);
        for (std::size_t i = 0; i < costs_.columns; ++i) waiting_[i] = costs_.columns - 1 - i;
        distance_ = 0;
        for (;;) {
            seen_rows_.push_back(row);
            std::size_t nearest = 0;
            double lowest = infinite;
            for (std::size_t i = 0; i < waiting_.size(); ++i) {
                const std::size_t column = waiting_[i];
                const double through = distance_ + costs_.at(row, column) - row_price_[row] - column_price_[column];
                if (through < reach_[column]) {
                    reach_[column] = through;
                    came_from_[column] = row;
                }
                const bool free = row_of_[column] == nobody;
                if (reach_[column] < lowest || (free && reach_[column] <= lowest)) {
                    lowest = reach_[column];
                    nearest = i;
                }
            }
            distance_ = lowest;
            const std::size_t column = waiting_[nearest];
            waiting_[nearest] = waiting_.back();
            waiting_.pop_back();
            seen_columns_.push_back(column);
            if (row_of_[column] == nobody) return column;
            row = row_of_[column];
        }
    }

    const Costs& costs_;
    std::vector<double> row_price_;
    std::vector<double> column_price_;
    std::vector<double> reach_;  // the cheapest way found to each column
    std::vector<std::size_t> came_from_;
    std::vector<std::size_t> row_of_;
    std::vector<std::size_t> column_of_;
    std::vector<std::size_t> waiting_;
    std::vector<std::size_t> seen_rows_;
    std::vector<std::size_t> seen_columns_;
    double distance_ = 0;
};

// A forbidden pair costs more than any number of allowed ones.
Costs without_infinity(const Costs& costs) {
    double most = 0;
    bool forbidden = false;
    for (const double cost : costs.values) {
        if (std::isfinite(cost))
            most = std::max(most, std::abs(cost));
        else
            forbidden = true;
    }
    if (!forbidden) return costs;
    Costs finite = costs;
    const double large = 2 * static_cast<double>(std::min(costs.rows, costs.columns)) * (most + 1) + 1;
    for (double& cost : finite.values)
        if (!std::isfinite(cost)) cost = large;
    return finite;
}

Costs turned(const Costs& costs) {
    Costs other(costs.columns, costs.rows);
    for (std::size_t row = 0; row < costs.rows; ++row)
        for (std::size_t column = 0; column < costs.columns; ++column) other.at(column, row) = costs.at(row, column);
    return other;
}

}  // namespace

std::vector<Pairing> assign(const Costs& costs) {
    std::vector<Pairing> pairs;
    if (costs.values.empty()) return pairs;
    const bool tall = costs.columns < costs.rows;
    const Costs finite = without_infinity(tall ? turned(costs) : costs);
    const auto columns = Solver(finite).columns_of_rows();
    for (std::size_t row = 0; row < columns.size(); ++row) {
        const Pairing pair = tall ? Pairing{columns[row], row} : Pairing{row, columns[row]};
        if (std::isfinite(costs.at(pair.row, pair.column))) pairs.push_back(pair);
    }
    std::ranges::sort(pairs, {}, &Pairing::row);
    return pairs;
}

}  // namespace mien::track
