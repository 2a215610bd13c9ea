// SHA-256 of LANES messages at once, one in each lane of a vector: the body of sha256.c's
// functions. Before each inclusion LANES is 8 or 16 and NAME(x) gives x a name of its own.

typedef uint32_t NAME(words) __attribute__((vector_size(4 * LANES)));
typedef uint8_t NAME(bytes) __attribute__((vector_size(4 * LANES)));

// Rows and columns of a square of LANES by LANES words change places: blocks of 1, 2, 4 (and 8)
// words across the diagonal are swapped in turn.
CK_INLINE void NAME(transpose)(NAME(words) * v) {
    SWAP_BLOCKS(NAME(words), v, 1)
    SWAP_BLOCKS(NAME(words), v, 2)
    SWAP_BLOCKS(NAME(words), v, 4)
#if LANES == 16
    SWAP_BLOCKS(NAME(words), v, 8)
#endif
}

// LANES words of each lane, big-endian in memory. Through a pointer: vectors as results have
// another calling convention in each clone.
CK_INLINE void NAME(load)(NAME(words) * words, const uint8_t *data, ptrdiff_t stride) {
    for (int lane = 0; lane < LANES; lane++) {
        NAME(bytes) bytes;
        __builtin_memcpy(&bytes, data + lane * stride, sizeof bytes);
        bytes = REVERSE_BYTES(bytes);
        words[lane] = (NAME(words))bytes;
    }
    NAME(transpose)(words);
}

CK_INLINE void NAME(hash)(uint32_t *states, const uint8_t *data, ptrdiff_t stride,
                          const ptrdiff_t *blocks) {
    NAME(words) state[8], left;
    ptrdiff_t longest = 0;
    for (int word = 0; word < 8; word++)
        __builtin_memcpy(&state[word], states + word * LANES, sizeof(NAME(words)));
    for (int lane = 0; lane < LANES; lane++) {
        left[lane] = (uint32_t)blocks[lane];
        longest = blocks[lane] > longest ? blocks[lane] : longest;
    }
    for (ptrdiff_t block = 0; block < longest; block++, data += 64) {
        NAME(words) w[16];
        NAME(words) a = state[0], b = state[1], c = state[2], d = state[3];
        NAME(words) e = state[4], f = state[5], g = state[6], h = state[7];
        for (int half = 0; half < 16; half += LANES) NAME(load)(w + half, data + 4 * half, stride);
        for (int start = 0; start < 64; start += 16) {
#pragma clang loop unroll(full)
            for (int t = 0; t < 16; t++) {
                NAME(words) first = h + (ROTATE(e, 6) ^ ROTATE(e, 11) ^ ROTATE(e, 25))
                    + (g ^ (e & (f ^ g))) + constants[start + t] + w[t];
                NAME(words) second = (ROTATE(a, 2) ^ ROTATE(a, 13) ^ ROTATE(a, 22))
                    + ((a & b) | (c & (a | b)));
                h = g, g = f, f = e, e = d + first;
                d = c, c = b, b = a, a = first + second;
            }
            if (start == 48) break;
#pragma clang loop unroll(full)
            for (int t = 0; t < 16; t++) {
                NAME(words) early = w[(t + 1) & 15], late = w[(t + 14) & 15];
                w[t] += w[(t + 9) & 15]
                    + (ROTATE(early, 7) ^ ROTATE(early, 18) ^ (early >> 3))
                    + (ROTATE(late, 17) ^ ROTATE(late, 19) ^ (late >> 10));
            }
        }
        // A lane that has come to its end keeps its state.
        NAME(words) is_on = (NAME(words))(left != 0);
        left -= is_on & 1;
        state[0] += a & is_on, state[1] += b & is_on, state[2] += c & is_on;
        state[3] += d & is_on, state[4] += e & is_on, state[5] += f & is_on;
        state[6] += g & is_on, state[7] += h & is_on;
    }
    for (int word = 0; word < 8; word++)
        __builtin_memcpy(states + word * LANES, &state[word], sizeof(NAME(words)));
}
