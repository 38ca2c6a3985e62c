#include "simulate/scene/rasterise.h"

#include <cmath>

namespace mien::simulate {
namespace {

constexpr int fine = 2;  // samples across a pixel
constexpr float nearest = 0.5f;

struct Sample {
    float inverse_depth = 0;  // 0: nothing there
    std::uint32_t triangle = 0;
    float second = 0;  // weights of the triangle's second and third corner
    float third = 0;
};

struct Grid {
    int x = 0;  // in pixels of the picture
    int y = 0;
    int width = 0;
    int height = 0;
    std::vector<Sample> samples{};  // fine x fine for each pixel
};

// All points in the picture: x, y in pixels, z the inverse depth.
std::vector<Eigen::Vector3f> projected(const Pose3& pose, const Placement& placement, const Camera& camera,
                                       float& least_depth) {
    const float c = std::cos(placement.heading);
    const float s = std::sin(placement.heading);
    Eigen::Matrix3f turn;
    turn << c, -s, 0, s, c, 0, 0, 0, 1;
    const Eigen::Matrix3f to_camera = camera.turn * turn;
    const Eigen::Vector3f shift = camera.turn * (Eigen::Vector3f(placement.at.x(), placement.at.y(), 0) - camera.at);
    std::vector<Eigen::Vector3f> points;
    points.reserve(pose.points.size());
    least_depth = std::numeric_limits<float>::max();
    const Point middle = camera.principal();
    for (const Eigen::Vector3f& point : pose.points) {
        const Eigen::Vector3f seen = to_camera * point + shift;
        least_depth = std::min(least_depth, seen.z());
        const float inverse = 1 / std::max(seen.z(), 1e-3f);
        points.emplace_back(middle.x + camera.focal * seen.x() * inverse, middle.y + camera.focal * seen.y() * inverse,
                            inverse);
    }
    return points;
}

Grid grid_over(const std::vector<Eigen::Vector3f>& points) {
    Eigen::Vector3f low = points.front();
    Eigen::Vector3f high = points.front();
    for (const Eigen::Vector3f& p : points) {
        low = low.cwiseMin(p);
        high = high.cwiseMax(p);
    }
    Grid grid;
    grid.x = static_cast<int>(std::floor(low.x() + 0.5f));
    grid.y = static_cast<int>(std::floor(low.y() + 0.5f));
    grid.width = static_cast<int>(std::floor(high.x() + 0.5f)) - grid.x + 1;
    grid.height = static_cast<int>(std::floor(high.y() + 0.5f)) - grid.y + 1;
    return grid;
}

float edge(const Eigen::Vector2f& a, const Eigen::Vector2f& b, const Eigen::Vector2f& p) {
    return (b.x() - a.x()) * (p.y() - a.y()) - (b.y() - a.y()) * (p.x() - a.x());
}

void fill(Grid& grid, const std::array<Eigen::Vector3f, 3>& corners, std::uint32_t triangle) {
    std::array<Eigen::Vector2f, 3> at;
    for (std::size_t k = 0; k < 3; ++k)  // in samples of the grid
        at[k] = Eigen::Vector2f((corners[k].x() + 0.5f - static_cast<float>(grid.x)) * fine - 0.5f,
                                (corners[k].y() + 0.5f - static_cast<float>(grid.y)) * fine - 0.5f);
    const float area = edge(at[0], at[1], at[2]);
    if (std::abs(area) < 1e-6f) return;
    const int columns = grid.width * fine;
    const int left = std::max(0, static_cast<int>(std::ceil(std::min({at[0].x(), at[1].x(), at[2].x()}))));
    const int right = std::min(columns - 1, static_cast<int>(std::floor(std::max({at[0].x(), at[1].x(), at[2].x()}))));
    const int top = std::max(0, static_cast<int>(std::ceil(std::min({at[0].y(), at[1].y(), at[2].y()}))));
    const int low =
        std::min(grid.height * fine - 1, static_cast<int>(std::floor(std::max({at[0].y(), at[1].y(), at[2].y()}))));
    for (int y = top; y <= low; ++y) {
        for (int x = left; x <= right; ++x) {
            const Eigen::Vector2f p(static_cast<float>(x), static_cast<float>(y));
            const float second = edge(at[2], at[0], p) / area;
            const float third = edge(at[0], at[1], p) / area;
            const float first = 1 - second - third;
            if (first < 0 || second < 0 || third < 0) continue;
            const float inverse = first * corners[0].z() + second * corners[1].z() + third * corners[2].z();
            Sample& sample = grid.samples[static_cast<std::size_t>(y) * static_cast<std::size_t>(columns) +
                                          static_cast<std::size_t>(x)];
            if (inverse <= sample.inverse_depth) continue;
            // Weights on the surface, not in the picture (perspective-correct).
            sample = {inverse, triangle, second * corners[1].z() / inverse, third * corners[2].z() / inverse};
        }
    }
}

// 0..1 for a cell of space, the same everywhere.
float cell_noise(int x, int y, int z) {
    std::uint32_t h = static_cast<std::uint32_t>(x) * 73856093u ^ static_cast<std::uint32_t>(y) * 19349663u ^
                      static_cast<std::uint32_t>(z) * 83492791u;
    h = (h ^ (h >> 15)) * 2246822519u;
    h ^= h >> 13;
    return static_cast<float>(h & 0xFFFF) / 65535.0f;
}

float grain_at(const Eigen::Vector3f& at, float grain) {
    if (grain <= 0) return 1;
    // Hair varies around the head and hardly along its fall; a weave varies alike everywhere.
    const float along = grain > 0.3f ? 1.0f : 8.0f;
    const float across = grain > 0.3f ? 14.0f : 8.0f;
    const float fine_grain =
        cell_noise(static_cast<int>(std::floor(at.x() * across)), static_cast<int>(std::floor(at.y() * along)),
                   static_cast<int>(std::floor(at.z() * across)));
    const float folds = std::sin(at.x() * 3.1f + std::sin(at.y() * 1.7f) * 2) * std::sin(at.y() * 2.3f + at.z() * 2.9f);
    return 1 + grain * (fine_grain - 0.5f + 0.6f * folds);
}

const Eigen::Vector3f& printed(const Material& material, const Eigen::Vector3f& at) {
    constexpr float stripe = 0.8f;  // decimetres
    const auto odd = [](float v) { return (static_cast<int>(std::floor(v / stripe)) & 1) != 0; };
    switch (material.pattern) {
        case Pattern::Plain:
            return material.colour;
        case Pattern::Stripes:
            return odd(at.y()) ? material.second : material.colour;
        case Pattern::Checks:
            return odd(at.y()) != odd(at.x() + 0.4f) ? material.second : material.colour;
    }
    return material.colour;
}

class Shader {
public:
    Shader(const Walker& walker, int phase, const Placement& placement, const Camera& camera, const Light& light)
        : walker_(walker), pose_(walker.pose(phase)), light_(light), tint_(camera.tint) {
        const float c = std::cos(-placement.heading);
        const float s = std::sin(-placement.heading);
        // Into the walker's own axes, once, instead of every normal out of them.
        Eigen::Matrix3f back;
        back << c, -s, 0, s, c, 0, 0, 0, 1;
        lamp_ = back * light.towards.normalized();
        eye_ = back * (camera.at - Eigen::Vector3f(placement.at.x(), placement.at.y(), 0));
    }

