#if defined(__aarch64__)
#include "scalar.h"

#include <arm_neon.h>
#include <string.h>

static inline int8x16_t broadcast4(const int8_t *p) {
  int32_t bytes;
  memcpy(&bytes, p, 4);
  return vreinterpretq_s8_s32(vdupq_n_s32(bytes));
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

// Sixteen channels of one row from c on: requantized and stored as far as there are any.
static inline void finish(const int32x4_t sums[4], const edge_requantize_s8 *s, ptrdiff_t c, int8_t *output,
                          ptrdiff_t channels) {
  int32x4_t v[4];
  for (int j = 0; j < 4; j++) v[j] = requantize(sums[j], s, c + 4 * j);
  int16x8_t low = vcombine_s16(vmovn_s32(v[0]), vmovn_s32(v[1])), high = vcombine_s16(vmovn_s32(v[2]), vmovn_s32(v[3]));
  int8x16_t bytes = vcombine_s8(vmovn_s16(low), vmovn_s16(high));
  if (channels >= 16) {
    vst1q_s8(output, bytes);
  } else {
    int8_t all[16];
    vst1q_s8(all, bytes);
    memcpy(output, all, (size_t)channels);
  }
}

// What a tile does with its sums.
static inline void put(const edge_gemm_s8 *p, ptrdiff_t row, ptrdiff_t c, const int32x4_t sums[4]) {
  if (p->accumulators) {
    int32_t *at = p->accumulators + row * ((p->channels + 15) / 16 * 16) + c;
    for (int j = 0; j < 4; j++) vst1q_s32(at + 4 * j, sums[j]);
  } else {
    finish(sums, &p->scale, c, p->output + row * p->channels + c, p->channels - c);
  }
}

// Products are added pairwise to 32 bits at once, so every weight is allowed, -128 included. A channel's four products land in
// two lanes.
EDGE_GEMM_S8(edge_gemm_s8_2x16c4_neon) {
  const int8_t *w = p->weights;
  for (ptrdiff_t c = 0; c < p->channels; c += 16) {
    int32x4_t acc[2][8];
    for (int r = 0; r < 2; r++)
      for (int j = 0; j < 8; j++) acc[r][j] = vdupq_n_s32(0);
    for (ptrdiff_t tap = 0; tap < p->taps; tap++) {
      const int8_t *a0 = p->a[tap * 2], *a1 = p->a[tap * 2 + 1];
      for (ptrdiff_t k = 0; k < p->tap_byte_count; k += 4, w += 64) {
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
      if (r == p->rows) break;
      int32x4_t sums[4];
      for (int j = 0; j < 4; j++) {
        int32x4_t sum = vpaddq_s32(acc[r][2 * j], acc[r][2 * j + 1]);
        sums[j] = vaddq_s32(vaddq_s32(sum, vld1q_s32(p->bias + c + 4 * j)), vdupq_n_s32(p->row_term[r]));
      }
      put(p, r, c, sums);
    }
  }
}

__attribute__((target("dotprod"))) EDGE_GEMM_S8(edge_gemm_s8_4x16c4_neondot) {
  const int8_t *w = p->weights;
  for (ptrdiff_t c = 0; c < p->channels; c += 16) {
    int32x4_t acc[4][4];
    for (int r = 0; r < 4; r++)
      for (int j = 0; j < 4; j++) acc[r][j] = vaddq_s32(vld1q_s32(p->bias + c + 4 * j), vdupq_n_s32(p->row_term[r]));
    const int8_t *const *a = p->a;
    for (ptrdiff_t tap = 0; tap < p->taps; tap++, a += 4) {
      ptrdiff_t k = 0;
      for (; k + 16 <= p->tap_byte_count; k += 16, w += 256) {
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
      for (; k < p->tap_byte_count; k += 4, w += 64) {
        for (int j = 0; j < 4; j++) {
          int8x16_t weights = vld1q_s8(w + 16 * j);
          for (int r = 0; r < 4; r++) acc[r][j] = vdotq_s32(acc[r][j], weights, broadcast4(a[r] + k));
        }
      }
    }
    for (int r = 0; r < 4; r++) {
      if (r == p->rows) break;
      put(p, r, c, acc[r]);
    }
  }
}

EDGE_DEPTHWISE_S8(edge_depthwise_s8_16_neon) {
  const int16x8_t input_zero = vdupq_n_s16((int16_t)p->input_zero_point);
  const int16x8_t weight_zero = vdupq_n_s16((int16_t)p->weight_zero_point);
  for (ptrdiff_t ox = 0; ox < p->output_width; ox++, output += p->channels) {
    ptrdiff_t begin, end;
    edge_tap_columns(p, ox, &begin, &end);
    ptrdiff_t x = (ox * p->stride_width - p->padding_left) * p->channels;
    ptrdiff_t c = 0;
    for (; c + 16 <= p->channels; c += 16) {
      const int8_t *w = p->weights + c * p->kernel_height * p->kernel_width;
      int32x4_t acc[4];
      for (int j = 0; j < 4; j++) acc[j] = vld1q_s32(p->bias + c + 4 * j);
      for (ptrdiff_t ky = p->tap_row_begin; ky < p->tap_row_end; ky++) {
        const int8_t *row = p->input_rows[ky] + x + c;
        for (ptrdiff_t kx = begin; kx < end; kx++) {
          int8x16_t xs = vld1q_s8(row + kx * p->dilation_width * p->channels);
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
      finish(acc, &p->scale, c, output + c, 16);
    }
    for (; c < p->channels; c++) output[c] = edge_depthwise_one(p, x, begin, end, c);
  }
}
#endif
