// Elementwise updates, and rounding to a quantisation grid.
#include "CKernels.h"
#include "clones.h"
#include "exponential.h"
#include "grid.h"

CK_CLONES void ck_add_scaled(float k, const float *restrict x, float *restrict y,
                             ptrdiff_t count) {
    for (ptrdiff_t i = 0; i < count; i++) y[i] += k * x[i];
}

CK_CLONES void ck_add(const float *restrict x, float *restrict y, ptrdiff_t count) {
    for (ptrdiff_t i = 0; i < count; i++) y[i] += x[i];
}

CK_CLONES void ck_scale(float k, float *x, ptrdiff_t count) {
    for (ptrdiff_t i = 0; i < count; i++) x[i] *= k;
}

CK_CLONES void ck_exponentials(float *x, ptrdiff_t count) {
    for (ptrdiff_t i = 0; i < count; i++) x[i] = ck_exponential(x[i]);
}

CK_CLONES void ck_subtract_outer(const float *e, const float *u, float *block, ptrdiff_t rows,
                                 ptrdiff_t count, ptrdiff_t stride) {
    for (ptrdiff_t k = 0; k < rows; k++) {
        float *restrict row = block + k * stride;
        for (ptrdiff_t i = 0; i < count; i++) row[i] -= u[k] * e[i];
    }
}

CK_CLONES void ck_round_to_grid(const float *weights, const float *scales, const float *zeros,
                                float maximum, uint8_t *restrict codes, float *restrict values,
                                ptrdiff_t count) {
    for (ptrdiff_t i = 0; i < count; i++) {
        float code = ck_grid_code(weights[i], scales[i], zeros[i], maximum);
        codes[i] = (uint8_t)code;
        values[i] = scales[i] * (code - zeros[i]);
    }
}

CK_CLONES void ck_round_to_one_grid(const float *weights, float scale, float zero, float maximum,
                                    uint8_t *restrict codes, float *restrict values,
                                    ptrdiff_t count) {
    for (ptrdiff_t i = 0; i < count; i++) {
        float code = ck_grid_code(weights[i], scale, zero, maximum);
        codes[i] = (uint8_t)code;
        values[i] = scale * (code - zero);
    }
}