    Eigen::Vector3f colour(const Sample& sample) const {
        const Triangle& t = walker_.triangles()[sample.triangle];
        const std::array<float, 3> w{1 - sample.second - sample.third, sample.second, sample.third};
        Eigen::Vector3f normal = Eigen::Vector3f::Zero();
        Eigen::Vector3f rest = Eigen::Vector3f::Zero();
        Eigen::Vector3f place = Eigen::Vector3f::Zero();
        for (std::size_t k = 0; k < 3; ++k) {
            normal += w[k] * pose_.normals[t[k]];
            rest += w[k] * walker_.rest()[t[k]];
            place += w[k] * pose_.points[t[k]];
        }
        // Cloth and hair are sheets: what is seen faces the camera, whichever way it was modelled.
        if (normal.dot(eye_ - place) < 0) normal = -normal;
        normal.normalize();
        const Material& material = walker_.materials()[walker_.material_of()[sample.triangle]];
        const float sky = 0.72f + 0.28f * normal.z();
        const float light = light_.ambient * sky + light_.direct * std::max(0.0f, normal.dot(lamp_));
        return (printed(material, rest) * (light * grain_at(rest, material.grain))).cwiseProduct(tint_);
    }

private:
    const Walker& walker_;
    const Pose3& pose_;
    const Light& light_;
    Eigen::Vector3f tint_;
    Eigen::Vector3f lamp_;
    Eigen::Vector3f eye_;
};

// Averages each pixel's samples.
void resolve(const Grid& grid, const Shader& shader, Layer& layer) {
    int left = grid.width;
    int right = -1;
    int top = grid.height;
    int low = -1;
    for (int y = 0; y < grid.height; ++y) {
        for (int x = 0; x < grid.width; ++x) {
            Eigen::Vector3f sum = Eigen::Vector3f::Zero();
            int hits = 0;
            for (int k = 0; k < fine * fine; ++k) {
                const auto row = static_cast<std::size_t>(y * fine + k / fine);
                const Sample& sample = grid.samples[row * static_cast<std::size_t>(grid.width * fine) +
                                                    static_cast<std::size_t>(x * fine + k % fine)];
                if (sample.inverse_depth <= 0) continue;
                sum += shader.colour(sample);
                ++hits;
            }
            if (hits == 0) continue;
            left = std::min(left, x);
            right = std::max(right, x);
            top = std::min(top, y);
            low = std::max(low, y);
            std::uint8_t* pixel = &layer.rgba[(static_cast<std::size_t>(y) * static_cast<std::size_t>(grid.width) +
                                               static_cast<std::size_t>(x)) *
                                              4];
            for (int k = 0; k < 3; ++k)
                pixel[k] = static_cast<std::uint8_t>(std::clamp(sum[k] / static_cast<float>(hits), 0.0f, 255.0f));
            pixel[3] = static_cast<std::uint8_t>(hits * 255 / (fine * fine));
        }
    }
    if (right < left) return;
    layer.box = {static_cast<float>(grid.x + left), static_cast<float>(grid.y + top),
                 static_cast<float>(right - left + 1), static_cast<float>(low - top + 1)};
}

}  // namespace

Layer rasterise(const Walker& walker, int phase, const Placement& placement, const Camera& camera, const Light& light) {
    Layer layer;
    layer.depth = camera.project({placement.at.x(), placement.at.y(), 0}).z();
    if (layer.depth < nearest || walker.triangles().empty()) return layer;
    float least_depth = 0;
    const std::vector<Eigen::Vector3f> points = projected(walker.pose(phase), placement, camera, least_depth);
    if (least_depth < nearest) return layer;
    Grid grid = grid_over(points);
    const bool outside = grid.x >= camera.size.width || grid.y >= camera.size.height || grid.x + grid.width <= 0 ||
                         grid.y + grid.height <= 0;
    if (outside || grid.width > 4 * camera.size.width || grid.height > 4 * camera.size.height) return layer;
    grid.samples.resize(static_cast<std::size_t>(grid.width * fine) * static_cast<std::size_t>(grid.height * fine));
    for (std::uint32_t i = 0; i < walker.triangles().size(); ++i) {
        const Triangle& t = walker.triangles()[i];
        fill(grid, {points[t[0]], points[t[1]], points[t[2]]}, i);
    }
    layer.x = grid.x;
    layer.y = grid.y;
    layer.width = grid.width;
    layer.height = grid.height;
    layer.rgba.resize(static_cast<std::size_t>(grid.width) * static_cast<std::size_t>(grid.height) * 4);
    resolve(grid, Shader(walker, phase, placement, camera, light), layer);
    return layer;
}

}  // namespace mien::simulate
