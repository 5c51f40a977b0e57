#if defined(__aarch64__)
#include "neon.h"

// Four channels. fcvtas rounds ties away from zero and saturates, as does each narrowing.
INLINE int32x4_t scale4(int32x4_t x, int32x4_t low, int32x4_t high) {
  float64x2_t f0 = vreinterpretq_f64_s32(vzip1q_s32(low, high)), f1 = vreinterpretq_f64_s32(vzip2q_s32(low, high));
  int64x2_t y0 = vcvtaq_s64_f64(vmulq_f64(vcvtq_f64_s64(vmovl_s32(vget_low_s32(x))), f0));
  int64x2_t y1 = vcvtaq_s64_f64(vmulq_f64(vcvtq_f64_s64(vmovl_high_s32(x)), f1));
  return vqmovn_high_s64(vqmovn_s64(y0), y1);
}

EDGE_FACTORS_S8(edge_factors_s8_16_neon) {
  const edge_requantize_s8 bounds = {.zero_point = p->zero_point, .minimum = p->minimum, .maximum = p->maximum};
  const output_range range = range_of(&bounds);
  for (ptrdiff_t c = 0; c < count; c += 16) {
    int32x4_t v[4];
    UNROLL for (int j = 0; j < 4; j++) {
      ptrdiff_t at = c + 4 * j;
      v[j] = scale4(vld1q_s32(accumulators + at), vld1q_s32(p->low + at), vld1q_s32(p->high + at));
    }
    int8x16_t bytes = narrow16(v, SCALE_ANY, &range);
    if (count - c >= 16) {
      vst1q_s8(output + c, bytes);
    } else {
      store(output + c, bytes, count - c);
    }
  }
}
#endif
