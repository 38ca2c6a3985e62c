// Crops of the crowd's identities in the layout of Market-1501 (Zheng et al., ICCV 2015).
#include <cstdio>

#include "image/resize.h"
#include "image/warp.h"
#include "media/write_picture.h"
#include "simulate/crowd/crowd.h"

namespace mien::simulate {
namespace {

constexpr Size crop_size{64, 128};  // as in Market-1501
constexpr int cameras = 6;          // as there
constexpr int gallery_crops = 4;    // of each person and camera, beside one query
constexpr std::uint64_t of_crops = 99;

struct View {
    Hall hall{};
    Room room;
};

// A crop of one person before one camera: somewhere in the hall, turned anyhow; every fifth half hidden by another.
Picture crop_of(const Crowd& crowd, std::size_t person, const View& view, Dice dice) {
    const Camera& camera = view.hall.camera;
    const float x = view.hall.origin.x() + dice.between(3, 7);
    const Placement placement{{x, dice.between(2.8f, 9)}, dice.between(-3.14159f, 3.14159f)};
    std::vector<Layer> layers{
        draw(crowd.figures[person], dice.between(0, 3), dice.chance(0.8f), placement, camera, view.room.light)};
    std::vector<Eigen::Vector2f> feet{placement.at};
    if (dice.chance(0.2f) && crowd.figures.size() > 1) {
        const std::size_t other = (person + 1 + dice.below(crowd.figures.size() - 1)) % crowd.figures.size();
        const Placement before{
            placement.at + Eigen::Vector2f(dice.between(0.2f, 0.5f) * (dice.chance(0.5f) ? 1.0f : -1.0f), -0.6f),
            dice.between(-3.14159f, 3.14159f)};
        layers.push_back(draw(crowd.figures[other], dice.between(0, 3), true, before, camera, view.room.light));
        feet.push_back(before.at);
    }
    // A detector's box: a little off in place and size.
    Box box = layers.front().box;
    const float wider = 1 + 0.06f * dice.normal();
    const float higher = 1 + 0.05f * dice.normal();
    box.x += 0.04f * dice.normal() * box.width - box.width * (wider - 1) / 2;
    box.y += 0.03f * dice.normal() * box.height - box.height * (higher - 1) / 2;
    box.width *= wider;
    box.height *= higher;
    const Composed made = compose(view.room, camera, layers, feet, dice);
    return image::resize(image::cut(made.picture, box).picture, crop_size);
}

std::string name_of_crop(std::size_t person, int camera, int frame) {
    std::array<char, 64> name{};
    std::snprintf(name.data(), name.size(), "%04zu_c%ds1_%06d_01.jpg", person + 1, camera + 1, frame);
    return name.data();
}

std::vector<View> make_views(const Crowd& crowd) {
    const Dice dice = Dice(crowd.options.seed).branch(of_crops);
    std::vector<View> views;
    for (const Hall& hall : make_halls(cameras, {Size{960, 540}, 0}, dice.branch(1)))
        views.push_back({hall, render_room(hall.camera, {}, hall_depth, dice.branch(100 + views.size()))});
    return views;
}

}  // namespace

Status write_reid(const Crowd& crowd) {
    const std::vector<View> views = make_views(crowd);
    const Dice dice = Dice(crowd.options.seed).branch(of_crops).branch(2);
    return on_threads(crowd.figures.size() * views.size(), crowd.options.workers, [&](std::size_t i) -> Status {
        const std::size_t person = i / views.size();
        const std::size_t camera = i % views.size();
        for (int k = 0; k <= gallery_crops; ++k) {
            const auto number = static_cast<int>(i) * (gallery_crops + 1) + k;
            const Picture crop =
                crop_of(crowd, person, views[camera], dice.branch(static_cast<std::uint64_t>(number) + 1));
            const char* folder = k == 0 ? "query" : "bounding_box_test";
            MIEN_TRY(media::write_picture(
                crop, crowd.options.reid / folder / name_of_crop(person, static_cast<int>(camera), number)));
        }
        return {};
    });
}

}  // namespace mien::simulate
