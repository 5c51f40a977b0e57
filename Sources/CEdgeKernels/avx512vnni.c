#if defined(__x86_64__)
#include "scalar.h"

#include <immintrin.h>
#include <stdbool.h>
#include <string.h>

#define VNNI __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")))

enum { mr = 8 };

typedef int32_t int32_unaligned __attribute__((aligned(1), may_alias));

// The scales of sixteen channels; see avx2.c for the arithmetic.
typedef struct {
  __m512i multiplier, multiplier_odd;
  __m512i rounding, rounding_odd;
  __m512i right;
  bool is_right, clamps_negative;
} scale16;

VNNI static inline scale16 load_scale(const edge_requantize_s8 *s, ptrdiff_t c) {
  const __m512i one = _mm512_set1_epi64(1ll << 30);
  __m512i m = _mm512_loadu_si512(s->multiplier + c), shift = _mm512_loadu_si512(s->shift + c);
  __m512i e = _mm512_sub_epi32(_mm512_setzero_si512(), shift);
  __m512i e_even = _mm512_and_si512(e, _mm512_set1_epi64(0xffffffff)), e_odd = _mm512_srli_epi64(e, 32);
  return (scale16){
    .multiplier = m,
    .multiplier_odd = _mm512_srli_epi64(m, 32),
    .rounding = _mm512_add_epi64(_mm512_sllv_epi64(one, e_even), one),
    .rounding_odd = _mm512_add_epi64(_mm512_sllv_epi64(one, e_odd), one),
    .right = _mm512_sub_epi32(e, _mm512_set1_epi32(1)),
    .is_right = _mm512_movepi32_mask(shift) == 0xffff,
    .clamps_negative = s->minimum >= s->zero_point,
  };
}

VNNI static inline __m512i requantize_right(__m512i x, const scale16 *s) {
  __m512i even = _mm512_add_epi64(_mm512_mul_epi32(x, s->multiplier), s->rounding);
  __m512i odd = _mm512_add_epi64(_mm512_mul_epi32(_mm512_srli_epi64(x, 32), s->multiplier_odd), s->rounding_odd);
  if (!s->clamps_negative) {
    __m512i sign = _mm512_srai_epi32(x, 31);
    even = _mm512_add_epi64(even, _mm512_slli_epi64(_mm512_shuffle_epi32(sign, _MM_PERM_CCAA), 31));
    odd = _mm512_add_epi64(odd, _mm512_slli_epi64(_mm512_shuffle_epi32(sign, _MM_PERM_DDBB), 31));
  }
  return _mm512_srav_epi32(_mm512_mask_blend_epi32(0xaaaa, _mm512_srli_epi64(even, 32), odd), s->right);
}

// Sum of all bytes a row's pointers reach, for every row.
VNNI static void sum_rows(const edge_gemm_s8 *p, int32_t sums[mr]) {
  const __m512i one = _mm512_set1_epi8(1);
  ptrdiff_t whole = p->tap_byte_count & -64;
  __mmask64 rest = (1ull << (p->tap_byte_count & 63)) - 1;
  for (int r = 0; r < mr; r++) {
    __m512i sum = _mm512_setzero_si512();
    for (ptrdiff_t tap = 0; tap < p->taps; tap++) {
      const int8_t *a = p->a[tap * mr + r];
      for (ptrdiff_t k = 0; k < whole; k += 64) sum = _mm512_dpbusd_epi32(sum, one, _mm512_loadu_si512(a + k));
      if (rest) sum = _mm512_dpbusd_epi32(sum, one, _mm512_maskz_loadu_epi8(rest, a + whole));
    }
    sums[r] = _mm512_reduce_add_epi32(sum);
  }
}

// vpdpbusd multiplies unsigned by signed bytes. 128 is added to the weights (their top bit flips), so that the pixels can be
// its broadcast memory operand; 128 times a row's sum is taken away at the end.
VNNI EDGE_GEMM_S8(edge_gemm_s8_8x16c4_avx512vnni) {
  const __m512i flip = _mm512_set1_epi8((char)0x80);
  const __m512i zero_point = _mm512_set1_epi32(p->scale.zero_point);
  const __m512i minimum = _mm512_set1_epi32(p->scale.minimum), maximum = _mm512_set1_epi32(p->scale.maximum);
  const int8_t *w = p->weights;
  int32_t row_term[mr];
  sum_rows(p, row_term);
  for (int r = 0; r < mr; r++) row_term[r] = (int32_t)((uint32_t)p->row_term[r] - 128u * (uint32_t)row_term[r]);

  for (ptrdiff_t c = 0; c < p->channels; c += 16) {
    __m512i start = _mm512_loadu_si512(p->bias + c);
    __m512i acc[mr];
    for (int r = 0; r < mr; r++) acc[r] = _mm512_add_epi32(start, _mm512_set1_epi32(row_term[r]));
    const int8_t *const *a = p->a;
    for (ptrdiff_t tap = 0; tap < p->taps; tap++, a += mr) {
      const int8_t *a0 = a[0], *a1 = a[1], *a2 = a[2], *a3 = a[3], *a4 = a[4], *a5 = a[5], *a6 = a[6], *a7 = a[7];
      for (ptrdiff_t k = 0; k < p->tap_byte_count; k += 4, w += 64) {
        __m512i weights = _mm512_xor_si512(_mm512_loadu_si512(w), flip);
#define ROW(r) acc[r] = _mm512_dpbusd_epi32(acc[r], weights, _mm512_set1_epi32(*(const int32_unaligned *)(a##r + k)))
        ROW(0); ROW(1); ROW(2); ROW(3); ROW(4); ROW(5); ROW(6); ROW(7);
#undef ROW
      }
    }
    ptrdiff_t left = p->channels - c;
    if (p->accumulators) {
      ptrdiff_t stride = (p->channels + 15) / 16 * 16;
      for (ptrdiff_t r = 0; r < p->rows; r++) _mm512_storeu_si512(p->accumulators + r * stride + c, acc[r]);
      continue;
    }
    scale16 scale = load_scale(&p->scale, c);
    __mmask16 mask = left < 16 ? (__mmask16)((1 << left) - 1) : 0xffff;
    int8_t *output = p->output + c;
    if (!scale.is_right) {
      int32_t sums[mr][16];
      for (int r = 0; r < mr; r++) _mm512_storeu_si512(sums[r], acc[r]);
      for (ptrdiff_t r = 0; r < p->rows; r++)
        for (ptrdiff_t i = 0; i < 16 && i < left; i++)
          output[r * p->channels + i] = edge_requantize_one(sums[r][i], &p->scale, c + i);
      continue;
    }
    for (int r = 0; r < mr; r++) {
      if (r == p->rows) break;
      __m512i v = _mm512_add_epi32(requantize_right(acc[r], &scale), zero_point);
      v = _mm512_min_epi32(_mm512_max_epi32(v, minimum), maximum);
      _mm512_mask_cvtepi32_storeu_epi8(output + r * p->channels, mask, v);
    }
  }
}

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
    scale16 scale = load_scale(&p->scale, c);

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
      __m512i v = _mm512_add_epi32(requantize_right(acc, &scale), zero_point);
      v = _mm512_min_epi32(_mm512_max_epi32(v, minimum), maximum);
      _mm512_mask_cvtepi32_storeu_epi8(pixel, mask, v);
    }
  }
}
#endif
