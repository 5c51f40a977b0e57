#if defined(__aarch64__)
#include "gemm.h"

enum { ROWS = 4 };

// Eight channels of one row, in assembly: clang keeps too much in flight for the 32 registers that the sums of four rows, the weights
// and the codes fill. Each line is one group of four bytes of depth; a, b, c, d are 16-bit sums.
#define FIRST(q) \
  "smull %[a].8h, %[x" #q "].8b, %[l" #q "].8b\n smull2 %[b].8h, %[x" #q "].16b, %[l" #q "].16b\n" \
  "smull %[c].8h, %[x" #q "].8b, %[h" #q "].8b\n smull2 %[d].8h, %[x" #q "].16b, %[h" #q "].16b\n"
#define NEXT(q) \
  "smlal %[a].8h, %[x" #q "].8b, %[l" #q "].8b\n smlal2 %[b].8h, %[x" #q "].16b, %[l" #q "].16b\n" \
  "smlal %[c].8h, %[x" #q "].8b, %[h" #q "].8b\n smlal2 %[d].8h, %[x" #q "].16b, %[h" #q "].16b\n"
#define WIDEN "sadalp %[A].4s, %[a].8h\n sadalp %[B].4s, %[b].8h\n sadalp %[C].4s, %[c].8h\n sadalp %[D].4s, %[d].8h\n"
#define LOAD(q) "ld1r {%[x" #q "].4s}, [%[p]], #4\n"
#define ROW(text, ...) \
  __asm__(text : [A] "+w"(acc[0]), [B] "+w"(acc[1]), [C] "+w"(acc[2]), [D] "+w"(acc[3]), [p] "+r"(*p), [a] "=&w"(a), \
          [b] "=&w"(b), [c] "=&w"(c), [d] "=&w"(d), __VA_ARGS__, "m"(*(const int8_t(*)[16])*p))
#define X(q) [x##q] "=&w"(x[q])
#define W(q) [l##q] "w"(weights[0][q]), [h##q] "w"(weights[1][q])

// The next `quads` = 1, 2 or 4 groups: products are added up in 16 bits, `chain` of them in a lane, then pairwise to 32 bits.
INLINE void add_row(int32x4_t acc[4], const int8_t **p, int8x16_t weights[2][4], const int quads, const int chain) {
  int16x8_t a, b, c, d;
  int8x16_t x[4];
  if (quads == 4 && chain == 4) {
    ROW(LOAD(0) LOAD(1) FIRST(0) LOAD(2) NEXT(1) LOAD(3) NEXT(2) NEXT(3) WIDEN, X(0), X(1), X(2), X(3)
        : W(0), W(1), W(2), W(3));
  } else if (quads == 4 && chain == 2) {
    ROW(LOAD(0) LOAD(1) FIRST(0) LOAD(2) NEXT(1) LOAD(3) WIDEN FIRST(2) NEXT(3) WIDEN, X(0), X(1), X(2), X(3)
        : W(0), W(1), W(2), W(3));
  } else if (quads == 4) {
    ROW(LOAD(0) LOAD(1) LOAD(2) LOAD(3) FIRST(0) WIDEN FIRST(1) WIDEN FIRST(2) WIDEN FIRST(3) WIDEN, X(0), X(1), X(2), X(3)
        : W(0), W(1), W(2), W(3));
  } else if (quads == 2 && chain == 2) {
    ROW(LOAD(0) LOAD(1) FIRST(0) NEXT(1) WIDEN, X(0), X(1) : W(0), W(1));
  } else if (quads == 2) {
    ROW(LOAD(0) LOAD(1) FIRST(0) WIDEN FIRST(1) WIDEN, X(0), X(1) : W(0), W(1));
  } else {
    ROW(LOAD(0) FIRST(0) WIDEN, X(0) : W(0));
  }
}

