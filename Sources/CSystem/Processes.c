// Starting, watching and limiting processes.
#define _GNU_SOURCE
#include "CSystem.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int prepare(posix_spawn_file_actions_t *actions, posix_spawnattr_t *attributes, int input,
                   int output, int errors) {
    int result = posix_spawn_file_actions_adddup2(actions, input, STDIN_FILENO);
    if (result == 0) result = posix_spawn_file_actions_adddup2(actions, output, STDOUT_FILENO);
    if (result == 0) result = posix_spawn_file_actions_adddup2(actions, errors, STDERR_FILENO);
    // Whatever a library has opened without close-on-exec is none of the child's business.
    if (result == 0) result = posix_spawn_file_actions_addclosefrom_np(actions, 3);
    sigset_t none, usual;
    sigemptyset(&none);
    sigfillset(&usual);
    if (result == 0) result = posix_spawnattr_setsigmask(attributes, &none);
    if (result == 0) result = posix_spawnattr_setsigdefault(attributes, &usual);
    if (result == 0) result = posix_spawnattr_setpgroup(attributes, 0);
    short flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP;
    if (result == 0) result = posix_spawnattr_setflags(attributes, flags);
    return result;
}

int spokeshave_spawn(const char *path, char *const arguments[], char *const environment[],
                     int input, int output, int errors) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int result = posix_spawn_file_actions_init(&actions);
    if (result != 0) return -result;
    result = posix_spawnattr_init(&attributes);
    if (result != 0) {
        posix_spawn_file_actions_destroy(&actions);
        return -result;
    }
    pid_t process = 0;
    result = prepare(&actions, &attributes, input, output, errors);
    if (result == 0)
        result = posix_spawn(&process, path, &actions, &attributes, arguments, environment);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return result == 0 ? process : -result;
}

int spokeshave_watch_process(int process) {
    // The descriptor is close-on-exec by itself.
    int descriptor = (int)syscall(SYS_pidfd_open, process, 0);
    return descriptor >= 0 ? descriptor : -errno;
}

int spokeshave_wait_for_input(int first, int second, int third, int milliseconds) {
    struct pollfd watched[3] = {{first, POLLIN, 0}, {second, POLLIN, 0}, {third, POLLIN, 0}};
    int count = poll(watched, 3, milliseconds);
    if (count < 0) return errno == EINTR ? 0 : -errno;
    int bits = 0;
    for (int index = 0; index < 3; index++)
        if (watched[index].revents != 0) bits |= 1 << index;
    return bits;
}

long long spokeshave_make_pipe(void) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return -errno;
    return ((long long)ends[0] << 32) | ends[1];
}

int spokeshave_never_wait(int descriptor) {
    int flags = fcntl(descriptor, F_GETFL);
    if (flags < 0) return errno;
    return fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) == 0 ? 0 : errno;
}

int spokeshave_reap(int process, int may_wait) {
    int status = 0;
    pid_t found = 0;
    do found = waitpid(process, &status, may_wait ? 0 : WNOHANG);
    while (found < 0 && errno == EINTR);
    if (found < 0) return -errno;
    if (found == 0) return -EAGAIN;
    return WIFSIGNALED(status) ? 256 + WTERMSIG(status) : WEXITSTATUS(status);
}

/// Reads the start of a small file of the kernel's. Safe in a signal handler.
static int read_start(const char *path, char *text, int room) {
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return -1;
    ssize_t count = read(file, text, (size_t)room - 1);
    close(file);
    if (count < 0) return -1;
    text[count] = 0;
    return (int)count;
}

/// The number `index` of a line of numbers. Safe in a signal handler.
static long long number_at(const char *text, int index) {
    for (; index > 0; index--) {
        while (*text != 0 && *text != ' ') text++;
        while (*text == ' ') text++;
    }
    long long number = 0;
    while (*text >= '0' && *text <= '9') number = number * 10 + (*text++ - '0');
    return number;
}

long long spokeshave_anonymous_bytes(int process) {
    char path[48], text[256];
    snprintf(path, sizeof path, "/proc/%d/statm", process);
    if (read_start(path, text, sizeof text) < 0) return 0;
    // Resident pages less those of files and shared memory.
    long long pages = number_at(text, 1) - number_at(text, 2);
    return pages > 0 ? pages * sysconf(_SC_PAGESIZE) : 0;
}

long long spokeshave_data_bytes(void) {
    char text[256];
    if (read_start("/proc/self/statm", text, sizeof text) < 0) return 0;
    return number_at(text, 5) * sysconf(_SC_PAGESIZE);
}

int spokeshave_limit_data(long long bytes) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_DATA, &limit) != 0) return errno;
    rlim_t wanted = bytes < 0 ? RLIM_INFINITY : (rlim_t)bytes;
    // Only the soft limit: the next task may have another one.
    limit.rlim_cur = wanted < limit.rlim_max ? wanted : limit.rlim_max;
    return setrlimit(RLIMIT_DATA, &limit) == 0 ? 0 : errno;
}

long long spokeshave_memory_kills(void) {
    FILE *file = fopen("/proc/vmstat", "re");
    if (file == NULL) return -1;
    char line[128];
    long long kills = -1;
    while (kills < 0 && fgets(line, sizeof line, file) != NULL)
        if (strncmp(line, "oom_kill ", 9) == 0) kills = atoll(line + 9);
    fclose(file);
    return kills;
}

static char *append_number(char *end, const char *label, long long number) {
    while (*label != 0) *end++ = *label++;
    char digits[24];
    int count = 0;
    do digits[count++] = (char)('0' + number % 10);
    while ((number /= 10) > 0);
    while (count > 0) *end++ = digits[--count];
    return end;
}

static void say_last_words(int number) {
    int error = errno;
    char text[160];
    char *end = append_number(text, "\nspokeshave-last-words signal=", number);
    end = append_number(end, " errno=", error);
    end = append_number(end, " data=", spokeshave_data_bytes());
    *end++ = '\n';
    ssize_t written = write(STDERR_FILENO, text, (size_t)(end - text));
    (void)written;
    // The handler is gone already (SA_RESETHAND); this ends the process at its return.
    raise(number);
}

void spokeshave_leave_last_words(void) {
    static char stack[65536];
    stack_t alternate = {.ss_sp = stack, .ss_size = sizeof stack};
    sigaltstack(&alternate, NULL);
    struct sigaction action = {0};
    action.sa_handler = say_last_words;
    action.sa_flags = SA_RESETHAND | SA_ONSTACK;
    const int deadly[] = {SIGABRT, SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGFPE};
    for (unsigned index = 0; index < sizeof deadly / sizeof *deadly; index++)
        sigaction(deadly[index], &action, NULL);
}
