#define _GNU_SOURCE
#include "CEdgeHeap.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

enum {
  UNIT = 16,
  LINEAR_CLASSES = 32,
  CLASSES = LINEAR_CLASSES + 4 * 7,
  LARGEST_UNITS = 4096,  // of small blocks, with their headers: 64 KB
  CHUNK = 1 << 18,
  PAGE = 1 << 12,
  LARGE_OFFSET = 64,  // of a large block in its mapping
  LARGEST_ALIGNMENT = 1 << 16,
};

// The eight bytes before each block.
typedef struct {
  uint16_t state;
  uint16_t kind;
  // Small: its size class. Shifted: its distance from the block that it is a part of.
  uint32_t value;
} header;

enum { IN_USE = 0xED6E, FREE = 0xF4EE };
enum { SMALL, LARGE, SHIFTED };

typedef struct free_block {
  struct free_block *next;
} free_block;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static free_block *free_blocks[CLASSES];
// What is left of the last chunk. Begins with a header: blocks follow one another at multiples of 16, less 8.
static char *chunk, *chunk_end;

static header *header_of(const void *block) { return (header *)((char *)(uintptr_t)block - sizeof(header)); }

// The header of a block that is in use. Anything else that is freed or resized would do harm later, so the program stops here.
static header *live(const void *block) {
  header *h = header_of(block);
  if (h->state != IN_USE) __builtin_trap();
  return h;
}

static void *finish(void *block, uint16_t kind, uint32_t value) {
  *header_of(block) = (header){.state = IN_USE, .kind = kind, .value = value};
  return block;
}

// Classes have 1 to 32 units, then four for each doubling: 40, 48, 56, 64, 80, and so on to 4096.
static uint32_t class_of(size_t units) {
  if (units <= LINEAR_CLASSES) return (uint32_t)units - 1;
  const uint32_t shift = 61 - (uint32_t)__builtin_clzll(units - 1);
  return LINEAR_CLASSES + 4 * (shift - 3) + (uint32_t)((units - 1) >> shift) - 4;
}

static size_t units_of(uint32_t class) {
  if (class < LINEAR_CLASSES) return class + 1;
  const uint32_t step = class - LINEAR_CLASSES;
  return (size_t)(step % 4 + 5) << (step / 4 + 3);
}

static void *map(size_t byte_count) {
  void *start = mmap(NULL, byte_count, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return start == MAP_FAILED ? NULL : start;
}

// With the lock held. What a chunk has left when it is too little stays unused; the system makes no pages of what is never touched.
static void *from_chunk(size_t byte_count) {
  if ((size_t)(chunk_end - chunk) < byte_count) {
    char *start = map(CHUNK);
    if (start == NULL) return NULL;
    chunk = start + UNIT - sizeof(header);
    chunk_end = start + CHUNK;
  }
  void *block = chunk + sizeof(header);
  chunk += byte_count;
  return block;
}

static void *allocate_small(size_t units) {
  const uint32_t class = class_of(units);
  pthread_mutex_lock(&lock);
  void *block = free_blocks[class];
  if (block) {
    free_blocks[class] = free_blocks[class]->next;
  } else {
    block = from_chunk(units_of(class) * UNIT);
  }
  pthread_mutex_unlock(&lock);
  return block ? finish(block, SMALL, class) : NULL;
}

static size_t mapping_size(size_t size) { return (size + LARGE_OFFSET + PAGE - 1) / PAGE * PAGE; }

static void *allocate_large(size_t size) {
  const size_t byte_count = mapping_size(size);
  char *start = map(byte_count);
  if (start == NULL) return NULL;
  *(size_t *)(void *)start = byte_count;
  return finish(start + LARGE_OFFSET, LARGE, 0);
}

static atomic_size_t allocation_count;

size_t edge_heap_allocation_count(void) { return atomic_load_explicit(&allocation_count, memory_order_relaxed); }

bool edge_heap_is_malloc(void) {
#ifdef EDGE_HEAP_REPLACES_MALLOC
  return true;
#else
  return false;
#endif
}

void *edge_heap_allocate(size_t size, size_t alignment) {
  atomic_fetch_add_explicit(&allocation_count, 1, memory_order_relaxed);
  if (alignment == 0 || (alignment & (alignment - 1)) != 0 || alignment > LARGEST_ALIGNMENT || size > PTRDIFF_MAX / 2) return NULL;
  const bool is_small = size + sizeof(header) <= LARGEST_UNITS * UNIT;
  if (alignment <= (is_small ? UNIT : LARGE_OFFSET))
    return is_small ? allocate_small((size + sizeof(header) + UNIT - 1) / UNIT) : allocate_large(size);
  char *block = edge_heap_allocate(size + alignment, UNIT);
  if (block == NULL) return NULL;
  const size_t distance = -(uintptr_t)block & (alignment - 1);
  return distance == 0 ? block : finish(block + distance, SHIFTED, (uint32_t)distance);
}

void edge_heap_free(void *block) {
  if (block == NULL) return;
  header *h = live(block);
  h->state = FREE;
  if (h->kind == SHIFTED) {
    edge_heap_free((char *)block - h->value);
  } else if (h->kind == LARGE) {
    char *start = (char *)block - LARGE_OFFSET;
    munmap(start, *(size_t *)(void *)start);
  } else {
    free_block *first = block;
    pthread_mutex_lock(&lock);
    first->next = free_blocks[h->value];
    free_blocks[h->value] = first;
    pthread_mutex_unlock(&lock);
  }
}

size_t edge_heap_size(const void *block) {
  const header *h = live(block);
  if (h->kind == SHIFTED) return edge_heap_size((const char *)block - h->value) - h->value;
  if (h->kind == LARGE) return *(const size_t *)(const void *)((const char *)block - LARGE_OFFSET) - LARGE_OFFSET;
  return units_of(h->value) * UNIT - sizeof(header);
}

void *edge_heap_resize(void *block, size_t size) {
  if (block == NULL) return edge_heap_allocate(size, UNIT);
  if (size > PTRDIFF_MAX / 2) return NULL;
  const size_t old_size = edge_heap_size(block);
  if (size <= old_size && size > old_size / 2) return block;
  if (live(block)->kind == LARGE && size + sizeof(header) > LARGEST_UNITS * UNIT) {
    char *start = (char *)block - LARGE_OFFSET;
    const size_t byte_count = mapping_size(size);
    start = mremap(start, *(size_t *)(void *)start, byte_count, MREMAP_MAYMOVE);
    if (start == MAP_FAILED) return NULL;
    *(size_t *)(void *)start = byte_count;
    return start + LARGE_OFFSET;
  }
  void *copy = edge_heap_allocate(size, UNIT);
  if (copy == NULL) return NULL;
  memcpy(copy, block, size < old_size ? size : old_size);
  edge_heap_free(block);
  return copy;
}
