#include "face/quality/coverings.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

namespace mien::face {
namespace {

constexpr float unit = 113;     // between the eyes of an aligned face
constexpr float black = 8;      // grey values added before ratios are taken, so that black is no infinity
constexpr float least = 0.01f;  // the same for steps and contrasts, relative to the face's light

// A rectangle of the aligned picture, in its pixels.
struct Zone {
    float left = 0;
    float top = 0;
    float right = 0;
    float bottom = 0;
};

Zone around(Point p, float left, float top, float right, float bottom) {
    return {p.x + left * unit, p.y + top * unit, p.x + right * unit, p.y + bottom * unit};
}

// The aligned face in grey at half its size, smoothed so that noise and pores don't count as edges.
class SmoothFace {
public:
    explicit SmoothFace(const AlignedFace& face)
        : width_(face.picture.width() / 2), height_(face.picture.height() / 2) {
        const auto all = static_cast<std::size_t>(width_) * static_cast<std::size_t>(height_);
        values_.reserve(all);
        inside_.reserve(all);
        for (int y = 0; y < height_; ++y)
            for (int x = 0; x < width_; ++x) add_block(face, 2 * x, 2 * y);
        for (int pass = 0; pass < 2; ++pass) {
            smooth(1, width_, height_, width_);
            smooth(width_, height_, width_, 1);
        }
        constexpr Zone middle{110, 150, 290, 260};  // from the lids to the mouth
        std::vector<float> sample;
        over(middle, [&](int x, int y) { sample.push_back(at(x, y)); });
        level_ = quantile(sample, 0.5f) + black;
    }

    float light(Zone zone) const {
        float sum = 0;
        float count = 0;
        over(zone, [&](int x, int y) { sum += at(x, y), ++count; });
        return std::log((sum / std::max(count, 1.0f) + black) / level_);
    }
    float upper_quartile(Zone zone) const {
        std::vector<float> sample;
        over(zone, [&](int x, int y) { sample.push_back(at(x, y)); });
        return std::log((quantile(sample, 0.75f) + black) / level_);
    }
    float contrast(Zone zone) const {
        std::vector<float> rows = row_means(zone, [this](int x, int y) { return at(x, y); });
        if (rows.empty()) return 0;
        const float darkest = std::ranges::min(rows);
        return (quantile(rows, 0.9f) - darkest) / level_;
    }
    float edges_down(Zone zone) const { return mean_of(zone, &SmoothFace::step_down); }
    float edges_across(Zone zone) const { return mean_of(zone, &SmoothFace::step_across); }
    float strongest_row(Zone zone) const {
        const std::vector<float> rows = row_means(zone, [this](int x, int y) { return step_down(x, y); });
        return std::log((rows.empty() ? 0 : std::ranges::max(rows)) / level_ + least);
    }
    float inside(Zone zone) const {
        float there = 0;
        over(zone, [&](int, int) { ++there; });
        const float all = (zone.right - zone.left) * (zone.bottom - zone.top) / 4;
        return there / std::max(all, 1.0f);
    }

private:
    static constexpr int step = 3;  // six pixels of the aligned face

    std::size_t index(int x, int y) const {
        return static_cast<std::size_t>(y) * static_cast<std::size_t>(width_) + static_cast<std::size_t>(x);
    }
    float at(int x, int y) const { return values_[index(x, y)]; }
    bool holds(int x, int y) const {
        return x >= 0 && y >= 0 && x < width_ && y < height_ && inside_[index(x, y)] != 0;
    }

    // Differences over `step`, centred; 0 where the source picture has ended.
    float step_down(int x, int y) const {
        if (!holds(x, y - 1) || !holds(x, y - 1 + step)) return 0;
        return std::abs(at(x, y - 1 + step) - at(x, y - 1));
    }
    float step_across(int x, int y) const {
        if (!holds(x - 1, y) || !holds(x - 1 + step, y)) return 0;
        return std::abs(at(x - 1 + step, y) - at(x - 1, y));
    }

