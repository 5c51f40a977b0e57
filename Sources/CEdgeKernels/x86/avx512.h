// Requantization with AVX-512.
#ifndef EDGE_AVX512_H
#define EDGE_AVX512_H

#include "../scalar.h"

#include <immintrin.h>
#include <stdbool.h>

#define VNNI __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")))

// The scales of sixteen channels; see avx2.h for the arithmetic.
typedef struct {
  __m512i multiplier, multiplier_odd;
  __m512i rounding, rounding_odd;
  __m512i right;
  bool is_right, clamps_negative;
} scales_avx512;

VNNI static inline scales_avx512 load_scales_avx512(const edge_requantize_s8 *s, ptrdiff_t c) {
  const __m512i one = _mm512_set1_epi64(1ll << 30);
  __m512i m = _mm512_loadu_si512(s->multiplier + c), shift = _mm512_loadu_si512(s->shift + c);
  __m512i e = _mm512_sub_epi32(_mm512_setzero_si512(), shift);
  __m512i e_even = _mm512_and_si512(e, _mm512_set1_epi64(0xffffffff)), e_odd = _mm512_srli_epi64(e, 32);
  return (scales_avx512){
    .multiplier = m,
    .multiplier_odd = _mm512_srli_epi64(m, 32),
    .rounding = _mm512_add_epi64(_mm512_sllv_epi64(one, e_even), one),
    .rounding_odd = _mm512_add_epi64(_mm512_sllv_epi64(one, e_odd), one),
    .right = _mm512_sub_epi32(e, _mm512_set1_epi32(1)),
    .is_right = _mm512_movepi32_mask(shift) == 0xffff,
    .clamps_negative = s->minimum >= s->zero_point,
  };
}

VNNI static inline __m512i requantize_right_avx512(__m512i x, const scales_avx512 *s) {
  __m512i even = _mm512_add_epi64(_mm512_mul_epi32(x, s->multiplier), s->rounding);
  __m512i odd = _mm512_add_epi64(_mm512_mul_epi32(_mm512_srli_epi64(x, 32), s->multiplier_odd), s->rounding_odd);
  if (!s->clamps_negative) {
    __m512i sign = _mm512_srai_epi32(x, 31);
    even = _mm512_add_epi64(even, _mm512_slli_epi64(_mm512_shuffle_epi32(sign, _MM_PERM_CCAA), 31));
    odd = _mm512_add_epi64(odd, _mm512_slli_epi64(_mm512_shuffle_epi32(sign, _MM_PERM_DDBB), 31));
  }
  return _mm512_srav_epi32(_mm512_mask_blend_epi32(0xaaaa, _mm512_srli_epi64(even, 32), odd), s->right);
}

// Stores the lanes of `mask` as bytes. Narrowing to memory under a mask is microcoded on some CPUs, narrowing in registers is not.
VNNI static inline void store_bytes(int8_t *output, __mmask16 mask, __m512i v) {
  __m128i bytes = _mm512_cvtepi32_epi8(v);
  if (mask == 0xffff) {
    _mm_storeu_si128((__m128i *)output, bytes);
  } else {
    _mm_mask_storeu_epi8(output, mask, bytes);
  }
}

#endif
