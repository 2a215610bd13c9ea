// SIGTERM and SIGINT as numbers that a thread waits for.
#define _GNU_SOURCE
#include "CSystem.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

static int ends[2] = {-1, -1};

static void pass_on(int number) {
    int error = errno;
    unsigned char byte = (unsigned char)number;
    // A pipe, because a handler may do little else, and any thread may get the signal.
    ssize_t written = write(ends[1], &byte, 1);
    (void)written;
    errno = error;
}

int spokeshave_watch_interruptions(void) {
    if (ends[0] < 0) {
        if (pipe2(ends, O_CLOEXEC) != 0) return errno;
        // A full pipe must not make the handler wait.
        fcntl(ends[1], F_SETFL, fcntl(ends[1], F_GETFL) | O_NONBLOCK);
    }
    struct sigaction action = {0};
    action.sa_handler = pass_on;
    action.sa_flags = SA_RESTART;
    if (sigaction(SIGTERM, &action, NULL) != 0) return errno;
    return sigaction(SIGINT, &action, NULL) == 0 ? 0 : errno;
}

int spokeshave_next_interruption(void) {
    if (ends[0] < 0) return -EBADF;
    unsigned char byte = 0;
    while (1) {
        ssize_t count = read(ends[0], &byte, 1);
        if (count == 1) return byte;
        if (count == 0 || errno != EINTR) return count == 0 ? -EPIPE : -errno;
    }
}

void spokeshave_obey_interruptions(void) {
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
}
