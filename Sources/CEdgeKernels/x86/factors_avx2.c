#if defined(__x86_64__)
#include "avx2.h"

// Four channels. The clamp keeps products where a 32-bit integer holds them, and beyond what int8 does.
AVX2 static inline __m128i scale4_by_factors(const int32_t *accumulators, __m128i low, __m128i high) {
  const __m256d sign = _mm256_set1_pd(-0.0);
  __m256d factor = _mm256_castsi256_pd(_mm256_set_m128i(_mm_unpackhi_epi32(low, high), _mm_unpacklo_epi32(low, high)));
  __m256d y = _mm256_mul_pd(_mm256_cvtepi32_pd(_mm_loadu_si128((const __m128i *)accumulators)), factor);
  y = _mm256_min_pd(_mm256_max_pd(y, _mm256_set1_pd(-1024)), _mm256_set1_pd(1024));
  // Rounded to nearest, ties away from zero.
  __m256d whole = _mm256_round_pd(y, _MM_FROUND_TO_ZERO | _MM_FROUND_NO_EXC);
  __m256d is_far = _mm256_cmp_pd(_mm256_andnot_pd(sign, _mm256_sub_pd(y, whole)), _mm256_set1_pd(0.5), _CMP_GE_OQ);
  __m256d away = _mm256_or_pd(_mm256_and_pd(y, sign), _mm256_set1_pd(1));
  return _mm256_cvtpd_epi32(_mm256_add_pd(whole, _mm256_and_pd(is_far, away)));
}

AVX2 EDGE_FACTORS_S8(edge_factors_s8_16_avx2) {
  const edge_requantize_s8 range = {.zero_point = p->zero_point, .minimum = p->minimum, .maximum = p->maximum};
  for (ptrdiff_t c = 0; c < count; c += 16) {
    __m128i v[4];
    for (int i = 0; i < 4; i++) {
      __m128i low = _mm_loadu_si128((const __m128i *)(p->low + c + 4 * i));
      __m128i high = _mm_loadu_si128((const __m128i *)(p->high + c + 4 * i));
      v[i] = scale4_by_factors(accumulators + c + 4 * i, low, high);
    }
    __m256i first = add_and_clamp(_mm256_set_m128i(v[1], v[0]), &range);
    __m256i second = add_and_clamp(_mm256_set_m128i(v[3], v[2]), &range);
    store(pack(first, second), output + c, count - c < 16 ? count - c : 16);
  }
}
#endif
