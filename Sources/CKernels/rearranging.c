// Moves of elements: transposition by tiles, reversal, gathering.
#include "CKernels.h"
#include "clones.h"
#include <string.h>

// A tile of 16 × 16 floats is sixteen cache lines on both sides.
enum { tile_edge = 16 };

CK_INLINE ptrdiff_t smaller(ptrdiff_t a, ptrdiff_t b) { return a < b ? a : b; }

CK_CLONES void ck_transpose(const float *source, ptrdiff_t source_stride, float *target,
                            ptrdiff_t target_stride, ptrdiff_t rows, ptrdiff_t columns) {
    for (ptrdiff_t r0 = 0; r0 < rows; r0 += tile_edge) {
        ptrdiff_t r1 = smaller(r0 + tile_edge, rows);
        for (ptrdiff_t c0 = 0; c0 < columns; c0 += tile_edge) {
            ptrdiff_t c1 = smaller(c0 + tile_edge, columns);
            for (ptrdiff_t c = c0; c < c1; c++)
                for (ptrdiff_t r = r0; r < r1; r++)
                    target[c * target_stride + r] = source[r * source_stride + c];
        }
    }
}

CK_CLONES void ck_reverse(float *x, ptrdiff_t count) {
    for (ptrdiff_t i = 0, j = count - 1; i < j; i++, j--) {
        float first = x[i];
        x[i] = x[j];
        x[j] = first;
    }
}

void ck_zero_above_diagonal(float *square, ptrdiff_t dimension) {
    for (ptrdiff_t r = 0; r + 1 < dimension; r++)
        memset(square + r * dimension + r + 1, 0, (size_t)(dimension - r - 1) * sizeof(float));
}

CK_CLONES void ck_gather(const float *x, const int32_t *indices, float *out, ptrdiff_t count) {
    for (ptrdiff_t i = 0; i < count; i++) out[i] = x[indices[i]];
}

void ck_unpack_symmetric(const float *packed, float *square, ptrdiff_t dimension) {
    for (ptrdiff_t r = 0; r < dimension; r++) {
        memcpy(square + r * dimension, packed, (size_t)(r + 1) * sizeof(float));
        packed += r + 1;
    }
    // The mirror goes by tiles, so that neither side strides through memory line by line.
    for (ptrdiff_t r0 = 0; r0 < dimension; r0 += tile_edge)
        for (ptrdiff_t c0 = 0; c0 <= r0; c0 += tile_edge)
            for (ptrdiff_t r = r0; r < smaller(r0 + tile_edge, dimension); r++)
                for (ptrdiff_t c = c0; c < smaller(c0 + tile_edge, r); c++)
                    square[c * dimension + r] = square[r * dimension + c];
}
