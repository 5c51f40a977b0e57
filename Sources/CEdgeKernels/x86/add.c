#if defined(__x86_64__)
#include "avx2.h"
#include "avx512.h"

// An input's multiplier is at most a half: either it is exactly that (shift 0), and the left-shifted code is even, so that halving
// is exact; or its shift is below 0. The output's shift is below 0 by contract.

AVX2 static inline scale8 uniform8(edge_scale s) {
  int32_t multiplier[8], shift[8];
  for (int i = 0; i < 8; i++) multiplier[i] = s.multiplier, shift[i] = s.shift < 0 ? s.shift : -1;
  edge_requantize_s8 all = {.multiplier = multiplier, .shift = shift};
  return load_scale8(&all, 0);
}

AVX2 static inline __m256i input8(const int8_t *codes, int32_t zero_point, edge_scale s, const scale8 *scale) {
  __m256i x = _mm256_cvtepi8_epi32(_mm_loadl_epi64((const __m128i *)codes));
  x = _mm256_slli_epi32(_mm256_sub_epi32(x, _mm256_set1_epi32(zero_point)), 20);
  return s.shift == 0 ? _mm256_srai_epi32(x, 1) : requantize_right(x, scale, false);
}

AVX2 EDGE_ADD_S8(edge_add_s8_avx2) {
  scale8 scale_a = uniform8(p->a), scale_b = uniform8(p->b), scale_output = uniform8(p->output);
  const __m256i zero_point = _mm256_set1_epi32(p->output_zero_point);
  const __m256i minimum = _mm256_set1_epi32(p->minimum), maximum = _mm256_set1_epi32(p->maximum);
  ptrdiff_t i = 0;
  for (; i + 8 <= count; i += 8) {
    __m256i x = input8(a + i, p->a_zero_point, p->a, &scale_a), y = input8(b + i, p->b_zero_point, p->b, &scale_b);
    __m256i sum = p->subtracts ? _mm256_sub_epi32(x, y) : _mm256_add_epi32(x, y);
    sum = _mm256_add_epi32(requantize_right(sum, &scale_output, false), zero_point);
    sum = _mm256_min_epi32(_mm256_max_epi32(sum, minimum), maximum);
    __m128i words = _mm_packs_epi32(_mm256_castsi256_si128(sum), _mm256_extracti128_si256(sum, 1));
    _mm_storel_epi64((__m128i *)(output + i), _mm_packs_epi16(words, words));
  }
  return i;
}

VNNI static inline scales_avx512 uniform16(edge_scale s) {
  int32_t multiplier[16], shift[16];
  for (int i = 0; i < 16; i++) multiplier[i] = s.multiplier, shift[i] = s.shift < 0 ? s.shift : -1;
  edge_requantize_s8 all = {.multiplier = multiplier, .shift = shift, .minimum = -1};
  return load_scales_avx512(&all, 0);
}

VNNI static inline __m512i input16(const int8_t *codes, int32_t zero_point, edge_scale s, const scales_avx512 *scale) {
  __m512i x = _mm512_cvtepi8_epi32(_mm_loadu_si128((const __m128i *)codes));
  x = _mm512_slli_epi32(_mm512_sub_epi32(x, _mm512_set1_epi32(zero_point)), 20);
  return s.shift == 0 ? _mm512_srai_epi32(x, 1) : requantize_right_avx512(x, scale);
}

VNNI EDGE_ADD_S8(edge_add_s8_avx512) {
  scales_avx512 scale_a = uniform16(p->a), scale_b = uniform16(p->b), scale_output = uniform16(p->output);
  const __m512i zero_point = _mm512_set1_epi32(p->output_zero_point);
  const __m512i minimum = _mm512_set1_epi32(p->minimum), maximum = _mm512_set1_epi32(p->maximum);
  ptrdiff_t i = 0;
  for (; i + 16 <= count; i += 16) {
    __m512i x = input16(a + i, p->a_zero_point, p->a, &scale_a), y = input16(b + i, p->b_zero_point, p->b, &scale_b);
    __m512i sum = p->subtracts ? _mm512_sub_epi32(x, y) : _mm512_add_epi32(x, y);
    sum = _mm512_add_epi32(requantize_right_avx512(sum, &scale_output), zero_point);
    sum = _mm512_min_epi32(_mm512_max_epi32(sum, minimum), maximum);
    _mm_storeu_si128((__m128i *)(output + i), _mm512_cvtepi32_epi8(sum));
  }
  return i;
}
#endif
