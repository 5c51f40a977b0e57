#if defined(__aarch64__)
#include "neon.h"

#define DOT __attribute__((target("dotprod")))
enum { ROWS = 4 };

// Fewer than four codes, and zeros.
INLINE int8x16_t few(const int8_t *x, ptrdiff_t count) {
  int8_t four[4] = {x[0], count > 1 ? x[1] : 0, count > 2 ? x[2] : 0, 0};
  int32_t word;
  memcpy(&word, four, 4);
  return vreinterpretq_s8_s32(vsetq_lane_s32(word, vdupq_n_s32(0), 0));
}

// Eight or four codes, and zeros.
INLINE int8x16_t eight(const int8_t *x) {
  int8x16_t codes;
  __asm__("ldr %d0, %1" : "=w"(codes) : "m"(*(const int8_t(*)[8])x));
  return codes;
}
INLINE int8x16_t four(const int8_t *x) {
  return vreinterpretq_s8_s32(vld1q_lane_s32((const int32_t *)(const void *)x, vdupq_n_s32(0), 0));
}

// 1 for the last `count` of eight codes.
INLINE int8x16_t mask_of(ptrdiff_t count) {
  static const int8_t ones[16] = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1};
  return eight(ones + count);
}

// Adds codes of `rows` rows to four sums each, by dot products with ones.
DOT INLINE void add_codes(int32x4_t sums[], const int8_t *x, const ptrdiff_t row_step, const int rows, const ptrdiff_t byte_count,
                          const int8x16_t mask) {
  const int8x16_t ones = vdupq_n_s8(1);
  const int8_t *a[ROWS];
  UNROLL for (int r = 0; r < rows; r++) a[r] = r == 0 ? x : a[r - 1] + row_step;
  for (ptrdiff_t n = byte_count / 16; n != 0; n--)
    UNROLL for (int r = 0; r < rows; r++) sums[r] = vdotq_s32(sums[r], vld1q_s8(a[r]), ones), a[r] += 16;
  if (byte_count & 8) UNROLL for (int r = 0; r < rows; r++) sums[r] = vdotq_s32(sums[r], eight(a[r]), ones), a[r] += 8;
  const ptrdiff_t rest = byte_count & 7;
  if (rest == 0) return;
  if (byte_count >= 8) {
    UNROLL for (int r = 0; r < rows; r++) sums[r] = vdotq_s32(sums[r], eight(a[r] + rest - 8), mask);
    return;
  }
  if (rest & 4) UNROLL for (int r = 0; r < rows; r++) sums[r] = vdotq_s32(sums[r], four(a[r]), ones), a[r] += 4;
  if (rest & 3) UNROLL for (int r = 0; r < rows; r++) sums[r] = vdotq_s32(sums[r], few(a[r], rest & 3), ones);
}

DOT EDGE_ROW_TERMS_S8(edge_row_terms_s8_neondot) {
  const int8x16_t mask = mask_of(byte_count & 7);
  ptrdiff_t row = 0;
  // Eight codes of every row, one after the other: a vector holds two rows.
  if (row_step == 8 && byte_count == 8 && taps == 1) {
    const int8x16_t ones = vdupq_n_s8(1);
    const int32x4_t none = vdupq_n_s32(0);
    for (const int8_t *x = a[0]; row + ROWS <= rows; row += ROWS, x += 32) {
      const int32x4_t low = vdotq_s32(none, vld1q_s8(x), ones), high = vdotq_s32(none, vld1q_s8(x + 16), ones);
      vst1q_s32(row_term + row, vmulq_n_s32(vpaddq_s32(low, high), factor));
    }
  }
  if (row_step != 0) {
    for (; row + ROWS <= rows; row += ROWS) {
      int32x4_t sums[ROWS];
      UNROLL for (int r = 0; r < ROWS; r++) sums[r] = vdupq_n_s32(0);
      for (ptrdiff_t tap = 0; tap < taps; tap++) add_codes(sums, a[tap] + row * row_step, row_step, ROWS, byte_count, mask);
      const int32x4_t all = vpaddq_s32(vpaddq_s32(sums[0], sums[1]), vpaddq_s32(sums[2], sums[3]));
      vst1q_s32(row_term + row, vmulq_n_s32(all, factor));
    }
  }
  for (; row < rows; row++) {
    int32x4_t sum = vdupq_n_s32(0);
    for (ptrdiff_t tap = 0; tap < taps; tap++)
      add_codes(&sum, row_step == 0 ? a[tap * stride + row] : a[tap] + row * row_step, 0, 1, byte_count, mask);
    row_term[row] = (int32_t)((uint32_t)factor * (uint32_t)vaddvq_s32(sum));
  }
}

DOT void edge_short_row_terms_s8_neondot(const int8_t *const *a, ptrdiff_t row_step, ptrdiff_t taps, ptrdiff_t rows,
                                         ptrdiff_t byte_count, int32_t factor, int32_t *row_term) {
  static const int8_t ones[32] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
  const int8x16_t mask = vld1q_s8(ones + 16 - byte_count);
  for (ptrdiff_t offset = 0; rows > 0; rows -= ROWS, offset += ROWS * row_step, row_term += ROWS) {
    int32x4_t sums[ROWS];
    UNROLL for (int r = 0; r < ROWS; r++) sums[r] = vdupq_n_s32(0);
    for (ptrdiff_t tap = 0; tap < taps; tap++) {
      const int8_t *x = a[tap] + offset;
      UNROLL for (int r = 0; r < ROWS; r++, x += row_step) sums[r] = vdotq_s32(sums[r], vld1q_s8(x), mask);
    }
    const int32x4_t all = vpaddq_s32(vpaddq_s32(sums[0], sums[1]), vpaddq_s32(sums[2], sums[3]));
    vst1q_s32(row_term, vmulq_n_s32(all, factor));
  }
}
#endif
