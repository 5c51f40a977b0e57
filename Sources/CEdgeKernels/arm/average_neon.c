#if defined(__aarch64__)
#include "neon.h"

// sum / count, to nearest, ties away from zero. Exact: dividend and divisor together are below 2^24.
INLINE int32x4_t divide(int32x4_t sum, float32x4_t count, int32x4_t half) {
  int32x4_t signed_half = vbslq_s32(vcgtq_s32(sum, vdupq_n_s32(0)), half, vnegq_s32(half));
  return vcvtq_s32_f32(vdivq_f32(vcvtq_f32_s32(vaddq_s32(sum, signed_half)), count));
}

EDGE_AVERAGE_S8(edge_average_s8_16_neon) {
  const int32_t count = (int32_t)(p->rows * p->columns);
  assert(count >= 1 && count <= 127);
  const float32x4_t divisor = vdupq_n_f32((float)count);
  const int32x4_t half = vdupq_n_s32(count / 2);
  const edge_requantize_s8 bounds = {.zero_point = -p->offset, .minimum = p->minimum, .maximum = p->maximum};
  const output_range range = range_of(&bounds);
  ptrdiff_t c = 0;
  for (; c + 16 <= p->channels; c += 16) {
    int16x8_t low = vdupq_n_s16((int16_t)(p->offset * count)), high = low;
    for (ptrdiff_t y = 0; y < p->rows; y++) {
      const int8_t *x = input + y * p->row_byte_count + c;
      for (ptrdiff_t n = p->columns; n != 0; n--, x += p->channels) {
        int8x16_t codes = vld1q_s8(x);
        low = vaddw_s8(low, vget_low_s8(codes));
        high = vaddw_high_s8(high, codes);
      }
    }
    int32x4_t v[4] = {divide(vmovl_s16(vget_low_s16(low)), divisor, half), divide(vmovl_high_s16(low), divisor, half),
                      divide(vmovl_s16(vget_low_s16(high)), divisor, half), divide(vmovl_high_s16(high), divisor, half)};
    vst1q_s8(output + c, narrow16(v, SCALE_ANY, &range));
  }
  return c;
}
#endif
