#include "simulate/people/walker.h"

#include <numbers>

#include "simulate/people/garment.h"

namespace mien::simulate {
namespace {

enum Cloth : std::uint8_t { Skin_, Upper, Lower, Shoes, Hair, Hat, Eyes, BagCloth, cloth_count };

constexpr float metres = 0.1f;  // MakeHuman measures in decimetres

std::string asset(const std::string& kind, const std::string& name, const std::string& file) {
    return "assets/base/" + kind + "/" + name + "/" + file + ".mhclo";
}

// Normals of vertices: the sum of their triangles' normals by area.
Points3 normals_of(const Points3& points, const std::vector<Triangle>& triangles) {
    Points3 normals(points.size(), Eigen::Vector3f::Zero());
    for (const Triangle& t : triangles) {
        const Eigen::Vector3f n = (points[t[1]] - points[t[0]]).cross(points[t[2]] - points[t[0]]);
        for (const std::uint32_t corner : t) normals[corner] += n;
    }
    for (Eigen::Vector3f& n : normals)
        n = n.squaredNorm() > 0 ? Eigen::Vector3f(n.normalized()) : Eigen::Vector3f::UnitZ();
    return normals;
}

std::uint16_t bone_named(const Human& human, std::string_view name) {
    for (std::size_t i = 0; i < human.bones().size(); ++i)
        if (human.bones()[i].name == name) return static_cast<std::uint16_t>(i);
    return 0;
}

// A box with rounded corners: |x|^4 + |y|^4 + |z|^4 = 1 (a superellipsoid, Barr 1981), stretched to `half`.
void rounded_box(const Eigen::Vector3f& centre, const Eigen::Vector3f& half, Points3& points,
                 std::vector<Triangle>& triangles) {
    constexpr std::uint32_t rings = 10;
    constexpr std::uint32_t around = 16;
    for (std::uint32_t i = 0; i <= rings; ++i) {
        const float polar = std::numbers::pi_v<float> * static_cast<float>(i) / rings;
        for (std::uint32_t k = 0; k < around; ++k) {
            const float turn = 2 * std::numbers::pi_v<float> * static_cast<float>(k) / around;
            const Eigen::Vector3f d(std::sin(polar) * std::cos(turn), std::cos(polar),
                                    std::sin(polar) * std::sin(turn));
            const float radius = std::pow(d.array().pow(4).sum(), -0.25f);
            points.push_back(centre + radius * d.cwiseProduct(half));
        }
    }
    for (std::uint32_t i = 0; i < rings; ++i) {
        for (std::uint32_t k = 0; k < around; ++k) {
            const std::uint32_t a = i * around + k;
            const std::uint32_t b = i * around + (k + 1) % around;
            triangles.push_back({a, b, a + around});
            triangles.push_back({b, b + around, a + around});
        }
    }
}

}  // namespace

Result<Walker> Walker::dress(const Human& human, const Appearance& appearance) {
    Walker walker;
    walker.appearance_ = appearance;
    MIEN_LET(body, human.shaped(appearance.shape));
    const Points3 joints = joints_of(human, body);
    MIEN_LET(hidden, walker.add_clothes(human, body));
    walker.add_body(human, body, hidden);
    walker.add_bag(human, joints);
    walker.make_materials();
    walker.strike_poses(human, joints);
    // Garbled assets must end here, not as a body of a kilometre in the rasteriser.
    for (const Pose3& pose : walker.poses_)
        for (const Eigen::Vector3f& point : pose.points)
            if (!(point.cwiseAbs().maxCoeff() < 5))
                return Error{Fault::Corrupt,
                             "MakeHuman's data make a body with a point " + std::to_string(point.norm()) + " m away"};
    return walker;
}

void Walker::add(const Points3& points, const std::vector<Skin>& skin, const std::vector<Triangle>& triangles,
                 const std::vector<std::uint8_t>& material_of) {
    // Only vertices that a triangle shows are kept.
    std::vector<std::uint32_t> places(points.size(), ~0u);
    for (std::size_t i = 0; i < triangles.size(); ++i) {
        Triangle moved{};
        for (std::size_t k = 0; k < 3; ++k) {
            std::uint32_t& place = places[triangles[i][k]];
            if (place == ~0u) {
                place = static_cast<std::uint32_t>(rest_.size());
                rest_.push_back(points[triangles[i][k]]);
                skin_.push_back(skin[triangles[i][k]]);
            }
            moved[k] = place;
        }
        triangles_.push_back(moved);
        material_of_.push_back(material_of[i]);
    }
}

Result<std::vector<std::uint32_t>> Walker::add_clothes(const Human& human, const Points3& body) {
    struct Piece {
        std::string name;
        Cloth cloth;
    };
    std::vector<Piece> pieces{{asset("clothes", appearance_.suit, appearance_.suit), Upper},
                              {asset("clothes", appearance_.shoes, appearance_.shoes), Shoes},
                              {asset("hair", appearance_.hair, appearance_.hair), Hair},
                              {"makehuman/data/eyes/low-poly/low-poly.mhclo", Eyes}};
    if (appearance_.hat) pieces.push_back({asset("clothes", "fedora01", "fedora"), Hat});
    const float hips = joints_of(human, body)[bone_named(human, "root")].y() + appearance_.shape.scale * 0.3f;
    std::vector<std::uint32_t> hidden;
    for (const Piece& piece : pieces) {
        MIEN_LET(garment, fit_garment(human, body, piece.name));
        std::vector<std::uint8_t> cloth;
        for (const int part : garment.part) {
            const bool low = piece.cloth == Upper && garment.part_height[static_cast<std::size_t>(part)] < hips;
            cloth.push_back(low ? Lower : piece.cloth);
        }
        add(garment.points, garment.skin, garment.triangles, cloth);
        hidden.insert(hidden.end(), garment.hides.begin(), garment.hides.end());
    }
    return hidden;
}

void Walker::add_body(const Human& human, const Points3& body, const std::vector<std::uint32_t>& hidden) {
    std::vector<bool> covered(body.size());
    for (const std::uint32_t i : hidden)
        if (i < covered.size()) covered[i] = true;
    std::vector<Triangle> seen;
    for (const Triangle& t : human.body())
        if (!covered[t[0]] || !covered[t[1]] || !covered[t[2]]) seen.push_back(t);
    add(body, human.skin(), seen, std::vector<std::uint8_t>(seen.size(), Skin_));
}

void Walker::add_bag(const Human& human, const Points3& joints) {
    if (appearance_.bag == Bag::None) return;
    const bool back = appearance_.bag == Bag::Backpack;
    const std::uint16_t bone = bone_named(human, back ? "spine02" : "root");
    const float size = appearance_.shape.scale;
    // A backpack hangs between the shoulders, a shoulder bag beside the left hip.
    const Eigen::Vector3f centre =
        back ? Eigen::Vector3f(joints[bone_named(human, "spine01")] - size * Eigen::Vector3f(0, 0.9f, 1.45f))
             : Eigen::Vector3f(joints[bone_named(human, "upperleg01.L")] + size * Eigen::Vector3f(1.0f, 0.2f, -0.3f));
    const Eigen::Vector3f half =
        size * (back ? Eigen::Vector3f(1.45f, 2.1f, 0.8f) : Eigen::Vector3f(0.45f, 1.2f, 1.6f));
    Points3 points;
    std::vector<Triangle> triangles;
    rounded_box(centre, half, points, triangles);
    const Skin rigid{Influence{bone, 1}, {}, {}, {}};
    add(points, std::vector<Skin>(points.size(), rigid), triangles,
        std::vector<std::uint8_t>(triangles.size(), BagCloth));
}

void Walker::make_materials() {
    materials_.resize(cloth_count);
    const Appearance& a = appearance_;
    materials_[Skin_] = {a.skin.rgb, a.skin.rgb, Pattern::Plain, 0.03f};
    materials_[Upper] = {a.upper.rgb, a.second.rgb, a.pattern, 0.10f};
    materials_[Lower] = {a.lower.rgb, a.lower.rgb, Pattern::Plain, 0.12f};
    materials_[Shoes] = {a.shoe_colour.rgb * 0.7f, a.shoe_colour.rgb, Pattern::Plain, 0.04f};
    materials_[Hair] = {a.hair_colour.rgb, a.hair_colour.rgb, Pattern::Plain, 0.35f};
    materials_[Hat] = {a.shoe_colour.rgb, a.shoe_colour.rgb, Pattern::Plain, 0.06f};
    materials_[Eyes] = {Eigen::Vector3f(70, 58, 52), Eigen::Vector3f(70, 58, 52), Pattern::Plain, 0};
    materials_[BagCloth] = {a.bag_colour.rgb * 0.85f, a.bag_colour.rgb, Pattern::Plain, 0.08f};
}

void Walker::strike_poses(const Human& human, const Points3& joints) {
    for (int phase = 0; phase <= gait_phases; ++phase) {
        const std::vector<Eigen::Affine3f> maps = pose_bones(human, joints, phase);
        Pose3& pose = poses_[static_cast<std::size_t>(phase)];
        float lowest = std::numeric_limits<float>::max();
        float highest = std::numeric_limits<float>::lowest();
        for (std::size_t i = 0; i < rest_.size(); ++i) {
            Eigen::Vector3f at = Eigen::Vector3f::Zero();
            for (const Influence& on : skin_[i])
                if (on.weight > 0) at += on.weight * (maps[on.bone] * rest_[i]);
            // x to the left, y up, z forwards → x forwards, y to the left, z up
            pose.points.emplace_back(metres * at.z(), metres * at.x(), metres * at.y());
            lowest = std::min(lowest, pose.points.back().z());
            highest = std::max(highest, pose.points.back().z());
        }
        for (Eigen::Vector3f& point : pose.points) point.z() -= lowest;
        pose.normals = normals_of(pose.points, triangles_);
        if (phase == standing) height_ = highest - lowest;
    }
    const Eigen::Vector3f& hip = joints[bone_named(human, "upperleg01.L")];
    const Eigen::Vector3f& foot = joints[bone_named(human, "foot.L")];
    cycle_length_ = cycle_over_leg * metres * (hip - foot).norm();
}

}  // namespace mien::simulate
