#if defined(__aarch64__)
#include "neon.h"

// A code less its zero point, shifted left by 20, scaled. Shifts are not above 0; ties go away from zero.
INLINE int32x4_t scaled(int16x4_t x, edge_scale s) {
  return scale(vshll_n_s16(x, 15), vdupq_n_s32(s.multiplier), vdupq_n_s32(s.shift), SCALE_RIGHT);
}

INLINE int32x4_t sum(int16x4_t a, int16x4_t b, const edge_add_s8 *p) {
  int32x4_t x = scaled(a, p->a), y = scaled(b, p->b);
  int32x4_t total = p->subtracts ? vsubq_s32(x, y) : vaddq_s32(x, y);
  return scale(total, vdupq_n_s32(p->output.multiplier), vdupq_n_s32(p->output.shift), SCALE_RIGHT);
}

EDGE_ADD_S8(edge_add_s8_16_neon) {
  assert(p->a.shift <= 0 && p->b.shift <= 0 && p->output.shift <= 0);
  const int8x16_t a_zero = vdupq_n_s8((int8_t)p->a_zero_point), b_zero = vdupq_n_s8((int8_t)p->b_zero_point);
  const edge_requantize_s8 bounds = {
    .zero_point = p->output_zero_point, .minimum = p->minimum, .maximum = p->maximum};
  const output_range range = range_of(&bounds);
  ptrdiff_t i = 0;
  for (; i + 16 <= count; i += 16) {
    int8x16_t x = vld1q_s8(a + i), y = vld1q_s8(b + i);
    int16x8_t x0 = vshlq_n_s16(vsubl_s8(vget_low_s8(x), vget_low_s8(a_zero)), 5), x1 = vshlq_n_s16(vsubl_high_s8(x, a_zero), 5);
    int16x8_t y0 = vshlq_n_s16(vsubl_s8(vget_low_s8(y), vget_low_s8(b_zero)), 5), y1 = vshlq_n_s16(vsubl_high_s8(y, b_zero), 5);
    int32x4_t sums[4] = {sum(vget_low_s16(x0), vget_low_s16(y0), p), sum(vget_high_s16(x0), vget_high_s16(y0), p),
                         sum(vget_low_s16(x1), vget_low_s16(y1), p), sum(vget_high_s16(x1), vget_high_s16(y1), p)};
    vst1q_s8(output + i, narrow16(sums, &range));
  }
  return i;
}
#endif
