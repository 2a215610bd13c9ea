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
/// Rotates the halves of every head of one token: (a, b) -> (a·c - b·s, b·c + a·s), in place.
void ck_rotary_row(float *x, ptrdiff_t heads, ptrdiff_t half, const float *cosines,
                   const float *sines);
/// gate[i] = gate[i] / (1 + e^-gate[i]) · up[i], in place.
void ck_silu_multiply(float *gate, const float *up, ptrdiff_t count);
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
/// Adds the lower triangle of a square matrix to a packed triangle (by rows) in Float64.
void ck_add_lower_triangle(const float *square, double *packed, ptrdiff_t dimension);
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

/// How many messages are hashed at once.
#define CK_SHA256_LANES 8
/// Feeds each lane of eight SHA-256 computations `blocks[lane]` blocks of 64 bytes.
///
/// The blocks of lane l lie at data + l·stride; all lanes must be readable for the longest lane's
/// length. Word w of lane l's state is states[8·w + l], in and out. The caller pads messages.
void ck_sha256_lanes(uint32_t *states, const uint8_t *data, ptrdiff_t stride,
                     const ptrdiff_t *blocks);
