#if defined(__aarch64__)
#include "neon.h"

// Four channels. fcvtas rounds ties away from zero and saturates, as does each narrowing.
INLINE int32x4_t scale4(int32x4_t x, int32x4_t low, int32x4_t high) {
  float64x2_t f0 = vreinterpretq_f64_s32(vzip1q_s32(low, high)), f1 = vreinterpretq_f64_s32(vzip2q_s32(low, high));
  int64x2_t y0 = vcvtaq_s64_f64(vmulq_f64(vcvtq_f64_s64(vmovl_s32(vget_low_s32(x))), f0));
  int64x2_t y1 = vcvtaq_s64_f64(vmulq_f64(vcvtq_f64_s64(vmovl_high_s32(x)), f1));
  return vqmovn_high_s64(vqmovn_s64(y0), y1);
}

// Sixteen channels.
static __attribute__((noinline)) int8x16_t exactly(const edge_factors_s8 *p, const int32_t *x, ptrdiff_t c, const output_range *range) {
  int32x4_t v[4];
  UNROLL for (int j = 0; j < 4; j++)
    v[j] = scale4(vld1q_s32(x + c + 4 * j), vld1q_s32(p->low + c + 4 * j), vld1q_s32(p->high + c + 4 * j));
  return narrow16(v, SCALE_ANY, range);
}

// The exponent of 2^112 and the difference of the exponents' offsets in float64 and float32, in the upper half of a float64. Factors are
// taken 2^16 times as large.
enum { LARGE = (1023 + 112) << 20, REBIAS = (1023 - 127 - 16) << 20 };

// Products in steps of 2^-16. Of a factor in [0, 2^112) this takes the upper half, as a float32: too small by less than 2^-20 of it. So
// products below 256.5 are wrong by less than 18.7: by 16.1 for that, 1.1 each because x and the product are rounded, and by a half. Larger
// ones stay beyond 255, or saturate.
INLINE int32x4_t fixed4(int32x4_t x, int32x4_t high) {
  const uint32x4_t factor = vshlq_n_u32(vqsubq_u32(vreinterpretq_u32_s32(high), vdupq_n_u32(REBIAS)), 3);
  return vcvtnq_s32_f32(vmulq_f32(vcvtq_f32_s32(x), vreinterpretq_f32_u32(factor)));
}
enum { SLACK = 20 };

INLINE void put(int8_t *output, int8x16_t bytes, ptrdiff_t count) {
  if (count >= 16) {
    vst1q_s8(output, bytes);
  } else {
    store(output, bytes, count);
  }
}

EDGE_FACTORS_S8(edge_factors_s8_16_neon) {
  const edge_requantize_s8 bounds = {.zero_point = p->zero_point, .minimum = p->minimum, .maximum = p->maximum};
  const output_range range = range_of(&bounds);
  const int32x4_t offset = vdupq_n_s32(p->zero_point * 65536 + 32768 + SLACK);
  const int32_t *factors = p->high;
  uint32x4_t largest = vdupq_n_u32(0);
  for (ptrdiff_t c = 0; c < count; c += 16) {
    int16x8_t half[4];
    UNROLL for (int j = 0; j < 4; j++) {
      const int32x4_t high = vld1q_s32(factors + c + 4 * j);
      largest = vmaxq_u32(largest, vreinterpretq_u32_s32(high));
      half[j] = vreinterpretq_s16_s32(vqaddq_s32(fixed4(vld1q_s32(accumulators + c + 4 * j), high), offset));
    }
    // Results are the upper halves, unless lower halves are so small that they might be others.
    const int16x8_t low0 = vuzp1q_s16(half[0], half[1]), low1 = vuzp1q_s16(half[2], half[3]);
    int8x16_t bytes = vqmovn_high_s16(vqmovn_s16(vuzp2q_s16(half[0], half[1])), vuzp2q_s16(half[2], half[3]));
    if (range.limits) bytes = limited(bytes, &range);
    if (__builtin_expect(vminvq_u16(vminq_u16(vreinterpretq_u16_s16(low0), vreinterpretq_u16_s16(low1))) < 2 * SLACK, 0))
      bytes = exactly(p, accumulators, c, &range);
    put(output + c, bytes, count - c);
  }
  if (vmaxvq_u32(largest) < LARGE) return;
  for (ptrdiff_t c = 0; c < count; c += 16) put(output + c, exactly(p, accumulators, c, &range), count - c);
}
#endif
