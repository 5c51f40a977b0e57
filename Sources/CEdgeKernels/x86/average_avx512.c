#if defined(__x86_64__)
#include "avx512.h"

// sum / count, to nearest, ties away from zero. Exact in float32: dividend and divisor together are below 2^24.
VNNI EDGE_AVERAGE_S8(edge_average_s8_16_avx512) {
  const int32_t count = (int32_t)(p->rows * p->columns);
  const __m512 divisor = _mm512_set1_ps((float)count), half = _mm512_set1_ps((float)(count / 2));
  const __m512i minimum = _mm512_set1_epi8((char)p->minimum), maximum = _mm512_set1_epi8((char)p->maximum);
  const __m512i offset = _mm512_set1_epi32(p->offset);
  for (ptrdiff_t c = 0; c < p->channels; c += 16) {
    const __mmask16 mask = p->channels - c < 16 ? (__mmask16)((1 << (p->channels - c)) - 1) : 0xffff;
    __m512i sum = _mm512_set1_epi32(p->offset * count);
    for (ptrdiff_t y = 0; y < p->rows; y++) {
      const int8_t *x = input + y * p->row_byte_count + c;
      for (ptrdiff_t n = p->columns; n != 0; n--, x += p->channels)
        sum = _mm512_add_epi32(sum, _mm512_cvtepi8_epi32(_mm_maskz_loadu_epi8(mask, x)));
    }
    __m512 dividend = _mm512_cvtepi32_ps(sum);
    dividend = _mm512_add_ps(dividend, _mm512_or_ps(half, _mm512_and_ps(dividend, _mm512_set1_ps(-0.0f))));
    __m512i average = _mm512_sub_epi32(_mm512_cvttps_epi32(_mm512_div_ps(dividend, divisor)), offset);
    _mm_mask_storeu_epi8(output + c, mask, narrow1(average, minimum, maximum));
  }
  return p->channels;
}
#endif
