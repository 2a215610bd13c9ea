// The part of a column sweep that stays inside a lazy block, a tile of rows at a time.
//
// Rows of the weight are the lanes of the vectors. Columns are settled in strips: within a strip
// the error of a column is taken off the later ones at once; off the columns after the strip the
// errors of the whole strip are taken together, so that those are read and written once a strip.
// Either way the errors of earlier columns come first: the bits are those of the plain loop.
#include "CKernels.h"
#include "clones.h"
#include "grid.h"

enum { lanes = CK_SWEEP_ROWS, strip_columns = 8 };

// What a sweep does with a column; a constant in each of the three functions below.
enum purpose { quantizing, pruning_by_mask, pruning_groups };

struct grids {
    float scales[lanes], zeros[lanes];
};

// Rows that the last tile lacks get an empty grid, where zero stays zero.
CK_INLINE void load_grids(struct grids *grids, const ck_sweep_grids *all, ptrdiff_t column,
                          ptrdiff_t rows) {
    ptrdiff_t offset = all->groups[column] * all->stride;
    for (ptrdiff_t i = 0; i < lanes; i++) grids->scales[i] = 1, grids->zeros[i] = 0;
    for (ptrdiff_t i = 0; i < rows; i++) grids->scales[i] = all->scales[offset + i];
    for (ptrdiff_t i = 0; i < rows; i++) grids->zeros[i] = all->zeros[offset + i];
}

CK_INLINE void quantize(const float *restrict values, const struct grids *restrict grids,
                        float maximum, float *restrict chosen, uint8_t *restrict codes) {
    for (ptrdiff_t i = 0; i < lanes; i++) {
        float code = ck_grid_code(values[i], grids->scales[i], grids->zeros[i], maximum);
        codes[i] = (uint8_t)code;
        chosen[i] = grids->scales[i] * (code - grids->zeros[i]);
    }
}

CK_INLINE void prune(const float *restrict values, const uint8_t *restrict mask,
                     float *restrict chosen) {
    for (ptrdiff_t i = 0; i < lanes; i++) chosen[i] = mask[i] ? 0.0f : values[i];
}

// Marks the `pruned` smallest value²/pivot² of each row among `width` columns; of equal ones the
// earlier. The rank of a score is the number of scores that go before it.
CK_INLINE void mark_group(const ck_sweep_tile *tile, ptrdiff_t column, ptrdiff_t width,
                          ptrdiff_t pruned, uint8_t *restrict mask) {
    float scores[CK_SWEEP_GROUP_MAX * lanes];
    for (ptrdiff_t k = 0; k < width; k++) {
        const float *values = tile->values + (column + k) * lanes;
        float pivot = tile->factor[(column + k) * tile->columns + column + k];
        float square = pivot * pivot;
        for (ptrdiff_t i = 0; i < lanes; i++)
            scores[k * lanes + i] = (values[i] * values[i]) / square;
    }
    for (ptrdiff_t k = 0; k < width; k++) {
        int32_t ranks[lanes] = {0};
        const float *own = scores + k * lanes;
        for (ptrdiff_t other = 0; other < width; other++) {
            const float *score = scores + other * lanes;
            if (other < k)
                for (ptrdiff_t i = 0; i < lanes; i++) ranks[i] += score[i] <= own[i];
            else
                for (ptrdiff_t i = 0; i < lanes; i++) ranks[i] += score[i] < own[i];
        }
        for (ptrdiff_t i = 0; i < lanes; i++) mask[k * lanes + i] = ranks[i] < pruned;
    }
}

// errors = (values - chosen) / pivot; squares += errors²; values = chosen.
CK_INLINE void settle(float *restrict values, const float *restrict chosen, float pivot,
                      float *restrict errors, double *restrict squares) {
    for (ptrdiff_t i = 0; i < lanes; i++) {
        float error = (values[i] - chosen[i]) / pivot;
        errors[i] = error;
        values[i] = chosen[i];
        squares[i] += (double)error * (double)error;
    }
}

CK_INLINE void subtract(float *restrict values, float factor, const float *restrict errors) {
    for (ptrdiff_t i = 0; i < lanes; i++) values[i] -= factor * errors[i];
}

// Takes the errors of a whole strip off one column, in the order of the strip.
CK_INLINE void subtract_strip(float *restrict values, const float *factor, ptrdiff_t stride,
                              const float *restrict errors) {
    float u[strip_columns];
    for (ptrdiff_t k = 0; k < strip_columns; k++) u[k] = factor[k * stride];
    for (ptrdiff_t i = 0; i < lanes; i++) {
        float value = values[i];
#pragma clang loop unroll(full)
        for (ptrdiff_t k = 0; k < strip_columns; k++) value -= u[k] * errors[k * lanes + i];
        values[i] = value;
    }
}

