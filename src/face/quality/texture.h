#pragma once

#include "face/quality/components.h"
#include "types/geometry.h"

namespace mien::face {

// Our own component measures of a face's pixels.
struct TextureMeasures {
    // Mean difference of pixels one step apart over that of pixels four steps apart, in the aligned face: 0.25 where
    // everything is blurred, above 0.4 where the eye sees lashes. Size and blur both lower it.
    Scored focus{};
    // Standard deviation of the noise in grey values (Immerkær 1996), the lower quarter of blocks of the face at its
    // own resolution, so that texture is not taken for noise.
    Scored noise{};
    // Steps over the borders of 8 x 8 blocks over steps elsewhere: 1 where JPEG has left no trace.
    Scored blockiness{};
    // Mean gradient of luminance beside the head, when enough of it is in the picture.
    Scored background{};
    bool background_seen = false;
    Scored inside{};  // share of the face that lies within the picture
};

// `face` is the box of the face in `picture`, which must be the picture that the face was aligned from.
TextureMeasures texture_measures(const Picture& picture, const Box& face, const AlignedFace& aligned);

}  // namespace mien::face
