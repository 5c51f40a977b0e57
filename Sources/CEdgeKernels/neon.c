#if defined(__aarch64__)
#include "scalar.h"

#include <arm_neon.h>
#include <string.h>

static inline int8x16_t broadcast4(const int8_t *p) {
  int32_t bytes;
  memcpy(&bytes, p, 4);
  return vreinterpretq_s8_s32(vdupq_n_s32(bytes));
}

// Products are added pairwise to 32 bits at once, so every weight is allowed, -128 included. A channel's four products land in
// two lanes.
EDGE_GEMM_S8(edge_gemm_s8_2x16c4_neon) {
  int32x4_t acc[2][8];
  for (int r = 0; r < 2; r++)
    for (int j = 0; j < 8; j++) acc[r][j] = vdupq_n_s32(0);
  for (ptrdiff_t tap = 0; tap < taps; tap++) {
    const int8_t *a0 = a[tap * 2], *a1 = a[tap * 2 + 1];
    for (ptrdiff_t k = 0; k < tap_byte_count; k += 4, w += 64) {
      int8x16_t x0 = broadcast4(a0 + k), x1 = broadcast4(a1 + k);
      for (int j = 0; j < 4; j++) {
        int8x16_t weights = vld1q_s8(w + 16 * j);
        acc[0][2 * j] = vpadalq_s16(acc[0][2 * j], vmull_s8(vget_low_s8(x0), vget_low_s8(weights)));
        acc[0][2 * j + 1] = vpadalq_s16(acc[0][2 * j + 1], vmull_high_s8(x0, weights));
        acc[1][2 * j] = vpadalq_s16(acc[1][2 * j], vmull_s8(vget_low_s8(x1), vget_low_s8(weights)));
        acc[1][2 * j + 1] = vpadalq_s16(acc[1][2 * j + 1], vmull_high_s8(x1, weights));
      }
    }
  }
  for (int r = 0; r < 2; r++) {
    for (int j = 0; j < 4; j++) {
      int32x4_t sum = vpaddq_s32(acc[r][2 * j], acc[r][2 * j + 1]);
      sum = vaddq_s32(vaddq_s32(sum, vld1q_s32(bias + 4 * j)), vdupq_n_s32(row_term[r]));
      vst1q_s32(accumulators + 16 * r + 4 * j, sum);
    }
  }
}

__attribute__((target("dotprod"))) EDGE_GEMM_S8(edge_gemm_s8_4x16c4_neondot) {
  int32x4_t acc[4][4];
  for (int r = 0; r < 4; r++)
    for (int j = 0; j < 4; j++) acc[r][j] = vaddq_s32(vld1q_s32(bias + 4 * j), vdupq_n_s32(row_term[r]));
  for (ptrdiff_t tap = 0; tap < taps; tap++, a += 4) {
    ptrdiff_t k = 0;
    for (; k + 16 <= tap_byte_count; k += 16, w += 256) {
      int8x16_t x[4];
      for (int r = 0; r < 4; r++) x[r] = vld1q_s8(a[r] + k);
#define LANE(lane) \
  for (int j = 0; j < 4; j++) { \
    int8x16_t weights = vld1q_s8(w + 64 * lane + 16 * j); \
    for (int r = 0; r < 4; r++) acc[r][j] = vdotq_laneq_s32(acc[r][j], weights, x[r], lane); \
  }
      LANE(0) LANE(1) LANE(2) LANE(3)
#undef LANE
    }
    for (; k < tap_byte_count; k += 4, w += 64) {
      for (int j = 0; j < 4; j++) {
        int8x16_t weights = vld1q_s8(w + 16 * j);
        for (int r = 0; r < 4; r++) acc[r][j] = vdotq_s32(acc[r][j], weights, broadcast4(a[r] + k));
      }
    }
  }
  for (int r = 0; r < 4; r++)
    for (int j = 0; j < 4; j++) vst1q_s32(accumulators + 16 * r + 4 * j, acc[r][j]);
}

