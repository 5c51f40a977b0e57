#if defined(__x86_64__)
#include "avx2.h"
#include "avx512.h"

// The scale as that of each of sixteen channels.
typedef struct {
  int32_t multiplier[16], shift[16];
  edge_requantize_s8 all;
} uniform_scale;

static void set_uniform(uniform_scale *u, const edge_mul_s8 *p) {
  for (int i = 0; i < 16; i++) u->multiplier[i] = p->scale.multiplier, u->shift[i] = p->scale.shift;
  u->all = (edge_requantize_s8){.multiplier = u->multiplier, .shift = u->shift, .largest_shift = p->scale.shift,
                                .zero_point = p->output_zero_point, .minimum = p->minimum, .maximum = p->maximum};
}

AVX2 static inline __m256i less8(const int8_t *codes, __m256i zero_point) {
  return _mm256_sub_epi32(_mm256_cvtepi8_epi32(_mm_loadl_epi64((const __m128i *)codes)), zero_point);
}

AVX2 EDGE_MUL_S8(edge_mul_s8_16_avx2) {
  uniform_scale uniform;
  set_uniform(&uniform, p);
  const scale8 scale = load_scale8(&uniform.all, 0);
  const bool clamps_negative = p->minimum >= p->output_zero_point;
  const __m256i a_zero = _mm256_set1_epi32(p->a_zero_point), b_zero = _mm256_set1_epi32(p->b_zero_point);
  ptrdiff_t i = 0;
  for (; i + 16 <= count; i += 16) {
    __m256i low = _mm256_mullo_epi32(less8(a + i, a_zero), less8(b + i, b_zero));
    __m256i high = _mm256_mullo_epi32(less8(a + i + 8, a_zero), less8(b + i + 8, b_zero));
    low = add_and_clamp(requantize_right(low, &scale, clamps_negative), &uniform.all);
    high = add_and_clamp(requantize_right(high, &scale, clamps_negative), &uniform.all);
    _mm_storeu_si128((__m128i *)(output + i), pack(low, high));
  }
  return i;
}

// Sixteen products of two vectors of codes.
#define PRODUCTS(quarter)                                                                                     \
  _mm512_mullo_epi32(_mm512_sub_epi32(_mm512_cvtepi8_epi32(_mm512_extracti32x4_epi32(x, quarter)), a_zero), \
                     _mm512_sub_epi32(_mm512_cvtepi8_epi32(_mm512_extracti32x4_epi32(y, quarter)), b_zero))

// As in avx512.h. Where the factor is a power of two, as that of a sigmoid's output mostly is, float32 is exact and leaves no doubt: a
// product has 17 bits, and no result that is not clamped more than 24.
VNNI EDGE_MUL_S8(edge_mul_s8_64_avx512) {
  uniform_scale uniform;
  set_uniform(&uniform, p);
  const bool is_exact = p->scale.multiplier == 1 << 30 && p->scale.shift >= -14;
  const float doubt = is_exact ? 0 : FLOAT_DOUBT, half = (float)p->output_zero_point + 0.5f - doubt;
  const float h = __builtin_ldexpf(0.5f, p->scale.shift);
  const __m512 scale = _mm512_set1_ps(__builtin_ldexpf((float)p->scale.multiplier, p->scale.shift - 31));
  const __m512 offset = _mm512_set1_ps(half + h), offset_negative = _mm512_set1_ps(half - h), twice_doubt = _mm512_set1_ps(2 * doubt);
  const __m512i a_zero = _mm512_set1_epi32(p->a_zero_point), b_zero = _mm512_set1_epi32(p->b_zero_point);
  const __m512i minimum = _mm512_set1_epi8((char)p->minimum), maximum = _mm512_set1_epi8((char)p->maximum);
  for (ptrdiff_t i = 0; i < count; i += 64) {
    const __mmask64 mask = count - i < 64 ? (1ull << (count - i)) - 1 : ~0ull;
    __m512i x = _mm512_maskz_loadu_epi8(mask, a + i), y = _mm512_maskz_loadu_epi8(mask, b + i);
    __m512i products[4] = {PRODUCTS(0), PRODUCTS(1), PRODUCTS(2), PRODUCTS(3)}, v[4], doubts = _mm512_setzero_si512();
    UNROLL for (int j = 0; j < 4; j++) {
      __m512 rounding = _mm512_mask_blend_ps(_mm512_movepi32_mask(products[j]), offset, offset_negative);
      v[j] = floor_avx512(_mm512_fmadd_ps(_mm512_cvtepi32_ps(products[j]), scale, rounding), twice_doubt, &doubts);
    }
    if (__builtin_expect(!is_sure(doubts), false)) {
      int32_t exact[4][16];
      UNROLL for (int j = 0; j < 4; j++) _mm512_storeu_si512(exact[j], products[j]);
      requantize_exactly(exact, 4, &uniform.all, 0);
      UNROLL for (int j = 0; j < 4; j++) v[j] = _mm512_loadu_si512(exact[j]);
    }
    _mm512_mask_storeu_epi8(output + i, mask, narrow4(v[0], v[1], v[2], v[3], minimum, maximum));
  }
  return count;
}
#endif
