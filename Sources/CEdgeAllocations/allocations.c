#include "CEdgeAllocations.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif

static _Thread_local bool counts_here;
static atomic_long count;

void edge_allocations_count_this_thread(bool counts) { counts_here = counts; }

long edge_allocation_count(void) { return atomic_load(&count); }

#if defined(__GLIBC__) && !defined(SANITIZED)

bool edge_allocations_can_be_counted(void) { return true; }

// A program's own malloc takes precedence over glibc's, in every library it loads. These pass on to glibc's under its other
// names, so that memory may be freed by the original free().
void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);
void *__libc_memalign(size_t, size_t);

static inline void note(void) {
  if (counts_here) atomic_fetch_add_explicit(&count, 1, memory_order_relaxed);
}

void *malloc(size_t size) { note(); return __libc_malloc(size); }
void *calloc(size_t n, size_t size) { note(); return __libc_calloc(n, size); }
void *realloc(void *old, size_t size) { note(); return __libc_realloc(old, size); }
void *aligned_alloc(size_t alignment, size_t size) { note(); return __libc_memalign(alignment, size); }

int posix_memalign(void **result, size_t alignment, size_t size) {
  note();
  if (alignment % sizeof(void *) != 0 || (alignment & (alignment - 1)) != 0 || alignment == 0) return EINVAL;
  void *start = __libc_memalign(alignment, size);
  if (!start) return ENOMEM;
  *result = start;
  return 0;
}

#else

bool edge_allocations_can_be_counted(void) { return false; }

#endif
