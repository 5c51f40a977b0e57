#if defined(__aarch64__)
#include "gemm.h"

#define DOT __attribute__((target("dotprod")))
enum { ROWS = 6 };

// `quads` groups of four bytes of depth: sixteen channels of each group are loaded once and meet a lane of every row.
#define PRODUCTS(quads) \
  UNROLL for (int q = 0; q < (quads); q++) { \
    UNROLL for (int j = 0; j < 4; j++) { \
      int8x16_t weights = vld1q_s8(w + 64 * q + 16 * j); \
      UNROLL for (int r = 0; r < rows; r++) \
        acc[r][j] = q == 0 ? vdotq_laneq_s32(acc[r][j], weights, x[r], 0) \
          : q == 1 ? vdotq_laneq_s32(acc[r][j], weights, x[r], 1) \
          : q == 2 ? vdotq_laneq_s32(acc[r][j], weights, x[r], 2) \
                   : vdotq_laneq_s32(acc[r][j], weights, x[r], 3); \
    } \
  } \
  w += 64 * (quads)

DOT INLINE void tile(const edge_gemm_s8 *arguments, const int rows) {
  // A copy that stores to the output cannot change.
  const edge_gemm_s8 p = *arguments;
  const scale_kind kind = kind_of(&p.scale);
  const output_range range = range_of(&p.scale);
  const int8_t *w = p.weights;
  for (ptrdiff_t c = 0; c < p.channels; c += 16) {
    int32x4_t acc[ROWS][4];
    UNROLL for (int r = 0; r < rows; r++) {
      int32x4_t row_term = vld1q_dup_s32(p.row_term + r);
      UNROLL for (int j = 0; j < 4; j++) acc[r][j] = vaddq_s32(vld1q_s32(p.bias + c + 4 * j), row_term);
    }
    const int8_t *const *pointers = p.a;
    for (ptrdiff_t tap = p.taps; tap != 0; tap--, pointers += ROWS) {
      const int8_t *a[ROWS];
      UNROLL for (int r = 0; r < rows; r++) a[r] = pointers[r];
      ptrdiff_t k = 0;
      int8x16_t x[ROWS];
      for (ptrdiff_t end = p.tap_byte_count & ~(ptrdiff_t)15; k != end; k += 16) {
        UNROLL for (int r = 0; r < rows; r++) x[r] = vld1q_s8(a[r] + k);
        PRODUCTS(4);
      }
      if (p.tap_byte_count & 8) {
        UNROLL for (int r = 0; r < rows; r++) x[r] = vcombine_s8(vld1_s8(a[r] + k), vdup_n_s8(0));
        PRODUCTS(2);
        k += 8;
      }
      if (p.tap_byte_count & 4) {
        UNROLL for (int r = 0; r < rows; r++)
          x[r] = vreinterpretq_s8_s32(vld1q_dup_s32((const int32_t *)(const void *)(a[r] + k)));
        PRODUCTS(1);
      }
    }
    finish_tile(&p, acc, rows, 4, c, kind, &range);
  }
}

// A tile for each number of rows, so that the end of an image is not computed several times.
DOT EDGE_GEMM_S8(edge_gemm_s8_6x16c4_neondot) {
  assert(p->rows >= 1 && p->rows <= ROWS && p->tap_byte_count % 4 == 0);
  switch (p->rows) {
    case 1: tile(p, 1); break;
    case 2: tile(p, 2); break;
    case 3: tile(p, 3); break;
    case 4: tile(p, 4); break;
    case 5: tile(p, 5); break;
    default: tile(p, 6); break;
  }
}
#endif
