#pragma once

#include <array>

#include "face/quality/aligned.h"
#include "types/attributes.h"

namespace mien::face {

// What the pixels of an aligned face tell of things worn over it. All are logarithms: `light` of a place's mean over
// the face's median, `edges` of mean steps over six pixels relative to that median, `contrast` of how far the darkest
// row lies below the light ones. The idea of edges on the bridge of the nose is Jiang et al.'s (2000, Towards detection
// of glasses in facial images).
struct CoveringClues {
    float temple_edges = 0;  // beside the eyes, downwards: arms of glasses
    float bridge_edge = 0;   // the strongest row between the eyes
    float eye_light = 0;     // upper quartile about each eye, mean of both
    float brighter_eye = 0;  // the same, of the brighter one
    float lid_light = 0;     // below the lids
    float eye_contrast = 0;
    float mouth_contrast = 0;  // less that of the eyes, so that blur and weak light cancel
    float nose_edge = 0;       // the strongest row on the nose
    float nose_side_edges = 0;
    float brow_edges = 0;  // between brows and hair
    float forehead_light = 0;
    float forehead_side_edges = 0;  // across
    float crown_side_edges = 0;     // beside the forehead, downwards
    bool eyes_inside = false;       // whether the places lie within the source picture
    bool mouth_inside = false;
    bool forehead_inside = false;
};
CoveringClues covering_clues(const AlignedFace& face);

// Probabilities by logistic lines through three or four clues each, where covered and bare faces are equally frequent.
// Fitted on half of lfw-dev's subjects (docs/results.md says how often they err; tests/golden/fit_coverings.py fits).
Coverings coverings_of(const CoveringClues& clues);

// Of a face's mesh in its picture: the two above.
Coverings coverings_of(const Picture& picture, const FaceMesh& mesh);

}  // namespace mien::face
