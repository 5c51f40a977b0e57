// What the 3x3 depthwise kernels with AVX-512 share: dilation 1, strides 1 and 2. The pixels of an input column lie together in a
// channel's four bytes and serve every output column that sees them: three, the fourth byte being 0, or four, which two output rows see.
// Pixels are made unsigned by adding 128.
#ifndef EDGE_DEPTHWISE_AVX512VNNI_H
#define EDGE_DEPTHWISE_AVX512VNNI_H

#include "fixed_avx512.h"

#include <string.h>

typedef struct {
  const int8_t *rows[4];
  // Bytes from one pixel to the next; 0 for a row outside the image.
  ptrdiff_t steps[4];
  ptrdiff_t width;
  // A pixel outside the image.
  const int8_t *outside;
} image_rows;

// Whether output row r + 1 sees the input rows that follow those under row r.
VNNI_INLINE bool sees_next_rows(const edge_depthwise_s8 *p, ptrdiff_t r) {
  const int8_t *const *rows = p->input_rows + 3 * r;
  return rows[3] == rows[1] && rows[4] == rows[2];
}

// The input under output row r, or under two from r on, from channel c on.
VNNI_INLINE image_rows rows_under(const edge_depthwise_s8 *p, ptrdiff_t r, bool is_pair, ptrdiff_t c, const int8_t *outside) {
  image_rows image = {.width = p->input_width, .outside = outside};
  UNROLL for (int i = 0; i < 4; i++) {
    const int8_t *row = i < 3 ? p->input_rows[3 * r + i] : is_pair ? p->input_rows[3 * r + 5] : NULL;
    image.rows[i] = row ? row + c : outside;
    image.steps[i] = row ? p->channels : 0;
  }
  return image;
}

VNNI_INLINE const int8_t *pixel_at(const image_rows *image, int row, ptrdiff_t x) {
  return (size_t)x < (size_t)image->width ? image->rows[row] + x * image->steps[row] : image->outside;
}

typedef struct { __m512i minimum, maximum; } byte_range;

VNNI_INLINE byte_range byte_range_of(const edge_requantize_s8 *s) {
  return (byte_range){_mm512_set1_epi8((char)s->minimum), _mm512_set1_epi8((char)s->maximum)};
}

VNNI_INLINE __m512i clamp_bytes(__m512i bytes, const byte_range *range) {
  return _mm512_min_epi8(_mm512_max_epi8(bytes, range->minimum), range->maximum);
}

// Weights less their zero point, as far as they fit into eight bits, and what is left of them, which fits too unless it is 128.
VNNI_INLINE void split_weights(__m512i w, int32_t zero_point, __m512i *near, __m512i *rest) {
  const __m512i z = _mm512_set1_epi8((char)zero_point);
  *near = _mm512_subs_epi8(w, z);
  *rest = _mm512_sub_epi8(_mm512_sub_epi8(w, z), *near);
}

// Channels c...c+63 of some output rows; all channels of an image that has eight, with stride 1. No weight is 127 where their zero point
// is -128.
void edge_depthwise_block64(const edge_depthwise_s8 *p, ptrdiff_t c, ptrdiff_t row_begin, ptrdiff_t row_end, int8_t *output);

#endif
