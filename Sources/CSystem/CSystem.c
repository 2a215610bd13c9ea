#define _GNU_SOURCE
#include "CSystem.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

int spokeshave_die_with_parent(int expected_parent) {
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) return errno;
    // The parent may have died between our start and the call above.
    return getppid() == expected_parent ? 0 : ESRCH;
}

int spokeshave_sync_folder(const char *path) {
    int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) return errno;
    int result = fsync(folder) == 0 ? 0 : errno;
    close(folder);
    return result;
}

int spokeshave_reserve_bytes(int file, long long bytes) {
    // Not posix_fallocate: that writes to every block where the file system cannot reserve.
    return fallocate(file, 0, 0, bytes) == 0 ? 0 : errno;
}

static volatile sig_atomic_t interrupted = 0;

static void notice(int number) {
    interrupted = 1;
    // The next one works as usual: a person who insists is not to be kept waiting.
    signal(number, SIG_DFL);
}

void spokeshave_notice_interruptions(void) {
    signal(SIGINT, notice);
    signal(SIGTERM, notice);
}

int spokeshave_was_interrupted(void) { return interrupted; }

void spokeshave_return_memory_early(void) {
    // Without this glibc raises its threshold to the largest block ever freed, and every thread's
    // arena keeps such blocks: a daemon that moves 4 MiB chunks would hold hundreds of MB.
    mallopt(M_MMAP_THRESHOLD, 1 << 20);
    mallopt(M_TRIM_THRESHOLD, 4 << 20);
    mallopt(M_ARENA_MAX, 4);
}

void spokeshave_keep_memory(void) {
    mallopt(M_MMAP_THRESHOLD, 32 << 20);
    mallopt(M_TRIM_THRESHOLD, 1 << 30);
}

void spokeshave_return_memory(void) { malloc_trim(0); }

void spokeshave_leave_interruptions_to_parent(void) {
    signal(SIGINT, SIG_IGN);
    signal(SIGTERM, SIG_IGN);
}

void spokeshave_ignore_broken_pipes(void) { signal(SIGPIPE, SIG_IGN); }
