// Sums and extremes of one row. Float addition may not be reordered unless we say so, and without
// reordering it does not vectorise; `reassociate` says so, for the one sum it stands above.
#include "CKernels.h"
#include "clones.h"
#include "exponential.h"
#include <math.h>

// Sixteen running extremes fill one register of the widest clone.
enum { lanes = 16 };

CK_CLONES float ck_dot(const float *a, const float *b, ptrdiff_t count) {
#pragma clang fp reassociate(on) contract(fast)
    float sum = 0;
    for (ptrdiff_t i = 0; i < count; i++) sum += a[i] * b[i];
    return sum;
}

CK_CLONES double ck_dot_in_double(const float *a, const float *b, ptrdiff_t count) {
#pragma clang fp reassociate(on) contract(fast)
    double sum = 0;
    for (ptrdiff_t i = 0; i < count; i++) sum += (double)a[i] * (double)b[i];
    return sum;
}

CK_CLONES float ck_sum_of_squares(const float *x, ptrdiff_t count) {
#pragma clang fp reassociate(on) contract(fast)
    float sum = 0;
    for (ptrdiff_t i = 0; i < count; i++) sum += x[i] * x[i];
    return sum;
}

CK_CLONES int ck_is_finite(const float *x, ptrdiff_t count) {
    uint32_t bad = 0;
    for (ptrdiff_t i = 0; i < count; i++) {
        uint32_t bits;
        __builtin_memcpy(&bits, x + i, 4);
        // The top exponent marks infinities and NaNs; adding one unit carries into the sign bit.
        bad |= (bits & 0x7F800000u) + 0x00800000u;
    }
    return (bad >> 31) == 0;
}

CK_INLINE float greatest(const float *x, ptrdiff_t count) {
    float best[lanes];
    for (ptrdiff_t l = 0; l < lanes; l++) best[l] = -__builtin_inff();
    ptrdiff_t i = 0;
    for (; i + lanes <= count; i += lanes)
        for (ptrdiff_t l = 0; l < lanes; l++) best[l] = x[i + l] > best[l] ? x[i + l] : best[l];
    for (; i < count; i++) best[0] = x[i] > best[0] ? x[i] : best[0];
    for (ptrdiff_t l = 1; l < lanes; l++) best[0] = best[l] > best[0] ? best[l] : best[0];
    return best[0];
}

CK_INLINE float least(const float *x, ptrdiff_t count) {
    float best[lanes];
    for (ptrdiff_t l = 0; l < lanes; l++) best[l] = __builtin_inff();
    ptrdiff_t i = 0;
    for (; i + lanes <= count; i += lanes)
        for (ptrdiff_t l = 0; l < lanes; l++) best[l] = x[i + l] < best[l] ? x[i + l] : best[l];
    for (; i < count; i++) best[0] = x[i] < best[0] ? x[i] : best[0];
    for (ptrdiff_t l = 1; l < lanes; l++) best[0] = best[l] < best[0] ? best[l] : best[0];
    return best[0];
}

CK_CLONES void ck_extremes(const float *x, ptrdiff_t count, float *minimum, float *maximum) {
    *minimum = least(x, count);
    *maximum = greatest(x, count);
}

CK_CLONES void ck_softmax_row(float *scores, ptrdiff_t valid, ptrdiff_t total) {
#pragma clang fp reassociate(on)
    float top = greatest(scores, valid);
    float sum = 0;
    for (ptrdiff_t i = 0; i < valid; i++) {
        float e = ck_exponential(scores[i] - top);
        scores[i] = e;
        sum += e;
    }
    float share = 1.0f / sum;
    for (ptrdiff_t i = 0; i < valid; i++) scores[i] *= share;
    for (ptrdiff_t i = valid; i < total; i++) scores[i] = 0;
}

CK_CLONES double ck_negative_log_likelihood(const float *logits, ptrdiff_t count,
                                            ptrdiff_t target) {
#pragma clang fp reassociate(on)
    float top = greatest(logits, count);
    double sum = 0;
    for (ptrdiff_t i = 0; i < count; i++) sum += (double)ck_exponential(logits[i] - top);
    return log(sum) + ((double)top - (double)logits[target]);
}
