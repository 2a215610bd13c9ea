// Accumulation of Float32 partial results in Float64.
#include "CKernels.h"
#include "clones.h"

CK_CLONES void ck_add_column_squares(const float *x, double *restrict sums, ptrdiff_t rows,
                                     ptrdiff_t columns) {
    for (ptrdiff_t r = 0; r < rows; r++, x += columns)
        for (ptrdiff_t c = 0; c < columns; c++) sums[c] += (double)x[c] * (double)x[c];
}

CK_CLONES void ck_add_lower_triangle(const float *square, double *restrict packed,
                                     ptrdiff_t dimension) {
    for (ptrdiff_t r = 0; r < dimension; r++) {
        const float *row = square + r * dimension;
        for (ptrdiff_t c = 0; c <= r; c++) packed[c] += (double)row[c];
        packed += r + 1;
    }
}

CK_CLONES void ck_add_to_double(const float *x, double *restrict sums, ptrdiff_t count) {
    for (ptrdiff_t i = 0; i < count; i++) sums[i] += (double)x[i];
}

CK_CLONES void ck_narrow(const double *x, float *restrict out, ptrdiff_t count) {
    for (ptrdiff_t i = 0; i < count; i++) out[i] = (float)x[i];
}
