#if defined(__aarch64__)
#include "neon.h"

// Eight of sixteen codes less their zero point, shifted left by 4 here and by 16 more in all.
INLINE int16x8_t wide(int8x16_t x, int8x16_t zero_point, const int is_high) {
  int16x8_t difference;
  if (is_high) {
    __asm__("ssubl2 %0.8h, %1.16b, %2.16b" : "=w"(difference) : "w"(x), "w"(zero_point));
  } else {
    difference = vsubl_s8(vget_low_s8(x), vget_low_s8(zero_point));
  }
  return vshlq_n_s16(difference, 4);
}

// Shifts below 0 send ties of negative values away from zero by lowering them by one.
INLINE int32x4_t lowered(int32x4_t high) { return vsraq_n_s32(high, high, 31); }

INLINE int32x4_t scaled(int16x4_t x, edge_scale s) {
  return vrshlq_s32(lowered(vqrdmulhq_n_s32(vshll_n_s16(x, 16), s.multiplier)), vdupq_n_s32(s.shift));
}

// HALF_A_RELU: where negative sums end at the lower limit, ties or not.
typedef enum { HALF_A, HALF_A_RELU, HALF_BOTH, ANY } sum_kind;

// a + b up to the last shift, where a's scale is a half, or both are: a half of a << 16 is -(a * -32768).
INLINE int32x4_t sum(int16x4_t a, int16x4_t b, const edge_add_s8 *p, const sum_kind kind) {
  const int32x4_t y = kind == HALF_BOTH ? vshll_n_s16(b, 15) : scaled(b, p->b);
  const int32x4_t high = vqrdmulhq_n_s32(vmlsl_n_s16(y, a, INT16_MIN), p->output.multiplier);
  return kind == HALF_A_RELU ? high : lowered(high);
}

// The last shift is one of 17 or more: sums lose sixteen bits, which lie below the one that decides.
INLINE int16x8_t sums_of_halves(int16x8_t a, int16x8_t b, const edge_add_s8 *p, const sum_kind kind) {
  const int32x4_t low = sum(vget_low_s16(a), vget_low_s16(b), p, kind), high = sum(vget_high_s16(a), vget_high_s16(b), p, kind);
  const int16x8_t upper = vuzp2q_s16(vreinterpretq_s16_s32(low), vreinterpretq_s16_s32(high));
  return vrshlq_s16(upper, vdupq_n_s16((int16_t)(p->output.shift + 16)));
}

// Any sum or difference.
INLINE int32x4_t sum_of_any(int16x4_t a, int16x4_t b, const edge_add_s8 *p) {
  const int32x4_t x = scale(vshll_n_s16(a, 16), vdupq_n_s32(p->a.multiplier), vdupq_n_s32(p->a.shift), SCALE_ANY);
  const int32x4_t y = scale(vshll_n_s16(b, 16), vdupq_n_s32(p->b.multiplier), vdupq_n_s32(p->b.shift), SCALE_ANY);
  const int32x4_t multiplier = vdupq_n_s32(p->output.multiplier);
  return scale(p->subtracts ? vsubq_s32(x, y) : vaddq_s32(x, y), multiplier, vdupq_n_s32(p->output.shift), SCALE_RIGHT);
}

INLINE int16x8_t sums_of_any(int16x8_t a, int16x8_t b, const edge_add_s8 *p) {
  const int32x4_t low = sum_of_any(vget_low_s16(a), vget_low_s16(b), p);
  return vqmovn_high_s32(vqmovn_s32(low), sum_of_any(vget_high_s16(a), vget_high_s16(b), p));
}

INLINE ptrdiff_t run(const edge_add_s8 *p, const int8_t *a, const int8_t *b, int8_t *output, ptrdiff_t count,
                     const sum_kind kind) {
  const int8x16_t a_zero = vdupq_n_s8((int8_t)p->a_zero_point), b_zero = vdupq_n_s8((int8_t)p->b_zero_point);
  const edge_requantize_s8 bounds = {
    .zero_point = p->output_zero_point, .minimum = p->minimum, .maximum = p->maximum};
  const output_range range = range_of(&bounds);
  for (ptrdiff_t n = count / 16; n != 0; n--) {
    const int8x16_t x = vld1q_s8(a), y = vld1q_s8(b);
    a += 16, b += 16;
    FORGET(a);
    FORGET(b);
    int16x8_t sums[2];
    UNROLL for (int h = 0; h < 2; h++) {
      const int16x8_t x8 = wide(x, a_zero, h), y8 = wide(y, b_zero, h);
      sums[h] = kind == ANY ? sums_of_any(x8, y8, p) : sums_of_halves(x8, y8, p, kind);
    }
    int8x16_t bytes = narrow_any(sums[0], sums[1], &range);
    if (range.limits) bytes = limited(bytes, &range);
    vst1q_s8(output, bytes);
    output += 16;
    FORGET(output);
  }
  return count / 16 * 16;
}

// The common scale is twice the larger of the inputs', so one of them is scaled by a half.
EDGE_ADD_S8(edge_add_s8_16_neon) {
  edge_add_s8 copy = *p;
  assert(p->output.shift < 0);
  if (p->subtracts || p->output.shift > -17) return run(&copy, a, b, output, count, ANY);
  if (p->a.shift != 0 && p->b.shift != 0) return run(&copy, a, b, output, count, ANY);
  if (p->a.shift == p->b.shift) return run(&copy, a, b, output, count, HALF_BOTH);
  if (p->a.shift != 0) {
    copy.a = p->b, copy.b = p->a;
    copy.a_zero_point = p->b_zero_point, copy.b_zero_point = p->a_zero_point;
    const int8_t *const first = a;
    a = b, b = first;
  }
  if (p->minimum >= p->output_zero_point) return run(&copy, a, b, output, count, HALF_A_RELU);
  return run(&copy, a, b, output, count, HALF_A);
}
#endif