// sqrdmulh is the reference's first rounding; srshl rounds ties up, so negative values are lowered by one first to send
// their ties away from zero.
static inline int32x4_t requantize(int32x4_t x, const edge_requantize_s8 *s, ptrdiff_t c) {
  const int32x4_t zero = vdupq_n_s32(0);
  int32x4_t shift = vld1q_s32(s->shift + c);
  int32x4_t left = vmaxq_s32(shift, zero), right = vminq_s32(shift, zero);
  int32x4_t high = vqrdmulhq_s32(vshlq_s32(x, left), vld1q_s32(s->multiplier + c));
  int32x4_t fixup = vshrq_n_s32(vandq_s32(high, right), 31);
  int32x4_t value = vrshlq_s32(vqaddq_s32(high, fixup), right);
  value = vqaddq_s32(value, vdupq_n_s32(s->zero_point));
  return vminq_s32(vmaxq_s32(value, vdupq_n_s32(s->minimum)), vdupq_n_s32(s->maximum));
}

static inline int8x16_t narrow(int32x4_t v0, int32x4_t v1, int32x4_t v2, int32x4_t v3) {
  int16x8_t low = vcombine_s16(vmovn_s32(v0), vmovn_s32(v1)), high = vcombine_s16(vmovn_s32(v2), vmovn_s32(v3));
  return vcombine_s8(vmovn_s16(low), vmovn_s16(high));
}

EDGE_REQUANTIZE_S8(edge_requantize_s8_neon) {
  for (ptrdiff_t row = 0; row < rows; row++) {
    int32x4_t v[4];
    for (int j = 0; j < 4; j++) v[j] = requantize(vld1q_s32(accumulators + 16 * row + 4 * j), scale, 4 * j);
    int8x16_t bytes = narrow(v[0], v[1], v[2], v[3]);
    if (channels == 16) {
      vst1q_s8(output + row * stride, bytes);
    } else {
      int8_t all[16];
      vst1q_s8(all, bytes);
      memcpy(output + row * stride, all, (size_t)channels);
    }
  }
}

EDGE_DEPTHWISE_S8(edge_depthwise_s8_16_neon) {
  const int16x8_t input_zero = vdupq_n_s16((int16_t)p->input_zero_point);
  const int16x8_t weight_zero = vdupq_n_s16((int16_t)p->weight_zero_point);
  for (ptrdiff_t ox = 0; ox < p->output_width; ox++, output += p->channels) {
    ptrdiff_t begin, end;
    edge_tap_columns(p, ox, &begin, &end);
    const int8_t *x = input + (ox * p->stride_width - p->padding_left) * p->channels;
    ptrdiff_t c = 0;
    for (; c + 16 <= p->channels; c += 16) {
      const int8_t *w = p->weights + c * p->kernel_height * p->kernel_width;
      int32x4_t acc[4];
      for (int j = 0; j < 4; j++) acc[j] = vld1q_s32(p->bias + c + 4 * j);
      for (ptrdiff_t ky = p->tap_row_begin; ky < p->tap_row_end; ky++) {
        for (ptrdiff_t kx = begin; kx < end; kx++) {
          int8x16_t xs = vld1q_s8(x + ky * p->row_stride + kx * p->dilation_width * p->channels + c);
          int8x16_t ws = vld1q_s8(w + (ky * p->kernel_width + kx) * 16);
          int16x8_t x0 = vsubq_s16(vmovl_s8(vget_low_s8(xs)), input_zero);
          int16x8_t x1 = vsubq_s16(vmovl_high_s8(xs), input_zero);
          int16x8_t w0 = vsubq_s16(vmovl_s8(vget_low_s8(ws)), weight_zero);
          int16x8_t w1 = vsubq_s16(vmovl_high_s8(ws), weight_zero);
          acc[0] = vmlal_s16(acc[0], vget_low_s16(x0), vget_low_s16(w0));
          acc[1] = vmlal_high_s16(acc[1], x0, w0);
          acc[2] = vmlal_s16(acc[2], vget_low_s16(x1), vget_low_s16(w1));
          acc[3] = vmlal_high_s16(acc[3], x1, w1);
        }
      }
      for (int j = 0; j < 4; j++) acc[j] = requantize(acc[j], &p->scale, c + 4 * j);
      vst1q_s8(output + c, narrow(acc[0], acc[1], acc[2], acc[3]));
    }
    for (; c < p->channels; c++) output[c] = edge_depthwise_one(p, x + c, begin, end, c);
  }
}
#endif
