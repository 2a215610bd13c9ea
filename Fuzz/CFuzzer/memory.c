#include "CFuzzer.h"
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

// The sixth number of statm is what RLIMIT_DATA counts: pages of private writable memory.
static long data_bytes(void) {
    static int file = -1;
    if (file < 0) file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    char text[256];
    ssize_t count = pread(file, text, sizeof text - 1, 0);
    if (count <= 0) return -1;
    text[count] = 0;
    long pages;
    if (sscanf(text, "%*s %*s %*s %*s %*s %ld", &pages) != 1) return -1;
    return pages * sysconf(_SC_PAGESIZE);
}

void fuzz_limit_memory(long bytes) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_DATA, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    if (bytes >= 0) {
        long now = data_bytes();
        if (now < 0) return;
        limit.rlim_cur = (rlim_t)now + (rlim_t)bytes;
    }
    setrlimit(RLIMIT_DATA, &limit);
}
