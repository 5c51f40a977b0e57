#define _GNU_SOURCE
#include "CEdgeSystem.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

// One call instead of a page fault for every page. Only where so much is sure to be used: a model may ask for any amount.
static void populate(uintptr_t start, uintptr_t byte_count) {
  enum { smallest = 1 << 16, largest = 1 << 24, page = 4096 };
  enum { populate_write = 23 };  // MADV_POPULATE_WRITE, which older C libraries do not name, and kernels before 5.14 refuse
  if (byte_count < smallest || byte_count > largest) return;
  uintptr_t first = (start + page - 1) & -(uintptr_t)page, end = (start + byte_count) & -(uintptr_t)page;
  int error = errno;
  if (madvise((void *)first, end - first, populate_write) != 0) errno = error;
}

// Not Swift's allocate(): that traps when memory is short, and a model file may ask for any amount.
void *edge_allocate(ptrdiff_t byte_count, ptrdiff_t alignment) {
  void *start = NULL;
  if (posix_memalign(&start, (size_t)alignment, (size_t)byte_count) != 0) return NULL;
  populate((uintptr_t)start, (uintptr_t)byte_count);
  return start;
}

void edge_free(void *start) { free(start); }
