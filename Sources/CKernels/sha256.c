// SHA-256 (FIPS 180-4) of eight messages at once, one in each lane of a vector.
#include "CKernels.h"
#include "clones.h"

typedef uint32_t lanes_t __attribute__((vector_size(4 * CK_SHA256_LANES)));
typedef uint8_t bytes_t __attribute__((vector_size(4 * CK_SHA256_LANES)));

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

// Rows and columns of a square of eight by eight words change places.
CK_INLINE void transpose(lanes_t *v) {
    lanes_t t[8];
    for (int i = 0; i < 8; i += 2) {
        t[i] = __builtin_shufflevector(v[i], v[i + 1], 0, 8, 2, 10, 4, 12, 6, 14);
        t[i + 1] = __builtin_shufflevector(v[i], v[i + 1], 1, 9, 3, 11, 5, 13, 7, 15);
    }
    for (int i = 0; i < 8; i += 4)
        for (int j = i; j < i + 2; j++) {
            v[j] = __builtin_shufflevector(t[j], t[j + 2], 0, 1, 8, 9, 4, 5, 12, 13);
            v[j + 2] = __builtin_shufflevector(t[j], t[j + 2], 2, 3, 10, 11, 6, 7, 14, 15);
        }
    for (int j = 0; j < 4; j++) {
        t[j] = __builtin_shufflevector(v[j], v[j + 4], 0, 1, 2, 3, 8, 9, 10, 11);
        t[j + 4] = __builtin_shufflevector(v[j], v[j + 4], 4, 5, 6, 7, 12, 13, 14, 15);
    }
    for (int j = 0; j < 8; j++) v[j] = t[j];
}

// Words 0 to 7 of the block at `data` of each lane, big-endian in memory. Through a pointer:
// vectors as results have another calling convention in each clone.
CK_INLINE void load(lanes_t *words, const uint8_t *data, ptrdiff_t stride) {
    for (int lane = 0; lane < CK_SHA256_LANES; lane++) {
        bytes_t bytes;
        __builtin_memcpy(&bytes, data + lane * stride, sizeof bytes);
        bytes = __builtin_shufflevector(
            bytes, bytes, 3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12, 19, 18, 17, 16, 23,
            22, 21, 20, 27, 26, 25, 24, 31, 30, 29, 28);
        words[lane] = (lanes_t)bytes;
    }
    transpose(words);
}

CK_CLONES void ck_sha256_lanes(uint32_t *states, const uint8_t *data, ptrdiff_t stride,
                               const ptrdiff_t *blocks) {
    lanes_t state[8], left;
    ptrdiff_t longest = 0;
    for (int word = 0; word < 8; word++)
        __builtin_memcpy(&state[word], states + word * CK_SHA256_LANES, sizeof(lanes_t));
    for (int lane = 0; lane < CK_SHA256_LANES; lane++) {
        left[lane] = (uint32_t)blocks[lane];
        longest = blocks[lane] > longest ? blocks[lane] : longest;
    }
    for (ptrdiff_t block = 0; block < longest; block++, data += 64) {
        lanes_t w[16];
        lanes_t a = state[0], b = state[1], c = state[2], d = state[3];
        lanes_t e = state[4], f = state[5], g = state[6], h = state[7];
        load(w, data, stride);
        load(w + 8, data + 32, stride);
        for (int start = 0; start < 64; start += 16) {
#pragma clang loop unroll(full)
            for (int t = 0; t < 16; t++) {
                lanes_t first = h + (ROTATE(e, 6) ^ ROTATE(e, 11) ^ ROTATE(e, 25))
                    + (g ^ (e & (f ^ g))) + constants[start + t] + w[t];
                lanes_t second = (ROTATE(a, 2) ^ ROTATE(a, 13) ^ ROTATE(a, 22))
                    + ((a & b) | (c & (a | b)));
                h = g, g = f, f = e, e = d + first;
                d = c, c = b, b = a, a = first + second;
            }
            if (start == 48) break;
#pragma clang loop unroll(full)
            for (int t = 0; t < 16; t++) {
                lanes_t early = w[(t + 1) & 15], late = w[(t + 14) & 15];
                w[t] += w[(t + 9) & 15]
                    + (ROTATE(early, 7) ^ ROTATE(early, 18) ^ (early >> 3))
                    + (ROTATE(late, 17) ^ ROTATE(late, 19) ^ (late >> 10));
            }
        }
        // A lane that has come to its end keeps its state.
        lanes_t is_on = (lanes_t)(left != 0);
        left -= is_on & 1;
        state[0] += a & is_on, state[1] += b & is_on, state[2] += c & is_on;
        state[3] += d & is_on, state[4] += e & is_on, state[5] += f & is_on;
        state[6] += g & is_on, state[7] += h & is_on;
    }
    for (int word = 0; word < 8; word++)
        __builtin_memcpy(states + word * CK_SHA256_LANES, &state[word], sizeof(lanes_t));
}
