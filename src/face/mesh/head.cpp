#include "face/mesh/head.h"

#include <Eigen/Dense>
#include <algorithm>
#include <array>
#include <cmath>

#include "face/align/rotation.h"

namespace mien::face {
namespace {

// A point of the mesh that keeps its place on the skull: its weight, and where it is on MediaPipe's canonical face, in
// centimetres, x to the picture's right, y up, z towards the camera (figures of its geometry pipeline, Apache-2.0).
struct BasisPoint {
    std::size_t index = 0;
    double weight = 0;
    std::array<double, 3> place{};
};
constexpr std::array basis{
    BasisPoint{4, 0.07091, {0.0000, -0.4632, 7.5866}},    BasisPoint{6, 0.03210, {0.0000, 2.4733, 5.7886}},
    BasisPoint{10, 0.00845, {0.0000, 8.2618, 4.4815}},    BasisPoint{33, 0.05872, {-4.4459, 2.6640, 3.1734}},
    BasisPoint{54, 0.00767, {-6.2793, 6.6154, 1.4259}},   BasisPoint{67, 0.00908, {-3.5240, 8.0060, 3.7292}},
    BasisPoint{117, 0.00979, {-5.2587, 0.9458, 2.9743}},  BasisPoint{119, 0.01457, {-3.3007, 0.8616, 3.8728}},
    BasisPoint{121, 0.01859, {-1.8207, 1.4680, 4.2241}},  BasisPoint{127, 0.00520, {-7.7431, 2.3650, -2.0052}},
    BasisPoint{129, 0.12063, {-1.7858, -0.9783, 4.8505}}, BasisPoint{132, 0.00556, {-7.2709, -2.8909, -2.2525}},
    BasisPoint{133, 0.05329, {-1.8564, 2.5852, 3.7579}},  BasisPoint{136, 0.06689, {-5.0853, -7.1786, 0.7147}},
    BasisPoint{143, 0.01482, {-6.4076, 2.2360, 1.5608}},  BasisPoint{147, 0.01426, {-6.2349, -1.9444, 1.6635}},
    BasisPoint{198, 0.02546, {-1.2468, 0.2303, 5.6810}},  BasisPoint{205, 0.04725, {-3.8329, -1.5373, 4.1377}},
    BasisPoint{263, 0.05872, {4.4459, 2.6640, 3.1734}},   BasisPoint{284, 0.00767, {6.2793, 6.6154, 1.4259}},
    BasisPoint{297, 0.00908, {3.5240, 8.0060, 3.7292}},   BasisPoint{346, 0.00979, {5.2587, 0.9458, 2.9743}},
    BasisPoint{348, 0.01457, {3.3007, 0.8616, 3.8728}},   BasisPoint{350, 0.01859, {1.8207, 1.4680, 4.2241}},
    BasisPoint{356, 0.00520, {7.7431, 2.3650, -2.0052}},  BasisPoint{358, 0.12063, {1.7858, -0.9783, 4.8505}},
    BasisPoint{361, 0.00556, {7.2709, -2.8909, -2.2525}}, BasisPoint{362, 0.05329, {1.8564, 2.5852, 3.7579}},
    BasisPoint{365, 0.06689, {5.0853, -7.1786, 0.7147}},  BasisPoint{372, 0.01482, {6.4076, 2.2360, 1.5608}},
    BasisPoint{376, 0.01426, {6.2349, -1.9444, 1.6635}},  BasisPoint{420, 0.02546, {1.2468, 0.2303, 5.6810}},
    BasisPoint{425, 0.04725, {3.8329, -1.5373, 4.1377}},
};

Eigen::Vector3d camera_point(const FaceMesh& mesh, std::size_t i) {
    const Point3& p = mesh.points[i];
    return {p.x, -p.y, -p.z};
}

struct Similarity {
    Eigen::Matrix3d rotation;  // head to camera
    double scale = 1;          // pixels in a centimetre of the canonical face
};

// Weighted Procrustes (Umeyama 1991).
Similarity fit(const FaceMesh& mesh) {
    double total = 0;
    Eigen::Vector3d from = Eigen::Vector3d::Zero();
    Eigen::Vector3d to = Eigen::Vector3d::Zero();
    for (const BasisPoint& b : basis) {
        total += b.weight;
        from += b.weight * Eigen::Map<const Eigen::Vector3d>(b.place.data());
        to += b.weight * camera_point(mesh, b.index);
    }
    from /= total;
    to /= total;
    Eigen::MatrixXd covariance = Eigen::MatrixXd::Zero(3, 3);
    double spread = 0;
    for (const BasisPoint& b : basis) {
        const Eigen::Vector3d x = Eigen::Map<const Eigen::Vector3d>(b.place.data()) - from;
        covariance += b.weight * (camera_point(mesh, b.index) - to) * x.transpose();
        spread += b.weight * x.squaredNorm();
    }
    const Eigen::JacobiSVD<Eigen::MatrixXd> svd(covariance, Eigen::ComputeThinU | Eigen::ComputeThinV);
    const Eigen::Matrix3d u = svd.matrixU();
    const Eigen::Matrix3d v = svd.matrixV();
    const double mirror = u.determinant() * v.determinant() < 0 ? -1 : 1;
    const Eigen::Vector3d signs(1, 1, mirror);
    const Eigen::VectorXd& stretch = svd.singularValues();
    const double scale = (stretch(0) + stretch(1) + mirror * stretch(2)) / spread;
    return {u * signs.asDiagonal() * v.transpose(), std::max(scale, 1e-6)};
}

float distance(const FaceMesh& mesh, std::size_t a, std::size_t b) {
    return static_cast<float>((camera_point(mesh, a) - camera_point(mesh, b)).norm());
}

// Corners, then pairs of points of the upper and lower lid above one another.
struct Eye {
    std::array<std::size_t, 2> corners{};
    std::array<std::size_t, 2> upper{};
    std::array<std::size_t, 2> lower{};
    std::size_t iris = 0;
};
constexpr Eye left{{33, 133}, {160, 158}, {144, 153}, FaceMesh::left_iris};
constexpr Eye right{{362, 263}, {385, 387}, {380, 373}, FaceMesh::right_iris};

float opening(const FaceMesh& mesh, const Eye& eye) {
    const float height = distance(mesh, eye.upper[0], eye.lower[0]) + distance(mesh, eye.upper[1], eye.lower[1]);
    return height / std::max(2 * distance(mesh, eye.corners[0], eye.corners[1]), 1e-3f);
}

// How far the middle of the iris lies beside the middle of the corners, in centimetres of the canonical face.
Eigen::Vector3d iris_offset(const FaceMesh& mesh, const Eye& eye, const Similarity& head) {
    const Eigen::Vector3d socket = (camera_point(mesh, eye.corners[0]) + camera_point(mesh, eye.corners[1])) / 2;
    return head.rotation.transpose() * (camera_point(mesh, eye.iris) - socket) / head.scale;
}

Gaze gaze_of(const FaceMesh& mesh, const Similarity& head) {
    constexpr double eyeball = 1.2;  // radius in centimetres
    const Eigen::Vector3d offset = (iris_offset(mesh, left, head) + iris_offset(mesh, right, head)) / 2;
    const double x = std::clamp(offset.x() / eyeball, -0.9, 0.9);
    const double y = std::clamp(offset.y() / eyeball, -0.9, 0.9);
    const Eigen::Vector3d in_head(x, y, std::sqrt(std::max(0.05, 1 - x * x - y * y)));
    const Eigen::Vector3d seen = head.rotation * in_head.normalized();
    return {degrees(std::atan2(seen.x(), seen.z())), degrees(std::asin(std::clamp(seen.y(), -1.0, 1.0)))};
}

}  // namespace

HeadState head_of(const FaceMesh& mesh) {
    const Similarity head = fit(mesh);
    constexpr std::size_t upper_lip = 13;
    constexpr std::size_t lower_lip = 14;
    const float width = distance(mesh, 78, 308);  // inner corners of the mouth
    return {pose_of_rotation(head.rotation), opening(mesh, left), opening(mesh, right),
            distance(mesh, upper_lip, lower_lip) / std::max(width, 1e-3f), gaze_of(mesh, head)};
}

}  // namespace mien::face
