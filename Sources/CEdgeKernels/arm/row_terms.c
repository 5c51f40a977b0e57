#if defined(__aarch64__)
#include "neon.h"

enum { ROWS = 4 };

// A lane of 16 bits takes two of every sixteen codes and one of each rest; two lanes together have room for so many codes of -128.
enum { MOST_UNITS = 127, MOST_BYTES = 960 };
INLINE ptrdiff_t units(ptrdiff_t byte_count) { return byte_count / 8 + 2; }

// 1 for the last `count` of eight codes.
INLINE int8x8_t mask_of(ptrdiff_t count) {
  static const int8_t ones[16] = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1};
  return vld1_s8(ones + count);
}

// Fewer than eight codes, behind zeros.
static int8x8_t few(const int8_t *x, ptrdiff_t count) {
  int8x8_t bytes = vdup_n_s8(0);
#pragma clang loop unroll(disable) vectorize(disable)
  for (; count != 0; count--) bytes = vset_lane_s8(*x++, vext_s8(bytes, bytes, 1), 7);
  return bytes;
}

INLINE void add_sixteens(int16x8_t sums[], const int8_t *x[], const int rows, const int sixteens) {
  UNROLL for (int r = 0; r < rows; r++) {
    UNROLL for (int i = 0; i < sixteens; i++) sums[r] = vpadalq_s8(sums[r], vld1q_s8(x[r] + 16 * i));
    x[r] += 16 * sixteens;
  }
}

// Adds codes of `rows` rows to eight sums each.
INLINE void add_codes(int16x8_t sums[], const int8_t *x[], const int rows, ptrdiff_t count, int8x8_t mask) {
  for (ptrdiff_t n = count / 64; n != 0; n--) add_sixteens(sums, x, rows, 4);
  if (count & 32) add_sixteens(sums, x, rows, 2);
  if (count & 16) add_sixteens(sums, x, rows, 1);
  if (count & 8) UNROLL for (int r = 0; r < rows; r++) sums[r] = vaddw_s8(sums[r], vld1_s8(x[r])), x[r] += 8;
  if ((count & 7) == 0) return;
  UNROLL for (int r = 0; r < rows; r++)
    sums[r] = vmlal_s8(sums[r], count >= 8 ? vld1_s8(x[r] + (count & 7) - 8) : few(x[r], count), mask);
}

// Four rows at a time of a run whose sums stay in 16 bits.
INLINE void four_rows(const int8_t *const *a, ptrdiff_t offset, ptrdiff_t row_step, ptrdiff_t taps, ptrdiff_t byte_count,
                      int8x8_t mask, int32_t factor, int32_t *row_term) {
  int16x8_t sums[ROWS] = {vdupq_n_s16(0), vdupq_n_s16(0), vdupq_n_s16(0), vdupq_n_s16(0)};
  do {
    const int8_t *x[ROWS];
    x[0] = *a++ + offset;
    UNROLL for (int r = 1; r < ROWS; r++) x[r] = x[r - 1] + row_step;
    add_codes(sums, x, ROWS, byte_count, mask);
  } while (--taps != 0);
  const int32x4_t low = vpaddlq_s16(vpaddq_s16(sums[0], sums[1])), high = vpaddlq_s16(vpaddq_s16(sums[2], sums[3]));
  vst1q_s32(row_term, vmulq_n_s32(vpaddq_s32(low, high), factor));
}

INLINE uint32_t sum_of(const int8_t *x, ptrdiff_t byte_count, int8x8_t mask) {
  int32_t sum = 0;
  while (byte_count > 0) {
    int16x8_t sums = vdupq_n_s16(0);
    const ptrdiff_t some = byte_count < MOST_BYTES ? byte_count : MOST_BYTES;
    add_codes(&sums, &x, 1, some, mask);
    sum += vaddlvq_s16(sums);
    byte_count -= some;
  }
  return (uint32_t)sum;
}

EDGE_ROW_TERMS_S8(edge_row_terms_s8) {
  const int8x8_t mask = mask_of(byte_count & 7);
  if (row_step != 0 && rows >= ROWS && taps * units(byte_count) <= MOST_UNITS) {
    // The last four are among them once more where they are not a whole group.
    for (ptrdiff_t row = 0;; row = row + 2 * ROWS < rows ? row + ROWS : rows - ROWS) {
      four_rows(a, row * row_step, row_step, taps, byte_count, mask, factor, row_term + row);
      if (row + ROWS == rows) break;
    }
    return;
  }
  for (ptrdiff_t row = 0; row < rows; row++) {
    uint32_t sum = 0;
    for (ptrdiff_t tap = 0; tap < taps; tap++)
      sum += sum_of(row_step == 0 ? a[tap * stride + row] : a[tap] + row * row_step, byte_count, mask);
    row_term[row] = (int32_t)((uint32_t)factor * sum);
  }
}
#endif
