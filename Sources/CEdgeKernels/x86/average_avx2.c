#if defined(__x86_64__)
#include "avx2.h"

// sum / count, to nearest, ties away from zero. Exact in float32: dividend and divisor together are below 2^24.
AVX2 EDGE_AVERAGE_S8(edge_average_s8_8_avx2) {
  const int32_t count = (int32_t)(p->rows * p->columns);
  const __m256 divisor = _mm256_set1_ps((float)count), half = _mm256_set1_ps((float)(count / 2));
  const edge_requantize_s8 range = {.zero_point = -p->offset, .minimum = p->minimum, .maximum = p->maximum};
  ptrdiff_t c = 0;
  for (; c + 8 <= p->channels; c += 8) {
    __m256i sum = _mm256_set1_epi32(p->offset * count);
    for (ptrdiff_t y = 0; y < p->rows; y++) {
      const int8_t *x = input + y * p->row_byte_count + c;
      for (ptrdiff_t n = p->columns; n != 0; n--, x += p->channels)
        sum = _mm256_add_epi32(sum, _mm256_cvtepi8_epi32(_mm_loadl_epi64((const __m128i *)x)));
    }
    __m256 dividend = _mm256_cvtepi32_ps(sum);
    dividend = _mm256_add_ps(dividend, _mm256_or_ps(half, _mm256_and_ps(dividend, _mm256_set1_ps(-0.0f))));
    __m256i average = add_and_clamp(_mm256_cvttps_epi32(_mm256_div_ps(dividend, divisor)), &range);
    _mm_storel_epi64((__m128i *)(output + c), pack(average, average));
  }
  return c;
}
#endif
