// Accumulation of Float32 partial results in Float64.
#include "CKernels.h"
#include "clones.h"

CK_CLONES void ck_add_column_squares(const float *x, double *restrict sums, ptrdiff_t rows,
                                     ptrdiff_t columns) {
    for (ptrdiff_t r = 0; r < rows; r++, x += columns)
        for (ptrdiff_t c = 0; c < columns; c++) sums[c] += (double)x[c] * (double)x[c];
}

CK_CLONES void ck_add_tile(const float *tile, double *packed, ptrdiff_t row, ptrdiff_t column,
                           ptrdiff_t rows, ptrdiff_t columns) {
    for (ptrdiff_t r = 0; r < rows; r++, tile += columns) {
        double *restrict target = packed + (row + r) * (row + r + 1) / 2 + column;
        ptrdiff_t inside = row + r - column + 1;
        ptrdiff_t count = inside < columns ? inside : columns;
        for (ptrdiff_t c = 0; c < count; c++) target[c] += (double)tile[c];
    }
}

CK_CLONES void ck_add_to_double(const float *x, double *restrict sums, ptrdiff_t count) {
    for (ptrdiff_t i = 0; i < count; i++) sums[i] += (double)x[i];
}

CK_CLONES void ck_narrow(const double *x, float *restrict out, ptrdiff_t count) {
    for (ptrdiff_t i = 0; i < count; i++) out[i] = (float)x[i];
}
