#if defined(__x86_64__)
#include "fixed_avx512.h"

// Eight channels. The clamp keeps products where a 32-bit integer holds them, and beyond what int8 does.
VNNI_INLINE __m256i scale8_by_factors(__m256i x, __m512d factor) {
  __m512d y = _mm512_mul_pd(_mm512_cvtepi32_pd(x), factor);
  y = _mm512_min_pd(_mm512_max_pd(y, _mm512_set1_pd(-1024)), _mm512_set1_pd(1024));
  // Rounded to nearest, ties away from zero.
  __m512d whole = _mm512_roundscale_pd(y, _MM_FROUND_TO_ZERO | _MM_FROUND_NO_EXC);
  __mmask8 is_far = _mm512_cmp_pd_mask(_mm512_abs_pd(_mm512_sub_pd(y, whole)), _mm512_set1_pd(0.5), _CMP_GE_OQ);
  __m512d away = _mm512_or_pd(_mm512_and_pd(y, _mm512_set1_pd(-0.0)), _mm512_set1_pd(1));
  return _mm512_cvtpd_epi32(_mm512_mask_add_pd(whole, is_far, whole, away));
}

// Sixteen channels, with the zero point added.
VNNI static __attribute__((noinline)) __m512i scale_exactly(__m512i x, __m512d f0, __m512d f1, int32_t zero_point) {
  __m256i y0 = scale8_by_factors(_mm512_castsi512_si256(x), f0), y1 = scale8_by_factors(_mm512_extracti64x4_epi64(x, 1), f1);
  return _mm512_add_epi32(_mm512_inserti64x4(_mm512_castsi256_si512(y0), y1, 1), _mm512_set1_epi32(zero_point));
}

// As in fixed_avx512.h, the rounded product is the upper half of an integer unless its lower half is small. That is wrong by less than 2.8:
// by 1.01 each because sum and factor are rounded, and by 0.75. Ties are among what is done again.
VNNI EDGE_FACTORS_S8(edge_factors_s8_16_avx512) {
  const __m512i first = _mm512_setr_epi32(0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
  const __m512i second = _mm512_setr_epi32(8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
  const __m512 one = _mm512_set1_ps(65536), offset = _mm512_set1_ps(((float)p->zero_point + 0.5f) * 65536 + 4);
  const __m512i minimum = _mm512_set1_epi8((char)p->minimum), maximum = _mm512_set1_epi8((char)p->maximum);
  for (ptrdiff_t c = 0; c < count; c += 16) {
    __m512i low = _mm512_loadu_si512(p->low + c), high = _mm512_loadu_si512(p->high + c), x = _mm512_loadu_si512(accumulators + c);
    __m512d f0 = _mm512_castsi512_pd(_mm512_permutex2var_epi32(low, first, high));
    __m512d f1 = _mm512_castsi512_pd(_mm512_permutex2var_epi32(low, second, high));
    __m512 factor = _mm512_insertf32x8(_mm512_castps256_ps512(_mm512_cvtpd_ps(f0)), _mm512_cvtpd_ps(f1), 1);
    __m512i v = _mm512_cvtps_epi32(_mm512_fmadd_ps(_mm512_cvtepi32_ps(x), _mm512_mul_ps(factor, one), offset));
    if (__builtin_expect(is_fixed_sure(v, _mm512_set1_epi32(7)), true)) {
      v = _mm512_srai_epi32(v, 16);
    } else {
      v = scale_exactly(x, f0, f1, p->zero_point);
    }
    __m128i bytes = narrow1(v, minimum, maximum);
    if (count - c >= 16) {
      _mm_storeu_si128((__m128i *)(output + c), bytes);
    } else {
      _mm_mask_storeu_epi8(output + c, (__mmask16)((1 << (count - c)) - 1), bytes);
    }
  }
}
#endif
