// The few system calls that Swift cannot make when it is compiled without Glibc: variadic functions, macros, errno,
// threads. One function each, no policy.
#ifndef CEDGESYSTEM_H
#define CEDGESYSTEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Files. Where a function fails it returns NULL, -1 or false, and edge_last_error() holds errno.
const void *edge_map_file(const char *path, ptrdiff_t *byte_count);
void edge_unmap_file(const void *start, ptrdiff_t byte_count);
int edge_last_error(void);
const char *edge_error_text(int error);

// Memory.
void *edge_allocate(ptrdiff_t byte_count, ptrdiff_t alignment);
void edge_free(void *start);

// Threads.
typedef struct edge_pool edge_pool;
typedef void (*edge_task)(void *context, int worker) __attribute__((swift_attr("@Sendable")));
/// Starts `threads - 1` workers (the caller is worker 0); NULL if the system refuses.
edge_pool *edge_pool_create(int threads);
/// Runs `task(context, worker)` once on every worker, the caller included, and returns when all have ended.
void edge_pool_run(edge_pool *pool, edge_task task, void *context);
void edge_pool_destroy(edge_pool *pool);

// The program.
_Noreturn void edge_exit(int code);

// Time. CLOCK_MONOTONIC, nanoseconds.
int64_t edge_clock_ns(void);

#endif
