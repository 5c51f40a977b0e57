#if defined(__aarch64__)
#include "neon.h"

// The conversion saturates, rounds ties away from zero and makes NaN 0; every step of narrowing saturates too.
INLINE int16x8_t codes8(const float *x, float32x4_t scale, int16x8_t zero_point) {
  int32x4_t low = vcvtaq_s32_f32(vdivq_f32(vld1q_f32(x), scale)), high = vcvtaq_s32_f32(vdivq_f32(vld1q_f32(x + 4), scale));
  return vqaddq_s16(vqmovn_high_s32(vqmovn_s32(low), high), zero_point);
}

EDGE_QUANTIZE_S8(edge_quantize_s8_16_neon) {
  const float32x4_t divisor = vdupq_n_f32(scale);
  const int16x8_t zero = vdupq_n_s16((int16_t)zero_point);
  const int8x16_t flip = vdupq_n_s8((int8_t)flipped_bits);
  ptrdiff_t i = 0;
  for (; i + 16 <= count; i += 16) {
    int8x16_t codes = vqmovn_high_s16(vqmovn_s16(codes8(input + i, divisor, zero)), codes8(input + i + 8, divisor, zero));
    vst1q_s8(output + i, veorq_s8(codes, flip));
  }
  edge_quantize_s8(input + i, output + i, count - i, scale, zero_point, flipped_bits);
}
#endif
