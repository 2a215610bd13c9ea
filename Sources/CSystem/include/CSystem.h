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

/// Leaves SIGINT and SIGTERM to the parent: a terminal or a service manager sends them to all.
void spokeshave_leave_interruptions_to_parent(void);

/// Turns a write to a process that is gone into an error instead of a deadly signal.
void spokeshave_ignore_broken_pipes(void);
