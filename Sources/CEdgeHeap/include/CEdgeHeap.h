#ifndef CEDGEHEAP_H
#define CEDGEHEAP_H

#include <stdbool.h>
#include <stddef.h>

// The heap of the static program, where it takes the place of musl's malloc (EDGE_HEAP_REPLACES_MALLOC).
//
// musl's maps and unmaps pages for nearly every array that loading a model needs for a moment: some 230 system calls, which with the page
// faults that follow took a quarter of the time to the first result. Here small blocks come from chunks that are kept, by size class,
// and are used again; large ones are mapped and unmapped on their own. Allocators that others maintain are many times the code, or
// belong to a libc.
//
// Safe to use from several threads. A block that is freed twice, or was never allocated, stops the program.

/// A block of at least `size` bytes, its address a multiple of `alignment`; NULL if there is no memory, or `alignment` is no power of two
/// or above 65,536.
void *edge_heap_allocate(size_t size, size_t alignment);

/// Gives a block back; NULL is ignored.
void edge_heap_free(void *block);

/// The same bytes in a block of another size, 16-byte aligned; NULL, with the old block kept, if there is no memory.
void *edge_heap_resize(void *block, size_t size);

/// Bytes that a block has room for, at least those asked for.
size_t edge_heap_size(const void *block);

/// Blocks allocated or resized so far.
size_t edge_heap_allocation_count(void);

/// Whether this program's malloc is this heap's.
bool edge_heap_is_malloc(void);

#endif
