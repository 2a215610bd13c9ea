// One plain loop, compiled once per instruction set; the loader picks the best clone.
// Off under ThreadSanitizer, whose start-up crashes in the resolvers of clones.
#pragma once
#if defined(__x86_64__) && defined(__linux__) && !__has_feature(thread_sanitizer)
#define CK_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define CK_CLONES
#endif
// Inlined into every clone, so that it is compiled for the clone's instruction set.
#define CK_INLINE static inline __attribute__((always_inline))
