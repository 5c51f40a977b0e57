#if defined(__aarch64__)
#include "neon.h"

void edge_row_terms_s8(const int8_t *const *a, ptrdiff_t taps, ptrdiff_t stride, ptrdiff_t rows, ptrdiff_t byte_count,
                       int32_t factor, int32_t *row_term) {
  for (ptrdiff_t row = 0; row < rows; row++) {
    int32x4_t sums = vdupq_n_s32(0);
    int32_t sum = 0;
    const int8_t *const *pointers = a + row;
    for (ptrdiff_t tap = taps; tap != 0; tap--, pointers += stride) {
      const int8_t *x = *pointers;
      ptrdiff_t k = 0;
      for (; k + 16 <= byte_count; k += 16) sums = vpadalq_s16(sums, vpaddlq_s8(vld1q_s8(x + k)));
      if (byte_count & 8) {
        sums = vaddw_s16(sums, vpaddl_s8(vld1_s8(x + k)));
        k += 8;
      }
      for (; k < byte_count; k++) sum += x[k];
    }
    row_term[row] = (int32_t)((uint32_t)factor * (uint32_t)(sum + vaddvq_s32(sums)));
  }
}
#endif