// Takes the errors of the columns first..<last off all columns of the block after them.
CK_INLINE void compensate(const ck_sweep_tile *tile, ptrdiff_t first, ptrdiff_t last,
                          const float *errors) {
    const float *factor = tile->factor + first * tile->columns;
    for (ptrdiff_t column = last; column < tile->columns; column++) {
        float *values = tile->values + column * lanes;
        if (last - first == strip_columns)
            subtract_strip(values, factor + column, tile->columns, errors);
        else
            for (ptrdiff_t k = 0; k < last - first; k++)
                subtract(values, factor[k * tile->columns + column], errors + k * lanes);
    }
}

// A group must not lie across the end of a strip, where it would lack the strip's errors.
CK_INLINE ptrdiff_t strip_end(ptrdiff_t first, ptrdiff_t begin, ptrdiff_t end, ptrdiff_t width) {
    ptrdiff_t last = first + strip_columns;
    if (width <= strip_columns)
        last -= strip_columns % width;
    else if (last > first + width - (first - begin) % width)
        last = first + width - (first - begin) % width;
    return last < end ? last : end;
}

CK_INLINE void sweep(enum purpose purpose, const ck_sweep_tile *tile, ptrdiff_t begin,
                     ptrdiff_t end, const ck_sweep_grids *all, uint8_t *bytes, ptrdiff_t pruned,
                     ptrdiff_t width) {
    struct grids grids;
    float errors[strip_columns * lanes], chosen[lanes];
    for (ptrdiff_t first = begin, last; first < end; first = last) {
        last = strip_end(first, begin, end, width);
        for (ptrdiff_t column = first; column < last; column++) {
            ptrdiff_t place = column - begin;
            float *values = tile->values + column * lanes;
            float *error = errors + (column - first) * lanes;
            const float *factor = tile->factor + column * tile->columns;
            if (purpose == quantizing) {
                if (place == 0 || all->groups[place] != all->groups[place - 1])
                    load_grids(&grids, all, place, tile->rows);
                quantize(values, &grids, all->maximum, chosen, bytes + place * lanes);
            } else {
                if (purpose == pruning_groups && place % width == 0)
                    mark_group(tile, column, width, pruned, bytes + place * lanes);
                prune(values, bytes + place * lanes, chosen);
            }
            settle(values, chosen, factor[column], error, tile->squares);
            float *kept = tile->errors + column * tile->errors_stride;
            for (ptrdiff_t i = 0; i < tile->rows; i++) kept[i] = error[i];
            for (ptrdiff_t later = column + 1; later < last; later++)
                subtract(tile->values + later * lanes, factor[later], error);
        }
        compensate(tile, first, last, errors);
    }
}

CK_CLONES void ck_sweep_quantize(const ck_sweep_tile *tile, ptrdiff_t begin, ptrdiff_t end,
                                 const ck_sweep_grids *grids, uint8_t *codes) {
    sweep(quantizing, tile, begin, end, grids, codes, 0, 1);
}

CK_CLONES void ck_sweep_prune(const ck_sweep_tile *tile, ptrdiff_t begin, ptrdiff_t end,
                              uint8_t *mask) {
    sweep(pruning_by_mask, tile, begin, end, 0, mask, 0, 1);
}

CK_CLONES void ck_sweep_prune_groups(const ck_sweep_tile *tile, ptrdiff_t begin, ptrdiff_t end,
                                     ptrdiff_t pruned, ptrdiff_t width, uint8_t *mask) {
    sweep(pruning_groups, tile, begin, end, 0, mask, pruned, width);
}

CK_CLONES void ck_sweep_load_mask(const uint8_t *mask, ptrdiff_t columns, ptrdiff_t rows,
                                  uint8_t *lanes_of_mask) {
    for (ptrdiff_t c = 0; c < columns; c++) {
        for (ptrdiff_t i = 0; i < rows; i++)
            lanes_of_mask[c * lanes + i] = mask[i * columns + c];
        for (ptrdiff_t i = rows; i < lanes; i++) lanes_of_mask[c * lanes + i] = 0;
    }
}

CK_CLONES void ck_sweep_store_codes(const uint8_t *codes, ptrdiff_t columns, ptrdiff_t rows,
                                    const int32_t *places, uint8_t *target, ptrdiff_t stride) {
    for (ptrdiff_t i = 0; i < rows; i++)
        for (ptrdiff_t c = 0; c < columns; c++)
            target[i * stride + places[c]] = codes[c * lanes + i];
}
