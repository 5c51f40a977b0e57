#if defined(__aarch64__)
#include "neon.h"

// Adds codes to eight 16-bit sums, to each at most so many as units() says.
INLINE int16x8_t add_codes(int16x8_t sums, const int8_t *x, ptrdiff_t byte_count) {
  ptrdiff_t n = byte_count / 16;
  for (; n >= 4; n -= 4, x += 64) {
    sums = vpadalq_s8(vpadalq_s8(sums, vld1q_s8(x)), vld1q_s8(x + 16));
    sums = vpadalq_s8(vpadalq_s8(sums, vld1q_s8(x + 32)), vld1q_s8(x + 48));
  }
#pragma clang loop unroll(disable)
  for (; n != 0; n--, x += 16) sums = vpadalq_s8(sums, vld1q_s8(x));
  n = byte_count % 16;
  if (n == 0) return sums;
  if (n >= 8) {
    sums = vaddw_s8(sums, vld1_s8(x));
    x += 8, n -= 8;
  }
  if (byte_count >= 8) {
    // The last eight bytes, less those that were added before: they are the low ones.
    uint64x1_t last = vreinterpret_u64_s8(vld1_s8(x + n - 8));
    return vaddw_s8(sums, vreinterpret_s8_u64(vshl_u64(last, vdup_n_s64(8 * n - 64))));
  }
#pragma clang loop unroll(disable) vectorize(disable)
  for (; n != 0; n--) sums = vaddw_s8(sums, vld1_lane_s8(x++, vdup_n_s8(0), 0));
  return sums;
}

INLINE ptrdiff_t units(ptrdiff_t byte_count) { return 2 * (byte_count / 16) + 7; }
// So many codes of -128 are no less than -2^15.
enum { MOST_UNITS = 256 };

INLINE uint32_t sum_of(const int8_t *x, ptrdiff_t byte_count) {
  enum { CHUNK = 1024 };
  int32_t sum = 0;
  for (; byte_count > CHUNK; byte_count -= CHUNK, x += CHUNK) sum += vaddlvq_s16(add_codes(vdupq_n_s16(0), x, CHUNK));
  return (uint32_t)sum + (uint32_t)vaddlvq_s16(add_codes(vdupq_n_s16(0), x, byte_count));
}

EDGE_ROW_TERMS_S8(edge_row_terms_s8) {
  if (row_step != 0 && taps == 1 && units(byte_count) <= MOST_UNITS) {
    const int8_t *x = a[0];
    for (; rows != 0; rows--, x += row_step)
      *row_term++ = (int32_t)((uint32_t)factor * (uint32_t)vaddlvq_s16(add_codes(vdupq_n_s16(0), x, byte_count)));
    return;
  }
  const ptrdiff_t pointer_step = row_step == 0 ? 1 : 0, tap_step = row_step == 0 ? stride : 1;
  ptrdiff_t offset = 0;
  const int are_few = taps * units(byte_count) <= MOST_UNITS;
  for (; rows != 0; rows--, a += pointer_step, offset += row_step) {
    const int8_t *const *tap = a;
    uint32_t sum = 0;
    if (are_few) {
      int16x8_t sums = vdupq_n_s16(0);
      for (ptrdiff_t n = taps; n != 0; n--, tap += tap_step) sums = add_codes(sums, *tap + offset, byte_count);
      sum = (uint32_t)vaddlvq_s16(sums);
    } else {
      for (ptrdiff_t n = taps; n != 0; n--, tap += tap_step) sum += sum_of(*tap + offset, byte_count);
    }
    *row_term++ = (int32_t)((uint32_t)factor * sum);
  }
}
#endif
