#pragma once

#include <vector>

#include "types/picture.h"

namespace mien::body {

// How somebody looks, from head to feet, without any network: the crop is laid on 48 x 128 pixels and cut into eight
// stripes; of each, a histogram of hue and saturation, one of lightness and one of texture, pixels in the middle column
// counting most, because background stands at the sides. Histograms sum to 1 and are square-rooted, so that the cosine
// of two descriptors is the mean of their stripes' Bhattacharyya coefficients. Length 1.
//
// Stripes: D. Gray, H. Tao, Viewpoint invariant pedestrian recognition with an ensemble of localized features, 2008.
// Weight by distance from the middle: M. Farenzena et al., Person re-identification by symmetry-driven accumulation of
// local features, CVPR 2010. Texture: T. Ojala et al., Multiresolution gray-scale and rotation invariant texture
// classification with local binary patterns, PAMI 2002 (uniform patterns, 8 neighbours). Square roots: R. Arandjelovic,
// A. Zisserman, Three things everyone should know to improve object retrieval, CVPR 2012.
std::vector<float> stripes_of(const Picture& crop);

}  // namespace mien::body
