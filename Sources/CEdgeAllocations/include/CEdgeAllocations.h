// Counts the memory allocations of chosen threads. Linked into tests alone.
#ifndef CEDGEALLOCATIONS_H
#define CEDGEALLOCATIONS_H

#include <stdbool.h>

/// Whether this build can count: with glibc, and without a sanitizer, which has an allocator of its own.
bool edge_allocations_can_be_counted(void);
/// Starts or stops counting on the calling thread.
void edge_allocations_count_this_thread(bool counts);
/// Allocations so far on all threads while they were counted.
long edge_allocation_count(void);

#endif
