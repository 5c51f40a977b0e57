#if defined(__aarch64__)
#include "neon.h"

// Four codes less their zero point, shifted left by 4 here and by 16 more in all, scaled. A shift below 0 sends ties of negative values
// away from zero by lowering them by one; the one scale with shift 0 is exactly a half.
INLINE int32x4_t scaled(int16x4_t x, edge_scale s, const int is_half) {
  if (is_half) return vshll_n_s16(x, 15);
  int32x4_t high = vqrdmulhq_n_s32(vshll_n_s16(x, 16), s.multiplier);
  return vrshlq_s32(vsraq_n_s32(high, high, 31), vdupq_n_s32(s.shift));
}

INLINE int32x4_t sum(int16x4_t a, int16x4_t b, const edge_add_s8 *p, const int a_is_half, const int b_is_half) {
  int32x4_t x = scaled(a, p->a, a_is_half), y = scaled(b, p->b, b_is_half);
  int32x4_t high = vqrdmulhq_n_s32(p->subtracts ? vsubq_s32(x, y) : vaddq_s32(x, y), p->output.multiplier);
  return vrshlq_s32(vsraq_n_s32(high, high, 31), vdupq_n_s32(p->output.shift));
}

INLINE ptrdiff_t run(const edge_add_s8 *p, const int8_t *a, const int8_t *b, int8_t *output, ptrdiff_t count,
                     const int a_is_half, const int b_is_half) {
  const int8x16_t a_zero = vdupq_n_s8((int8_t)p->a_zero_point), b_zero = vdupq_n_s8((int8_t)p->b_zero_point);
  const edge_requantize_s8 bounds = {
    .zero_point = p->output_zero_point, .minimum = p->minimum, .maximum = p->maximum};
  const output_range range = range_of(&bounds);
  ptrdiff_t i = 0;
  for (; i + 16 <= count; i += 16) {
    int8x16_t x = vld1q_s8(a + i), y = vld1q_s8(b + i);
    int16x8_t x0 = vshlq_n_s16(vsubl_s8(vget_low_s8(x), vget_low_s8(a_zero)), 4), x1 = vshlq_n_s16(vsubl_high_s8(x, a_zero), 4);
    int16x8_t y0 = vshlq_n_s16(vsubl_s8(vget_low_s8(y), vget_low_s8(b_zero)), 4), y1 = vshlq_n_s16(vsubl_high_s8(y, b_zero), 4);
    int32x4_t sums[4] = {sum(vget_low_s16(x0), vget_low_s16(y0), p, a_is_half, b_is_half),
                         sum(vget_high_s16(x0), vget_high_s16(y0), p, a_is_half, b_is_half),
                         sum(vget_low_s16(x1), vget_low_s16(y1), p, a_is_half, b_is_half),
                         sum(vget_high_s16(x1), vget_high_s16(y1), p, a_is_half, b_is_half)};
    vst1q_s8(output + i, narrow16(sums, SCALE_ANY, &range));
  }
  return i;
}

// The common scale is twice the larger of the inputs', so one of them is scaled by a half.
EDGE_ADD_S8(edge_add_s8_16_neon) {
  const edge_add_s8 copy = *p;
  assert(p->output.shift < 0);
  if (p->a.shift == 0) return p->b.shift == 0 ? run(&copy, a, b, output, count, 1, 1) : run(&copy, a, b, output, count, 1, 0);
  return p->b.shift == 0 ? run(&copy, a, b, output, count, 0, 1) : run(&copy, a, b, output, count, 0, 0);
}
#endif
