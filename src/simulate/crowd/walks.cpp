#include "simulate/crowd/walks.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <deque>

namespace mien::simulate {
namespace {

struct Stop {
    int camera = 0;
    Eigen::Vector2f at = Eigen::Vector2f::Zero();
    float pause = 0;       // seconds to stand there
    bool appears = false;  // the person is put there instead of walking there
    float away = 0;        // seconds before an appearance
};

struct Person {
    Behaviour behaviour = Behaviour::Straight;
    std::deque<Stop> stops{};
    float speed = 1.3f;
    float away = 0;  // seconds until the next appearance
    float pause = 0;
    float on_way = 0;  // seconds since the last stop
    Spot spot{};
};

// Points of a hall. Left and right lie beyond what the camera sees.
class Router {
public:
    Router(const std::vector<Hall>& halls, Dice dice) : halls_(halls), dice_(dice) {}

    void straight(std::deque<Stop>& stops, int camera, float away) {
        const bool from_left = dice_.chance(0.5f);
        const float y = dice_.between(2.5f, 11);
        appear(stops, camera, from_left, y, away);
        walk(stops, camera, edge_x(!from_left), std::clamp(y + dice_.between(-3, 3), 2.2f, 11.5f));
    }
    void u_turn(std::deque<Stop>& stops, int camera, float away) {
        const bool from_left = dice_.chance(0.5f);
        const Eigen::Vector2f on = on_line(camera);
        // Half of them turn before the line, half cross it, and come back; both within half a metre.
        const float over =
            dice_.between(0.12f, 0.5f) * (dice_.chance(0.5f) ? 1.0f : -1.0f) * (from_left ? 1.0f : -1.0f);
        appear(stops, camera, from_left, on.y(), away);
        stops.push_back({camera, on + Eigen::Vector2f(over, 0), dice_.between(0, 1.5f), false, 0});
        walk(stops, camera, edge_x(from_left), on.y() + dice_.between(-1, 1));
    }
    void stand_on_line(std::deque<Stop>& stops, int camera, float away) {
        const bool from_left = dice_.chance(0.5f);
        const Eigen::Vector2f on = on_line(camera);
        appear(stops, camera, from_left, on.y(), away);
        stops.push_back(
            {camera, on + Eigen::Vector2f(dice_.between(-0.04f, 0.04f), 0), dice_.between(5, 11), false, 0});
        walk(stops, camera, edge_x(dice_.chance(0.5f)), on.y() + dice_.between(-1, 1));
    }
    void loiter(std::deque<Stop>& stops, int camera, float away) {
        appear(stops, camera, dice_.chance(0.5f), dice_.between(3, 10), away);
        const std::size_t places = 3 + dice_.below(3);
        for (std::size_t i = 0; i < places; ++i)
            stops.push_back({camera, origin(camera) + Eigen::Vector2f(dice_.between(1, 9), dice_.between(2.5f, 10.5f)),
                             dice_.between(1, 5), false, 0});
        walk(stops, camera, edge_x(dice_.chance(0.5f)), dice_.between(3, 10));
    }

private:
    const Eigen::Vector2f& origin(int camera) const { return halls_[static_cast<std::size_t>(camera)].origin; }
    static float edge_x(bool left) { return left ? -5.5f : hall_width + 5.5f; }
    Eigen::Vector2f on_line(int camera) {
        const Hall& hall = halls_[static_cast<std::size_t>(camera)];
        return hall.line_from + dice_.between(0.15f, 0.85f) * (hall.line_to - hall.line_from);
    }
    void appear(std::deque<Stop>& stops, int camera, bool left, float y, float away) {
        stops.push_back({camera, origin(camera) + Eigen::Vector2f(edge_x(left), y), 0, true, away});
    }
    void walk(std::deque<Stop>& stops, int camera, float x, float y) {
        stops.push_back({camera, origin(camera) + Eigen::Vector2f(x, y), 0, false, 0});
    }
    const std::vector<Hall>& halls_;
    Dice dice_;
};

std::deque<Stop> route_of(const std::vector<Hall>& halls, Behaviour behaviour, Dice dice, float start, float seconds) {
    Router router(halls, dice.branch(1));
    std::deque<Stop> stops;
    const auto cameras = static_cast<int>(halls.size());
    int camera = static_cast<int>(dice.below(halls.size()));
    switch (behaviour) {
        case Behaviour::Straight:
        case Behaviour::Group:
            router.straight(stops, camera, start);
            break;
        case Behaviour::UTurn:
            router.u_turn(stops, camera, start);
            break;
        case Behaviour::StandOnLine:
            router.stand_on_line(stops, camera, start);
            break;
        case Behaviour::Loiter:
            router.loiter(stops, camera, start);
            break;
        case Behaviour::ReEntry:
            router.straight(stops, camera, start);
            router.straight(stops, camera, dice.between(4, 10));
            break;
        case Behaviour::CrossCameras:
            router.straight(stops, camera, start);
            for (int i = 1; i < cameras; ++i) {
                camera = (camera + 1) % cameras;
                // From hall to hall at about 1.3 m/s.
                router.straight(stops, camera, (hall_spacing - hall_width - 11) / 1.3f + dice.between(0, 4));
            }
            break;
    }
    // Until the time is over many come by once more.
    for (float more = start + 30; more < seconds && dice.chance(0.6f); more += 30)
        router.straight(stops, static_cast<int>(dice.below(halls.size())), dice.between(6, 18));
    return stops;
}

std::vector<Person> make_people(const std::vector<Hall>& halls, const WalkOptions& options, Dice dice) {
    constexpr std::array round{Behaviour::Straight, Behaviour::UTurn, Behaviour::StandOnLine, Behaviour::Loiter,
                               Behaviour::Group,    Behaviour::Group, Behaviour::ReEntry,     Behaviour::CrossCameras};
    const float seconds = static_cast<float>(options.frames) / options.fps;
    std::vector<Person> people;
    for (int i = 0; i < options.people; ++i) {
        Dice own = dice.branch(static_cast<std::uint64_t>(i) + 1);
        Person person;
        person.behaviour = round[static_cast<std::size_t>(i) % round.size()];
        person.speed = own.between(1.0f, 1.6f);
        const float start = own.between(0, std::max(1.0f, 0.6f * seconds));
        person.stops = route_of(halls, person.behaviour, own, start, seconds);
        if (i > 0 && person.behaviour == Behaviour::Group && people.back().behaviour == Behaviour::Group) {
            person.stops = people.back().stops;
            person.speed = people.back().speed;
            for (Stop& stop : person.stops) stop.at += Eigen::Vector2f(0.1f, 0.75f);
        }
        person.away = person.stops.front().away;
        people.push_back(std::move(person));
    }
    return people;
}

// How others and pillars push a walker: stronger the nearer, nothing beyond a metre (after Helbing and Molnar, Social
// force model, 1995).
Eigen::Vector2f push(const Person& one, const std::vector<Person>& all, const Hall& hall) {
    Eigen::Vector2f sum = Eigen::Vector2f::Zero();
    for (const Person& other : all) {
        if (&other == &one || other.spot.camera != one.spot.camera) continue;
        const Eigen::Vector2f off = one.spot.at - other.spot.at;
        const float distance = std::max(0.05f, off.norm());
        if (distance < 0.9f) sum += off / distance * (0.9f - distance) * 2.2f;
    }
    for (const Pillar& pillar : hall.pillars) {
        const Eigen::Vector2f off = one.spot.at - pillar.at;
        const float distance = std::max(0.05f, off.norm() - pillar.radius);
        // Sideways too, or who walks straight at a pillar stays before it.
        if (distance < 0.8f)
            sum +=
                (off.normalized() + 0.8f * Eigen::Vector2f(-off.y(), off.x()).normalized()) * (0.8f - distance) * 2.5f;
    }
    return sum;
}

void reach(Person& person) {
    person.pause = person.stops.front().pause;
    person.on_way = 0;
    person.stops.pop_front();
    if (person.stops.empty() || person.stops.front().appears) {
        person.spot.camera = -1;
        person.spot.moving = false;
        person.away = person.stops.empty() ? 0 : person.stops.front().away;
    }
}

void turn_towards(Spot& spot, float wanted, float most) {
    const float off = std::remainder(wanted - spot.heading, 6.2831853f);
    spot.heading += std::clamp(off, -most, most);
}

void step(Person& person, const std::vector<Person>& all, const std::vector<Hall>& halls, float seconds) {
    if (person.stops.empty() && person.spot.camera < 0) return;
    if (person.spot.camera < 0) {
        person.away -= seconds;
        if (person.away > 0) return;
        person.spot.camera = person.stops.front().camera;
        person.spot.at = person.stops.front().at;
        person.stops.pop_front();
        const Eigen::Vector2f to = person.stops.front().at - person.spot.at;
        person.spot.heading = std::atan2(to.y(), to.x());
        return;
    }
    if (person.pause > 0) {
        person.pause -= seconds;
        person.spot.moving = false;
        return;
    }
    const Eigen::Vector2f to = person.stops.front().at - person.spot.at;
    person.on_way += seconds;
    // Where somebody stands on the goal, half a minute is enough.
    const float step_length = person.speed * seconds;
    if (to.norm() <= step_length || person.on_way > 30) {
        if (to.norm() <= step_length) person.spot.at = person.stops.front().at;
        reach(person);
        return;
    }
    Eigen::Vector2f velocity = to.normalized() * person.speed;
    velocity += push(person, all, halls[static_cast<std::size_t>(person.spot.camera)]);
    if (velocity.norm() > 1.3f * person.speed) velocity *= 1.3f * person.speed / velocity.norm();
    const Eigen::Vector2f moved = velocity * seconds;
    person.spot.at += moved;
    person.spot.walked += moved.norm();
    person.spot.moving = velocity.norm() > 0.15f;
    if (person.spot.moving) turn_towards(person.spot, std::atan2(velocity.y(), velocity.x()), 4 * seconds);
}

}  // namespace

const char* name_of(Behaviour behaviour) {
    switch (behaviour) {
        case Behaviour::Straight:
            return "straight";
        case Behaviour::UTurn:
            return "u_turn";
        case Behaviour::StandOnLine:
            return "stand_on_line";
        case Behaviour::Loiter:
            return "loiter";
        case Behaviour::Group:
            return "group";
        case Behaviour::ReEntry:
            return "re_entry";
        case Behaviour::CrossCameras:
            return "cross_cameras";
    }
    return "";
}

std::vector<Hall> make_halls(int cameras, const HallOptions& options, Dice dice) {
    std::vector<Hall> halls;
    for (int i = 0; i < cameras; ++i) {
        Dice own = dice.branch(static_cast<std::uint64_t>(i) + 1);
        Hall hall;
        hall.origin = {hall_spacing * static_cast<float>(i), 0};
        Camera& camera = hall.camera;
        camera.name = "camera" + std::to_string(i + 1);
        camera.size = options.size;
        camera.focal = 0.87f * static_cast<float>(options.size.width);  // 60 degrees wide
        camera.at = {hall.origin.x() + hall_width / 2 + own.between(-1, 1), -4, own.between(2.7f, 4.2f)};
        // The lower border shows the floor five metres away.
        const float half_height = std::atan(static_cast<float>(options.size.height) / 2 / camera.focal);
        camera.turn = look(1.5707963f + own.between(-0.12f, 0.12f), std::atan(camera.at.z() / 5) - half_height);
        camera.tint =
            Eigen::Vector3f(own.between(0.92f, 1.08f), 1, own.between(0.9f, 1.1f)) * own.between(0.85f, 1.08f);
        camera.noise = own.between(1, 3);
        for (int k = 0; k < options.pillars; ++k)
            hall.pillars.push_back(
                {hall.origin + Eigen::Vector2f(own.between(1, 9), own.between(4, 8)), own.between(0.18f, 0.3f)});
        const float x = hall.origin.x() + hall_width / 2 + own.between(-1.5f, 1.5f);
        hall.line_from = {x, 1.6f};
        hall.line_to = {x + own.between(-1, 1), 12.2f};
        halls.push_back(hall);
    }
    return halls;
}

std::vector<Walk> plan_walks(const std::vector<Hall>& halls, const WalkOptions& options, Dice dice) {
    std::vector<Person> people = make_people(halls, options, dice);
    std::vector<Walk> walks;
    for (const Person& person : people) walks.push_back({person.behaviour, {}});
    const int steps = std::max(1, static_cast<int>(std::ceil(20 / options.fps)));
    const float seconds = 1 / options.fps / static_cast<float>(steps);
    for (int frame = 0; frame < options.frames; ++frame) {
        for (std::size_t i = 0; i < people.size(); ++i) walks[i].spots.push_back(people[i].spot);
        for (int k = 0; k < steps; ++k)
            for (Person& person : people) step(person, people, halls, seconds);
    }
    return walks;
}

}  // namespace mien::simulate
