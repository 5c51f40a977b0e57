// What the float32 depthwise kernels share: which taps lie inside the image, and single channels.
#ifndef EDGE_DEPTHWISE_F32_H
#define EDGE_DEPTHWISE_F32_H

#include "CEdgeKernels.h"

// Taps along the width inside the image for one output column: first, and one past the last.
typedef struct { ptrdiff_t begin, end; } edge_column_range;

static inline edge_column_range edge_taps_f32(const edge_depthwise_f32 *p, ptrdiff_t ox) {
  ptrdiff_t x = ox * p->stride_width - p->padding_left, room = p->input_width - x;
  ptrdiff_t begin = x < 0 ? (-x + p->dilation_width - 1) / p->dilation_width : 0;
  ptrdiff_t end = room <= 0 ? 0 : (room + p->dilation_width - 1) / p->dilation_width;
  return (edge_column_range){begin, end < p->kernel_width ? end : p->kernel_width};
}

// The output columns that see every tap along the width.
static inline edge_column_range edge_inner_columns_f32(const edge_depthwise_f32 *p) {
  ptrdiff_t room = p->input_width - 1 - (p->kernel_width - 1) * p->dilation_width + p->padding_left;
  ptrdiff_t begin = (p->padding_left + p->stride_width - 1) / p->stride_width;
  ptrdiff_t end = room < 0 ? 0 : room / p->stride_width + 1;
  if (end > p->output_width) end = p->output_width;
  return (edge_column_range){begin < end ? begin : end, end};
}

// Channel c of output column `ox`.
static inline float edge_depthwise_one_f32(const edge_depthwise_f32 *p, ptrdiff_t ox, ptrdiff_t c) {
  edge_column_range taps = edge_taps_f32(p, ox);
  ptrdiff_t x = ox * p->stride_width - p->padding_left;
  const float *w = p->weights + c / 16 * 16 * p->kernel_height * p->kernel_width + c % 16;
  float sum = p->bias[c];
  for (ptrdiff_t ky = p->tap_row_begin; ky < p->tap_row_end; ky++)
    for (ptrdiff_t kx = taps.begin; kx < taps.end; kx++)
      sum = __builtin_fmaf(p->input_rows[ky][(x + kx * p->dilation_width) * p->channels + c],
                           w[(ky * p->kernel_width + kx) * 16], sum);
  return sum < p->minimum ? p->minimum : sum > p->maximum ? p->maximum : sum;
}

#endif
