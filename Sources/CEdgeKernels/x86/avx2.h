// Requantization with AVX2.
#ifndef EDGE_AVX2_H
#define EDGE_AVX2_H

#include "../scalar.h"

#include <immintrin.h>
#include <stdbool.h>
#include <string.h>

#define AVX2 __attribute__((target("avx2")))

// The rule of scalar.h for eight channels whose shifts are all below 0, the usual case. With e = -shift >= 1 the 64-bit shift
// by 31+e is a look at the high half, where the odd lanes already are, and a 32-bit shift by e-1: floors compose.
typedef struct {
  __m256i multiplier, multiplier_odd;
  __m256i rounding, rounding_odd;
  __m256i right;
} scale8;

AVX2 static inline scale8 load_scale8(const edge_requantize_s8 *s, ptrdiff_t c) {
  const __m256i one = _mm256_set1_epi64x(1ll << 30);
  __m256i m = _mm256_loadu_si256((const __m256i *)(s->multiplier + c));
  __m256i e = _mm256_sub_epi32(_mm256_setzero_si256(), _mm256_loadu_si256((const __m256i *)(s->shift + c)));
  __m256i e_even = _mm256_and_si256(e, _mm256_set1_epi64x(0xffffffff)), e_odd = _mm256_srli_epi64(e, 32);
  return (scale8){
    .multiplier = m,
    .multiplier_odd = _mm256_srli_epi64(m, 32),
    .rounding = _mm256_add_epi64(_mm256_sllv_epi64(one, e_even), one),
    .rounding_odd = _mm256_add_epi64(_mm256_sllv_epi64(one, e_odd), one),
    .right = _mm256_sub_epi32(e, _mm256_set1_epi32(1)),
  };
}

// With `clamps_negative` every negative value ends at the minimum, whichever way its tie goes.
AVX2 static inline __m256i requantize_right(__m256i x, const scale8 *s, bool clamps_negative) {
  __m256i even = _mm256_add_epi64(_mm256_mul_epi32(x, s->multiplier), s->rounding);
  __m256i odd = _mm256_add_epi64(_mm256_mul_epi32(_mm256_srli_epi64(x, 32), s->multiplier_odd), s->rounding_odd);
  if (!clamps_negative) {
    __m256i sign = _mm256_srai_epi32(x, 31);
    even = _mm256_add_epi64(even, _mm256_slli_epi64(_mm256_shuffle_epi32(sign, 0xa0), 31));
    odd = _mm256_add_epi64(odd, _mm256_slli_epi64(_mm256_shuffle_epi32(sign, 0xf5), 31));
  }
  return _mm256_srav_epi32(_mm256_blend_epi32(_mm256_srli_epi64(even, 32), odd, 0xaa), s->right);
}

AVX2 static inline __m256i add_and_clamp(__m256i v, const edge_requantize_s8 *s) {
  v = _mm256_max_epi32(_mm256_add_epi32(v, _mm256_set1_epi32(s->zero_point)), _mm256_set1_epi32(s->minimum));
  return _mm256_min_epi32(v, _mm256_set1_epi32(s->maximum));
}

AVX2 static inline __m128i pack(__m256i low, __m256i high) {
  __m256i words = _mm256_permute4x64_epi64(_mm256_packs_epi32(low, high), 0xd8);
  return _mm_packs_epi16(_mm256_castsi256_si128(words), _mm256_extracti128_si256(words, 1));
}

// The scales of sixteen channels from `channel` on.
typedef struct {
  scale8 low, high;
  const edge_requantize_s8 *scale;
  ptrdiff_t channel;
  bool is_right, clamps_negative;
} scale16;

AVX2 static inline scale16 load_scale(const edge_requantize_s8 *s, ptrdiff_t c) {
  __m256i a = _mm256_loadu_si256((const __m256i *)(s->shift + c));
  __m256i b = _mm256_loadu_si256((const __m256i *)(s->shift + c + 8));
  return (scale16){
    .low = load_scale8(s, c),
    .high = load_scale8(s, c + 8),
    .scale = s,
    .channel = c,
    .is_right = _mm256_movemask_ps(_mm256_castsi256_ps(_mm256_and_si256(a, b))) == 0xff,
    .clamps_negative = s->minimum >= s->zero_point,
  };
}

AVX2 static inline void store(__m128i bytes, int8_t *output, ptrdiff_t channels) {
  if (channels == 16) {
    _mm_storeu_si128((__m128i *)output, bytes);
  } else {
    int8_t all[16];
    _mm_storeu_si128((__m128i *)all, bytes);
    memcpy(output, all, (size_t)channels);
  }
}

// Sixteen channels of one row, requantized and stored: those from c on, as far as there are any.
AVX2 static inline void finish(__m256i low, __m256i high, const scale16 *s, int8_t *output, ptrdiff_t channels) {
  if (s->is_right) {
    low = add_and_clamp(requantize_right(low, &s->low, s->clamps_negative), s->scale);
    high = add_and_clamp(requantize_right(high, &s->high, s->clamps_negative), s->scale);
    store(pack(low, high), output, channels);
  } else {
    int32_t sums[16];
    _mm256_storeu_si256((__m256i *)sums, low);
    _mm256_storeu_si256((__m256i *)(sums + 8), high);
    for (ptrdiff_t i = 0; i < channels; i++) output[i] = edge_requantize_one(sums[i], s->scale, s->channel + i);
  }
}

#endif
