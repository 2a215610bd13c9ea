// Activations of feed-forward layers, elementwise and in place.
#include "CKernels.h"
#include "clones.h"
#include "exponential.h"

CK_CLONES void ck_multiply(float *restrict x, const float *restrict y, ptrdiff_t count) {
    for (ptrdiff_t i = 0; i < count; i++) x[i] *= y[i];
}

CK_CLONES void ck_rectify(float *x, ptrdiff_t count) {
    // A NaN compares false and so stays.
    for (ptrdiff_t i = 0; i < count; i++) x[i] = x[i] < 0.0f ? 0.0f : x[i];
}

CK_CLONES void ck_silu(float *x, ptrdiff_t count) {
    for (ptrdiff_t i = 0; i < count; i++) x[i] = x[i] / (1.0f + ck_exponential(-x[i]));
}

CK_CLONES void ck_gelu_tanh(float *x, ptrdiff_t count) {
    // (1 + tanh u) / 2 = 1 / (1 + e^-2u) with u = sqrt(2/pi)·(x + 0.044715·x³): nothing cancels.
    const float outer = -1.5957691216f, inner = 0.044715f;
    for (ptrdiff_t i = 0; i < count; i++) {
        float exponent = outer * (x[i] + inner * (x[i] * x[i] * x[i]));
        x[i] = x[i] / (1.0f + ck_exponential(exponent));
    }
}

CK_CLONES void ck_gelu(float *x, ptrdiff_t count) {
    for (ptrdiff_t i = 0; i < count; i++) {
        // erfc by Abramowitz and Stegun 7.1.26, absolute error below 1.5e-7.
        float a = 0.70710678119f * (x[i] < 0.0f ? -x[i] : x[i]);
        float t = 1.0f / (1.0f + 0.3275911f * a);
        float p = 1.061405429f;
        p = p * t - 1.453152027f;
        p = p * t + 1.421413741f;
        p = p * t - 0.284496736f;
        p = p * t + 0.254829592f;
        float tail = 0.5f * (p * t) * ck_exponential(-(a * a));
        x[i] *= x[i] < 0.0f ? tail : 1.0f - tail;
    }
}

CK_CLONES void ck_soft_cap(float cap, float *x, ptrdiff_t count) {
    // tanh u = 1 - 2 / (1 + e^2u): right at both infinities of the exponential.
    for (ptrdiff_t i = 0; i < count; i++)
        x[i] = cap * (1.0f - 2.0f / (1.0f + ck_exponential(2.0f * (x[i] / cap))));
}
