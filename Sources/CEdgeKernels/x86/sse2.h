// Products and requantization with SSE2, which every x86-64 CPU has.
#ifndef EDGE_SSE2_H
#define EDGE_SSE2_H

#include "../scalar.h"

#include <emmintrin.h>
#include <stdbool.h>
#include <string.h>

#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("clang loop unroll(full)")

// The bytes at even and at odd places, widened to 16 bits. Where four neighbouring bytes belong to a channel, so do the two products
// of a 32-bit lane, and no sum is left to do across lanes.
typedef struct { __m128i even, odd; } halves;

INLINE halves split(__m128i bytes) {
  return (halves){.even = _mm_srai_epi16(_mm_slli_epi16(bytes, 8), 8), .odd = _mm_srai_epi16(bytes, 8)};
}

INLINE __m128i multiply(halves a, halves b) {
  return _mm_add_epi32(_mm_madd_epi16(a.even, b.even), _mm_madd_epi16(a.odd, b.odd));
}

// Fixed point for four channels: the numbers and the bounds of their errors are those of `fixed8` in avx2.h, with one rounding less.
typedef struct { __m128 scale, half; } fixed4;

enum { FIXED_SLACK = 5, FIXED_DOUBTFUL = 9 };

// - Returns: whether every scale of `4 * count` channels from c on is a right shift.
static inline bool load_fixed(const edge_requantize_s8 *s, ptrdiff_t c, int count, fixed4 *fixed) {
  __m128i is_right = _mm_set1_epi32(-1);
  for (int i = 0; i < count; i++, c += 4) {
    __m128i shift = _mm_loadu_si128((const __m128i *)(s->shift + c)), m = _mm_loadu_si128((const __m128i *)(s->multiplier + c));
    __m128i right = _mm_or_si128(shift, _mm_cmpgt_epi32(shift, _mm_set1_epi32(-1)));
    is_right = _mm_and_si128(is_right, _mm_or_si128(shift, _mm_cmpeq_epi32(m, _mm_setzero_si128())));
    // 2^(shift+15), of which the scale is m * 2^-30, and h with a multiplier that is not 0.
    __m128 power = _mm_castsi128_ps(_mm_slli_epi32(_mm_add_epi32(shift, _mm_set1_epi32(127 + 15)), 23));
    fixed[i].scale = _mm_mul_ps(_mm_mul_ps(_mm_cvtepi32_ps(m), _mm_set1_ps(0x1p-30f)), power);
    fixed[i].half = _mm_castsi128_ps(_mm_slli_epi32(_mm_add_epi32(right, _mm_set1_epi32(127 + 15)), 23));
  }
  return _mm_movemask_ps(_mm_castsi128_ps(is_right)) == 0xf;
}

// Lanes of all ones in `doubts` tell that the upper half may be wrong.
INLINE __m128i requantize_fixed4(__m128i x, const fixed4 *s, int32_t zero_point, __m128i *doubts) {
  const __m128 middle = _mm_set1_ps(((float)zero_point + 0.5f) * 65536 + FIXED_SLACK);
  __m128 sign = _mm_and_ps(_mm_castsi128_ps(x), _mm_set1_ps(-0.0f));
  __m128 offset = _mm_add_ps(_mm_xor_ps(s->half, sign), middle);
  __m128i v = _mm_cvtps_epi32(_mm_add_ps(_mm_mul_ps(_mm_cvtepi32_ps(x), s->scale), offset));
  __m128i low = _mm_and_si128(v, _mm_set1_epi32(0xffff));
  *doubts = _mm_or_si128(*doubts, _mm_cmplt_epi32(low, _mm_set1_epi32(FIXED_DOUBTFUL + 1)));
  return _mm_srai_epi32(v, 16);
}

// 4 * vectors channels from c on, two or four vectors, requantized; the first `count` are stored.
INLINE void finish(const __m128i *sums, const int vectors, const fixed4 *fixed, bool is_right, const edge_requantize_s8 *s,
                   ptrdiff_t c, int8_t *output, ptrdiff_t count) {
  __m128i doubts = _mm_setzero_si128(), v[4];
  UNROLL for (int i = 0; i < vectors; i++) v[i] = requantize_fixed4(sums[i], fixed + i, s->zero_point, &doubts);
  int8_t bytes[16];
  if (__builtin_expect(is_right && _mm_movemask_epi8(doubts) == 0, true)) {
    const __m128i minimum = _mm_set1_epi16((short)s->minimum), maximum = _mm_set1_epi16((short)s->maximum);
    UNROLL for (int i = 0; i < vectors / 2; i++) {
      v[i] = _mm_packs_epi32(v[2 * i], v[2 * i + 1]);
      v[i] = _mm_min_epi16(_mm_max_epi16(v[i], minimum), maximum);
    }
    __m128i packed = _mm_packs_epi16(v[0], v[vectors / 2 - 1]);
    if (count == 16) {
      _mm_storeu_si128((__m128i *)output, packed);
      return;
    }
    if (count == 8) {
      _mm_storel_epi64((__m128i *)output, packed);
      return;
    }
    _mm_storeu_si128((__m128i *)bytes, packed);
  } else {
    int32_t x[16];
    memcpy(x, sums, sizeof *sums * (size_t)vectors);
    for (ptrdiff_t i = 0; i < count; i++) bytes[i] = edge_requantize_one(x[i], s, c + i);
  }
  memcpy(output, bytes, (size_t)count);
}

#endif
