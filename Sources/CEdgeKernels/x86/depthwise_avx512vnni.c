#if defined(__x86_64__)
#include "avx512.h"

// Depthwise 3x3 with dilation 1. Sixteen channels at a time walk along the row: the three pixels of an input column are
// interleaved once, channel by channel, and serve the three output columns that see them. Pixels are made unsigned by
// adding 128; that, their zero point and the weights' become one constant a channel and one column sum.
typedef struct { const int8_t *pixels; ptrdiff_t stride; } pixel_row;

// Four rows of sixteen bytes as sixteen groups of four.
VNNI static inline __m512i interleave(__m128i v0, __m128i v1, __m128i v2, __m128i v3) {
  __m128i low01 = _mm_unpacklo_epi8(v0, v1), high01 = _mm_unpackhi_epi8(v0, v1);
  __m128i low23 = _mm_unpacklo_epi8(v2, v3), high23 = _mm_unpackhi_epi8(v2, v3);
  __m512i all = _mm512_castsi128_si512(_mm_unpacklo_epi16(low01, low23));
  all = _mm512_inserti32x4(all, _mm_unpackhi_epi16(low01, low23), 1);
  all = _mm512_inserti32x4(all, _mm_unpacklo_epi16(high01, high23), 2);
  return _mm512_inserti32x4(all, _mm_unpackhi_epi16(high01, high23), 3);
}

// The fourth byte meets a weight of 0; it repeats the outside pixel so that column sums are easy to correct.
VNNI static inline __m512i column(const pixel_row rows[3], ptrdiff_t x, ptrdiff_t width, __mmask16 mask, __m128i outside) {
  __m128i v[3];
  for (int i = 0; i < 3; i++) {
    v[i] = x >= 0 && x < width ? _mm_maskz_loadu_epi8(mask, rows[i].pixels + x * rows[i].stride) : outside;
  }
  return _mm512_xor_si512(interleave(v[0], v[1], v[2], outside), _mm512_set1_epi8((char)0x80));
}

VNNI EDGE_DEPTHWISE_S8(edge_depthwise_s8_3x3_avx512vnni) {
  const __m128i outside = _mm_set1_epi8((char)p->input_zero_point);
  const __m512i one = _mm512_set1_epi8(1);
  const int32_t zero = p->input_zero_point + 128;  // of the unsigned pixels
  const __m512i zero_point = _mm512_set1_epi32(p->scale.zero_point);
  const __m512i minimum = _mm512_set1_epi32(p->scale.minimum), maximum = _mm512_set1_epi32(p->scale.maximum);
  const __m512i weight_zero = _mm512_set1_epi32(p->weight_zero_point);
  int8_t outside_pixels[16];
  _mm_storeu_si128((__m128i *)outside_pixels, outside);

  for (ptrdiff_t c = 0; c < p->channels; c += 16) {
    ptrdiff_t left = p->channels - c;
    __mmask16 mask = left < 16 ? (__mmask16)((1 << left) - 1) : 0xffff;
    pixel_row rows[3];
    for (ptrdiff_t i = 0; i < 3; i++) {
      bool is_inside = i >= p->tap_row_begin && i < p->tap_row_end;
      rows[i] = is_inside ? (pixel_row){p->input_rows[i] + c, p->channels} : (pixel_row){outside_pixels, 0};
    }
    // Weights of kernel column kx, [channel][ky]; their sum closes the account of the zero points:
    //   sum (u - zero)(w - zw) = sum u w - zw sum u - zero (sum w - 9 zw)
    __m512i weights[3], weight_sum = _mm512_setzero_si512();
    for (int kx = 0; kx < 3; kx++) {
      const __m128i *w = (const __m128i *)(p->weights + c * 9 + kx * 16);
      weights[kx] = interleave(_mm_loadu_si128(w), _mm_loadu_si128(w + 3), _mm_loadu_si128(w + 6), _mm_setzero_si128());
      weight_sum = _mm512_dpbusd_epi32(weight_sum, one, weights[kx]);
    }
    __m512i account = _mm512_sub_epi32(weight_sum, _mm512_set1_epi32(9 * p->weight_zero_point));
    __m512i start = _mm512_sub_epi32(_mm512_loadu_si512(p->bias + c), _mm512_mullo_epi32(account, _mm512_set1_epi32(zero)));
    // Column sums count the fourth byte, which is `zero`, three times a window.
    start = _mm512_add_epi32(start, _mm512_set1_epi32(3 * zero * p->weight_zero_point));
    scales_avx512 scale = load_scales_avx512(&p->scale, c);

    ptrdiff_t next = -p->padding_left;
    __m512i x[3] = {_mm512_setzero_si512(), _mm512_setzero_si512(), _mm512_setzero_si512()};
    for (ptrdiff_t ox = 0; ox < p->output_width; ox++) {
      ptrdiff_t first = ox * p->stride_width - p->padding_left;
      // Columns from the last window that this one sees again move down; the rest are read.
      if (next < first) next = first;
      for (ptrdiff_t at = next; at < first + 3; at++) {
        x[0] = x[1];
        x[1] = x[2];
        x[2] = column(rows, at, p->input_width, mask, outside);
      }
      next = first + 3;
      __m512i acc = _mm512_dpbusd_epi32(start, x[0], weights[0]);
      acc = _mm512_dpbusd_epi32(acc, x[1], weights[1]);
      acc = _mm512_dpbusd_epi32(acc, x[2], weights[2]);
      if (p->weight_zero_point != 0) {
        __m512i sum = _mm512_dpbusd_epi32(_mm512_setzero_si512(), x[0], one);
        sum = _mm512_dpbusd_epi32(_mm512_dpbusd_epi32(sum, x[1], one), x[2], one);
        acc = _mm512_sub_epi32(acc, _mm512_mullo_epi32(sum, weight_zero));
      }
      int8_t *pixel = output + ox * p->channels + c;
      if (!scale.is_right) {
        int32_t sums[16];
        _mm512_storeu_si512(sums, acc);
        for (ptrdiff_t i = 0; i < 16 && i < left; i++) pixel[i] = edge_requantize_one(sums[i], &p->scale, c + i);
        continue;
      }
      __m512i v = _mm512_add_epi32(requantize_right_avx512(acc, &scale), zero_point);
      v = _mm512_min_epi32(_mm512_max_epi32(v, minimum), maximum);
      store_bytes(pixel, mask, v);
    }
  }
}
#endif
