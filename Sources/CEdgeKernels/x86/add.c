#if defined(__x86_64__)
#include "avx2.h"
#include "fixed_avx512.h"

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

VNNI_INLINE scales_avx512 uniform16(edge_scale s) {
  int32_t multiplier[16], shift[16];
  for (int i = 0; i < 16; i++) multiplier[i] = s.multiplier, shift[i] = s.shift < 0 ? s.shift : -1;
  edge_requantize_s8 all = {.multiplier = multiplier, .shift = shift, .minimum = -1};
  return load_scales_avx512(&all, 0);
}

VNNI_INLINE __m512i input16(__m128i codes, int32_t zero_point, edge_scale s) {
  const scales_avx512 scale = uniform16(s);
  __m512i x = _mm512_slli_epi32(_mm512_sub_epi32(_mm512_cvtepi8_epi32(codes), _mm512_set1_epi32(zero_point)), 20);
  return s.shift == 0 ? _mm512_srai_epi32(x, 1) : requantize_right_avx512(x, &scale);
}

// Four times sixteen elements, with the zero point added.
VNNI static __attribute__((noinline)) void add_exactly(const edge_add_s8 *p, const int8_t *a, const int8_t *b, int32_t sums[4][16]) {
  const scales_avx512 scale = uniform16(p->output);
  for (int i = 0; i < 4; i++) {
    __m512i x = input16(_mm_loadu_si128((const __m128i *)a + i), p->a_zero_point, p->a);
    __m512i y = input16(_mm_loadu_si128((const __m128i *)b + i), p->b_zero_point, p->b);
    __m512i sum = requantize_right_avx512(p->subtracts ? _mm512_sub_epi32(x, y) : _mm512_add_epi32(x, y), &scale);
    _mm512_storeu_si512(sums[i], _mm512_add_epi32(sum, _mm512_set1_epi32(p->output_zero_point)));
  }
}

static double power_of_two(int32_t exponent) { return __builtin_ldexp(1, exponent); }

static double factor_of(edge_scale s) { return s.multiplier * power_of_two(s.shift - 31); }

// As in fixed_avx512.h, a sum in float32, times 2^16, tells the result unless its lower half is next to 0. Where the result is in range,
// its error has three parts. Each rounding to 24 bits is wrong by 2^-24: of two factors, of the offset and of two sums, together by less
// than 1.6 + 2 * (a + b) where the factors of a code are a and b; and the integer by 1/2. The rule rounds each input by up to 1, scaled by
// the output's factor, and the output by up to 2^-(e+1).
VNNI EDGE_ADD_S8(edge_add_s8_avx512) {
  const double one = 65536, output_factor = factor_of(p->output);
  const double factor_a = factor_of(p->a) * 0x1p20 * output_factor;
  const double factor_b = factor_of(p->b) * 0x1p20 * output_factor * (p->subtracts ? -1 : 1);
  const double middle = 0.5 + p->output_zero_point - factor_a * p->a_zero_point - factor_b * p->b_zero_point;
  const double doubt = 2.5 + 2.5 * (factor_a + __builtin_fabs(factor_b)) + one * (2 * output_factor + power_of_two(p->output.shift));
  const __m512 scale_a = _mm512_set1_ps((float)(factor_a * one)), scale_b = _mm512_set1_ps((float)(factor_b * one));
  const __m512 offset = _mm512_set1_ps((float)(middle * one + doubt));
  const __m512i doubtful = _mm512_set1_epi32(doubt < 32767 ? 1 + (int32_t)(2 * doubt) : 0xffff);
  const __m512i minimum = _mm512_set1_epi8((char)p->minimum), maximum = _mm512_set1_epi8((char)p->maximum);
  ptrdiff_t i = 0;
  for (; i + 64 <= count; i += 64) {
    __m512i least = _mm512_set1_epi32(-1), v[4];
    UNROLL for (int j = 0; j < 4; j++) {
      __m512 x = _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm_loadu_si128((const __m128i *)(a + i + 16 * j))));
      __m512 y = _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm_loadu_si128((const __m128i *)(b + i + 16 * j))));
      v[j] = _mm512_cvtps_epi32(_mm512_fmadd_ps(x, scale_a, _mm512_fmadd_ps(y, scale_b, offset)));
      least = _mm512_min_epu16(least, v[j]);
    }
    __m512i bytes = narrow_fixed4(v[0], v[1], v[2], v[3]);
    if (__builtin_expect(!is_fixed_sure(least, doubtful), false)) {
      int32_t sums[4][16];
      add_exactly(p, a + i, b + i, sums);
      UNROLL for (int j = 0; j < 4; j++) v[j] = _mm512_loadu_si512(sums[j]);
      bytes = narrow4(v[0], v[1], v[2], v[3], minimum, maximum);
    }
    _mm512_storeu_si512(output + i, _mm512_min_epi8(_mm512_max_epi8(bytes, minimum), maximum));
  }
  return i;
}
#endif
