#if defined(__aarch64__)
#include "gemm.h"

enum { ROWS = 4 };

// Instructions by name: of the intrinsics clang takes vectors apart into halves, for which there are too few registers, and loads
// compute addresses of their own.
INLINE int8x16_t broadcast4(const int8_t **p) {
  int8x16_t bytes;
  __asm__("ld1r {%0.4s}, [%1], #4" : "=w"(bytes), "+r"(*p) : "m"(*(const int8_t(*)[4])*p));
  return bytes;
}

INLINE int16x8_t multiply(int8x16_t x, int8x16_t y, const int high) {
  int16x8_t product;
  if (high) {
    __asm__("smull2 %0.8h, %1.16b, %2.16b" : "=w"(product) : "w"(x), "w"(y));
  } else {
    __asm__("smull %0.8h, %1.8b, %2.8b" : "=w"(product) : "w"(x), "w"(y));
  }
  return product;
}

INLINE int16x8_t multiply_add(int16x8_t sum, int8x16_t x, int8x16_t y, const int high) {
  if (high) {
    __asm__("smlal2 %0.8h, %1.16b, %2.16b" : "+w"(sum) : "w"(x), "w"(y));
  } else {
    __asm__("smlal %0.8h, %1.8b, %2.8b" : "+w"(sum) : "w"(x), "w"(y));
  }
  return sum;
}

// One half of each weights vector times `quads` = 1, 2 or 4 groups of four bytes of depth. Products are added up in 16 bits, `chain`
// of them in a lane, then pairwise to 32 bits.
INLINE int32x4_t add_products(int32x4_t acc, const int8x16_t x[4], const int8x16_t y[4], const int high, const int quads,
                              const int chain) {
  int16x8_t sum = multiply(x[0], y[0], high);
  if (quads >= 2) {
    if (chain == 1) acc = vpadalq_s16(acc, sum);
    sum = chain == 1 ? multiply(x[1], y[1], high) : multiply_add(sum, x[1], y[1], high);
  }
  if (quads == 4) {
    if (chain <= 2) acc = vpadalq_s16(acc, sum);
    sum = chain <= 2 ? multiply(x[2], y[2], high) : multiply_add(sum, x[2], y[2], high);
    if (chain == 1) acc = vpadalq_s16(acc, sum);
    sum = chain == 1 ? multiply(x[3], y[3], high) : multiply_add(sum, x[3], y[3], high);
  }
  return vpadalq_s16(acc, sum);
}

// The next `quads` groups for 8 channels of `rows` rows, or 16 of one. A channel's sum lies in two lanes.
INLINE void products(int32x4_t acc[][8], const int8_t *a[ROWS], const int8_t *w, const int rows,
                     const int halves, const int quads, const int chain) {
  int8x16_t x[4];
  UNROLL for (int h = 0; h < halves; h++) {
    int8x16_t weights[2][4];
    UNROLL for (int q = 0; q < quads; q++) {
      weights[0][q] = vld1q_s8(w + 64 * q + 32 * h);
      weights[1][q] = vld1q_s8(w + 64 * q + 32 * h + 16);
    }
    UNROLL for (int r = 0; r < rows; r++) {
      if (h == 0) UNROLL for (int q = 0; q < quads; q++) x[q] = broadcast4(&a[r]);
      acc[r][4 * h] = add_products(acc[r][4 * h], x, weights[0], 0, quads, chain);
      acc[r][4 * h + 1] = add_products(acc[r][4 * h + 1], x, weights[0], 1, quads, chain);
      acc[r][4 * h + 2] = add_products(acc[r][4 * h + 2], x, weights[1], 0, quads, chain);
      acc[r][4 * h + 3] = add_products(acc[r][4 * h + 3], x, weights[1], 1, quads, chain);
    }
  }
}

// What remains of a tap after its whole groups of sixteen bytes.
INLINE const int8_t *rest(const edge_gemm_s8 *p, int32x4_t acc[][8], const int8_t *a[ROWS], const int8_t *w, const int rows,
                          const int halves, const int chain) {
  if (p->tap_byte_count & 8) {
    if (chain >= 2) {
      products(acc, a, w, rows, halves, 2, 2);
    } else {
      products(acc, a, w, rows, halves, 2, 1);
    }
    w += 128;
  }
  if (p->tap_byte_count & 4) {
    products(acc, a, w, rows, halves, 1, 1);
    w += 64;
  }
  return w;
}

