#if defined(__x86_64__)
#include "avx512.h"

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

VNNI EDGE_FACTORS_S8(edge_factors_s8_16_avx512) {
  const __m512i first = _mm512_setr_epi32(0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
  const __m512i second = _mm512_setr_epi32(8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
  const __m512i zero_point = _mm512_set1_epi32(p->zero_point);
  const __m512i minimum = _mm512_set1_epi8((char)p->minimum), maximum = _mm512_set1_epi8((char)p->maximum);
  for (ptrdiff_t c = 0; c < count; c += 16) {
    __m512i low = _mm512_loadu_si512(p->low + c), high = _mm512_loadu_si512(p->high + c);
    __m512d f0 = _mm512_castsi512_pd(_mm512_permutex2var_epi32(low, first, high));
    __m512d f1 = _mm512_castsi512_pd(_mm512_permutex2var_epi32(low, second, high));
    __m256i y0 = scale8_by_factors(_mm256_loadu_si256((const __m256i *)(accumulators + c)), f0);
    __m256i y1 = scale8_by_factors(_mm256_loadu_si256((const __m256i *)(accumulators + c + 8)), f1);
    __m512i v = _mm512_add_epi32(_mm512_inserti64x4(_mm512_castsi256_si512(y0), y1, 1), zero_point);
    __m128i bytes = narrow1(v, minimum, maximum);
    if (count - c >= 16) {
      _mm_storeu_si128((__m128i *)(output + c), bytes);
    } else {
      _mm_mask_storeu_epi8(output + c, (__mmask16)((1 << (count - c)) - 1), bytes);
    }
  }
}
#endif
