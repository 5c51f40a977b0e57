#if defined(__x86_64__)
#include "scalar.h"

#include <immintrin.h>
#include <stdbool.h>
#include <string.h>

#define VNNI __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")))

enum { mr = 8 };

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

VNNI EDGE_GEMM_S8(edge_gemm_s8_8x16c4_avx512vnni) {
  // vpdpbusd multiplies unsigned by signed bytes, so 128 is added to the pixels (their top bit flips) and 128 times the weight
  // sum is taken away at the end; one more accumulator collects that sum.
  const __m512i flip = _mm512_set1_epi8((char)0x80), one = _mm512_set1_epi8(1);
  const __m512i zero_point = _mm512_set1_epi32(p->scale.zero_point);
  const __m512i minimum = _mm512_set1_epi32(p->scale.minimum), maximum = _mm512_set1_epi32(p->scale.maximum);
  const int8_t *w = p->weights;
  for (ptrdiff_t c = 0; c < p->channels; c += 16) {
    __m512i acc[mr], weight_sum = _mm512_setzero_si512();
    for (int r = 0; r < mr; r++) acc[r] = _mm512_setzero_si512();
    const int8_t *const *a = p->a;
    for (ptrdiff_t tap = 0; tap < p->taps; tap++, a += mr) {
      for (ptrdiff_t k = 0; k < p->tap_byte_count; k += 4, w += 64) {
        __m512i weights = _mm512_loadu_si512(w);
        weight_sum = _mm512_dpbusd_epi32(weight_sum, one, weights);
        for (int r = 0; r < mr; r++) {
          int32_t bytes;
          memcpy(&bytes, a[r] + k, 4);
          acc[r] = _mm512_dpbusd_epi32(acc[r], _mm512_xor_si512(_mm512_set1_epi32(bytes), flip), weights);
        }
      }
    }
    __m512i start = _mm512_sub_epi32(_mm512_loadu_si512(p->bias + c), _mm512_slli_epi32(weight_sum, 7));
    for (int r = 0; r < mr; r++) {
      acc[r] = _mm512_add_epi32(_mm512_add_epi32(acc[r], start), _mm512_set1_epi32(p->row_term[r]));
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
#endif