    void add_block(const AlignedFace& face, int x, int y) {
        float sum = 0;
        std::uint8_t whole = 1;
        for (int dy = 0; dy < 2; ++dy) {
            for (int dx = 0; dx < 2; ++dx) {
                const std::uint8_t* p = face.picture.row(y + dy) + 3 * static_cast<std::ptrdiff_t>(x + dx);
                sum += 0.299f * static_cast<float>(p[0]) + 0.587f * static_cast<float>(p[1]) +
                       0.114f * static_cast<float>(p[2]);
                const auto pixel = static_cast<std::size_t>(y + dy) * static_cast<std::size_t>(face.picture.width()) +
                                   static_cast<std::size_t>(x + dx);
                whole = whole & face.inside[pixel];
            }
        }
        values_.push_back(sum / 4);
        inside_.push_back(whole);
    }

    // One pass of 1 2 1 over `lines` lines of `length` values that lie `stride` apart; the ends stay.
    void smooth(int stride, int length, int lines, int next) {
        for (int line = 0; line < lines; ++line) {
            float* v = values_.data() + static_cast<std::ptrdiff_t>(line) * next;
            float before = v[0];
            for (int i = 1; i + 1 < length; ++i) {
                float& here = v[static_cast<std::ptrdiff_t>(i) * stride];
                const float old = here;
                here = (before + 2 * old + v[static_cast<std::ptrdiff_t>(i + 1) * stride]) / 4;
                before = old;
            }
        }
    }

    // Calls what(x, y) for the zone's pixels that the source picture has, in pixels of half the size.
    void over(Zone zone, const auto& what) const {
        const int bottom = pixel(zone.bottom, height_);
        const int right = pixel(zone.right, width_);
        for (int y = pixel(zone.top, height_); y < bottom; ++y)
            for (int x = pixel(zone.left, width_); x < right; ++x)
                if (holds(x, y)) what(x, y);
    }
    // Of half the size, within 0..most whatever a mesh gone wrong says.
    static int pixel(float place, int most) {
        const float half = place / 2;
        return half > 0 ? static_cast<int>(std::min(half, static_cast<float>(most))) : 0;
    }
    std::vector<float> row_means(Zone zone, const auto& value) const {
        std::vector<float> rows;
        int row = -1;
        float sum = 0;
        float count = 0;
        const auto finish = [&] {
            if (count > 0) rows.push_back(sum / count);
            sum = count = 0;
        };
        over(zone, [&](int x, int y) {
            if (y != row) finish();
            row = y;
            sum += value(x, y);
            ++count;
        });
        finish();
        return rows;
    }
    float mean_of(Zone zone, float (SmoothFace::*value)(int, int) const) const {
        float sum = 0;
        float count = 0;
        over(zone, [&](int x, int y) { sum += (this->*value)(x, y), ++count; });
        return std::log(sum / std::max(count, 1.0f) / level_ + least);
    }
    static float quantile(std::vector<float>& values, float share) {
        if (values.empty()) return 0;
        const auto nth = values.begin() + static_cast<std::ptrdiff_t>(share * static_cast<float>(values.size() - 1));
        std::ranges::nth_element(values, nth);
        return *nth;
    }

