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

// Fixed point for eight channels. The rule of scalar.h,
//   floor(x*s + 1/2 + h) for x >= 0, floor(x*s + 1/2 - h) for x < 0, with s = m * 2^(shift-31), e = -shift >= 1, h = 2^-(e+1),
// to which the zero point is added, is computed in float32, times 2^16, which makes the floor the upper half of an integer. Where
// |x*s| <= 258 and |result| <= 129, the roundings of x, of s and of their product move that integer by 1.01 each, those of the offset, and
// of the sum and to an integer by 0.75 each: less than 4.6. So with 5 added, the upper half is right unless the lower half is at most 9.
// Beyond those bounds both clamp; what does not fit into 32 bits gives 0x80000000, whose lower half is 0.
typedef struct { __m256 scale, offset, offset_negative; } fixed8;

enum { FIXED_SLACK = 5, FIXED_DOUBTFUL = 9 };

AVX2 static inline fixed8 load_fixed8(const edge_requantize_s8 *s, ptrdiff_t c) {
  __m256i shift = _mm256_loadu_si256((const __m256i *)(s->shift + c));
  // 2^(shift+15), of which the scale is m * 2^-30, and h with a multiplier that is not 0.
  __m256i right = _mm256_min_epi32(shift, _mm256_set1_epi32(-1));
  __m256 power = _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_add_epi32(shift, _mm256_set1_epi32(127 + 15)), 23));
  __m256 h = _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_add_epi32(right, _mm256_set1_epi32(127 + 15)), 23));
  __m256 middle = _mm256_set1_ps(((float)s->zero_point + 0.5f) * 65536), slack = _mm256_set1_ps(FIXED_SLACK);
  __m256 m = _mm256_cvtepi32_ps(_mm256_loadu_si256((const __m256i *)(s->multiplier + c)));
  return (fixed8){
    .scale = _mm256_mul_ps(_mm256_mul_ps(m, _mm256_set1_ps(0x1p-30f)), power),
    .offset = _mm256_add_ps(_mm256_add_ps(middle, h), slack),
    .offset_negative = _mm256_add_ps(_mm256_sub_ps(middle, h), slack),
  };
}

AVX2 static inline __m256i requantize_fixed8(__m256i x, const fixed8 *s, bool clamps_negative) {
  __m256 offset = clamps_negative ? s->offset : _mm256_blendv_ps(s->offset, s->offset_negative, _mm256_castsi256_ps(x));
  return _mm256_cvtps_epi32(_mm256_add_ps(_mm256_mul_ps(_mm256_cvtepi32_ps(x), s->scale), offset));
}

// The scales of sixteen channels from `channel` on.
typedef struct {
  fixed8 low, high;
  __m128i minimum, maximum;
  const edge_requantize_s8 *scale;
  ptrdiff_t channel;
  // Whether every scale is a right shift.
  bool is_right;
  bool clamps_negative;
} scale16;

// Whether a fixed-point number of two vectors may have a wrong upper half.
AVX2 static inline bool is_sure8(__m256i a, __m256i b) {
  __m256i least = _mm256_and_si256(_mm256_min_epu16(a, b), _mm256_set1_epi32(0xffff));
  __m256i doubts = _mm256_cmpgt_epi32(_mm256_set1_epi32(FIXED_DOUBTFUL + 1), least);
  return _mm256_testz_si256(doubts, doubts);
}

AVX2 static inline __m256i is_right8(const edge_requantize_s8 *s, ptrdiff_t c) {
  __m256i m = _mm256_loadu_si256((const __m256i *)(s->multiplier + c));
  return _mm256_or_si256(_mm256_loadu_si256((const __m256i *)(s->shift + c)), _mm256_cmpeq_epi32(m, _mm256_setzero_si256()));
}

AVX2 static inline scale16 load_scale(const edge_requantize_s8 *s, ptrdiff_t c) {
  __m256i is_right = _mm256_and_si256(is_right8(s, c), is_right8(s, c + 8));
  return (scale16){
    .low = load_fixed8(s, c),
    .high = load_fixed8(s, c + 8),
    .minimum = _mm_set1_epi8((char)s->minimum),
    .maximum = _mm_set1_epi8((char)s->maximum),
    .scale = s,
    .channel = c,
    .is_right = _mm256_movemask_ps(_mm256_castsi256_ps(is_right)) == 0xff,
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

AVX2 static __attribute__((noinline)) void finish_exactly(const int32_t *sums, const edge_requantize_s8 *scale, ptrdiff_t channel,
                                                          int8_t *output, ptrdiff_t channels) {
  for (ptrdiff_t i = 0; i < channels; i++) output[i] = edge_requantize_one(sums[i], scale, channel + i);
}

// Sixteen channels of one row, requantized and stored: those from c on, as far as there are any.
AVX2 static inline void finish(__m256i low, __m256i high, const scale16 *s, int8_t *output, ptrdiff_t channels) {
  __m256i a, b;
  if (s->clamps_negative) {
    a = requantize_fixed8(low, &s->low, true), b = requantize_fixed8(high, &s->high, true);
  } else {
    a = requantize_fixed8(low, &s->low, false), b = requantize_fixed8(high, &s->high, false);
  }
  if (__builtin_expect(s->is_right && is_sure8(a, b), true)) {
    __m128i bytes = pack(_mm256_srai_epi32(a, 16), _mm256_srai_epi32(b, 16));
    store(_mm_min_epi8(_mm_max_epi8(bytes, s->minimum), s->maximum), output, channels);
  } else {
    int32_t sums[16];
    _mm256_storeu_si256((__m256i *)sums, low);
    _mm256_storeu_si256((__m256i *)(sums + 8), high);
    finish_exactly(sums, s->scale, s->channel, output, channels);
  }
}

#endif
