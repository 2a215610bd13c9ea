// The few Linux calls that Swift cannot make: variadic or macro-only ones.
#pragma once

/// Asks the kernel to send SIGKILL to this process when its parent dies. Returns 0 or errno.
int spokeshave_die_with_parent(int expected_parent);

/// Syncs the folder at `path` to disk, so that a rename in it is durable. Returns 0 or errno.
int spokeshave_sync_folder(const char *path);

/// Takes room on the disk for the first `bytes` of the open file. Returns 0 or errno.
int spokeshave_reserve_bytes(int file, long long bytes);

/// Makes SIGINT and SIGTERM raise a flag instead of ending the process; a second one ends it.
void spokeshave_notice_interruptions(void);

/// Whether such a signal has come.
int spokeshave_was_interrupted(void);

/// Makes the allocator give large blocks back to the system as soon as they are freed.
void spokeshave_return_memory_early(void);

/// Makes the allocator keep blocks below 32 MiB for the next ones, whose pages need not be made
/// anew then; for a process that computes, until it calls `spokeshave_return_memory`.
void spokeshave_keep_memory(void);
/// Gives everything that is free back to the system.
void spokeshave_return_memory(void);

/// Leaves SIGINT and SIGTERM to the parent: a terminal or a service manager sends them to all.
void spokeshave_leave_interruptions_to_parent(void);

/// Turns a write to a process that is gone into an error instead of a deadly signal.
void spokeshave_ignore_broken_pipes(void);

/// Starts the program at `path` in a process group of its own, with the three descriptors as its
/// standard ones and no other, no signal blocked and none ignored. `arguments` and `environment`
/// end with a null pointer. Returns its process id, or minus errno.
int spokeshave_spawn(const char *path, char *const arguments[], char *const environment[],
                     int input, int output, int errors);

/// A descriptor that becomes readable when the process ends; minus errno where there is none.
int spokeshave_watch_process(int process);

/// Waits until one of the descriptors (those below 0 are left out) can be read or has ended, at
/// most so many milliseconds (below 0: for ever). Returns their bits (1, 2, 4), 0 when time ran
/// out or a signal came, minus errno when something is wrong.
int spokeshave_wait_for_input(int first, int second, int third, int milliseconds);

/// A pipe that no program started later inherits: the reading end in the upper half, the writing
/// end in the lower; minus errno when there is none.
long long spokeshave_make_pipe(void);

/// Makes reads and writes of the descriptor fail instead of waiting. Returns 0 or errno.
int spokeshave_never_wait(int descriptor);

/// Waits for the end of a child. Returns its exit status, or 256 plus the signal that ended it,
/// or minus errno. With `may_wait` 0 it returns minus EAGAIN while the child runs.
int spokeshave_reap(int process, int may_wait);

/// Bytes of anonymous memory that are resident in a process; 0 when it is gone.
long long spokeshave_anonymous_bytes(int process);

/// Bytes of writable private memory of this process, touched or not: what RLIMIT_DATA bounds.
long long spokeshave_data_bytes(void);

/// Bounds the writable private memory of this process; below 0 lifts the bound. Returns 0 or
/// errno.
int spokeshave_limit_data(long long bytes);

/// How often the kernel has killed for want of memory since it started; -1 when it does not say.
long long spokeshave_memory_kills(void);

/// Makes a crash write a line with the signal, errno and the memory in use to standard error
/// before the process ends as it would have.
void spokeshave_leave_last_words(void);

/// Turns SIGTERM and SIGINT into numbers that spokeshave_next_interruption returns. Returns 0 or
/// errno.
int spokeshave_watch_interruptions(void);

/// Waits for the next SIGTERM or SIGINT and returns its number; minus errno when nobody watches.
int spokeshave_next_interruption(void);

/// Gives SIGTERM and SIGINT their usual, deadly effect back.
void spokeshave_obey_interruptions(void);