    int width_ = 0;
    int height_ = 0;
    std::vector<float> values_{};
    std::vector<std::uint8_t> inside_{};
    float level_ = 1;  // the face's light
};

// The same place at both eyes: `outer` and `inner` are eye distances from the eye, towards the middle of the face.
std::array<Zone, 2> at_eyes(const AlignedFace& face, float outer, float top, float inner, float bottom) {
    return {around(face.eyes[0], outer, top, inner, bottom), around(face.eyes[1], -inner, top, -outer, bottom)};
}

float mean_over(const std::array<Zone, 2>& zones, const auto& measure) {
    return (measure(zones[0]) + measure(zones[1])) / 2;
}

Measure chance(bool seen, float line) {
    if (!seen) return Unmeasured::OutsidePicture;
    return 1 / (1 + std::exp(-line));
}

}  // namespace

CoveringClues covering_clues(const AlignedFace& face) {
    const SmoothFace smooth(face);
    const Point middle{(face.eyes[0].x + face.eyes[1].x) / 2, (face.eyes[0].y + face.eyes[1].y) / 2};
    const auto edges_down = [&](Zone z) { return smooth.edges_down(z); };
    const auto quartiles = at_eyes(face, -0.3f, -0.14f, 0.3f, 0.18f);
    const std::array eye_light{smooth.upper_quartile(quartiles[0]), smooth.upper_quartile(quartiles[1])};
    const Zone mouth{face.mouth_corners[0].x, face.mouth.y - 0.25f * unit, face.mouth_corners[1].x,
                     face.mouth.y + 0.25f * unit};
    constexpr Zone forehead{90, 18, 310, 100};  // as those below in pixels: eyes stand at 144, 113 apart

    CoveringClues clues;
    clues.temple_edges = mean_over(at_eyes(face, -0.7f, -0.2f, -0.45f, 0.2f), edges_down);
    clues.bridge_edge = smooth.strongest_row(around(middle, -0.1f, -0.2f, 0.1f, 0.2f));
    clues.eye_light = (eye_light[0] + eye_light[1]) / 2;
    clues.brighter_eye = std::max(eye_light[0], eye_light[1]);
    clues.lid_light = mean_over(at_eyes(face, -0.2f, 0.12f, 0.2f, 0.24f), [&](Zone z) { return smooth.light(z); });
    clues.eye_contrast = std::log(
        mean_over(at_eyes(face, -0.2f, -0.25f, 0.2f, 0.25f), [&](Zone z) { return smooth.contrast(z); }) + least);
    clues.mouth_contrast = std::log(smooth.contrast(mouth) + least) - clues.eye_contrast;
    clues.nose_edge = smooth.strongest_row(
        {face.nose.x - 0.12f * unit, middle.y + 0.1f * unit, face.nose.x + 0.12f * unit, face.nose.y - 0.05f * unit});
    clues.nose_side_edges = smooth.edges_across(around(face.nose, -0.35f, -0.1f, 0.35f, 0.1f));
    clues.brow_edges = smooth.edges_down({90, 50, 310, 90});
    clues.forehead_light = smooth.light({120, 18, 280, 100});
    clues.forehead_side_edges = smooth.edges_across({110, 50, 290, 90});
    clues.crown_side_edges = mean_over({Zone{50, 60, 110, 120}, Zone{290, 60, 350, 120}}, edges_down);
    constexpr float enough = 0.8f;  // of a place; what lies outside is left out of its means
    constexpr float enough_forehead = 0.6f;
    clues.eyes_inside = smooth.inside({face.eyes[0].x - 0.5f * unit, middle.y - 0.25f * unit,
                                       face.eyes[1].x + 0.5f * unit, middle.y + 0.3f * unit}) >= enough;
    clues.mouth_inside = smooth.inside(mouth) >= enough;
    clues.forehead_inside = smooth.inside(forehead) >= enough_forehead;
    return clues;
}

Coverings coverings_of(const CoveringClues& c) {
    const float glasses =
        15.921f + 4.183f * c.temple_edges + 2.788f * c.bridge_edge + 4.020f * c.eye_light - 2.781f * c.eye_contrast;
    const float dark = 5.512f - 3.577f * c.lid_light + 3.959f * c.temple_edges - 11.175f * c.brighter_eye;
    const float mask = -5.655f - 5.748f * c.mouth_contrast + 3.290f * c.nose_edge - 2.820f * c.nose_side_edges;
    const float headwear = 10.022f + 1.991f * c.brow_edges - 4.615f * c.forehead_light + 4.213f * c.crown_side_edges -
                           2.285f * c.forehead_side_edges;
    return {chance(c.eyes_inside, glasses), chance(c.eyes_inside, dark), chance(c.mouth_inside, mask),
            chance(c.forehead_inside, headwear)};
}

Coverings coverings_of(const Picture& picture, const FaceMesh& mesh) {
    return coverings_of(covering_clues(align(picture, mesh)));
}

}  // namespace mien::face
