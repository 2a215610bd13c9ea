// The uniform grid of a quantiser.
#pragma once
#include "clones.h"

// The code clamp(rint(weight/scale) + zero, 0, maximum), half to even, as a whole float.
// The clamp to ±2^21 keeps the rounding trick exact and changes no code: those are at most 255.
CK_INLINE float ck_grid_code(float weight, float scale, float zero, float maximum) {
    const float limit = 2097152.0f, shifter = 12582912.0f;
    float steps = weight / scale;
    // A NaN compares false, so it becomes the least code instead of undefined behaviour.
    steps = steps > -limit ? steps : -limit;
    steps = steps < limit ? steps : limit;
    float code = ((steps + shifter) - shifter) + zero;
    code = code > 0.0f ? code : 0.0f;
    return code < maximum ? code : maximum;
}
