#if defined(__aarch64__)
#include "neon.h"

INLINE int32x4_t product(int16x4_t a, int16x4_t b, edge_scale s) {
  return scale(vmull_s16(a, b), vdupq_n_s32(s.multiplier), vdupq_n_s32(s.shift), SCALE_RIGHT);
}

EDGE_MUL_S8(edge_mul_s8_16_neon) {
  const edge_scale s = p->scale;
  assert(s.shift < 0);
  const int8x16_t a_zero = vdupq_n_s8((int8_t)p->a_zero_point), b_zero = vdupq_n_s8((int8_t)p->b_zero_point);
  const edge_requantize_s8 bounds = {
    .zero_point = p->output_zero_point, .minimum = p->minimum, .maximum = p->maximum};
  const output_range range = range_of(&bounds);
  ptrdiff_t i = 0;
  for (; i + 16 <= count; i += 16) {
    int8x16_t x = vld1q_s8(a + i), y = vld1q_s8(b + i);
    int16x8_t x0 = vsubl_s8(vget_low_s8(x), vget_low_s8(a_zero)), x1 = vsubl_high_s8(x, a_zero);
    int16x8_t y0 = vsubl_s8(vget_low_s8(y), vget_low_s8(b_zero)), y1 = vsubl_high_s8(y, b_zero);
    int32x4_t products[4] = {product(vget_low_s16(x0), vget_low_s16(y0), s), product(vget_high_s16(x0), vget_high_s16(y0), s),
                             product(vget_low_s16(x1), vget_low_s16(y1), s), product(vget_high_s16(x1), vget_high_s16(y1), s)};
    vst1q_s8(output + i, narrow16(products, SCALE_RIGHT, &range));
  }
  return i;
}
#endif
