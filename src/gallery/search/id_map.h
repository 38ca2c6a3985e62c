#pragma once

#include <bit>
#include <cstdint>
#include <vector>

namespace mien::gallery {

// id -> place of a row, in 4 bytes and a half to a row: the table holds places only, and asks for the id at a place.
// Linear probing, at most three quarters full; removal moves later entries back, so that no tombstones gather.
class IdMap {
public:
    static constexpr std::uint32_t none = 0xffffffff;

    // id_at(place) gives the id of a row that is in the map.
    template <class IdAt>
    std::uint32_t find(std::uint64_t id, const IdAt& id_at) const {
        if (places_.empty()) return none;
        for (std::size_t i = home(id);; i = next(i)) {
            if (places_[i] == none || id_at(places_[i]) == id) return places_[i];
        }
    }

    // A copy with room for `rows`, or of the same size when there is room.
    template <class IdAt>
    IdMap with_room_for(std::size_t rows, const IdAt& id_at) const {
        if (slots_for(rows) <= places_.size()) return *this;
        IdMap larger;
        larger.places_.assign(slots_for(rows), none);
        for (const std::uint32_t place : places_) {
            if (place != none) larger.add(id_at(place), place);
        }
        return larger;
    }

    bool has_room_for(std::size_t rows) const { return slots_for(rows) <= places_.size(); }

    // The id is not in the map, and there is room.
    void add(std::uint64_t id, std::uint32_t place) {
        std::size_t i = home(id);
        while (places_[i] != none) i = next(i);
        places_[i] = place;
    }

    // The id is in the map, and so are those of the places behind it.
    template <class IdAt>
    void remove(std::uint64_t id, const IdAt& id_at) {
        std::size_t hole = home(id);
        while (id_at(places_[hole]) != id) hole = next(hole);
        for (std::size_t i = next(hole); places_[i] != none; i = next(i)) {
            // An entry may fill the hole unless its home lies after the hole, on the way round to where it stands.
            const std::size_t from_home = (i - home(id_at(places_[i]))) & (places_.size() - 1);
            if (from_home < ((i - hole) & (places_.size() - 1))) continue;
            places_[hole] = places_[i];
            hole = i;
        }
        places_[hole] = none;
    }

    std::size_t bytes() const { return places_.size() * sizeof(std::uint32_t); }
    static std::size_t slots_for(std::size_t rows) { return rows == 0 ? 0 : std::bit_ceil(rows + rows / 3 + 1); }

private:
    std::size_t next(std::size_t i) const { return (i + 1) & (places_.size() - 1); }
    std::size_t home(std::uint64_t id) const {  // the finaliser of SplitMix64 (Steele, Lea, Flood 2014)
        id = (id ^ (id >> 30)) * 0xbf58476d1ce4e5b9u;
        id = (id ^ (id >> 27)) * 0x94d049bb133111ebu;
        return static_cast<std::size_t>(id ^ (id >> 31)) & (places_.size() - 1);
    }

    std::vector<std::uint32_t> places_{};
};

}  // namespace mien::gallery
