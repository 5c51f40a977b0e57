#if defined(__x86_64__)
#include "depthwise_avx512vnni.h"

// Sixteen channels at a time, or what is left of them.
typedef struct {
  __m512i taps[3];
  // Bias, and what the zero points come to when every tap is inside the image.
  __m512i start;
  // 0 if the weights are symmetric; in the low halves.
  __m512i negated_zero_point;
} depthwise_weights;

enum { GROUP = 4 };

VNNI_INLINE __m512i column(const image_rows *image, ptrdiff_t x, __mmask16 mask, const bool is_whole) {
  __m512i v[3];
  UNROLL for (int i = 0; i < 3; i++) {
    const int8_t *at = pixel_at(image, i, x);
    v[i] = _mm512_cvtepu8_epi32(is_whole ? _mm_loadu_si128((const __m128i *)at) : _mm_maskz_loadu_epi8(mask, at));
  }
  const __m512i flip = _mm512_set1_epi32(0x808080);
  return _mm512_xor_si512(_mm512_ternarylogic_epi32(v[0], _mm512_slli_epi32(v[1], 8), flip, 0x96), _mm512_slli_epi32(v[2], 16));
}

// With pixels u = x + 128 and their zero point z: sum (u - z)(w - wz) = sum u w - wz sum u - z (sum w - 9 wz)
VNNI_INLINE depthwise_weights load_weights(const edge_depthwise_s8 *p, ptrdiff_t c) {
  const __m512i ones = _mm512_set1_epi8(1);
  depthwise_weights w;
  __m512i sum = _mm512_set1_epi32(-9 * p->weight_zero_point);
  UNROLL for (int kx = 0; kx < 3; kx++) {
    const __m128i *at = (const __m128i *)(p->weights + c * 9 + kx * 16);
    __m512i top = _mm512_cvtepu8_epi32(_mm_loadu_si128(at)), middle = _mm512_cvtepu8_epi32(_mm_loadu_si128(at + 3));
    __m512i bottom = _mm512_cvtepu8_epi32(_mm_loadu_si128(at + 6));
    w.taps[kx] = _mm512_or_si512(_mm512_or_si512(top, _mm512_slli_epi32(middle, 8)), _mm512_slli_epi32(bottom, 16));
    sum = _mm512_dpbusd_epi32(sum, ones, w.taps[kx]);
  }
  w.start = _mm512_sub_epi32(_mm512_loadu_si512(p->bias + c), _mm512_mullo_epi32(sum, _mm512_set1_epi32(p->input_zero_point + 128)));
  w.negated_zero_point = _mm512_set1_epi32(-p->weight_zero_point & 0xffff);
  return w;
}

// One row of one block of channels, a group of output columns at a time.
VNNI_INLINE void depthwise_row(const edge_depthwise_s8 *p, const image_rows *image, const depthwise_weights *w, ptrdiff_t c,
                               __mmask16 mask, const int stride, const bool has_zero_point, const bool is_whole, int8_t *output) {
  const __m512i ones = _mm512_set1_epi8(1);
  const __m512i minimum = _mm512_set1_epi8((char)p->scale.minimum), maximum = _mm512_set1_epi8((char)p->scale.maximum);
  const ptrdiff_t channels = p->channels, width = p->output_width;
  // Columns that neighbouring groups share.
  const int shared = 3 - stride;
  const int count = GROUP * stride + shared;
  __m512i x[2 * GROUP + 1], sums[2 * GROUP + 1];
  ptrdiff_t next = -p->padding_left;
  UNROLL for (int i = 0; i < shared; i++) {
    x[i] = column(image, next++, mask, is_whole);
    if (has_zero_point) sums[i] = _mm512_dpbusd_epi32(_mm512_setzero_si512(), x[i], ones);
  }
  for (ptrdiff_t ox = 0; ox < width; ox += GROUP) {
    UNROLL for (int i = shared; i < count; i++) {
      x[i] = column(image, next++, mask, is_whole);
      if (has_zero_point) sums[i] = _mm512_dpbusd_epi32(_mm512_setzero_si512(), x[i], ones);
    }
    __m512i v[8];
    UNROLL for (int i = 0; i < GROUP; i++) {
      v[i] = _mm512_dpbusd_epi32(w->start, x[i * stride], w->taps[0]);
      v[i] = _mm512_dpbusd_epi32(v[i], x[i * stride + 1], w->taps[1]);
      v[i] = _mm512_dpbusd_epi32(v[i], x[i * stride + 2], w->taps[2]);
      if (has_zero_point) {
        __m512i sum = _mm512_add_epi32(_mm512_add_epi32(sums[i * stride], sums[i * stride + 1]), sums[i * stride + 2]);
        v[i] = _mm512_dpwssd_epi32(v[i], sum, w->negated_zero_point);
      }
    }
    UNROLL for (int i = 0; i < shared; i++) {
      x[i] = x[GROUP * stride + i];
      sums[i] = sums[GROUP * stride + i];
    }
    requantize_avx512(v, GROUP, &p->scale, c);
    __m512i bytes = narrow4(v[0], v[1], v[2], v[3], minimum, maximum);
    __m128i pixels[GROUP] = {_mm512_castsi512_si128(bytes), _mm512_extracti32x4_epi32(bytes, 1),
                             _mm512_extracti32x4_epi32(bytes, 2), _mm512_extracti32x4_epi32(bytes, 3)};
    UNROLL for (int i = 0; i < GROUP; i++) {
      if (i > 0 && ox + i >= width) break;
      if (is_whole) {
        _mm_storeu_si128((__m128i *)output, pixels[i]);
      } else {
        _mm_mask_storeu_epi8(output, mask, pixels[i]);
      }
      output += channels;
    }
  }
}

