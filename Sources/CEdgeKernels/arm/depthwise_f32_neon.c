#if defined(__aarch64__)
#include "../depthwise_f32.h"
#include "neon.h"

// `columns` neighbouring output columns from `ox` on, eight channels from c on; weights are read once for all columns.
INLINE void columns_of(const edge_depthwise_f32 *p, float *output, ptrdiff_t ox, ptrdiff_t c, const int columns) {
  const edge_column_range taps = edge_taps_f32(p, ox);
  const ptrdiff_t first = (ox * p->stride_width - p->padding_left) * p->channels + c;
  const ptrdiff_t step = p->stride_width * p->channels, tap_step = p->dilation_width * p->channels;
  const float *w = p->weights + c / 16 * 16 * p->kernel_height * p->kernel_width + c % 16;
  float32x4_t acc[4][2];
  UNROLL for (int j = 0; j < columns; j++)
    UNROLL for (int h = 0; h < 2; h++) acc[j][h] = vld1q_f32(p->bias + c + 4 * h);
  for (ptrdiff_t ky = p->tap_row_begin; ky < p->tap_row_end; ky++) {
    const float *row = p->input_rows[ky];
    for (ptrdiff_t kx = taps.begin; kx < taps.end; kx++) {
      const float *x = row + (first + kx * tap_step);
      const float *weights = w + (ky * p->kernel_width + kx) * 16;
      float32x4_t low = vld1q_f32(weights), high = vld1q_f32(weights + 4);
      UNROLL for (int j = 0; j < columns; j++) {
        acc[j][0] = vfmaq_f32(acc[j][0], vld1q_f32(x + j * step), low);
        acc[j][1] = vfmaq_f32(acc[j][1], vld1q_f32(x + j * step + 4), high);
      }
    }
  }
  UNROLL for (int j = 0; j < columns; j++)
    UNROLL for (int h = 0; h < 2; h++) {
      float32x4_t y = vminq_f32(vmaxq_f32(acc[j][h], vdupq_n_f32(p->minimum)), vdupq_n_f32(p->maximum));
      vst1q_f32(output + (ox + j) * p->channels + c + 4 * h, y);
    }
}

EDGE_DEPTHWISE_F32(edge_depthwise_f32_8_neon) {
  // A copy that stores to the output cannot change.
  const edge_depthwise_f32 arguments = *p;
  p = &arguments;
  const edge_column_range inner = edge_inner_columns_f32(p);
  ptrdiff_t c = 0;
  for (; c + 8 <= p->channels; c += 8) {
    ptrdiff_t ox = 0;
    for (; ox < inner.begin; ox++) columns_of(p, output, ox, c, 1);
    for (; ox + 4 <= inner.end; ox += 4) columns_of(p, output, ox, c, 4);
    for (; ox < p->output_width; ox++) columns_of(p, output, ox, c, 1);
  }
  for (; c < p->channels; c++)
    for (ptrdiff_t ox = 0; ox < p->output_width; ox++) output[ox * p->channels + c] = edge_depthwise_one_f32(p, ox, c);
}
#endif
