// The C library's names for the heap. Defined in a program, they take precedence over those of a static libc.
#ifdef EDGE_HEAP_REPLACES_MALLOC
#include "CEdgeHeap.h"

#include <errno.h>
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { USUAL_ALIGNMENT = 16 };

static void *or_no_memory(void *block) {
  if (block == NULL) errno = ENOMEM;
  return block;
}

void *malloc(size_t size) { return or_no_memory(edge_heap_allocate(size, USUAL_ALIGNMENT)); }

void free(void *block) {
  const int error = errno;
  edge_heap_free(block);
  errno = error;
}

// Compilers know malloc: without this they would make calloc of malloc and memset, in calloc.
__attribute__((no_builtin("calloc", "malloc"))) void *calloc(size_t count, size_t size) {
  size_t byte_count;
  if (__builtin_mul_overflow(count, size, &byte_count)) return or_no_memory(NULL);
  void *block = or_no_memory(edge_heap_allocate(byte_count, USUAL_ALIGNMENT));
  return block ? memset(block, 0, byte_count) : NULL;
}

void *realloc(void *block, size_t size) { return or_no_memory(edge_heap_resize(block, size)); }

void *aligned_alloc(size_t alignment, size_t size) { return or_no_memory(edge_heap_allocate(size, alignment)); }

void *memalign(size_t alignment, size_t size) { return aligned_alloc(alignment, size); }

int posix_memalign(void **result, size_t alignment, size_t size) {
  if (alignment < sizeof(void *) || (alignment & (alignment - 1)) != 0) return EINVAL;
  void *block = edge_heap_allocate(size, alignment);
  if (block == NULL) return ENOMEM;
  *result = block;
  return 0;
}

size_t malloc_usable_size(void *block) { return block ? edge_heap_size(block) : 0; }
#endif
