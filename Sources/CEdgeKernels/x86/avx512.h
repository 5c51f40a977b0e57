// Requantization with AVX-512.
#ifndef EDGE_AVX512_H
#define EDGE_AVX512_H

#include "../scalar.h"

#include <immintrin.h>
#include <stdbool.h>

#define VNNI __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")))
#define VNNI_INLINE VNNI static inline __attribute__((always_inline))
// For loops over vectors that are to stay in registers.
#define UNROLL _Pragma("clang loop unroll(full)")

typedef int32_t int32_unaligned __attribute__((aligned(1), may_alias));

// Four bytes in every lane. One instruction, which needs nothing but the load unit; the compiler would flip the bits of the four bytes first
// and then broadcast a register.
VNNI_INLINE __m512i broadcast(const int8_t *bytes) {
  __m512i all;
  __asm__("vpbroadcastd %1, %0" : "=v"(all) : "m"(*(const int32_unaligned *)bytes));
  return all;
}

// The scales of sixteen channels, for the exact arithmetic of avx2.h.
typedef struct {
  __m512i multiplier, multiplier_odd;
  __m512i rounding, rounding_odd;
  __m512i right;
  bool is_right, clamps_negative;
} scales_avx512;

VNNI_INLINE scales_avx512 load_scales_avx512(const edge_requantize_s8 *s, ptrdiff_t c) {
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

// What a rule of scalar.h, computed in float32 with the zero point added, may be wrong by where |x*s| <= 256 and |result| <= 129: the
// roundings of x, s, offset and sum are 2^-24 each. Beyond those bounds both clamp.
#define FLOAT_DOUBT 0x1p-14f

// Sums in float32, each too small by its doubt, to the integers not above them. `doubts` gathers where twice the doubt more leads to
// another one.
VNNI_INLINE __m512i floor_avx512(__m512 sum, __m512 twice_doubt, __m512i *doubts) {
  __m512i low = _mm512_cvt_roundps_epi32(sum, _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC);
  __m512i high = _mm512_cvt_roundps_epi32(_mm512_add_ps(sum, twice_doubt), _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC);
  *doubts = _mm512_ternarylogic_epi32(*doubts, low, high, 0xf6);  // a | (b ^ c)
  return low;
}

VNNI_INLINE bool is_sure(__m512i doubts) { return _mm512_test_epi32_mask(doubts, doubts) == 0; }

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

// Four vectors of sixteen sums, narrowed with saturation and clamped: the bytes of each, one vector's after the other's.
VNNI_INLINE __m512i narrow4(__m512i a, __m512i b, __m512i c, __m512i d, __m512i minimum, __m512i maximum) {
  const __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
  __m512i bytes = _mm512_packs_epi16(_mm512_packs_epi32(a, b), _mm512_packs_epi32(c, d));
  return _mm512_permutexvar_epi32(order, _mm512_min_epi8(_mm512_max_epi8(bytes, minimum), maximum));
}

VNNI_INLINE __m128i narrow1(__m512i v, __m512i minimum, __m512i maximum) {
  __m128i bytes = _mm_max_epi8(_mm512_cvtsepi32_epi8(v), _mm512_castsi512_si128(minimum));
  return _mm_min_epi8(bytes, _mm512_castsi512_si128(maximum));
}

// `count` sums of sixteen channels from c on, whatever their scales, with the zero point added.
VNNI static inline __attribute__((noinline)) void requantize_exactly(int32_t sums[][16], int count, const edge_requantize_s8 *s,
                                                                     ptrdiff_t c) {
  const scales_avx512 scales = load_scales_avx512(s, c);
  const __m512i zero_point = _mm512_set1_epi32(s->zero_point);
  for (int r = 0; r < count; r++) {
    if (scales.is_right) {
      __m512i v = requantize_right_avx512(_mm512_loadu_si512(sums[r]), &scales);
      _mm512_storeu_si512(sums[r], _mm512_add_epi32(v, zero_point));
    } else {
      for (ptrdiff_t i = 0; i < 16; i++) sums[r][i] = edge_requantize_one(sums[r][i], s, c + i);
    }
  }
}

#endif
