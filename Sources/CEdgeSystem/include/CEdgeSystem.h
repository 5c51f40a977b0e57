// The few system calls that Swift cannot make when it is compiled without Glibc: variadic functions, macros, errno,
// threads. One function each, no policy.
#ifndef CEDGESYSTEM_H
#define CEDGESYSTEM_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Files. Where a function fails it returns NULL, -1 or false, and edge_last_error() holds errno.
const void *edge_map_file(const char *path, ptrdiff_t *byte_count);
void edge_unmap_file(const void *start, ptrdiff_t byte_count);
int edge_last_error(void);
const char *edge_error_text(int error);
enum { edge_error_missing = ENOENT, edge_error_pipe = EPIPE, edge_error_exists = EEXIST };
/// A descriptor, or -1.
int edge_open_file(const char *path);
/// Creates or empties a file; a descriptor, or -1.
int edge_create_file(const char *path);
/// Bytes of a regular file; -1 for anything else, whose size is unknown.
int64_t edge_file_size(int descriptor);
/// Bytes read, 0 at the end, -1.
ptrdiff_t edge_read(int descriptor, void *buffer, ptrdiff_t byte_count);
/// Writes all of it.
bool edge_write(int descriptor, const void *bytes, ptrdiff_t byte_count);
bool edge_close_file(int descriptor);
bool edge_make_directory(const char *path);
bool edge_is_terminal(int descriptor);

// Folders.
enum { edge_kind_missing = 0, edge_kind_file = 1, edge_kind_directory = 2, edge_kind_other = 3 };
/// What a path names, symbolic links followed; a device or pipe is "other".
int edge_path_kind(const char *path);
typedef struct edge_directory edge_directory;
edge_directory *edge_directory_open(const char *path);
/// The next entry's name, valid until the next call, without "." and "..", and its kind. Links to files are files; links to
/// directories are "other", so that a walk ends. NULL at the end, and with edge_last_error() != 0 on failure.
const char *edge_directory_next(edge_directory *directory, int *kind);
void edge_directory_close(edge_directory *directory);

// Memory.
void *edge_allocate(ptrdiff_t byte_count, ptrdiff_t alignment);
void edge_free(void *start);

// Threads.
typedef struct edge_pool edge_pool;
typedef void (*edge_task)(void *context, int job, int part) __attribute__((swift_attr("@Sendable")));
/// Starts `threads - 1` workers, the caller being one more; NULL if the system refuses.
edge_pool *edge_pool_create(int threads);
/// Wakes workers that sleep, but not more often than pays. Whether one is awake: if not, handing out parts gains nothing.
bool edge_pool_wake(edge_pool *pool);
/// Runs `task(context, job, part)` once for each job 0 ..< count and part 0 ..< threads, one job after the other, the caller those parts
/// that no worker has begun, and returns when all have ended.
void edge_pool_run(edge_pool *pool, edge_task task, void *context, int count);
void edge_pool_destroy(edge_pool *pool);

// The program.
/// NULL if the variable is not set.
const char *edge_environment(const char *name);
/// The path of this executable, cut to `capacity`; its length, or -1.
ptrdiff_t edge_executable_path(char *buffer, ptrdiff_t capacity);
/// Processors this process may run on, at least 1.
int edge_processor_count(void);
/// From now on, `message` goes to standard error and the program ends with `exit_code` when mapped bytes vanish because
/// their file was cut (SIGBUS). `message` must outlive the program.
void edge_on_lost_mapping(const char *message, ptrdiff_t byte_count, int exit_code);
_Noreturn void edge_exit(int code);

// Time. CLOCK_MONOTONIC, nanoseconds.
int64_t edge_clock_ns(void);

#endif
