#include "simulate/people/cutout.h"

#include <cmath>
#include <cstdlib>
#include <numeric>

#include "base/stop.h"
#include "image/resize.h"
#include "image/warp.h"
#include "media/read_picture.h"
#include "media/write_picture.h"

namespace mien::simulate {
namespace {

using Mask = std::vector<std::uint8_t>;

std::size_t place(Size size, int x, int y) {
    return static_cast<std::size_t>(y) * static_cast<std::size_t>(size.width) + static_cast<std::size_t>(x);
}

Picture as_picture(const Mask& mask, Size size) {
    Picture picture(size);
    for (std::size_t i = 0; i < mask.size(); ++i)
        for (std::size_t k = 0; k < 3; ++k) picture.pixels()[3 * i + k] = mask[i];
    return picture;
}

Mask as_mask(const Picture& picture) {
    Mask mask(picture.pixels().size() / 3);
    for (std::size_t i = 0; i < mask.size(); ++i) mask[i] = picture.pixels()[3 * i];
    return mask;
}

// The median of each channel of each pixel over at most 31 frames spread over the clip.
Result<Picture> background_of(const std::vector<std::filesystem::path>& files) {
    constexpr std::size_t most = 31;
    std::vector<Frame> frames;
    const std::size_t count = std::min(most, files.size());
    for (std::size_t i = 0; i < count; ++i) {
        MIEN_TRY(go_on());
        MIEN_LET(frame, media::read_frame(files[i * files.size() / count]));
        if (!frames.empty() && frame.picture->size() != frames.front().picture->size())
            return Error{Fault::BadInput, frame.source + " is of another size than the clip's first frame"};
        frames.push_back(std::move(frame));
    }
    Picture median(frames.front().picture->size());
    std::vector<std::uint8_t> values(frames.size());
    for (std::size_t i = 0; i < median.pixels().size(); ++i) {
        for (std::size_t k = 0; k < frames.size(); ++k) values[k] = frames[k].picture->pixels()[i];
        const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
        std::nth_element(values.begin(), middle, values.end());
        median.pixels()[i] = *middle;
    }
    return median;
}

// Where a picture differs, closed over gaps of two pixels.
Mask differing(const Picture& picture, const Picture& background, int difference) {
    const Size size = picture.size();
    Mask raw(picture.pixels().size() / 3);
    for (std::size_t i = 0; i < raw.size(); ++i) {
        int sum = 0;
        for (std::size_t k = 0; k < 3; ++k)
            sum += std::abs(picture.pixels()[3 * i + k] - background.pixels()[3 * i + k]);
        raw[i] = sum > 3 * difference ? 255 : 0;
    }
    const auto spread = [&](const Mask& from, std::uint8_t value) {
        Mask to = from;
        constexpr int reach = 2;
        for (int y = reach; y < size.height - reach; ++y)
            for (int x = reach; x < size.width - reach; ++x) {
                if (from[place(size, x, y)] == value) continue;
                bool near = false;
                for (int dy = -reach; dy <= reach && !near; ++dy)
                    for (int dx = -reach; dx <= reach && !near; ++dx) near = from[place(size, x + dx, y + dy)] == value;
                if (near) to[place(size, x, y)] = value;
            }
        return to;
    };
    return spread(spread(raw, 255), 0);
}

struct Blob {
    Mask mask{};
    int pixels = 0;
    int left = 0;
    int top = 0;
    int right = 0;
    int low = 0;
};

// The largest connected area (four neighbours).
Blob largest(const Mask& mask, Size size) {
    Blob best;
    std::vector<int> seen(mask.size());
    std::vector<std::size_t> stack;
    int number = 0;
    int best_number = 0;
    for (std::size_t start = 0; start < mask.size(); ++start) {
        if (mask[start] == 0 || seen[start] != 0) continue;
        Blob blob{{}, 0, size.width, size.height, -1, -1};
        ++number;
        stack.assign(1, start);
        seen[start] = number;
        while (!stack.empty()) {
            const std::size_t at = stack.back();
            stack.pop_back();
            const int x = static_cast<int>(at % static_cast<std::size_t>(size.width));
            const int y = static_cast<int>(at / static_cast<std::size_t>(size.width));
            ++blob.pixels;
            blob.left = std::min(blob.left, x);
            blob.right = std::max(blob.right, x);
            blob.top = std::min(blob.top, y);
            blob.low = std::max(blob.low, y);
            for (const auto& [dx, dy] : {std::pair{1, 0}, {-1, 0}, {0, 1}, {0, -1}}) {
                const int nx = x + dx;
                const int ny = y + dy;
                if (nx < 0 || ny < 0 || nx >= size.width || ny >= size.height) continue;
                const std::size_t next = place(size, nx, ny);
                if (mask[next] == 0 || seen[next] != 0) continue;
                seen[next] = number;
                stack.push_back(next);
            }
        }
        if (blob.pixels > best.pixels) {
            best = blob;
            best_number = number;
        }
    }
    best.mask.resize(mask.size());
    for (std::size_t i = 0; i < mask.size(); ++i) best.mask[i] = best.pixels > 0 && seen[i] == best_number ? 255 : 0;
    return best;
}

// Gives the blob what it encloses: cloth of the background's colour.
void fill_holes(Blob& blob, Size size) {
    std::vector<std::uint8_t> outside(blob.mask.size());
    std::vector<std::size_t> stack;
    const auto reach = [&](int x, int y) {
        if (x < 0 || y < 0 || x >= size.width || y >= size.height) return;
        const std::size_t at = place(size, x, y);
        if (blob.mask[at] != 0 || outside[at] != 0) return;
        outside[at] = 1;
        stack.push_back(at);
    };
    for (int x = 0; x < size.width; ++x) {
        reach(x, 0);
        reach(x, size.height - 1);
    }
    for (int y = 0; y < size.height; ++y) {
        reach(0, y);
        reach(size.width - 1, y);
    }
    while (!stack.empty()) {
        const int x = static_cast<int>(stack.back() % static_cast<std::size_t>(size.width));
        const int y = static_cast<int>(stack.back() / static_cast<std::size_t>(size.width));
        stack.pop_back();
        reach(x + 1, y);
        reach(x - 1, y);
        reach(x, y + 1);
        reach(x, y - 1);
    }
    for (std::size_t i = 0; i < outside.size(); ++i)
        if (outside[i] == 0) blob.mask[i] = 255;
}

// A whole walking person: not cut by the border, higher than wide.
bool whole(const Blob& blob, Size size, int least_pixels) {
    return blob.pixels >= least_pixels && blob.left > 1 && blob.top > 1 && blob.right < size.width - 2 &&
           blob.low < size.height - 2 && blob.low - blob.top > (blob.right - blob.left);
}

std::string numbered(int number, int digits) {
    std::string text = std::to_string(number);
    return std::string(static_cast<std::size_t>(std::max(0, digits - static_cast<int>(text.size()))), '0') + text;
}

struct Kept {
    Picture picture;
    Mask mask{};
    float middle = 0;
};

Status write_person(const std::filesystem::path& folder, std::vector<Kept>& kept) {
    const bool leftwards = kept.back().middle < kept.front().middle;
    int number = 0;
    for (Kept& one : kept) {
        Picture mask = as_picture(one.mask, one.picture.size());
        if (leftwards) {
            const Affine mirror{{-1, 0, static_cast<float>(one.picture.width() - 1), 0, 1, 0}};
            one.picture = image::warp(one.picture, mirror, one.picture.size());
            mask = image::warp(mask, mirror, mask.size());
        }
        const std::string name = numbered(++number, 4);
        MIEN_TRY(media::write_picture(one.picture, folder / (name + ".png")));
        MIEN_TRY(media::write_picture(mask, folder / (name + "_mask.png")));
    }
    return {};
}

}  // namespace

Result<Cutout> Cutout::read(const std::filesystem::path& folder, float height) {
    std::vector<std::filesystem::path> files;
    std::error_code failed;
    for (const auto& entry : std::filesystem::directory_iterator(folder, failed)) {
        const std::string name = entry.path().filename().string();
        if (name.ends_with(".png") && !name.ends_with("_mask.png")) files.push_back(entry.path());
    }
    std::ranges::sort(files);
    std::vector<View> views;
    for (const auto& file : files) {
        std::filesystem::path mask_file = file;
        mask_file.replace_filename(file.stem().string() + "_mask.png");
        MIEN_LET(frame, media::read_frame(file));
        MIEN_LET(mask, media::read_frame(mask_file));
        if (mask.picture->size() != frame.picture->size())
            return Error{Fault::BadInput, mask_file.string() + " is of another size than its picture"};
        views.push_back({*frame.picture, as_mask(*mask.picture)});
    }
    if (views.empty()) return Error{Fault::BadInput, folder.string() + " holds no NAME.png with NAME_mask.png"};
    return Cutout(std::move(views), height);
}

Layer Cutout::draw(float walked, const Placement& placement, const Camera& camera) const {
    Layer layer;
    const Eigen::Vector3f foot = camera.project({placement.at.x(), placement.at.y(), 0});
    layer.depth = foot.z();
    if (layer.depth < 0.5f) return layer;
    // A picture for each 8 cm: what a walker at 1.3 m/s covers between pictures of a clip at some 16 a second.
    const View& view = views_[static_cast<std::size_t>(walked / 0.08f) % views_.size()];
    const float head = camera.project({placement.at.x(), placement.at.y(), height_}).y();
    layer.height = static_cast<int>(std::lround(foot.y() - head));
    if (layer.height < 8 || layer.height > 2 * camera.size.height) return layer;
    layer.width = std::max(1, layer.height * view.picture.width() / view.picture.height());
    layer.x = static_cast<int>(std::lround(foot.x() - static_cast<float>(layer.width) / 2));
    layer.y = static_cast<int>(std::lround(head));
    if (layer.x >= camera.size.width || layer.x + layer.width <= 0 || layer.y >= camera.size.height) return layer;
    const Size size{layer.width, layer.height};
    const Picture picture = image::resize(view.picture, size);
    const Mask mask = as_mask(image::resize(as_picture(view.mask, view.picture.size()), size));
    const Eigen::Vector3f way(std::cos(placement.heading), std::sin(placement.heading), 0);
    const bool mirrored = (camera.turn * way).x() < 0;
    layer.rgba.resize(mask.size() * 4);
    for (int y = 0; y < size.height; ++y)
        for (int x = 0; x < size.width; ++x) {
            const std::size_t from = place(size, mirrored ? size.width - 1 - x : x, y);
            std::uint8_t* to = &layer.rgba[place(size, x, y) * 4];
            for (std::size_t k = 0; k < 3; ++k)
                to[k] = static_cast<std::uint8_t>(std::min(255.0f, static_cast<float>(picture.pixels()[3 * from + k]) *
                                                                       camera.tint[static_cast<Eigen::Index>(k)]));
            to[3] = mask[from];
        }
    layer.box = {static_cast<float>(layer.x), static_cast<float>(layer.y), static_cast<float>(layer.width),
                 static_cast<float>(layer.height)};
    return layer;
}

Result<int> cut_people(const std::vector<std::filesystem::path>& frames, const std::filesystem::path& folder,
                       const CuttingOptions& options) {
    constexpr std::size_t fewest = 20;
    if (frames.size() < fewest)
        return Error{Fault::BadInput,
                     std::to_string(frames.size()) + " frames are too few to tell people from the background; give 20"};
    std::optional<Picture> still;
    if (options.background.empty()) {
        MIEN_LET(median, background_of(frames));
        still = std::move(median);
    } else {
        MIEN_LET(empty, media::read_frame(options.background));
        still = *empty.picture;
    }
    const Picture& background = *still;
    std::vector<Kept> kept;
    int people = 0;
    const auto finish = [&]() -> Status {
        // Shorter appearances are noise or people cut by the border.
        if (kept.size() >= 6) MIEN_TRY(write_person(folder / ("person_" + numbered(++people, 3)), kept));
        kept.clear();
        return {};
    };
    for (std::size_t i = 0; i < frames.size(); i += static_cast<std::size_t>(options.every)) {
        MIEN_TRY(go_on());
        MIEN_LET(frame, media::read_frame(frames[i]));
        const Size size = frame.picture->size();
        if (size != background.size())
            return Error{Fault::BadInput, frame.source + " is of another size than the background"};
        Blob blob = largest(differing(*frame.picture, background, options.difference), size);
        const float middle = static_cast<float>(blob.left + blob.right) / 2;
        // A jump means that another person has come.
        const bool same = kept.empty() || std::abs(middle - kept.back().middle) < static_cast<float>(size.width) / 8;
        if (!whole(blob, size, options.least_pixels) || !same) {
            MIEN_TRY(finish());
            continue;
        }
        fill_holes(blob, size);
        const Box box{static_cast<float>(blob.left), static_cast<float>(blob.top),
                      static_cast<float>(blob.right - blob.left + 1), static_cast<float>(blob.low - blob.top + 1)};
        kept.push_back({image::cut(*frame.picture, box).picture,
                        as_mask(image::cut(as_picture(blob.mask, size), box).picture), middle});
    }
    MIEN_TRY(finish());
    return people;
}

}  // namespace mien::simulate
