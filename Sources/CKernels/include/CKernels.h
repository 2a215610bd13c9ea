// Numeric kernels in plain C: one loop each, compiled once per instruction set (see clones.h).
//
// Rules for every kernel here: `count`, `rows` and `columns` are not negative; a pointer may be
// null only when the count it goes with is zero; inputs and outputs do not overlap unless the
// comment says "in place"; nothing allocates, nothing keeps a pointer. Linalg's Swift wrappers
// check the shapes and are the only callers.
#pragma once
#include <stddef.h>
#include <stdint.h>

// MARK: Reductions. "Reordered" means that the order of the additions belongs to the CPU type:
// the bits are the same for every run on one type of CPU, and may differ between types.

/// Sum of a[i]·b[i] in Float32, reordered.
float ck_dot(const float *a, const float *b, ptrdiff_t count);
/// Sum of a[i]·b[i], products and sums in Float64, reordered.
double ck_dot_in_double(const float *a, const float *b, ptrdiff_t count);
/// Sum of x[i]² in Float32, reordered.
float ck_sum_of_squares(const float *x, ptrdiff_t count);
/// 1 if no element is an infinity or a NaN, else 0.
int ck_is_finite(const float *x, ptrdiff_t count);
/// Least and greatest element of a non-empty row; NaNs are skipped.
void ck_extremes(const float *x, ptrdiff_t count, float *minimum, float *maximum);
/// -log(softmax(logits)[target]), exponentials in Float32, their sum and the rest in Float64.
double ck_negative_log_likelihood(const float *logits, ptrdiff_t count, ptrdiff_t target);

// MARK: Elementwise

/// y[i] += k·x[i]
void ck_add_scaled(float k, const float *x, float *y, ptrdiff_t count);
/// y[i] += x[i]
void ck_add(const float *x, float *y, ptrdiff_t count);
/// x[i] *= k, in place.
void ck_scale(float k, float *x, ptrdiff_t count);
/// x[i] = e^x[i], in place; error and range as in exponential.h.
void ck_exponentials(float *x, ptrdiff_t count);
/// Row k of the block (rows × count, rows `stride` apart) minus u[k]·e, for every k.
void ck_subtract_outer(const float *e, const float *u, float *block, ptrdiff_t rows,
                       ptrdiff_t count, ptrdiff_t stride);
/// Codes clamp(rint(w/s) + z, 0, maximum), half to even, and values s·(code - z).
/// One scale and one zero point for each weight.
void ck_round_to_grid(const float *weights, const float *scales, const float *zeros, float maximum,
                      uint8_t *codes, float *values, ptrdiff_t count);
/// The same with one scale and one zero point for all.
void ck_round_to_one_grid(const float *weights, float scale, float zero, float maximum,
                          uint8_t *codes, float *values, ptrdiff_t count);

// MARK: Transformer

/// out = x / sqrt(mean(x²) + epsilon) · weight for each of the rows.
void ck_rms_norm(const float *x, const float *weight, float epsilon, float *out, ptrdiff_t rows,
                 ptrdiff_t columns);
/// out = (x - mean(x)) / sqrt(var(x) + epsilon) · weight + bias for each of the rows.
void ck_layer_norm(const float *x, const float *weight, const float *bias, float epsilon,
                   float *out, ptrdiff_t rows, ptrdiff_t columns);
/// Rotates the halves of every head of one token: (a, b) -> (a·c - b·s, b·c + a·s), in place.
void ck_rotary_row(float *x, ptrdiff_t heads, ptrdiff_t half, const float *cosines,
                   const float *sines);
/// gate[i] = gate[i] / (1 + e^-gate[i]) · up[i], in place.
void ck_silu_multiply(float *gate, const float *up, ptrdiff_t count);
/// x[i] *= y[i]
void ck_multiply(float *x, const float *y, ptrdiff_t count);
/// x[i] = max(x[i], 0), in place; a NaN stays.
void ck_rectify(float *x, ptrdiff_t count);
/// x[i] = x[i] / (1 + e^-x[i]), in place.
void ck_silu(float *x, ptrdiff_t count);
/// x[i] = x[i] · (1 + tanh(sqrt(2/pi)·(x[i] + 0.044715·x[i]³))) / 2, in place.
void ck_gelu_tanh(float *x, ptrdiff_t count);
/// x[i] = x[i] · (1 + erf(x[i] / sqrt 2)) / 2, in place; absolute error below 3e-7·|x[i]|.
void ck_gelu(float *x, ptrdiff_t count);
/// x[i] = cap · tanh(x[i] / cap), in place; absolute error below 3e-7·cap.
void ck_soft_cap(float cap, float *x, ptrdiff_t count);
/// Softmax of the first `valid` (at least 1) scores, zeros for the other `total - valid`; in place.
void ck_softmax_row(float *scores, ptrdiff_t valid, ptrdiff_t total);

// MARK: Conversions. Bytes are little-endian and need no alignment.

void ck_decode_bfloat16(const uint8_t *bytes, float *out, ptrdiff_t count);
void ck_encode_bfloat16(const float *x, uint8_t *bytes, ptrdiff_t count);
void ck_decode_float16(const uint8_t *bytes, float *out, ptrdiff_t count);
void ck_encode_float16(const float *x, uint8_t *bytes, ptrdiff_t count);

// MARK: Statistics

/// sums[c] += x[r][c]² in Float64, rows in order.
void ck_add_column_squares(const float *x, double *sums, ptrdiff_t rows, ptrdiff_t columns);
/// Adds a tile (rows × columns) at (row, column) of a square matrix, row ≥ column, to that matrix's
/// lower triangle packed by rows, in Float64. What lies above the diagonal is left out.
void ck_add_tile(const float *tile, double *packed, ptrdiff_t row, ptrdiff_t column, ptrdiff_t rows,
                 ptrdiff_t columns);
