// BF16 and F16 to and from Float32 by integer arithmetic, which vectorises on every CPU.
// Encoding rounds to nearest, ties to even; NaNs stay NaNs (made quiet, top payload bits kept).
#include "CKernels.h"
#include "clones.h"

CK_INLINE uint32_t bits_of(float x) {
    uint32_t bits;
    __builtin_memcpy(&bits, &x, 4);
    return bits;
}
CK_INLINE float float_of(uint32_t bits) {
    float x;
    __builtin_memcpy(&x, &bits, 4);
    return x;
}
CK_INLINE uint32_t load16(const uint8_t *bytes, ptrdiff_t i) {
    uint16_t half;
    __builtin_memcpy(&half, bytes + 2 * i, 2);
    return half;
}
CK_INLINE void store16(uint8_t *bytes, ptrdiff_t i, uint32_t value) {
    uint16_t half = (uint16_t)value;
    __builtin_memcpy(bytes + 2 * i, &half, 2);
}

CK_CLONES void ck_decode_bfloat16(const uint8_t *restrict bytes, float *restrict out,
                                  ptrdiff_t count) {
    for (ptrdiff_t i = 0; i < count; i++) out[i] = float_of(load16(bytes, i) << 16);
}

CK_CLONES void ck_encode_bfloat16(const float *restrict x, uint8_t *restrict bytes,
                                  ptrdiff_t count) {
    for (ptrdiff_t i = 0; i < count; i++) {
        uint32_t bits = bits_of(x[i]);
        // Adding just under half a unit, plus the lowest kept bit, rounds ties to even.
        uint32_t rounded = (bits + 0x7FFFu + ((bits >> 16) & 1u)) >> 16;
        uint32_t quiet = (bits >> 16) | 0x40u;
        store16(bytes, i, (bits & 0x7FFFFFFFu) > 0x7F800000u ? quiet : rounded);
    }
}

CK_CLONES void ck_decode_float16(const uint8_t *restrict bytes, float *restrict out,
                                 ptrdiff_t count) {
    for (ptrdiff_t i = 0; i < count; i++) {
        uint32_t half = load16(bytes, i);
        uint32_t sign = (half & 0x8000u) << 16;
        uint32_t magnitude = half & 0x7FFFu;
        // The exponent's bias goes from 15 to 127; infinities and NaNs get the top exponent.
        uint32_t normal = (magnitude << 13) + (112u << 23);
        uint32_t special = (magnitude << 13) | 0x7F800000u;
        // A subnormal is magnitude · 2^-24: as the mantissa of 2^-14 minus 2^-14, exactly.
        uint32_t subnormal = bits_of(float_of((magnitude << 13) | (113u << 23)) - 0x1p-14f);
        uint32_t finite = magnitude < 0x0400u ? subnormal : normal;
        out[i] = float_of((magnitude >= 0x7C00u ? special : finite) | sign);
    }
}

CK_CLONES void ck_encode_float16(const float *restrict x, uint8_t *restrict bytes,
                                 ptrdiff_t count) {
    for (ptrdiff_t i = 0; i < count; i++) {
        uint32_t bits = bits_of(x[i]);
        uint32_t sign = (bits >> 16) & 0x8000u;
        uint32_t magnitude = bits & 0x7FFFFFFFu;
        uint32_t normal = (magnitude - (112u << 23) + 0x0FFFu + ((magnitude >> 13) & 1u)) >> 13;
        // Below 2^-14 the unit is 2^-24, which is the unit of Float32 at 0.5: the addition rounds.
        float small = float_of(magnitude < (113u << 23) ? magnitude : 0u);
        uint32_t subnormal = bits_of(small + 0.5f) - 0x3F000000u;
        uint32_t finite = magnitude < (113u << 23) ? subnormal : normal;
        // From 65,520 (half a unit above the greatest finite value) on, the result is infinite.
        uint32_t bounded = magnitude >= 0x477FF000u ? 0x7C00u : finite;
        uint32_t quiet = 0x7E00u | ((magnitude >> 13) & 0x01FFu);
        store16(bytes, i, (magnitude > 0x7F800000u ? quiet : bounded) | sign);
    }
}
