// What the kernels for sparse weights share.
#ifndef EDGE_SPARSE_H
#define EDGE_SPARSE_H

#include "CEdgeKernels.h"

// One past the last of the groups that lie in a tap and begin at `groups`.
static inline const uint16_t *edge_sparse_tap_end(const edge_gemm_s8 *p, const uint16_t *groups, const uint16_t *end, ptrdiff_t tap) {
  if (tap + 1 == p->taps) return end;
  const ptrdiff_t limit = (tap + 1) * (p->tap_byte_count / 4);
  while (groups != end && *groups < limit) groups++;
  return groups;
}

#endif
