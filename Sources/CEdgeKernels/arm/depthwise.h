// What the depthwise kernels share.
#ifndef EDGE_DEPTHWISE_H
#define EDGE_DEPTHWISE_H

#include "../scalar.h"
#include "neon.h"

// Eight channels of a 3x3 kernel.
typedef struct {
  // Less their zero point.
  int16x8_t weights[9];
  // With the input zero point folded in, as if every tap were inside the image.
  int32x4_t bias[2], multiplier[2], shift[2];
  scale_kind kind;
  // For kinds that shift in 16 bits.
  int16x8_t shift_16;
} taps_3x3;

// Returns whether every weight lies in -127...127.
INLINE int load_taps_3x3(const edge_depthwise_s8 *p, ptrdiff_t c, taps_3x3 *t) {
  const int8_t *w = p->weights + c / 16 * 16 * 9 + c % 16;
  const int8x8_t zero_point = vdup_n_s8((int8_t)p->weight_zero_point);
  int16x8_t sum = vdupq_n_s16(0), largest = vdupq_n_s16(0);
  UNROLL for (int i = 0; i < 9; i++) {
    int16x8_t wide = vsubl_s8(vld1_s8(w + 16 * i), zero_point);
    t->weights[i] = wide;
    sum = vaddq_s16(sum, wide);
    largest = vmaxq_s16(largest, vabsq_s16(wide));
  }
  const int16_t input_zero_point = (int16_t)p->input_zero_point;
  t->bias[0] = vmlsl_n_s16(vld1q_s32(p->bias + c), vget_low_s16(sum), input_zero_point);
  t->bias[1] = vmlsl_n_s16(vld1q_s32(p->bias + c + 4), vget_high_s16(sum), input_zero_point);
  UNROLL for (int j = 0; j < 2; j++) {
    t->multiplier[j] = vld1q_s32(p->scale.multiplier + c + 4 * j);
    t->shift[j] = vld1q_s32(p->scale.shift + c + 4 * j);
  }
  t->kind = kind_of_some(p->scale.shift + c, 2, kind_of(&p->scale));
  t->shift_16 = shift_16(p->scale.shift + c, t->kind);
  return vmaxvq_s16(largest) <= 127;
}

// Eight bytes, and the address moved on. Lies in a whole register, whose upper half is zero.
INLINE int8x16_t next_bytes(const int8_t **p, ptrdiff_t step) {
  int8x16_t bytes;
  __asm__("ld1 {%0.8b}, [%1], %2" : "=w"(bytes), "+r"(*p) : "r"(step), "m"(*(const int8_t(*)[8])*p));
  return bytes;
}

// Requantizes eight channels of a pixel.
INLINE int8x8_t requantize_8(const taps_3x3 *t, const int32x4_t sums[2], const scale_kind kind, const output_range *range) {
  if (kind == SCALE_RELU_7 || kind == SCALE_RELU_10) {
    const int16x8_t high = scale_16(sums[0], sums[1], t->multiplier, t->shift_16, kind);
    return vreinterpret_s8_u8(veor_u8(vqmovun_s16(high), vdup_n_u8(0x80)));
  }
  const int32x4_t low = scale(sums[0], t->multiplier[0], t->shift[0], kind);
  return narrow8(low, scale(sums[1], t->multiplier[1], t->shift[1], kind), kind, range);
}

// The same of two pixels.
INLINE int8x16_t requantize_16(const taps_3x3 *t, int32x4_t sums[4], const scale_kind kind, const output_range *range) {
  if (kind == SCALE_RELU_7 || kind == SCALE_RELU_10)
    return narrow_relu(scale_16(sums[0], sums[1], t->multiplier, t->shift_16, kind),
                       scale_16(sums[2], sums[3], t->multiplier, t->shift_16, kind));
  UNROLL for (int i = 0; i < 4; i++) sums[i] = scale(sums[i], t->multiplier[i % 2], t->shift[i % 2], kind);
  return narrow16(sums, kind, range);
}

// Whether the input rows under output rows `row` and `row` + 1 are four that follow each other.
INLINE int are_neighbours(const edge_depthwise_s8 *p, ptrdiff_t row) {
  const int8_t *const *rows = p->input_rows + 3 * row;
  return rows[3] == rows[1] && rows[4] == rows[2];
}

// 3x3, dilation 1: eight channels from c on, of all output rows, whatever the weights.
void edge_depthwise_s8_3x3_wide(const edge_depthwise_s8 *p, ptrdiff_t c, int8_t *output);

// Any kernel: `channels` channels from c on, of all output rows.
void edge_depthwise_s8_rows(const edge_depthwise_s8 *p, ptrdiff_t c, ptrdiff_t channels, int8_t *output);

#endif
