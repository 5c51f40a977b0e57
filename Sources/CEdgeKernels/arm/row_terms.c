#if defined(__aarch64__)
#include "neon.h"

// Sum of the codes under one row, spread over four lanes.
INLINE int32x4_t sum_of(const int8_t *const *pointers, ptrdiff_t taps, ptrdiff_t stride, ptrdiff_t byte_count) {
  int32x4_t sums = vdupq_n_s32(0);
  for (; taps != 0; taps--, pointers += stride) {
    const int8_t *x = *pointers;
    for (ptrdiff_t n = byte_count / 16; n != 0; n--, x += 16) sums = vpadalq_s16(sums, vpaddlq_s8(vld1q_s8(x)));
    if (byte_count & 8) {
      sums = vaddw_s16(sums, vpaddl_s8(vld1_s8(x)));
      x += 8;
    }
    for (ptrdiff_t n = byte_count & 7; n != 0; n--, x++) sums = vaddq_s32(sums, vsetq_lane_s32(*x, vdupq_n_s32(0), 0));
  }
  return sums;
}

void edge_row_terms_s8(const int8_t *const *a, ptrdiff_t taps, ptrdiff_t stride, ptrdiff_t rows, ptrdiff_t byte_count,
                       int32_t factor, int32_t *row_term) {
  for (; rows >= 2; rows -= 2, a += 2, row_term += 2) {
    int32x4_t both = vpaddq_s32(sum_of(a, taps, stride, byte_count), sum_of(a + 1, taps, stride, byte_count));
    vst1_s32(row_term, vmul_n_s32(vget_low_s32(vpaddq_s32(both, both)), factor));
  }
  if (rows == 1) *row_term = (int32_t)((uint32_t)factor * (uint32_t)vaddvq_s32(sum_of(a, taps, stride, byte_count)));
}
#endif
