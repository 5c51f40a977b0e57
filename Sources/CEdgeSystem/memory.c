#define _GNU_SOURCE
#include "CEdgeSystem.h"

#include <stdlib.h>

// Not Swift's allocate(): that traps when memory is short, and a model file may ask for any amount.
void *edge_allocate(ptrdiff_t byte_count, ptrdiff_t alignment) {
  void *start = NULL;
  return posix_memalign(&start, (size_t)alignment, (size_t)byte_count) == 0 ? start : NULL;
}

void edge_free(void *start) { free(start); }
