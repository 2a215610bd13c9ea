#define _GNU_SOURCE
#include "CSystem.h"

#include <errno.h>
#include <fcntl.h>
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