// The same for 8 channels of `rows` rows, or 16 of one. A channel's sum lies in two lanes.
INLINE void products(int32x4_t acc[][8], const int8_t *a[ROWS], const int8_t *w, const int rows, const int halves,
                     const int quads, const int chain) {
  UNROLL for (int h = 0; h < halves; h++) {
    int8x16_t weights[2][4];
    UNROLL for (int q = 0; q < quads; q++) {
      weights[0][q] = vld1q_s8(w + 64 * q + 32 * h);
      weights[1][q] = vld1q_s8(w + 64 * q + 32 * h + 16);
    }
    UNROLL for (int r = 0; r < rows; r++) {
      const int8_t *p = a[r];
      add_row(acc[r] + 4 * h, &p, weights, quads, chain);
      if (h + 1 == halves) a[r] = p;
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

// A byte of edge_gemm_chains_s8 with this bit ends a tap.
enum { LAST = 8 };

// 8 * `halves` channels from c on.
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
    uint8_t chain = *chains++;
    // A loop for each length: one loop with branches in it would move its sums between registers.
    while (!(chain & LAST)) {
      for (; chain == 4; w += 256, chain = *chains++) products(acc, a, w, rows, halves, 4, 4);
      for (; chain == 2; w += 256, chain = *chains++) products(acc, a, w, rows, halves, 4, 2);
      for (; chain == 1; w += 256, chain = *chains++) products(acc, a, w, rows, halves, 4, 1);
    }
    if (p->tap_byte_count % 16 != 0) w = rest(p, acc, a, w, rows, halves, chain & ~LAST);
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
  const ptrdiff_t chain_count = p.taps * (p.tap_byte_count / 16 + 1), weight_count = 16 * p.taps * p.tap_byte_count;
  const int8_t *w = p.weights;
  const uint8_t *chains = p.notes;
  for (ptrdiff_t c = 0; c < p.channels; c += 16, w += weight_count, chains += 3 * chain_count) {
    if (halves == 2) {
      block(&p, c, rows, 2, w, chains, kind, &range);
      continue;
    }
    // The second half of sixteen channels lies between the groups of the first.
    for (ptrdiff_t h = 0; h < 2 && c + 8 * h < p.channels; h++)
      block(&p, c + 8 * h, rows, 1, w + 32 * h, chains + (h + 1) * chain_count, kind, &range);
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

// The largest sums of the sizes of two and of four weights that meet in a lane.
typedef struct { uint16x8_t two, four; } sizes;

INLINE sizes sizes_of(const int8_t *w, ptrdiff_t quads) {
  sizes largest = {vdupq_n_u16(0), vdupq_n_u16(0)};
  for (int j = 0; j < 2; j++) {
    uint8x16_t size[4];
    UNROLL for (int q = 0; q < 4; q++)
      size[q] = q < quads ? vreinterpretq_u8_s8(vabsq_s8(vld1q_s8(w + 64 * q + 16 * j))) : vdupq_n_u8(0);
    uint16x8_t low01 = vaddl_u8(vget_low_u8(size[0]), vget_low_u8(size[1])), high01 = vaddl_high_u8(size[0], size[1]);
    uint16x8_t low23 = vaddl_u8(vget_low_u8(size[2]), vget_low_u8(size[3])), high23 = vaddl_high_u8(size[2], size[3]);
    largest.two = vmaxq_u16(largest.two, vmaxq_u16(vmaxq_u16(low01, high01), vmaxq_u16(low23, high23)));
    largest.four = vmaxq_u16(largest.four, vmaxq_u16(vaddq_u16(low01, low23), vaddq_u16(high01, high23)));
  }
  return largest;
}

// With codes in -128...127, products of weights whose sizes sum to no more than 255 sum to less than 2^15.
INLINE uint8_t chain_of(sizes s) { return vmaxvq_u16(s.four) <= 255 ? 4 : vmaxvq_u16(s.two) <= 255 ? 2 : 1; }

void edge_gemm_chains_s8(const int8_t *weights, ptrdiff_t channels, ptrdiff_t taps, ptrdiff_t tap_byte_count, uint8_t *chains) {
  const int8_t *w = weights;
  const ptrdiff_t count = taps * (tap_byte_count / 16 + 1);
  for (ptrdiff_t c = 0; c < channels; c += 16, chains += 2 * count) {
    for (ptrdiff_t tap = 0; tap < taps; tap++) {
      for (ptrdiff_t k = 0; k <= tap_byte_count / 16; k++, chains++) {
        ptrdiff_t left = (tap_byte_count - 16 * k) / 4, quads = left < 4 ? left : 4;
        uint8_t low = chain_of(sizes_of(w, quads)), high = chain_of(sizes_of(w + 32, quads));
        uint8_t last = left < 4 ? LAST : 0;
        chains[0] = (low < high ? low : high) | last;
        chains[count] = low | last;
        chains[2 * count] = high | last;
        w += 64 * quads;
      }
    }
  }
}
#endif