// All rows of sixteen channels from c on.
VNNI_INLINE void depthwise_block(const edge_depthwise_s8 *p, ptrdiff_t c, ptrdiff_t row_begin, ptrdiff_t row_end, const int stride,
                                 const bool has_zero_point, const bool is_whole, int8_t *output) {
  const ptrdiff_t left = p->channels - c;
  const __mmask16 mask = left < 16 ? (__mmask16)((1 << left) - 1) : 0xffff;
  const depthwise_weights w = load_weights(p, c);
  int8_t outside[16];
  memset(outside, (int8_t)p->input_zero_point, sizeof outside);
  for (ptrdiff_t r = row_begin; r < row_end; r++) {
    const image_rows image = rows_under(p, r, c, outside);
    depthwise_row(p, &image, &w, c, mask, stride, has_zero_point, is_whole, output + r * p->output_width * p->channels + c);
  }
}

VNNI_INLINE void depthwise_rows(const edge_depthwise_s8 *p, const int stride, const bool has_zero_point, int8_t *output) {
  // As many rows at once as keep what they see in the first-level cache: each block of channels comes back to it.
  ptrdiff_t row_count = 24 * 1024 / (p->input_width * p->channels * stride) - 1;
  if (row_count < 1) row_count = 1;
  const bool fills_with_pixels = stride == 1 && p->channels == 8;
  for (ptrdiff_t r = 0; r < p->rows; r += row_count) {
    ptrdiff_t end = r + row_count < p->rows ? r + row_count : p->rows, c = 0;
    if (fills_with_pixels) {
      edge_depthwise_block64(p, 0, r, end, output);
      continue;
    }
    for (; c + 64 <= p->channels; c += 64) edge_depthwise_block64(p, c, r, end, output);
    for (; c + 16 <= p->channels; c += 16) depthwise_block(p, c, r, end, stride, has_zero_point, true, output);
    if (c < p->channels) depthwise_block(p, c, r, end, stride, has_zero_point, false, output);
  }
}

// Functions of their own: without optimisation, one function would need stack for all of them.
#define ROWS(name, stride, has_zero_point) \
  VNNI static __attribute__((noinline)) EDGE_DEPTHWISE_S8(name) { depthwise_rows(p, stride, has_zero_point, output); }

ROWS(rows_of_stride_1, 1, false)
ROWS(rows_of_stride_2, 2, false)
ROWS(rows_of_stride_1_with_zero_point, 1, true)
ROWS(rows_of_stride_2_with_zero_point, 2, true)

VNNI EDGE_DEPTHWISE_S8(edge_depthwise_s8_3x3_avx512vnni) {
  if (p->weight_zero_point == 0) {
    p->stride_width == 1 ? rows_of_stride_1(p, output) : rows_of_stride_2(p, output);
  } else {
    p->stride_width == 1 ? rows_of_stride_1_with_zero_point(p, output) : rows_of_stride_2_with_zero_point(p, output);
  }
}
#endif
