// The loops of a 3x3 depthwise kernel with strides 1 and 2 and dilation 1, for eight channels at a time: a window of three columns
// moves along the row, and each column is loaded once. Included by a file that defines
//   TARGET, and NAME if a kernel of that name is to be made
//   column_t                            three pixels above each other
//   column_of(top, middle, bottom)      from their bytes
//   weights_t, weights_of(&taps)
//   begin(sums, &taps)                  sets sums[2] to the bias
//   products(sums, &weights, a, b, c)   adds the sums of the window a, b, c to them
//   HAS_PAIRS, if it also defines what depthwise_3x3_pair.h asks for

#if HAS_PAIRS
#include "depthwise_3x3_pair.h"
#endif

typedef struct {
  const int8_t *rows[3];
  // The distance of two pixels, or 0 for a row outside the image.
  ptrdiff_t steps[3];
  // The column that is next, and what stands for columns outside the image.
  ptrdiff_t x;
  column_t outside;
} cursor;

TARGET INLINE column_t next_column(cursor *at) {
  int8x16_t top = next_bytes(&at->rows[0], at->steps[0]), middle = next_bytes(&at->rows[1], at->steps[1]);
  return column_of(top, middle, next_bytes(&at->rows[2], at->steps[2]));
}

TARGET INLINE column_t next_column_checked(cursor *at, ptrdiff_t width) {
  ptrdiff_t x = at->x++;
  return __builtin_expect(x < 0 || x >= width, 0) ? at->outside : next_column(at);
}

// The address of the next pixel is in `*output`.
TARGET INLINE void pixel(const taps_3x3 *t, const weights_t *w, column_t a, column_t b, column_t c, const scale_kind kind,
                         const output_range *range, int8_t **output, ptrdiff_t step) {
  int32x4_t sums[2];
  begin(sums, t);
  products(sums, w, a, b, c);
  const int8x8_t bytes = requantize_8(t, sums, kind, range);
  __asm__("st1 {%1.8b}, [%0], %2" : "+r"(*output) : "w"(bytes), "r"(step) : "memory");
}

// One row of one block of channels.
TARGET INLINE void row(const edge_depthwise_s8 *p, const taps_3x3 *t, const weights_t *w, cursor at, const int stride,
                       const scale_kind kind, const output_range *range, int8_t *output) {
  const ptrdiff_t step = p->channels, width = p->input_width;
  ptrdiff_t left = p->output_width;
  column_t a = next_column_checked(&at, width), b, c;
  if (stride == 1) b = next_column_checked(&at, width);
  // Pixels whose columns yet to come are all inside the image.
  ptrdiff_t inside = (width - at.x) / stride;
  if (inside > left) inside = left;
  if (at.x < 0 || inside < 0) inside = 0;
  left -= inside;
  at.x += inside * stride;
  // As many pixels as bring the columns back to where they were.
  if (stride == 1) {
    for (; inside >= 3; inside -= 3) {
      c = next_column(&at);
      pixel(t, w, a, b, c, kind, range, &output, step);
      a = next_column(&at);
      pixel(t, w, b, c, a, kind, range, &output, step);
      b = next_column(&at);
      pixel(t, w, c, a, b, kind, range, &output, step);
    }
  } else {
    for (; inside >= 2; inside -= 2) {
      b = next_column(&at), c = next_column(&at);
      pixel(t, w, a, b, c, kind, range, &output, step);
      b = next_column(&at), a = next_column(&at);
      pixel(t, w, c, b, a, kind, range, &output, step);
    }
  }
  for (; inside > 0; inside--) {
    if (stride == 2) b = next_column(&at);
    c = next_column(&at);
    pixel(t, w, a, b, c, kind, range, &output, step);
    if (stride == 1) a = b, b = c;
    if (stride == 2) a = c;
  }
  for (; left > 0; left--) {
    if (stride == 2) b = next_column_checked(&at, width);
    c = next_column_checked(&at, width);
    pixel(t, w, a, b, c, kind, range, &output, step);
    if (stride == 1) a = b, b = c;
    if (stride == 2) a = c;
  }
}

TARGET INLINE void block(const edge_depthwise_s8 *p, const taps_3x3 *t, ptrdiff_t c, const int stride, const scale_kind kind,
                         int8_t *output) {
  const output_range range = range_of(&p->scale);
  const weights_t w = weights_of(t);
  int8_t outside[8];
  memset(outside, (int8_t)p->input_zero_point, sizeof outside);
  const int8x16_t zero_point = vdupq_n_s8((int8_t)p->input_zero_point);
  const ptrdiff_t row_step = p->output_width * p->channels;
  ptrdiff_t r = 0;
#if HAS_PAIRS
  if (stride == 1) {
    const pair_weights_t pair = pair_weights_of(t);
    // Rows one below the other, and not the last of one image and the first of the next.
    while (r + 1 < p->rows && are_neighbours(p, r)) {
      block_pair(p, t, &pair, c, r, outside, kind, &range, output);
      r += 2, output += 2 * row_step;
    }
  }
#endif
  for (; r < p->rows; r++, output += row_step) {
    cursor at = {.x = -p->padding_left, .outside = column_of(zero_point, zero_point, zero_point)};
    for (int ky = 0; ky < 3; ky++) {
      const int8_t *codes = p->input_rows[3 * r + ky];
      at.rows[ky] = codes ? codes + c : outside;
      at.steps[ky] = codes ? p->channels : 0;
    }
    row(p, t, &w, at, stride, kind, &range, output + c);
  }
}

// Returns whether the layer's stride and scales are among those handled.
TARGET INLINE int blocks_of_strides(const edge_depthwise_s8 *p, const taps_3x3 *t, ptrdiff_t c, int8_t *output) {
  if (p->stride_width > 2) return 0;
  const int stride = (int)p->stride_width;
  switch (t->kind) {
    case SCALE_RELU_7:
      stride == 1 ? block(p, t, c, 1, SCALE_RELU_7, output) : block(p, t, c, 2, SCALE_RELU_7, output);
      return 1;
    case SCALE_RELU_10:
      stride == 1 ? block(p, t, c, 1, SCALE_RELU_10, output) : block(p, t, c, 2, SCALE_RELU_10, output);
      return 1;
    case SCALE_RELU:
    case SCALE_RIGHT:
    case SCALE_RIGHT_10:
      stride == 1 ? block(p, t, c, 1, SCALE_RIGHT, output) : block(p, t, c, 2, SCALE_RIGHT, output);
      return 1;
    default: return 0;
  }
}

#ifdef NAME
TARGET EDGE_DEPTHWISE_S8(NAME) {
  assert(p->kernel_height == 3 && p->kernel_width == 3 && p->dilation_width == 1);
  ptrdiff_t c = 0;
  for (; c + 8 <= p->channels; c += 8) {
    taps_3x3 t;
    if (!load_taps_3x3(p, c, &t) || !blocks_of_strides(p, &t, c, output)) edge_depthwise_s8_3x3_wide(p, c, output);
  }
  if (c < p->channels) edge_depthwise_s8_rows(p, c, p->channels - c, output);
}
#endif
