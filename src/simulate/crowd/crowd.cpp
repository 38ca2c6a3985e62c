#include "simulate/crowd/crowd.h"

#include <atomic>
#include <cstdio>
#include <mutex>
#include <thread>

#include "base/stop.h"
#include "media/read_picture.h"
#include "media/write_picture.h"

namespace mien::simulate {
namespace {

// Purposes of the dice, so that one part's rolls never shift another's.
enum Purpose : std::uint64_t { OfLooks = 1, OfHalls, OfWalks, OfRooms, OfNoise };

Status check(const CrowdOptions& o) {
    const auto outside = [](const std::string& what, auto value, const std::string& range) {
        return Error{Fault::BadInput, what + " must be " + range + ", got " + std::to_string(value)};
    };
    if (o.people < 1 || o.people > 500) return outside("people", o.people, "1..500");
    if (o.cameras < 1 || o.cameras > 16) return outside("cameras", o.cameras, "1..16");
    if (!(o.fps >= 1 && o.fps <= 60)) return outside("fps", o.fps, "1..60");
    if (!(o.seconds > 0 && o.seconds * o.fps <= 36000))
        return outside("seconds", o.seconds, "over 0, with at most 36000 frames");
    if (o.size.width < 160 || o.size.height < 120 || o.size.width > 3840 || o.size.height > 2160)
        return Error{Fault::BadInput, "the size must be 160x120 to 3840x2160, got " + std::to_string(o.size.width) +
                                          "x" + std::to_string(o.size.height)};
    if (o.pillars < 0 || o.pillars > 20) return outside("pillars", o.pillars, "0..20");
    if (o.people_from.empty() && o.crops.empty())
        return Error{Fault::BadInput, "no people: give MakeHuman's data (--archive) or cut-out people (--crops)"};
    return {};
}

Point pixel_of(const Camera& camera, float x, float y) {
    const Eigen::Vector3f at = camera.project({x, y, 0});
    return {at.x(), at.y()};
}

Status set_lines(const CrowdOptions& options, CameraTruth& truth) {
    Hall& hall = truth.hall;
    truth.lines = options.lines;
    if (truth.lines.empty()) {
        truth.lines.push_back({"line1", pixel_of(hall.camera, hall.line_from.x(), hall.line_from.y()),
                               pixel_of(hall.camera, hall.line_to.x(), hall.line_to.y())});
    } else {
        const auto from = hall.camera.floor_at(truth.lines.front().a);
        const auto to = hall.camera.floor_at(truth.lines.front().b);
        if (!from || !to)
            return Error{Fault::BadInput, "line " + truth.lines.front().name + " reaches above the horizon of " +
                                              hall.camera.name + ": nobody walks there"};
        hall.line_from = *from;
        hall.line_to = *to;
        // People turn and stand only on what of it lies inside the hall.
        for (Eigen::Vector2f* end : {&hall.line_from, &hall.line_to}) {
            end->x() = std::clamp(end->x(), hall.origin.x() + 1, hall.origin.x() + hall_width - 1);
            end->y() = std::clamp(end->y(), 1.6f, hall_depth - 0.8f);
        }
    }
    truth.zones = options.zones;
    if (truth.zones.empty()) {
        Zone middle{"zone1", {}};
        for (const auto& [x, y] : {std::pair{2.5f, 3.5f}, {7.5f, 3.5f}, {7.5f, 8.5f}, {2.5f, 8.5f}})
            middle.corners.push_back(pixel_of(hall.camera, hall.origin.x() + x, hall.origin.y() + y));
        truth.zones.push_back(middle);
    }
    return {};
}

Result<std::vector<Room>> make_rooms(const CrowdOptions& options, const std::vector<CameraTruth>& cameras) {
    std::vector<Room> rooms;
    const Dice dice = Dice(options.seed).branch(OfRooms);
    std::optional<Frame> background;
    if (!options.background.empty()) {
        MIEN_LET(frame, media::read_frame(options.background));
        background = std::move(frame);
    }
    for (std::size_t i = 0; i < cameras.size(); ++i) {
        const Hall& hall = cameras[i].hall;
        rooms.push_back(background ? room_of(*background->picture, hall.camera, dice.branch(i + 1))
                                   : render_room(hall.camera, hall.pillars, hall_depth, dice.branch(i + 1)));
    }
    return rooms;
}

// One frame of one camera; gives back its rows of truth.
struct Shot {
    Picture picture;
    std::vector<TruthRow> rows{};
};
Shot shoot(const Crowd& crowd, const Room& room, int camera_number, int frame, Dice dice) {
    const Camera& camera = crowd.cameras[static_cast<std::size_t>(camera_number)].hall.camera;
    std::vector<Layer> layers;
    std::vector<Eigen::Vector2f> feet;
    std::vector<TruthRow> rows;
    for (std::size_t i = 0; i < crowd.walks.size(); ++i) {
        const Spot& spot = crowd.walks[i].spots[static_cast<std::size_t>(frame)];
        if (spot.camera != camera_number) continue;
        Layer layer = draw(crowd.figures[i], spot.walked, spot.moving, {spot.at, spot.heading}, camera, room.light);
        const Box& box = layer.box;
        if (box.width <= 0 || box.x + box.width <= 0 || box.y + box.height <= 0 ||
            box.x >= static_cast<float>(camera.size.width) || box.y >= static_cast<float>(camera.size.height))
            continue;
        rows.push_back({frame + 1, static_cast<int>(i) + 1, box, pixel_of(camera, spot.at.x(), spot.at.y()), 0});
        layers.push_back(std::move(layer));
        feet.push_back(spot.at);
    }
    Composed made = compose(room, camera, layers, feet, dice);
    for (std::size_t i = 0; i < rows.size(); ++i) rows[i].visibility = made.visible[i];
    return {std::move(made.picture), std::move(rows)};
}

std::string file_of(int frame) {
    std::array<char, 16> name{};
    std::snprintf(name.data(), name.size(), "%06d.jpg", frame + 1);
    return name.data();
}

Status render(Crowd& crowd, const CrowdProgress& progress) {
    MIEN_LET(rooms, make_rooms(crowd.options, crowd.cameras));
    const auto frames = static_cast<std::size_t>(crowd.frames);
    const std::size_t all = crowd.cameras.size() * frames;
    std::vector<std::vector<TruthRow>> rows(all);
    std::mutex telling;
    std::size_t done = 0;
    const auto one = [&](std::size_t i) -> Status {
        const auto camera = static_cast<int>(i / frames);
        const auto frame = static_cast<int>(i % frames);
        Shot shot =
            shoot(crowd, rooms[i / frames], camera, frame, Dice(crowd.options.seed).branch(OfNoise).branch(i + 1));
        rows[i] = std::move(shot.rows);
        const auto folder = crowd.options.output / crowd.cameras[i / frames].hall.camera.name / "img1";
        MIEN_TRY(media::write_picture(shot.picture, folder / file_of(frame)));
        const std::scoped_lock lock(telling);
        if (progress) progress(++done, all);
        return {};
    };
    MIEN_TRY(on_threads(all, crowd.options.workers, one));
    for (std::size_t i = 0; i < all; ++i) {
        auto& into = crowd.cameras[i / frames].rows;
        into.insert(into.end(), rows[i].begin(), rows[i].end());
    }
    return {};
}

}  // namespace

Status on_threads(std::size_t count, int workers, const std::function<Status(std::size_t)>& work) {
    std::atomic<std::size_t> next{0};
    std::mutex failing;
    std::optional<Error> failure;
    const auto run = [&] {
        for (std::size_t i = next++; i < count; i = next++) {
            Status did = go_on();
            if (did) did = work(i);
            if (did) continue;
            const std::scoped_lock lock(failing);
            if (!failure) failure = did.error();
            next = count;
            return;
        }
    };
    const unsigned cores =
        workers > 0 ? static_cast<unsigned>(workers) : std::max(1u, std::thread::hardware_concurrency());
    std::vector<std::jthread> threads;
    for (unsigned i = 1; i < cores; ++i) threads.emplace_back(run);
    run();
    threads.clear();
    if (failure) return *failure;
    return {};
}

Result<std::vector<Figure>> make_figures(const CrowdOptions& options) {
    std::vector<Figure> figures;
    std::vector<std::filesystem::path> cut;
    if (!options.crops.empty()) {
        std::error_code failed;
        for (const auto& entry : std::filesystem::directory_iterator(options.crops, failed))
            if (entry.is_directory()) cut.push_back(entry.path());
        std::ranges::sort(cut);
        if (cut.empty()) return Error{Fault::NotFound, "no cut-out people in " + options.crops.string()};
    }
    std::optional<Assets> assets;
    std::optional<Human> human;
    if (!options.people_from.empty()) {
        MIEN_LET(opened, Assets::open(options.people_from));
        assets = std::move(opened);
        MIEN_LET(loaded, Human::load(*assets));
        human = std::move(loaded);
    }
    const Dice dice = Dice(options.seed).branch(OfLooks);
    // Real people come once each: one cutout for two identities would be a lie.
    for (int i = 0; i < options.people; ++i) {
        MIEN_TRY(go_on());
        Dice own = dice.branch(static_cast<std::uint64_t>(i) + 1);
        const auto at = static_cast<std::size_t>(i);
        if (at < cut.size()) {
            MIEN_LET(cutout, Cutout::read(cut[at], own.between(1.58f, 1.86f)));
            figures.emplace_back(std::move(cutout));
            continue;
        }
        if (!human)
            return Error{Fault::BadInput, std::to_string(options.people) + " people are asked for, but " +
                                              options.crops.string() + " holds " + std::to_string(cut.size()) +
                                              "; add --archive for rendered ones"};
        MIEN_LET(walker, Walker::dress(*human, roll_appearance(own)));
        figures.emplace_back(std::move(walker));
    }
    return figures;
}

std::vector<Crossing> crossings_of(const std::vector<Walk>& walks, const Camera& camera, int camera_number,
                                   const std::vector<CountingLine>& lines) {
    std::vector<Crossing> crossings;
    for (std::size_t person = 0; person < walks.size(); ++person) {
        for (const CountingLine& line : lines) {
            CrossingWatch watch(line);
            for (std::size_t frame = 0; frame < walks[person].spots.size(); ++frame) {
                const Spot& spot = walks[person].spots[frame];
                std::optional<Point> foot;
                if (spot.camera == camera_number && camera.project({spot.at.x(), spot.at.y(), 0}).z() > 0.5f)
                    foot = pixel_of(camera, spot.at.x(), spot.at.y());
                if (const auto way = watch.see(foot))
                    crossings.push_back({static_cast<int>(frame) + 1, static_cast<int>(person) + 1, line.name, *way});
            }
        }
    }
    std::ranges::stable_sort(crossings, {}, &Crossing::frame);
    return crossings;
}

Result<Crowd> simulate_crowd(const CrowdOptions& options, const CrowdProgress& progress) {
    MIEN_TRY(check(options));
    Crowd crowd;
    crowd.options = options;
    crowd.frames = std::max(1, static_cast<int>(std::lround(options.seconds * options.fps)));
    const Dice dice(options.seed);
    const int pillars = options.background.empty() ? options.pillars : 0;
    std::vector<Hall> halls = make_halls(options.cameras, {options.size, pillars}, dice.branch(OfHalls));
    for (Hall& hall : halls) {
        CameraTruth truth;
        truth.hall = hall;
        MIEN_TRY(set_lines(options, truth));
        hall = truth.hall;
        crowd.cameras.push_back(std::move(truth));
    }
    MIEN_LET(figures, make_figures(options));
    crowd.figures = std::move(figures);
    crowd.walks = plan_walks(halls, {options.people, crowd.frames, options.fps}, dice.branch(OfWalks));
    for (std::size_t i = 0; i < crowd.cameras.size(); ++i)
        crowd.cameras[i].crossings =
            crossings_of(crowd.walks, crowd.cameras[i].hall.camera, static_cast<int>(i), crowd.cameras[i].lines);
    MIEN_TRY(render(crowd, progress));
    MIEN_TRY(write_truth(crowd));
    if (!options.reid.empty()) MIEN_TRY(write_reid(crowd));
    return crowd;
}

}  // namespace mien::simulate
