// Row-wise parts of a transformer block.
#include "CKernels.h"
#include "clones.h"
#include "exponential.h"
#include <math.h>

CK_INLINE float mean_square(const float *x, ptrdiff_t count) {
#pragma clang fp reassociate(on) contract(fast)
    float sum = 0;
    for (ptrdiff_t i = 0; i < count; i++) sum += x[i] * x[i];
    return sum / (float)count;
}

CK_CLONES void ck_rms_norm(const float *x, const float *weight, float epsilon, float *restrict out,
                           ptrdiff_t rows, ptrdiff_t columns) {
    for (ptrdiff_t r = 0; r < rows; r++, x += columns, out += columns) {
        float factor = 1.0f / sqrtf(mean_square(x, columns) + epsilon);
        for (ptrdiff_t c = 0; c < columns; c++) out[c] = weight[c] * (x[c] * factor);
    }
}

CK_INLINE float mean(const float *x, ptrdiff_t count) {
#pragma clang fp reassociate(on) contract(fast)
    float sum = 0;
    for (ptrdiff_t i = 0; i < count; i++) sum += x[i];
    return sum / (float)count;
}

CK_CLONES void ck_layer_norm(const float *x, const float *weight, const float *bias, float epsilon,
                             float *restrict out, ptrdiff_t rows, ptrdiff_t columns) {
    for (ptrdiff_t r = 0; r < rows; r++, x += columns, out += columns) {
        // The mean goes first: a mean of squares less the mean's square would lose digits.
        float middle = mean(x, columns);
        for (ptrdiff_t c = 0; c < columns; c++) out[c] = x[c] - middle;
        float factor = 1.0f / sqrtf(mean_square(out, columns) + epsilon);
        for (ptrdiff_t c = 0; c < columns; c++) out[c] = weight[c] * (out[c] * factor) + bias[c];
    }
}

CK_CLONES void ck_rotary_row(float *x, ptrdiff_t heads, ptrdiff_t half, const float *cosines,
                             const float *sines) {
    for (ptrdiff_t h = 0; h < heads; h++) {
        float *restrict first = x + 2 * h * half;
        float *restrict second = first + half;
        for (ptrdiff_t i = 0; i < half; i++) {
            float a = first[i], b = second[i];
            first[i] = a * cosines[i] - b * sines[i];
            second[i] = b * cosines[i] + a * sines[i];
        }
    }
}

CK_CLONES void ck_silu_multiply(float *restrict gate, const float *restrict up, ptrdiff_t count) {
    for (ptrdiff_t i = 0; i < count; i++)
        gate[i] = gate[i] / (1.0f + ck_exponential(-gate[i])) * up[i];
}
