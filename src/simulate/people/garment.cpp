#include "simulate/people/garment.h"

#include <numeric>

#include "simulate/people/text_scan.h"

namespace mien::simulate {
namespace {

// One vertex of a garment: on which vertices of the body it hangs, with which shares, how far off.
struct Hold {
    std::array<std::uint32_t, 3> on{};
    std::array<float, 3> share{1, 0, 0};
    Eigen::Vector3f off = Eigen::Vector3f::Zero();
};

struct Fitting {
    std::vector<Hold> holds{};
    std::vector<std::uint32_t> hides{};
    std::array<std::array<std::uint32_t, 2>, 3> scale_on{};  // for x, y, z: two vertices of the body …
    std::array<float, 3> scale_by{};                         // … and their distance when it was sewn; 0: not scaled
};

Hold read_hold(std::string_view first, std::string_view rest) {
    Hold hold;
    hold.on.fill(number_of<std::uint32_t>(first));
    const std::string_view second = next_word(rest);
    if (second.empty()) return hold;
    hold.on[1] = number_of<std::uint32_t>(second);
    hold.on[2] = number_of<std::uint32_t>(next_word(rest));
    for (float& share : hold.share) share = number_of<float>(next_word(rest));
    for (int k = 0; k < 3; ++k) hold.off[k] = number_of<float>(next_word(rest));
    return hold;
}

// Words such as "1355 - 1394 1399": ranges and single vertices.
void read_hidden(std::string_view line, std::vector<std::uint32_t>& hides) {
    constexpr std::uint32_t most = 50'000;  // the base mesh has 19,158 vertices
    bool range = false;
    for (std::string_view word = next_word(line); !word.empty(); word = next_word(line)) {
        if (word == "-") {
            range = true;
            continue;
        }
        const auto at = number_of<std::uint32_t>(word);
        if (at > most || hides.size() > most) return;
        if (range && !hides.empty())
            for (std::uint32_t i = hides.back() + 1; i < at; ++i) hides.push_back(i);
        hides.push_back(at);
        range = false;
    }
}

void read_scale(std::string_view line, std::size_t axis, Fitting& fitting) {
    for (auto& on : fitting.scale_on[axis]) on = number_of<std::uint32_t>(next_word(line));
    fitting.scale_by[axis] = number_of<float>(next_word(line));
}

Fitting read_fitting(std::string_view text) {
    Fitting fitting;
    enum class In { Head, Vertices, Hidden } in = In::Head;
    while (!text.empty()) {
        std::string_view line = next_line(text);
        const std::string_view whole = line;
        const std::string_view word = next_word(line);
        if (word.empty() || word.front() == '#') continue;
        if (word == "verts") {
            in = In::Vertices;
        } else if (word == "delete_verts") {
            in = In::Hidden;
        } else if (word == "x_scale" || word == "y_scale" || word == "z_scale") {
            read_scale(line, static_cast<std::size_t>(word.front() - 'x'), fitting);
        } else if (word.front() < '0' || word.front() > '9') {
            continue;  // a material, a tag: they stand anywhere, also between "verts" and the vertices
        } else if (in == In::Vertices) {
            fitting.holds.push_back(read_hold(word, line));
        } else if (in == In::Hidden) {
            read_hidden(whole, fitting.hides);
        }
    }
    return fitting;
}

bool fits(const Fitting& fitting, std::size_t vertices) {
    for (const Hold& hold : fitting.holds)
        for (const std::uint32_t on : hold.on)
            if (on >= vertices) return false;
    for (const auto& pair : fitting.scale_on)
        for (const std::uint32_t on : pair)
            if (on >= vertices) return false;
    return true;
}

Skin mixed(const Hold& hold, const std::vector<Skin>& skins) {
    std::map<std::uint16_t, float> sums;
    for (std::size_t k = 0; k < 3; ++k)
        for (const Influence& i : skins[hold.on[k]]) sums[i.bone] += i.weight * std::max(0.0f, hold.share[k]);
    std::vector<Influence> all;
    for (const auto& [bone, weight] : sums) all.push_back({bone, weight});
    std::ranges::stable_sort(all, std::greater{}, &Influence::weight);
    all.resize(4);
    float sum = 0;
    for (const Influence& i : all) sum += i.weight;
    Skin skin;
    for (std::size_t k = 0; k < 4; ++k) skin[k] = {all[k].bone, sum > 0 ? all[k].weight / sum : 0.25f};
    return skin;
}

// Numbers the connected pieces of a mesh and takes their mean heights.
void find_parts(Garment& garment) {
    std::vector<std::uint32_t> up(garment.points.size());
    std::iota(up.begin(), up.end(), 0u);
    const auto root = [&](std::uint32_t at) {
        while (up[at] != at) at = up[at] = up[up[at]];
        return at;
    };
    for (const Triangle& t : garment.triangles) up[root(t[1])] = up[root(t[2])] = root(t[0]);
    std::map<std::uint32_t, int> numbers;
    for (const Triangle& t : garment.triangles)
        garment.part.push_back(numbers.try_emplace(root(t[0]), static_cast<int>(numbers.size())).first->second);
    std::vector<float> sums(numbers.size());
    std::vector<float> counts(numbers.size());
    for (std::uint32_t i = 0; i < up.size(); ++i) {
        const auto found = numbers.find(root(i));
        if (found == numbers.end()) continue;
        sums[static_cast<std::size_t>(found->second)] += garment.points[i].y();
        counts[static_cast<std::size_t>(found->second)] += 1;
    }
    for (std::size_t i = 0; i < sums.size(); ++i) garment.part_height.push_back(sums[i] / counts[i]);
}

}  // namespace

Result<Garment> fit_garment(const Human& human, const Points3& body, const std::string& name) {
    MIEN_LET(sheet, human.assets().text(name));
    const Fitting fitting = read_fitting(sheet);
    MIEN_LET(obj, human.assets().text(name.substr(0, name.rfind('.')) + ".obj"));
    MIEN_LET(mesh, read_obj(obj, ""));
    if (fitting.holds.size() < mesh.points.size() || !fits(fitting, body.size()))
        return Error{Fault::Corrupt, name + " does not fit its mesh of " + std::to_string(mesh.points.size()) +
                                         " vertices or the base mesh"};
    Eigen::Vector3f scale = Eigen::Vector3f::Ones();
    for (std::size_t axis = 0; axis < 3; ++axis) {
        const auto& on = fitting.scale_on[axis];
        const auto k = static_cast<Eigen::Index>(axis);
        if (fitting.scale_by[axis] > 0) scale[k] = std::abs(body[on[0]][k] - body[on[1]][k]) / fitting.scale_by[axis];
    }
    Garment garment;
    for (std::size_t i = 0; i < mesh.points.size(); ++i) {
        const Hold& hold = fitting.holds[i];
        Eigen::Vector3f at = hold.off.cwiseProduct(scale);
        for (std::size_t k = 0; k < 3; ++k) at += hold.share[k] * body[hold.on[k]];
        garment.points.push_back(at);
        garment.skin.push_back(mixed(hold, human.skin()));
    }
    garment.triangles = std::move(mesh.triangles);
    garment.hides = fitting.hides;
    find_parts(garment);
    return garment;
}

}  // namespace mien::simulate
