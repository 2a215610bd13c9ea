// Records what a process does to the files below one folder, in the order in which the kernel
// did it. Preloaded into the process; the tests compile it when they need it.
//
// POWER_CUT_ROOT names the folder, POWER_CUT_LOG the file that records are appended to. Each
// record is a head of five little-endian words and two byte counts, a path, and bytes:
//   u8 kind, 3 zero bytes, u32 path bytes, u64 inode, u64 offset, u64 data bytes
// Kinds: R root folder, C file made, W bytes written, A room taken, T length set, S synced,
// N renamed (path, a zero byte, new path), U name removed, D folder made, X something that this
// recorder does not understand.
//
// POWER_CUT_FAULT, "<call> <which> <errno> <suffix>", makes calls on files with that suffix fail
// from the which-th on: call is "sync" or "write".
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define DESCRIPTORS 4096

static pthread_mutex_t guard = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
static char root[1024];
static size_t root_length;
static int log_file = -1;
static char *names[DESCRIPTORS];
static char fault_call[16], fault_suffix[64];
static int fault_which = -1, fault_errno, fault_seen;

#define REAL(result, name, ...)                                                                  \
    static result (*real_##name)(__VA_ARGS__);                                                   \
    if (!real_##name) real_##name = (result(*)(__VA_ARGS__))dlsym(RTLD_NEXT, #name)

static void record(char kind, uint64_t inode, uint64_t offset, const char *path, size_t path_bytes,
                   const void *data, size_t bytes) {
    REAL(ssize_t, writev, int, const struct iovec *, int);
    struct __attribute__((packed)) {
        char kind, zero[3];
        uint32_t path_bytes;
        uint64_t inode, offset, bytes;
    } head = {kind, {0}, (uint32_t)path_bytes, inode, offset, bytes};
    struct iovec parts[3] = {
        {&head, sizeof head}, {(void *)path, path_bytes}, {(void *)data, bytes}};
    size_t whole = sizeof head + path_bytes + bytes;
    if (real_writev(log_file, parts, 3) != (ssize_t)whole) {
        fprintf(stderr, "recorder: the log cannot be written\n");
        abort();
    }
}

__attribute__((constructor)) static void start(void) {
    const char *folder = getenv("POWER_CUT_ROOT"), *log = getenv("POWER_CUT_LOG");
    if (!folder || !log || strlen(folder) >= sizeof root) return;
    int (*real_open)(const char *, int, ...) = dlsym(RTLD_NEXT, "open");
    int file = real_open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    const char *fault = getenv("POWER_CUT_FAULT");
    if (fault && sscanf(fault, "%15s %d %d %63s", fault_call, &fault_which, &fault_errno,
                        fault_suffix) != 4)
        fault_which = -1;
    struct stat status;
    if (file < 0 || stat(folder, &status) != 0) return;
    strcpy(root, folder);
    root_length = strlen(root);
    log_file = file;
    record('R', status.st_ino, 0, root, root_length, NULL, 0);
}

static int is_below(const char *path) {
    return log_file >= 0 && path && strncmp(path, root, root_length) == 0 &&
           (path[root_length] == '/' || path[root_length] == 0);
}

static const char *name_of(int file) {
    return log_file >= 0 && file >= 0 && file < DESCRIPTORS ? names[file] : NULL;
}

static int fails(const char *call, const char *name) {
    size_t length = strlen(name), suffix = strlen(fault_suffix);
    if (fault_which < 0 || strcmp(call, fault_call) != 0 || length < suffix) return 0;
    if (strcmp(name + length - suffix, fault_suffix) != 0) return 0;
    if (++fault_seen < fault_which) return 0;
    errno = fault_errno;
    return 1;
}

static uint64_t inode_of(int file) {
    struct stat status;
    return fstat(file, &status) == 0 ? status.st_ino : 0;
}

static int opened(int file, const char *path, int flags, int existed) {
    if (file < 0 || file >= DESCRIPTORS) return file;
    free(names[file]);
    names[file] = strdup(path);
    if ((flags & O_CREAT) && !existed) {
        record('C', inode_of(file), 0, path, strlen(path), NULL, 0);
    } else if (flags & O_TRUNC) {
        record('T', inode_of(file), 0, NULL, 0, NULL, 0);
    }
    return file;
}

#define OPEN(name)                                                                               \
    int name(const char *path, int flags, ...) {                                                 \
        REAL(int, name, const char *, int, ...);                                                 \
        va_list rest;                                                                            \
        va_start(rest, flags);                                                                   \
        mode_t mode = (flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE                      \
                          ? va_arg(rest, mode_t)                                                 \
                          : 0;                                                                   \
        va_end(rest);                                                                            \
        if (!is_below(path)) return real_##name(path, flags, mode);                              \
        pthread_mutex_lock(&guard);                                                              \
        int existed = access(path, F_OK) == 0;                                                   \
        int file = opened(real_##name(path, flags, mode), path, flags, existed);                 \
        pthread_mutex_unlock(&guard);                                                            \
        return file;                                                                             \
    }
OPEN(open)
OPEN(open64)

#define OPENAT(name)                                                                             \
    int name(int folder, const char *path, int flags, ...) {                                     \
        REAL(int, name, int, const char *, int, ...);                                            \
        va_list rest;                                                                            \
        va_start(rest, flags);                                                                   \
        mode_t mode = (flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE                      \
                          ? va_arg(rest, mode_t)                                                 \
                          : 0;                                                                   \
        va_end(rest);                                                                            \
        if (!is_below(path)) {                                                                   \
            if (path[0] != '/' && name_of(folder) && (flags & O_CREAT))                          \
                record('X', 0, 0, #name, sizeof #name - 1, NULL, 0);                             \
            return real_##name(folder, path, flags, mode);                                       \
        }                                                                                        \
        pthread_mutex_lock(&guard);                                                              \
        int existed = access(path, F_OK) == 0;                                                   \
        int file = opened(real_##name(folder, path, flags, mode), path, flags, existed);         \
        pthread_mutex_unlock(&guard);                                                            \
        return file;                                                                             \
    }
OPENAT(openat)
OPENAT(openat64)

int close(int file) {
    REAL(int, close, int);
    if (!name_of(file)) return real_close(file);
    pthread_mutex_lock(&guard);
    free(names[file]);
    names[file] = NULL;
    int result = real_close(file);
    pthread_mutex_unlock(&guard);
    return result;
}

ssize_t write(int file, const void *data, size_t bytes) {
    REAL(ssize_t, write, int, const void *, size_t);
    if (!name_of(file)) return real_write(file, data, bytes);
    pthread_mutex_lock(&guard);
    ssize_t count = fails("write", names[file]) ? -1 : real_write(file, data, bytes);
    if (count > 0) {
        off_t end = lseek(file, 0, SEEK_CUR);
        record('W', inode_of(file), (uint64_t)(end - count), NULL, 0, data, (size_t)count);
    }
    pthread_mutex_unlock(&guard);
    return count;
}

#define PWRITE(name, offset_type)                                                                \
    ssize_t name(int file, const void *data, size_t bytes, offset_type offset) {                 \
        REAL(ssize_t, name, int, const void *, size_t, offset_type);                             \
        if (!name_of(file)) return real_##name(file, data, bytes, offset);                       \
        pthread_mutex_lock(&guard);                                                              \
        ssize_t count = fails("write", names[file])                                              \
                            ? -1                                                                 \
                            : real_##name(file, data, bytes, offset);                            \
        if (count > 0)                                                                           \
            record('W', inode_of(file), (uint64_t)offset, NULL, 0, data, (size_t)count);         \
        pthread_mutex_unlock(&guard);                                                            \
        return count;                                                                            \
    }
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

ssize_t writev(int file, const struct iovec *parts, int count) {
    REAL(ssize_t, writev, int, const struct iovec *, int);
    if (name_of(file)) record('X', 0, 0, "writev", 6, NULL, 0);
    return real_writev(file, parts, count);
}

#define TRUNCATE(name, offset_type)                                                              \
    int name(int file, offset_type length) {                                                     \
        REAL(int, name, int, offset_type);                                                       \
        if (!name_of(file)) return real_##name(file, length);                                    \
        pthread_mutex_lock(&guard);                                                              \
        int result = real_##name(file, length);                                                  \
        if (result == 0) record('T', inode_of(file), (uint64_t)length, NULL, 0, NULL, 0);        \
        pthread_mutex_unlock(&guard);                                                            \
        return result;                                                                           \
    }
TRUNCATE(ftruncate, off_t)
TRUNCATE(ftruncate64, off64_t)

#define ALLOCATE(name, offset_type)                                                              \
    int name(int file, int mode, offset_type offset, offset_type length) {                       \
        REAL(int, name, int, int, offset_type, offset_type);                                     \
        if (!name_of(file)) return real_##name(file, mode, offset, length);                      \
        pthread_mutex_lock(&guard);                                                              \
        int result = real_##name(file, mode, offset, length);                                    \
        if (result == 0)                                                                         \
            record(mode == 0 ? 'A' : 'X', inode_of(file), (uint64_t)(offset + length), NULL, 0,  \
                   NULL, 0);                                                                     \
        pthread_mutex_unlock(&guard);                                                            \
        return result;                                                                           \
    }
ALLOCATE(fallocate, off_t)
ALLOCATE(fallocate64, off64_t)

#define SYNC(name)                                                                               \
    int name(int file) {                                                                         \
        REAL(int, name, int);                                                                    \
        if (!name_of(file)) return real_##name(file);                                            \
        pthread_mutex_lock(&guard);                                                              \
        int result = fails("sync", names[file]) ? -1 : real_##name(file);                        \
        if (result == 0) record('S', inode_of(file), 0, NULL, 0, NULL, 0);                       \
        pthread_mutex_unlock(&guard);                                                            \
        return result;                                                                           \
    }
SYNC(fsync)
SYNC(fdatasync)

static void renamed(const char *old, const char *new) {
    char both[2100];
    int count = snprintf(both, sizeof both, "%s%c%s", old, 0, new);
    record('N', 0, 0, both, (size_t)count, NULL, 0);
}

int rename(const char *old, const char *new) {
    REAL(int, rename, const char *, const char *);
    if (!is_below(old) && !is_below(new)) return real_rename(old, new);
    pthread_mutex_lock(&guard);
    int result = real_rename(old, new);
    if (result == 0) renamed(old, new);
    pthread_mutex_unlock(&guard);
    return result;
}

int renameat2(int from, const char *old, int to, const char *new, unsigned flags) {
    REAL(int, renameat2, int, const char *, int, const char *, unsigned);
    if (!is_below(old) && !is_below(new)) return real_renameat2(from, old, to, new, flags);
    pthread_mutex_lock(&guard);
    int result = real_renameat2(from, old, to, new, flags);
    if (result == 0) renamed(old, new);
    pthread_mutex_unlock(&guard);
    return result;
}

#define REMOVE(name)                                                                             \
    int name(const char *path) {                                                                 \
        REAL(int, name, const char *);                                                           \
        if (!is_below(path)) return real_##name(path);                                           \
        pthread_mutex_lock(&guard);                                                              \
        int result = real_##name(path);                                                          \
        if (result == 0) record('U', 0, 0, path, strlen(path), NULL, 0);                         \
        pthread_mutex_unlock(&guard);                                                            \
        return result;                                                                           \
    }
REMOVE(unlink)
REMOVE(rmdir)
REMOVE(remove)

int unlinkat(int folder, const char *path, int flags) {
    REAL(int, unlinkat, int, const char *, int);
    pthread_mutex_lock(&guard);
    int result = real_unlinkat(folder, path, flags);
    if (result == 0 && is_below(path)) record('U', 0, 0, path, strlen(path), NULL, 0);
    if (result == 0 && path[0] != '/' && name_of(folder)) record('X', 0, 0, "unlinkat", 8, NULL, 0);
    pthread_mutex_unlock(&guard);
    return result;
}

int mkdir(const char *path, mode_t mode) {
    REAL(int, mkdir, const char *, mode_t);
    if (!is_below(path)) return real_mkdir(path, mode);
    pthread_mutex_lock(&guard);
    int result = real_mkdir(path, mode);
    struct stat status;
    if (result == 0 && stat(path, &status) == 0)
        record('D', status.st_ino, 0, path, strlen(path), NULL, 0);
    pthread_mutex_unlock(&guard);
    return result;
}

int link(const char *old, const char *new) {
    REAL(int, link, const char *, const char *);
    if (is_below(new)) record('X', 0, 0, "link", 4, NULL, 0);
    return real_link(old, new);
}

void *mmap(void *address, size_t length, int protection, int flags, int file, off_t offset) {
    REAL(void *, mmap, void *, size_t, int, int, int, off_t);
    const char *name = (flags & MAP_ANONYMOUS) ? NULL : name_of(file);
    size_t bytes = name ? strlen(name) : 0;
    // The index of SQLite's log is shared memory and never asked of the disk.
    if (name && (flags & MAP_SHARED) && (protection & PROT_WRITE) &&
        !(bytes > 4 && strcmp(name + bytes - 4, "-shm") == 0))
        record('X', 0, 0, "mmap", 4, NULL, 0);
    return real_mmap(address, length, protection, flags, file, offset);
}
