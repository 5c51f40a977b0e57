#if defined(__aarch64__)
#include "depthwise.h"

// Codes and weights in 16 bits less their zero points: any kernel, stride and zero point.
INLINE void pixel8(const edge_depthwise_s8 *p, ptrdiff_t x, ptrdiff_t begin, ptrdiff_t end, ptrdiff_t c, int8_t *output,
                   const output_range *range) {
  const int8x8_t input_zero = vdup_n_s8((int8_t)p->input_zero_point), weight_zero = vdup_n_s8((int8_t)p->weight_zero_point);
  const int8_t *w = p->weights + c / 16 * 16 * p->kernel_height * p->kernel_width + c % 16;
  int32x4_t low = vld1q_s32(p->bias + c), high = vld1q_s32(p->bias + c + 4);
  for (ptrdiff_t ky = p->tap_row_begin; ky < p->tap_row_end; ky++) {
    const int8_t *codes = p->input_rows[ky] + x + c + begin * p->dilation_width * p->channels;
    for (ptrdiff_t kx = begin; kx < end; kx++, codes += p->dilation_width * p->channels) {
      int16x8_t value = vsubl_s8(vld1_s8(codes), input_zero);
      int16x8_t weight = vsubl_s8(vld1_s8(w + (ky * p->kernel_width + kx) * 16), weight_zero);
      low = vmlal_s16(low, vget_low_s16(value), vget_low_s16(weight));
      high = vmlal_high_s16(high, value, weight);
    }
  }
  const edge_requantize_s8 *s = &p->scale;
  low = scale(low, vld1q_s32(s->multiplier + c), vld1q_s32(s->shift + c), SCALE_ANY);
  high = scale(high, vld1q_s32(s->multiplier + c + 4), vld1q_s32(s->shift + c + 4), SCALE_ANY);
  vst1_s8(output + c, narrow8(low, high, SCALE_ANY, range));
}

static void one_row(const edge_depthwise_s8 *p, ptrdiff_t c, ptrdiff_t channels, int8_t *output) {
  const output_range range = range_of(&p->scale);
  for (ptrdiff_t ox = 0; ox < p->output_width; ox++, output += p->channels) {
    ptrdiff_t begin, end;
    edge_tap_columns(p, ox, &begin, &end);
    ptrdiff_t x = (ox * p->stride_width - p->padding_left) * p->channels;
    ptrdiff_t at = c;
    for (; at + 8 <= c + channels; at += 8) pixel8(p, x, begin, end, at, output, &range);
    for (; at < c + channels; at++) output[at] = edge_depthwise_one(p, x, begin, end, at);
  }
}

void edge_depthwise_s8_rows(const edge_depthwise_s8 *p, ptrdiff_t c, ptrdiff_t channels, int8_t *output) {
  edge_depthwise_s8 one = *p;
  for (ptrdiff_t row = 0; row < p->rows; row++, output += p->output_width * p->channels) {
    one.input_rows = p->input_rows + row * p->kernel_height;
    one.tap_row_begin = 0;
    one.tap_row_end = p->kernel_height;
    while (one.tap_row_begin < one.tap_row_end && !one.input_rows[one.tap_row_begin]) one.tap_row_begin++;
    while (one.tap_row_begin < one.tap_row_end && !one.input_rows[one.tap_row_end - 1]) one.tap_row_end--;
    one_row(&one, c, channels, output);
  }
}

EDGE_DEPTHWISE_S8(edge_depthwise_s8_8_neon) { edge_depthwise_s8_rows(p, 0, p->channels, output); }
#endif
