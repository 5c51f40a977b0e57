// Scalar arithmetic that the vector kernels use for leftover channels.
#ifndef EDGE_SCALAR_H
#define EDGE_SCALAR_H

#include "CEdgeKernels.h"

// One channel of TensorFlow Lite's MultiplyByQuantizedMultiplier, offset and clamped. The two roundings of the reference are one
// 64-bit expression: with e = -shift, (x*m + 2^30 + 2^(30+e) - [x<0]*2^31) >> (31+e) for e >= 1.
static inline int8_t edge_requantize_one(int32_t x, const edge_requantize_s8 *s, ptrdiff_t c) {
  int32_t shift = s->shift[c];
  int64_t m = s->multiplier[c];
  int32_t scaled;
  if (shift >= 0) {
    int32_t shifted = (int32_t)((uint32_t)x << shift);
    scaled = (int32_t)((shifted * m + (1ll << 30)) >> 31);
  } else {
    int64_t rounding = (1ll << 30) + (1ll << (30 - shift)) - (x < 0 ? 1ll << 31 : 0);
    scaled = (int32_t)((x * m + rounding) >> (31 - shift));
  }
  int64_t value = (int64_t)scaled + s->zero_point;
  if (value < s->minimum) value = s->minimum;
  if (value > s->maximum) value = s->maximum;
  return (int8_t)value;
}

// Channel c of one pixel of a depthwise convolution; `x` is the distance of the pixel's first tap from the start of a row, in bytes.
static inline int8_t edge_depthwise_one(const edge_depthwise_s8 *p, ptrdiff_t x, ptrdiff_t tap_begin,
                                        ptrdiff_t tap_end, ptrdiff_t c) {
  uint32_t sum = (uint32_t)p->bias[c];
  const int8_t *w = p->weights + c / 16 * 16 * p->kernel_height * p->kernel_width + c % 16;
  for (ptrdiff_t ky = p->tap_row_begin; ky < p->tap_row_end; ky++) {
    for (ptrdiff_t kx = tap_begin; kx < tap_end; kx++) {
      int32_t value = p->input_rows[ky][x + kx * p->dilation_width * p->channels + c] - p->input_zero_point;
      sum += (uint32_t)(value * (w[(ky * p->kernel_width + kx) * 16] - p->weight_zero_point));
    }
  }
  return edge_requantize_one((int32_t)sum, &p->scale, c);
}

// The taps along the width that lie inside the image for output column `ox`.
static inline void edge_tap_columns(const edge_depthwise_s8 *p, ptrdiff_t ox, ptrdiff_t *begin, ptrdiff_t *end) {
  ptrdiff_t x = ox * p->stride_width - p->padding_left;
  ptrdiff_t first = x < 0 ? (-x + p->dilation_width - 1) / p->dilation_width : 0;
  ptrdiff_t room = p->input_width - x;
  ptrdiff_t last = room <= 0 ? 0 : (room + p->dilation_width - 1) / p->dilation_width;
  *begin = first;
  *end = last < p->kernel_width ? last : p->kernel_width;
}

#endif
