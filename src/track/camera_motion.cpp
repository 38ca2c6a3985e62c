#include "track/camera_motion.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <random>

namespace mien::track {
namespace {

constexpr int block = 16;  // side, grey pixels
constexpr int reach = 16;  // farthest shift
constexpr int grid_columns = 16;
constexpr int grid_rows = 12;
constexpr double least_deviation = 6;  // of a block's grey values, and so of its texture
constexpr double most_left = 0.7;      // of a block's deviation: a block that fits no better was not found
constexpr double agreeing = 1.0;       // grey pixels
constexpr std::size_t least_blocks = 12;
constexpr int draws = 200;

struct Shift {
    double x = 0;  // where the block's centre was
    double y = 0;
    double u = 0;  // where it is
    double v = 0;
};

// (x, y) goes to (a x - b y + c, b x + a y + d).
struct Similarity {
    double a = 1;
    double b = 0;
    double c = 0;
    double d = 0;
    double error(const Shift& s) const { return std::hypot(a * s.x - b * s.y + c - s.u, b * s.x + a * s.y + d - s.v); }
};

int at(const Grey& grey, int x, int y) {
    return grey
        .pixels[static_cast<std::size_t>(y) * static_cast<std::size_t>(grey.size.width) + static_cast<std::size_t>(x)];
}

// Both directions must vary, or the block slides along an edge.
bool textured(const Grey& grey, int left, int top) {
    double xx = 0;
    double yy = 0;
    double xy = 0;
    for (int y = top + 1; y < top + block - 1; ++y) {
        for (int x = left + 1; x < left + block - 1; ++x) {
            const double dx = (at(grey, x + 1, y) - at(grey, x - 1, y)) / 2.0;
            const double dy = (at(grey, x, y + 1) - at(grey, x, y - 1)) / 2.0;
            xx += dx * dx;
            yy += dy * dy;
            xy += dx * dy;
        }
    }
    const double smaller = (xx + yy) / 2 - std::hypot((xx - yy) / 2, xy);
    return smaller / ((block - 2) * (block - 2)) > least_deviation;
}

// How far the block's values lie from their mean, summed.
double deviation(const Grey& grey, int left, int top) {
    double mean = 0;
    for (int y = top; y < top + block; ++y)
        for (int x = left; x < left + block; ++x) mean += at(grey, x, y) / static_cast<double>(block * block);
    double sum = 0;
    for (int y = top; y < top + block; ++y)
        for (int x = left; x < left + block; ++x) sum += std::abs(at(grey, x, y) - mean);
    return sum;
}

// Sum of absolute differences; `step` 2 looks at every other pixel.
long difference(const Grey& before, const Grey& now, Point from, Point to, int step) {
    long sum = 0;
    const int fx = static_cast<int>(from.x);
    const int fy = static_cast<int>(from.y);
    const int tx = static_cast<int>(to.x);
    const int ty = static_cast<int>(to.y);
    for (int y = 0; y < block; y += step)
        for (int x = 0; x < block; x += step) sum += std::abs(at(before, fx + x, fy + y) - at(now, tx + x, ty + y));
    return sum;
}

bool inside(const Grey& grey, int left, int top) {
    return left >= 0 && top >= 0 && left + block <= grey.size.width && top + block <= grey.size.height;
}

// Where between its neighbours a minimum lies, -0.5..0.5.
double between(long before, long lowest, long after) {
    const double bend = static_cast<double>(before - 2 * lowest + after);
    return bend > 0 ? std::clamp(static_cast<double>(before - after) / (2 * bend), -0.5, 0.5) : 0;
}

std::optional<Shift> find_block(const Grey& before, const Grey& now, int left, int top) {
    const Point from{static_cast<float>(left), static_cast<float>(top)};
    const auto cost = [&](int dx, int dy, int step) {
        if (!inside(now, left + dx, top + dy)) return std::numeric_limits<long>::max();
        return difference(before, now, from, {from.x + static_cast<float>(dx), from.y + static_cast<float>(dy)}, step);
    };
    int best_x = 0;
    int best_y = 0;
    long lowest = cost(0, 0, 2);
    for (int dy = -reach; dy <= reach; ++dy) {
        for (int dx = -reach; dx <= reach; ++dx) {
            const long here = cost(dx, dy, 2);
            if (here >= lowest) continue;
            lowest = here;
            best_x = dx;
            best_y = dy;
        }
    }
    if (!inside(now, left + best_x - 1, top + best_y - 1) || !inside(now, left + best_x + 1, top + best_y + 1))
        return std::nullopt;
    lowest = cost(best_x, best_y, 1);
    if (static_cast<double>(lowest) > most_left * deviation(before, left, top)) return std::nullopt;
    const double x = left + block / 2.0;
    const double y = top + block / 2.0;
    return Shift{x, y, x + best_x + between(cost(best_x - 1, best_y, 1), lowest, cost(best_x + 1, best_y, 1)),
                 y + best_y + between(cost(best_x, best_y - 1, 1), lowest, cost(best_x, best_y + 1, 1))};
}

std::vector<Shift> find_blocks(const Grey& before, const Grey& now, std::span<const Box> people) {
    std::vector<Shift> shifts;
    for (int row = 0; row < grid_rows; ++row) {
        for (int column = 0; column < grid_columns; ++column) {
            const int left = (before.size.width - block) * column / (grid_columns - 1);
            const int top = (before.size.height - block) * row / (grid_rows - 1);
            const Point centre{static_cast<float>((left + block / 2.0) * before.scale),
                               static_cast<float>((top + block / 2.0) * before.scale)};
            if (std::ranges::any_of(people, [&](const Box& box) { return box.holds(centre); })) continue;
            if (!textured(before, left, top)) continue;
            if (const auto shift = find_block(before, now, left, top)) shifts.push_back(*shift);
        }
    }
    return shifts;
}

// The least squares of shifts, which must hold two different places.
std::optional<Similarity> fit(const std::vector<Shift>& shifts) {
    double x = 0;
    double y = 0;
    double u = 0;
    double v = 0;
    const double n = static_cast<double>(shifts.size());
    for (const Shift& s : shifts) {
        x += s.x / n;
        y += s.y / n;
        u += s.u / n;
        v += s.v / n;
    }
    double spread = 0;
    double along = 0;
    double across = 0;
    for (const Shift& s : shifts) {
        spread += (s.x - x) * (s.x - x) + (s.y - y) * (s.y - y);
        along += (s.x - x) * (s.u - u) + (s.y - y) * (s.v - v);
        across += (s.x - x) * (s.v - v) - (s.y - y) * (s.u - u);
    }
    if (!(spread > 1)) return std::nullopt;
    const double a = along / spread;
    const double b = across / spread;
    return Similarity{a, b, u - a * x + b * y, v - b * x - a * y};
}

std::vector<Shift> agreeing_with(const Similarity& motion, const std::vector<Shift>& shifts) {
    std::vector<Shift> agree;
    for (const Shift& shift : shifts)
        if (motion.error(shift) < agreeing) agree.push_back(shift);
    return agree;
}

}  // namespace

Grey grey_of(const Picture& picture, int longest_side) {
    Grey grey;
    grey.scale = std::max(1.0, static_cast<double>(std::max(picture.width(), picture.height())) / longest_side);
    grey.size = {std::max(1, static_cast<int>(picture.width() / grey.scale)),
                 std::max(1, static_cast<int>(picture.height() / grey.scale))};
    grey.pixels.reserve(static_cast<std::size_t>(grey.size.width) * static_cast<std::size_t>(grey.size.height));
    for (int y = 0; y < grey.size.height; ++y) {
        const int top = static_cast<int>(y * grey.scale);
        const int bottom = std::max(top + 1, std::min(picture.height(), static_cast<int>((y + 1) * grey.scale)));
        for (int x = 0; x < grey.size.width; ++x) {
            const int left = static_cast<int>(x * grey.scale);
            const int right = std::max(left + 1, std::min(picture.width(), static_cast<int>((x + 1) * grey.scale)));
            long sum = 0;
            for (int py = top; py < bottom; ++py) {
                const std::uint8_t* row = picture.row(py);
                for (int px = left; px < right; ++px)  // luma of BT.601 in 256ths
                    sum += 77 * row[3 * px] + 150 * row[3 * px + 1] + 29 * row[3 * px + 2];
            }
            grey.pixels.push_back(static_cast<std::uint8_t>(sum / (256L * (bottom - top) * (right - left))));
        }
    }
    return grey;
}

std::optional<Affine> estimate_motion(const Grey& before, const Grey& now, std::span<const Box> people) {
    if (before.size != now.size || before.scale != now.scale || before.size.width < 3 * block ||
        before.size.height < 3 * block)
        return std::nullopt;
    const auto shifts = find_blocks(before, now, people);
    if (shifts.size() < least_blocks) return std::nullopt;
    std::mt19937 random(1);  // the same draws each time
    std::vector<Shift> most;
    for (int draw = 0; draw < draws; ++draw) {
        const auto motion = fit({shifts[random() % shifts.size()], shifts[random() % shifts.size()]});
        if (!motion) continue;
        auto agree = agreeing_with(*motion, shifts);
        if (agree.size() > most.size()) most = std::move(agree);
    }
    if (most.size() * 2 < shifts.size() || most.size() < 3) return std::nullopt;
    const auto rough = fit(most);
    if (!rough) return std::nullopt;
    const auto motion = fit(agreeing_with(*rough, shifts));
    if (!motion) return std::nullopt;
    return Affine{{static_cast<float>(motion->a), static_cast<float>(-motion->b),
                   static_cast<float>(motion->c * before.scale), static_cast<float>(motion->b),
                   static_cast<float>(motion->a), static_cast<float>(motion->d * before.scale)}};
}

}  // namespace mien::track
