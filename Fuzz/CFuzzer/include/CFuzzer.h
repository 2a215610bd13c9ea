#ifndef CFUZZER_H
#define CFUZZER_H
#include <stddef.h>
#include <stdint.h>

/// libFuzzer's own changes; returns the new length.
size_t LLVMFuzzerMutate(uint8_t *data, size_t count, size_t capacity);

/// Allows this process so many bytes of private memory more than it has now, so that a larger
/// allocation fails and thereby ends the process; nothing while `bytes` is negative.
void fuzz_limit_memory(long bytes);
#endif
