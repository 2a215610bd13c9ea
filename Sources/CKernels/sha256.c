// SHA-256 (FIPS 180-4) of eight or sixteen messages at once; see sha256_lanes.h.
#include "CKernels.h"
#include "clones.h"

static const uint32_t constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

#define ROTATE(x, n) (((x) >> (n)) | ((x) << (32 - (n))))

// In every pair of vectors `s` apart, the blocks of s words beside the diagonal change places.
#define SWAP_BLOCKS(type, v, s)                                                                    \
    for (int i = 0; i < LANES; i++) {                                                              \
        if (i & s) continue;                                                                       \
        type low = v[i], high = v[i + s];                                                          \
        v[i] = LOWER_##s(low, high), v[i + s] = UPPER_##s(low, high);                              \
    }

#define LANES 8
#define NAME(x) x##_8
#define LOWER_1(a, b) __builtin_shufflevector(a, b, 0, 8, 2, 10, 4, 12, 6, 14)
#define UPPER_1(a, b) __builtin_shufflevector(a, b, 1, 9, 3, 11, 5, 13, 7, 15)
#define LOWER_2(a, b) __builtin_shufflevector(a, b, 0, 1, 8, 9, 4, 5, 12, 13)
#define UPPER_2(a, b) __builtin_shufflevector(a, b, 2, 3, 10, 11, 6, 7, 14, 15)
#define LOWER_4(a, b) __builtin_shufflevector(a, b, 0, 1, 2, 3, 8, 9, 10, 11)
#define UPPER_4(a, b) __builtin_shufflevector(a, b, 4, 5, 6, 7, 12, 13, 14, 15)
#define REVERSE_BYTES(x) __builtin_shufflevector(x, x, 3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8 \
    , 15, 14, 13, 12, 19, 18, 17, 16, 23, 22, 21, 20, 27, 26, 25, 24, 31, 30, 29, 28)
#include "sha256_lanes.h"
#undef LANES
#undef NAME
#undef REVERSE_BYTES
#undef LOWER_1
#undef UPPER_1
#undef LOWER_2
#undef UPPER_2
#undef LOWER_4
#undef UPPER_4

#define LANES 16
#define NAME(x) x##_16
#define LOWER_1(a, b) __builtin_shufflevector(a, b, 0, 16, 2, 18, 4, 20, 6, 22, 8, 24, 10, 26 \
    , 12, 28, 14, 30)
#define UPPER_1(a, b) __builtin_shufflevector(a, b, 1, 17, 3, 19, 5, 21, 7, 23, 9, 25, 11, 27 \
    , 13, 29, 15, 31)
#define LOWER_2(a, b) __builtin_shufflevector(a, b, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12 \
    , 13, 28, 29)
#define UPPER_2(a, b) __builtin_shufflevector(a, b, 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27 \
    , 14, 15, 30, 31)
#define LOWER_4(a, b) __builtin_shufflevector(a, b, 0, 1, 2, 3, 16, 17, 18, 19, 8, 9, 10, 11, 24 \
    , 25, 26, 27)
#define UPPER_4(a, b) __builtin_shufflevector(a, b, 4, 5, 6, 7, 20, 21, 22, 23, 12, 13, 14, 15 \
    , 28, 29, 30, 31)
#define LOWER_8(a, b) __builtin_shufflevector(a, b, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20 \
    , 21, 22, 23)
#define UPPER_8(a, b) __builtin_shufflevector(a, b, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27 \
    , 28, 29, 30, 31)
#define REVERSE_BYTES(x) __builtin_shufflevector(x, x, 3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8 \
    , 15, 14, 13, 12, 19, 18, 17, 16, 23, 22, 21, 20, 27, 26, 25, 24, 31, 30, 29, 28, 35, 34 \
    , 33, 32, 39, 38, 37, 36, 43, 42, 41, 40, 47, 46, 45, 44, 51, 50, 49, 48, 55, 54, 53, 52 \
    , 59, 58, 57, 56, 63, 62, 61, 60)
#include "sha256_lanes.h"
#undef LANES
#undef NAME
#undef REVERSE_BYTES
#undef LOWER_1
#undef UPPER_1
#undef LOWER_2
#undef UPPER_2
#undef LOWER_4
#undef UPPER_4
#undef LOWER_8
#undef UPPER_8

CK_CLONES void ck_sha256_8_lanes(uint32_t *states, const uint8_t *data, ptrdiff_t stride,
                                 const ptrdiff_t *blocks) {
    hash_8(states, data, stride, blocks);
}

#if defined(__x86_64__)
// Sixteen lanes are a register of AVX-512; with narrower ones they would not fit.
__attribute__((target("arch=x86-64-v4"), min_vector_width(512))) static void wide(
    uint32_t *states, const uint8_t *data, ptrdiff_t stride, const ptrdiff_t *blocks) {
    hash_16(states, data, stride, blocks);
}
#else
static void wide(uint32_t *states, const uint8_t *data, ptrdiff_t stride,
                 const ptrdiff_t *blocks) {
    hash_16(states, data, stride, blocks);
}
#endif

int ck_sha256_lanes_max(void) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
            __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
            __builtin_cpu_supports("avx512cd")
        ? 16 : 8;
#else
    return 8;
#endif
}

void ck_sha256_16_lanes(uint32_t *states, const uint8_t *data, ptrdiff_t stride,
                        const ptrdiff_t *blocks) {
    wide(states, data, stride, blocks);
}
