#include "simulate/people/human.h"

#include <nlohmann/json.hpp>

#include "simulate/people/text_scan.h"

namespace mien::simulate {
namespace {

using Json = nlohmann::json;

Result<Json> read_json(const Assets& assets, const std::string& name) {
    MIEN_LET(text, assets.text(name));
    Json document = Json::parse(text, nullptr, false);
    if (document.is_discarded() || !document.is_object()) return Error{Fault::Corrupt, name + " is no JSON object"};
    return document;
}

// Where a JSON number points; the end where it is no whole one: the library would convert 1e69 without a word.
std::size_t index_of(const Json& number, std::size_t end) {
    if (!number.is_number_unsigned()) return end;
    const auto value = number.get<std::uint64_t>();
    return value < end ? static_cast<std::size_t>(value) : end;
}

float weight_of(const Json& number) {
    const double value = number.get<double>();
    return value >= 0 && value <= 1e3 ? static_cast<float>(value) : 0.0f;
}

// Between how many of the sculpted ages (1, 10, 25 and 90 years) a body lies, and with what shares.
std::vector<std::pair<std::string, float>> ages(float years) {
    constexpr std::array<float, 4> at{1, 10, 25, 90};
    constexpr std::array<const char*, 4> names{"baby", "child", "young", "old"};
    years = std::clamp(years, at.front(), at.back());
    std::size_t i = 0;
    while (i + 2 < at.size() && years > at[i + 1]) ++i;
    const float share = (years - at[i]) / (at[i + 1] - at[i]);
    return {{names[i], 1 - share}, {names[i + 1], share}};
}

std::vector<std::pair<std::string, float>> amounts(float value, const std::string& what) {
    value = std::clamp(value, 0.0f, 1.0f);
    if (value < 0.5f) return {{"min" + what, 1 - 2 * value}, {"average" + what, 2 * value}};
    return {{"average" + what, 2 - 2 * value}, {"max" + what, 2 * value - 1}};
}

void keep_largest(Skin& skin, Influence more) {
    auto least = std::ranges::min_element(skin, {}, &Influence::weight);
    if (more.weight > least->weight) *least = more;
}

void make_sum_one(Skin& skin) {
    float sum = 0;
    for (const Influence& i : skin) sum += i.weight;
    if (sum <= 0) {
        skin[0] = {0, 1};
        return;
    }
    for (Influence& i : skin) i.weight /= sum;
}

}  // namespace

Result<ObjMesh> read_obj(std::string_view text, std::string_view group) {
    ObjMesh mesh;
    bool taken = group.empty();
    while (!text.empty()) {
        std::string_view line = next_line(text);
        const std::string_view kind = next_word(line);
        if (kind == "v") {
            const float x = number_of<float>(next_word(line));
            const float y = number_of<float>(next_word(line));
            mesh.points.emplace_back(x, y, number_of<float>(next_word(line)));
        } else if (kind == "g" && !group.empty()) {
            taken = next_word(line) == group;
        } else if (kind == "f" && taken) {
            std::vector<std::uint32_t> corners;
            for (std::string_view word = next_word(line); !word.empty(); word = next_word(line)) {
                const auto index = number_of<std::uint32_t>(word.substr(0, word.find('/')));
                if (index < 1 || index > mesh.points.size())
                    return Error{Fault::Corrupt, "an OBJ face points to vertex " + std::string(word) + " of " +
                                                     std::to_string(mesh.points.size())};
                corners.push_back(index - 1);
            }
            for (std::size_t i = 2; i < corners.size(); ++i)
                mesh.triangles.push_back({corners[0], corners[i - 1], corners[i]});
        }
    }
    return mesh;
}

Result<Human> Human::load(const Assets& assets) {
    Human human(assets);
    MIEN_LET(text, assets.text("makehuman/data/3dobjs/base.obj"));
    MIEN_LET(mesh, read_obj(text, "body"));
    if (mesh.points.empty() || mesh.triangles.empty())
        return Error{Fault::Corrupt, "MakeHuman's base mesh has no vertices or no faces of the group body"};
    human.base_ = std::move(mesh.points);
    human.body_ = std::move(mesh.triangles);
    MIEN_TRY(human.read_skeleton());
    MIEN_TRY(human.read_weights());
    return human;
}

Status Human::read_skeleton() {
    const std::string name = "makehuman/data/rigs/default.mhskel";
    MIEN_LET(document, read_json(*assets_, name));
    try {
        std::map<std::string, int> places;
        const Json& bones = document.at("bones");
        // Parents first: rounds over the list until all have found theirs.
        while (places.size() < bones.size()) {
            const std::size_t before = places.size();
            for (const auto& [bone, says] : bones.items()) {
                const std::string parent = says.at("parent").is_null() ? "" : says.at("parent").get<std::string>();
                if (places.contains(bone) || (!parent.empty() && !places.contains(parent))) continue;
                const auto from = document.at("joints").at(says.at("head").get<std::string>());
                Bone made{bone, parent.empty() ? -1 : places.at(parent), {}};
                for (const Json& one : from) {
                    const std::size_t vertex = index_of(one, base_.size());
                    if (vertex == base_.size())
                        return Error{Fault::Corrupt, name + ": " + bone + " lies beyond the mesh"};
                    made.head_from.push_back(static_cast<std::uint32_t>(vertex));
                }
                bones_.push_back(std::move(made));
                places[bone] = static_cast<int>(bones_.size()) - 1;
            }
            if (places.size() == before) return Error{Fault::Corrupt, name + ": bones without a root"};
        }
    } catch (const Json::exception& wrong) {
        return Error{Fault::Corrupt, name + ": " + wrong.what()};
    }
    if (bones_.empty() || bones_.size() > 1000)
        return Error{Fault::Corrupt, name + " has " + std::to_string(bones_.size()) + " bones"};
    return {};
}

Status Human::read_weights() {
    const std::string name = "makehuman/data/rigs/default_weights.mhw";
    MIEN_LET(document, read_json(*assets_, name));
    skin_.assign(base_.size(), Skin{});
    try {
        const Json& weights = document.at("weights");
        for (std::size_t bone = 0; bone < bones_.size(); ++bone) {
            const auto found = weights.find(bones_[bone].name);
            if (found == weights.end()) continue;
            for (const Json& pair : *found) {
                const std::size_t at = index_of(pair.at(0), skin_.size());
                if (at == skin_.size()) return Error{Fault::Corrupt, name + ": a weight beyond the mesh"};
                keep_largest(skin_[at], {static_cast<std::uint16_t>(bone), weight_of(pair.at(1))});
            }
        }
    } catch (const Json::exception& wrong) {
        return Error{Fault::Corrupt, name + ": " + wrong.what()};
    }
    for (Skin& skin : skin_) make_sum_one(skin);
    return {};
}

Status Human::add_target(const std::string& name, float weight, Points3& points) const {
    if (weight < 1e-3f) return {};
    MIEN_LET(text, assets_->text("makehuman/data/targets/macrodetails/" + name + ".target"));
    while (!text.empty()) {
        std::string_view line = next_line(text);
        const std::string_view first = next_word(line);
        if (first.empty() || first.front() == '#') continue;
        const auto at = number_of<std::size_t>(first);
        if (at >= points.size()) return Error{Fault::Corrupt, name + ".target moves vertex " + std::string(first)};
        for (int k = 0; k < 3; ++k) points[at][k] += weight * number_of<float>(next_word(line));
    }
    return {};
}

Result<Points3> Human::shaped(const Shape& shape) const {
    Points3 points = base_;
    const std::string sex = shape.sex == Gender::Female ? "female" : "male";
    constexpr std::array<const char*, 3> origins{"african", "asian", "caucasian"};
    for (const auto& [age, age_share] : ages(shape.age)) {
        for (std::size_t i = 0; i < origins.size(); ++i)
            MIEN_TRY(add_target(origins[i] + ("-" + sex + "-" + age), age_share * shape.origins[i], points));
        for (const auto& [muscle, muscle_share] : amounts(shape.muscle, "muscle"))
            for (const auto& [weight, weight_share] : amounts(shape.weight, "weight"))
                MIEN_TRY(add_target("universal-" + sex + "-" + age + "-" + muscle + "-" + weight,
                                    age_share * muscle_share * weight_share, points));
    }
    for (Eigen::Vector3f& point : points) point *= shape.scale;
    return points;
}

}  // namespace mien::simulate
