// e^x in Float32, written so that a loop around it vectorises on every instruction set.
//
// x = n·ln 2 + r with |r| <= ln 2 / 2; e^r by a polynomial of degree 6 (ours: least maximal
// relative error, fitted by Lawson's iteration); 2^n by writing the exponent's bits.
// Relative error below 1.0e-7 for -87.33 <= x <= 88.37. Below that range the result is 0 (never a
// subnormal), above it infinity (so early by 0.35), and a NaN stays a NaN.
#pragma once
#include "clones.h"
#include <stdint.h>

CK_INLINE float ck_exponential(float x) {
    // Adding 1.5·2^23 leaves rint(x / ln 2) in the low bits of the mantissa.
    const float shifter = 12582912.0f;
    float shifted = x * 1.44269504f + shifter;
    float n = shifted - shifter;
    // ln 2 in two parts, the first with so few bits that n times it is exact.
    float r = (x - n * 0.693359375f) + n * 2.12194440e-4f;
    float p = 0x1.6a2352p-10f;
    p = p * r + 0x1.123a6cp-7f;
    p = p * r + 0x1.5558f4p-5f;
    p = p * r + 0x1.555490p-3f;
    p = p * r + 0x1.fffffcp-2f;
    float mantissa = (p * r * r + r) + 1.0f;
    uint32_t bits;
    __builtin_memcpy(&bits, &shifted, 4);
    uint32_t power = (bits + 127u) << 23;
    float scale;
    __builtin_memcpy(&scale, &power, 4);
    float result = mantissa * scale;
    result = x > 88.37f ? __builtin_inff() : result;
    return x < -87.33f ? 0.0f : result;
}