// 8 * `halves` channels from c on; `chains` has a byte for each 16 bytes of depth.
INLINE void block(const edge_gemm_s8 *p, ptrdiff_t c, const int rows, const int halves, const int8_t *w, const uint8_t *chains,
                  scale_kind kind, const output_range *range) {
  // Bias and row term start in the two lanes of a channel.
  int32x4_t acc[ROWS][8];
  UNROLL for (int r = 0; r < rows; r++) {
    int32x4_t row_term = vld1q_dup_s32(p->row_term + r);
    UNROLL for (int j = 0; j < 2 * halves; j++) {
      int32x4_t bias = vld1q_s32(p->bias + c + 4 * j);
      acc[r][2 * j] = vzip1q_s32(bias, row_term);
      acc[r][2 * j + 1] = vzip2q_s32(bias, row_term);
    }
  }
  const int8_t *const *pointers = p->a;
  for (ptrdiff_t tap = p->taps; tap != 0; tap--, pointers += ROWS) {
    const int8_t *a[ROWS];
    UNROLL for (int r = 0; r < rows; r++) a[r] = pointers[r];
    // A loop for each chain length: one with branches in it shuffles its sums between registers.
    ptrdiff_t n = p->tap_byte_count / 16;
    while (n != 0) {
      for (; n != 0 && *chains == 4; n--, w += 256, chains++) products(acc, a, w, rows, halves, 4, 4);
      for (; n != 0 && *chains == 2; n--, w += 256, chains++) products(acc, a, w, rows, halves, 4, 2);
      for (; n != 0 && *chains == 1; n--, w += 256, chains++) products(acc, a, w, rows, halves, 4, 1);
    }
    if (p->tap_byte_count % 16 != 0) w = rest(p, acc, a, w, rows, halves, *chains++);
  }
  int32x4_t sums[ROWS][4];
  UNROLL for (int r = 0; r < rows; r++)
    UNROLL for (int j = 0; j < 2 * halves; j++) sums[r][j] = vpaddq_s32(acc[r][2 * j], acc[r][2 * j + 1]);
  finish_tile(p, sums, rows, 2 * halves, c, kind, range);
}

INLINE void tile(const edge_gemm_s8 *arguments, const int rows, const int halves) {
  // A copy that stores to the output cannot change.
  const edge_gemm_s8 p = *arguments;
  const scale_kind kind = kind_of(&p.scale);
  const output_range range = range_of(&p.scale);
  const ptrdiff_t chain_count = p.taps * ((p.tap_byte_count + 15) / 16), weight_count = 16 * p.taps * p.tap_byte_count;
  const int8_t *w = p.weights;
  const uint8_t *chains = p.chains;
  for (ptrdiff_t c = 0; c < p.channels; c += 8 * halves) {
    block(&p, c, rows, halves, w, chains, kind, &range);
    // The second half of sixteen channels lies between the groups of the first.
    const int is_next = halves == 2 || c & 8;
    w += is_next ? weight_count - (halves == 2 ? 0 : 32) : 32;
    if (is_next) chains += chain_count;
  }
}

EDGE_GEMM_S8(edge_gemm_s8_4x16c4_neon) {
  assert(p->rows >= 1 && p->rows <= ROWS && p->tap_byte_count % 4 == 0);
  switch (p->rows) {
    case 1: tile(p, 1, 2); break;
    case 2: tile(p, 2, 1); break;
    case 3: tile(p, 3, 1); break;
    default: tile(p, 4, 1); break;
  }
}

// With codes in -128...127, products of weights whose magnitudes sum to no more than 255 sum to less than 2^15.
void edge_gemm_chains_s8(const int8_t *weights, ptrdiff_t channels, ptrdiff_t taps, ptrdiff_t tap_byte_count, uint8_t *chains) {
  const int8_t *w = weights;
  for (ptrdiff_t run = (channels + 15) / 16 * taps; run > 0; run--) {
    for (ptrdiff_t k = 0; k < tap_byte_count; k += 16) {
      ptrdiff_t quads = (tap_byte_count - k) / 4 < 4 ? (tap_byte_count - k) / 4 : 4;
      uint16x8_t pair = vdupq_n_u16(0), four = vdupq_n_u16(0);
      for (int j = 0; j < 4; j++) {
        uint8x16_t size[4];
        UNROLL for (int q = 0; q < 4; q++)
          size[q] = q < quads ? vreinterpretq_u8_s8(vabsq_s8(vld1q_s8(w + 64 * q + 16 * j))) : vdupq_n_u8(0);
        uint16x8_t low01 = vaddl_u8(vget_low_u8(size[0]), vget_low_u8(size[1])), high01 = vaddl_high_u8(size[0], size[1]);
        uint16x8_t low23 = vaddl_u8(vget_low_u8(size[2]), vget_low_u8(size[3])), high23 = vaddl_high_u8(size[2], size[3]);
        pair = vmaxq_u16(pair, vmaxq_u16(vmaxq_u16(low01, high01), vmaxq_u16(low23, high23)));
        four = vmaxq_u16(four, vmaxq_u16(vaddq_u16(low01, low23), vaddq_u16(high01, high23)));
      }
      *chains++ = vmaxvq_u16(four) <= 255 ? 4 : vmaxvq_u16(pair) <= 255 ? 2 : 1;
      w += 64 * quads;
    }
  }
}
#endif
