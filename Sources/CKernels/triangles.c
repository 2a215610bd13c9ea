// Triangles of symmetric matrices: reversal of the order, and the inverse factor of one tile.
#include "CKernels.h"
#include "clones.h"
#include <math.h>
#include <string.h>

CK_INLINE void reverse_copy(const float *restrict source, float *restrict target,
                            ptrdiff_t count) {
    for (ptrdiff_t i = 0; i < count; i++) target[i] = source[count - 1 - i];
}

CK_INLINE void swap_diagonal(float *square, ptrdiff_t dimension, ptrdiff_t r, ptrdiff_t s) {
    float first = square[r * dimension + r];
    square[r * dimension + r] = square[s * dimension + s];
    square[s * dimension + s] = first;
}

// Element (r, c) goes to (d - 1 - r, d - 1 - c): what stands right of the diagonal in row r goes
// left of it in row s = d - 1 - r.
CK_CLONES void ck_reverse_upper_to_lower(float *square, ptrdiff_t dimension, ptrdiff_t begin,
                                         ptrdiff_t end) {
    for (ptrdiff_t r = begin; r < end; r++) {
        ptrdiff_t s = dimension - 1 - r;
        float *top = square + r * dimension, *bottom = square + s * dimension;
        reverse_copy(top + r + 1, bottom, s);
        if (r != s) reverse_copy(bottom + s + 1, top, r);
        swap_diagonal(square, dimension, r, s);
    }
}

CK_CLONES void ck_reverse_lower_to_upper(float *square, ptrdiff_t dimension, ptrdiff_t begin,
                                         ptrdiff_t end) {
    for (ptrdiff_t r = begin; r < end; r++) {
        ptrdiff_t s = dimension - 1 - r;
        float *top = square + r * dimension, *bottom = square + s * dimension;
        reverse_copy(bottom, top + r + 1, s);
        if (r != s) reverse_copy(top, bottom + s + 1, r);
        memset(top, 0, (size_t)r * sizeof(float));
        memset(bottom, 0, (size_t)s * sizeof(float));
        swap_diagonal(square, dimension, r, s);
    }
}

enum { edge = CK_TRIANGLE_MAX };

// Column k of L, from the diagonal down, turns row k into row k of the inverse; every row i below
// gets L[i, k] times one vector: the finished row k left of column k, 1 / L[k, k] in column k where
// L[i, k] stood, and -L[j, k] right of it, which is the Cholesky update.
CK_CLONES ptrdiff_t ck_inverse_factor(float *square, ptrdiff_t stride, ptrdiff_t count) {
    float a[edge * edge], column[edge], vector[edge];
    for (ptrdiff_t i = 0; i < count; i++) {
        memcpy(a + i * edge, square + i * stride, (size_t)(i + 1) * sizeof(float));
        memset(a + i * edge + i + 1, 0, (size_t)(edge - i - 1) * sizeof(float));
    }
    for (ptrdiff_t k = 0; k < count; k++) {
        float pivot = a[k * edge + k];
        // A NaN compares false.
        if (!(pivot > 0)) return k + 1;
        float reciprocal = 1.0f / sqrtf(pivot);
        ptrdiff_t width = (count + 15) / 16 * 16;
        memset(vector, 0, sizeof vector);
        for (ptrdiff_t i = k + 1; i < count; i++) {
            column[i] = a[i * edge + k] * reciprocal;
            a[i * edge + k] = 0;
            vector[i] = -column[i];
        }
        for (ptrdiff_t j = 0; j < k; j++) vector[j] = a[k * edge + j] *= -reciprocal;
        vector[k] = a[k * edge + k] = reciprocal;
        for (ptrdiff_t i = k + 1; i < count; i++) {
            float *restrict row = a + i * edge;
            for (ptrdiff_t j = 0; j < width; j++) row[j] += column[i] * vector[j];
        }
    }
    for (ptrdiff_t i = 0; i < count; i++)
        memcpy(square + i * stride, a + i * edge, (size_t)(i + 1) * sizeof(float));
    return 0;
}
