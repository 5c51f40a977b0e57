// What the 3x3 depthwise kernels with AVX-512 share: dilation 1, strides 1 and 2. The three pixels of an input column lie together in a
// channel's four bytes, the fourth being 0, and serve every output column that sees them. Pixels are made unsigned by adding 128.
#ifndef EDGE_DEPTHWISE_AVX512VNNI_H
#define EDGE_DEPTHWISE_AVX512VNNI_H

#include "avx512.h"

#include <string.h>

typedef struct {
  const int8_t *rows[3];
  // Bytes from one pixel to the next; 0 for a row outside the image.
  ptrdiff_t steps[3];
  ptrdiff_t width;
  // A pixel outside the image.
  const int8_t *outside;
} image_rows;

// The input under output row r, from channel c on.
VNNI_INLINE image_rows rows_under(const edge_depthwise_s8 *p, ptrdiff_t r, ptrdiff_t c, const int8_t *outside) {
  image_rows image = {.width = p->input_width, .outside = outside};
  UNROLL for (int i = 0; i < 3; i++) {
    const int8_t *row = p->input_rows[3 * r + i];
    image.rows[i] = row ? row + c : outside;
    image.steps[i] = row ? p->channels : 0;
  }
  return image;
}

VNNI_INLINE const int8_t *pixel_at(const image_rows *image, int row, ptrdiff_t x) {
  return (size_t)x < (size_t)image->width ? image->rows[row] + x * image->steps[row] : image->outside;
}

// Channels c...c+63 of some output rows; all channels of an image that has eight, with stride 1.
void edge_depthwise_block64(const edge_depthwise_s8 *p, ptrdiff_t c, ptrdiff_t row_begin, ptrdiff_t row_end, int8_t *output);

#endif
