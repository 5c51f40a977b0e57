// Copies of many short runs: plain C for all CPUs. A call of memcpy takes longer than such a copy.
#include "CEdgeKernels.h"

#include <string.h>

// At least `unit` bytes by whole units, the last of which overlaps the one before.
#define COPY(unit)                                                                    \
  static inline void copy##unit(const char *source, char *target, ptrdiff_t count) { \
    for (ptrdiff_t i = 0; i + unit < count; i += unit) memcpy(target + i, source + i, unit); \
    memcpy(target + count - unit, source + count - unit, unit);                       \
  }
COPY(1)
COPY(4)
COPY(16)

// Where run i begins is `at(i)`.
#define RUNS(unit) \
  for (ptrdiff_t i = 0; i < count; i++) copy##unit(source + FROM, target + TO, byte_count)

#define ALL_RUNS                       \
  if (byte_count >= 256) {             \
    for (ptrdiff_t i = 0; i < count; i++) memcpy(target + TO, source + FROM, (size_t)byte_count); \
  } else if (byte_count >= 16) {       \
    RUNS(16);                          \
  } else if (byte_count >= 4) {        \
    RUNS(4);                           \
  } else if (byte_count > 0) {         \
    RUNS(1);                           \
  }

#define FROM i * source_step
#define TO i * target_step
void edge_copy_runs(const void *from, ptrdiff_t source_step, void *to, ptrdiff_t target_step, ptrdiff_t count,
                    ptrdiff_t byte_count) {
  const char *restrict source = from;
  char *restrict target = to;
  ALL_RUNS
}

#undef FROM
#undef TO
#define FROM offsets[i]
#define TO i * byte_count
void edge_gather_runs(const void *from, const ptrdiff_t *offsets, void *to, ptrdiff_t count, ptrdiff_t byte_count) {
  const char *restrict source = from;
  char *restrict target = to;
  ALL_RUNS
}
