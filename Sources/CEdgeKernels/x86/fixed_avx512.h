// Requantization with AVX-512 in 16.16 fixed point, which packs without shifts.
#ifndef EDGE_FIXED_AVX512_H
#define EDGE_FIXED_AVX512_H

#include "avx512.h"

// The scales of sixteen channels. With s = m * 2^(shift-31) and e = -shift >= 1, the rule of scalar.h is
//   floor(x*s + 1/2 + h) for x >= 0, floor(x*s + 1/2 - h) for x < 0, h = 2^-(e+1),
// to which the zero point is added. It is computed in float32, times 2^16, which makes the floor the upper half of an integer. Where
// |x*s| <= 258 and |result| <= 129, that integer is wrong by less than 1.8: by 1.01 because s is rounded, and by 0.75 because the sum is,
// first to float32, then to an integer. For e > 14, x and the offset may be rounded as well, together by less than 1.8. So with 2 (4)
// added, the upper half is right unless the lower half is at most 3 (7). Beyond those bounds both clamp; what does not fit into 32 bits
// gives 0x80000000, whose lower half is 0.
typedef struct {
  __m512 scale, offset, offset_negative;
  // The greatest lower half that leaves a doubt: any where a scale is no right shift.
  __m512i doubtful;
} fixed_scales;

VNNI_INLINE fixed_scales load_fixed_scales(const edge_requantize_s8 *s, ptrdiff_t c) {
  const __m512 one = _mm512_set1_ps(65536), middle = _mm512_set1_ps(((float)s->zero_point + 0.5f) * 65536);
  const __m512i m = _mm512_loadu_si512(s->multiplier + c), shift = _mm512_loadu_si512(s->shift + c);
  const __m512 power = _mm512_cvtepi32_ps(shift), half = _mm512_set1_ps(32768);
  const __mmask16 is_right = _mm512_movepi32_mask(shift) | _mm512_testn_epi32_mask(m, m);
  const __mmask16 is_small = _mm512_cmplt_epi32_mask(shift, _mm512_set1_epi32(-14));
  const __m512 slack = _mm512_mask_blend_ps(is_small, _mm512_set1_ps(2), _mm512_set1_ps(4));
  // The offset of a multiplier 0 is that of a small one.
  const __m512 h = _mm512_scalef_ps(half, _mm512_min_ps(power, _mm512_set1_ps(-1)));
  const __m512i doubtful = _mm512_mask_blend_epi32(is_small, _mm512_set1_epi32(3), _mm512_set1_epi32(7));
  return (fixed_scales){
    .scale = _mm512_mul_ps(_mm512_scalef_ps(_mm512_cvtepi32_ps(m), _mm512_sub_ps(power, _mm512_set1_ps(31))), one),
    .offset = _mm512_add_ps(_mm512_add_ps(middle, h), slack),
    .offset_negative = _mm512_add_ps(_mm512_sub_ps(middle, h), slack),
    .doubtful = _mm512_mask_blend_epi32(is_right, _mm512_set1_epi32(0xffff), doubtful),
  };
}

// Fixed point, with the zero point added. `least` takes the least of each half of a lane.
VNNI_INLINE __m512i requantize_fixed(__m512i x, const fixed_scales *s, const bool clamps_negative, __m512i *least) {
  __m512 offset = clamps_negative ? s->offset : _mm512_mask_blend_ps(_mm512_movepi32_mask(x), s->offset, s->offset_negative);
  __m512i v = _mm512_cvtps_epi32(_mm512_fmadd_ps(_mm512_cvtepi32_ps(x), s->scale, offset));
  *least = _mm512_min_epu16(*least, v);
  // Now, not when there are many, which would all have to be kept.
  __asm__("" : "+v"(*least));
  return v;
}

VNNI_INLINE bool is_fixed_sure(__m512i least, __m512i doubtful) {
  return _mm512_mask_cmple_epu16_mask(0x55555555, least, doubtful) == 0;
}

// The integers of sixteen lanes, then of sixteen more.
VNNI_INLINE __m512i upper_halves(__m512i a, __m512i b) {
  const __m512i upper = _mm512_set_epi16(63, 61, 59, 57, 55, 53, 51, 49, 47, 45, 43, 41, 39, 37, 35, 33, 31, 29, 27, 25, 23, 21, 19, 17,
                                         15, 13, 11, 9, 7, 5, 3, 1);
  return _mm512_permutex2var_epi16(a, upper, b);
}

// The same in 8 bits, saturated.
VNNI_INLINE __m256i narrow_fixed(__m512i a, __m512i b) { return _mm512_cvtsepi16_epi8(upper_halves(a, b)); }

// Of four vectors.
VNNI_INLINE __m512i narrow_fixed4(__m512i a, __m512i b, __m512i c, __m512i d) {
  __m512i pairs = _mm512_packs_epi16(upper_halves(a, b), upper_halves(c, d));
  return _mm512_permutexvar_epi64(_mm512_setr_epi64(0, 2, 4, 6, 1, 3, 5, 7), pairs);
}

#endif