/// sums[i] += x[i] in Float64.
void ck_add_to_double(const float *x, double *sums, ptrdiff_t count);
/// out[i] = x[i] rounded to Float32.
void ck_narrow(const double *x, float *out, ptrdiff_t count);
/// Full symmetric matrix from its lower triangle packed by rows.
void ck_unpack_symmetric(const float *packed, float *square, ptrdiff_t dimension);

// MARK: Rearranging

/// target[c][r] = source[r][c] for a rows × columns source; strides in elements.
void ck_transpose(const float *source, ptrdiff_t source_stride, float *target,
                  ptrdiff_t target_stride, ptrdiff_t rows, ptrdiff_t columns);
/// Reverses the order of the elements, in place.
void ck_reverse(float *x, ptrdiff_t count);
/// Zeros everything above the diagonal of a square matrix.
void ck_zero_above_diagonal(float *square, ptrdiff_t dimension);
/// out[i] = x[indices[i]]; the caller has checked the indices.
void ck_gather(const float *x, const int32_t *indices, float *out, ptrdiff_t count);

// MARK: Digests

/// How many messages this processor hashes at once best: 8, or 16 where vectors have 512 bits.
int ck_sha256_lanes_max(void);
/// Feeds each lane of eight SHA-256 computations `blocks[lane]` blocks of 64 bytes.
///
/// The blocks of lane l lie at data + l·stride; all lanes must be readable for the longest lane's
/// length. Word w of lane l's state is states[8·w + l], in and out. The caller pads messages.
void ck_sha256_8_lanes(uint32_t *states, const uint8_t *data, ptrdiff_t stride,
                       const ptrdiff_t *blocks);
/// The same for sixteen lanes, states[16·w + l]; only where `ck_sha256_lanes_max()` is 16.
void ck_sha256_16_lanes(uint32_t *states, const uint8_t *data, ptrdiff_t stride,
                        const ptrdiff_t *blocks);

// MARK: Triangles

/// Reverses the order of a symmetric matrix: its upper triangle goes, reversed, to the lower one,
/// in rows r and dimension - 1 - r for r in begin..<end, of which end is at most
/// (dimension + 1) / 2. What else the upper triangle holds then is of no use.
void ck_reverse_upper_to_lower(float *square, ptrdiff_t dimension, ptrdiff_t begin,
                               ptrdiff_t end);
/// The same from the lower triangle to the upper one, with zeros below the diagonal.
void ck_reverse_lower_to_upper(float *square, ptrdiff_t dimension, ptrdiff_t begin,
                               ptrdiff_t end);
enum { CK_TRIANGLE_MAX = 128 };
/// Replaces the lower triangle of a symmetric H (rows `stride` apart, count at most
/// CK_TRIANGLE_MAX) by the inverse of its lower Cholesky factor, in Float32, and returns 0; or the
/// order of the first leading minor that is not positive, and leaves H alone.
ptrdiff_t ck_inverse_factor(float *square, ptrdiff_t stride, ptrdiff_t count);

// MARK: Column sweeps, on tiles of rows of a lazy block

/// Rows of a tile: one in each lane of its vectors.
enum { CK_SWEEP_ROWS = 64, CK_SWEEP_GROUP_MAX = 32 };

/// A tile of a lazy block.
typedef struct {
    /// columns × CK_SWEEP_ROWS: each column of the block for all rows of the tile, 0 where the
    /// last tile has no row.
    float *values;
    ptrdiff_t columns, rows;
    /// columns × columns: the block's part of U, upper triangular with a positive diagonal.
    const float *factor;
    /// Receives (value - chosen) / U[j, j] for each settled column j, `rows` elements; columns
    /// are `errors_stride` apart.
    float *errors;
    ptrdiff_t errors_stride;
    /// CK_SWEEP_ROWS sums of squared errors, added to.
    double *squares;
} ck_sweep_tile;

/// Scales and zero points, groups × stride, from the tile's first row on; a group's number for
/// each column of a run; the greatest code.
typedef struct {
    const float *scales, *zeros;
    ptrdiff_t stride;
    const int32_t *groups;
    float maximum;
} ck_sweep_grids;

/// Settles the columns begin..<end at their grid values and compensates on all later ones of the
/// block. Codes are as of ck_round_to_grid, (end - begin) × CK_SWEEP_ROWS.
void ck_sweep_quantize(const ck_sweep_tile *tile, ptrdiff_t begin, ptrdiff_t end,
                       const ck_sweep_grids *grids, uint8_t *codes);
/// The same with zeros where the mask, (end - begin) × CK_SWEEP_ROWS, is not 0.
void ck_sweep_prune(const ck_sweep_tile *tile, ptrdiff_t begin, ptrdiff_t end, uint8_t *mask);
/// The same with zeros for the `pruned` least value² / U[j, j]² of each row in each `width`
/// columns when the sweep reaches them; the mask is an output. `width`, at most
/// CK_SWEEP_GROUP_MAX, divides end - begin.
void ck_sweep_prune_groups(const ck_sweep_tile *tile, ptrdiff_t begin, ptrdiff_t end,
                           ptrdiff_t pruned, ptrdiff_t width, uint8_t *mask);
/// Turns a tile of a mask, rows × columns, into columns × CK_SWEEP_ROWS.
void ck_sweep_load_mask(const uint8_t *mask, ptrdiff_t columns, ptrdiff_t rows,
                        uint8_t *lanes_of_mask);
/// target[row][places[column]] = codes[column][row]; rows of the target are `stride` apart.
void ck_sweep_store_codes(const uint8_t *codes, ptrdiff_t columns, ptrdiff_t rows,
                          const int32_t *places, uint8_t *target, ptrdiff_t stride);
