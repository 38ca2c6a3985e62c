#include "face/align/pose.h"

#include <Eigen/Dense>

#include "face/align/rotation.h"

namespace mien::face {
namespace {

// A mean head in centimetres, x to the picture's right, y up, z towards the camera: left eye, right eye, nose tip, left
// and right corner of the mouth. From MediaPipe's canonical face (means of vertices 33+133, 362+263; 4, 61, 291), with
// the nose lowered to where CenterFace marks it, so that the median pitch of lfw-dev is zero.
Eigen::Matrix<double, 5, 3> mean_head() {
    Eigen::Matrix<double, 5, 3> points;
    points << -3.151, 2.625, 3.466,  //
        3.151, 2.625, 3.466,         //
        0.0, -1.34, 7.587,           //
        -2.456, -4.343, 4.284,       //
        2.456, -4.343, 4.284;
    return points;
}

}  // namespace

Pose pose_of(const Landmarks5& landmarks) {
    Eigen::Matrix<double, 5, 2> seen;
    const auto points = landmarks.points();
    for (int i = 0; i < 5; ++i)
        seen.row(i) << points[static_cast<std::size_t>(i)].x, -points[static_cast<std::size_t>(i)].y;
    const auto head = mean_head();
    const Eigen::Matrix<double, 5, 3> x = head.rowwise() - head.colwise().mean();
    const Eigen::Matrix<double, 5, 2> p = seen.rowwise() - seen.colwise().mean();

    const Eigen::Matrix<double, 2, 3> camera = x.colPivHouseholderQr().solve(p).transpose();
    const Eigen::JacobiSVD<Eigen::MatrixXd> svd(camera, Eigen::ComputeThinU | Eigen::ComputeThinV);
    const Eigen::Matrix<double, 2, 3> upper = svd.matrixU() * svd.matrixV().transpose();
    const Eigen::Vector3d right = upper.row(0);
    const Eigen::Vector3d up = upper.row(1);
    Eigen::Matrix3d rotation;
    rotation << right.transpose(), up.transpose(), right.cross(up).transpose();
    return pose_of_rotation(rotation);
}

}  // namespace mien::face
