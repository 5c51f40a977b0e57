#if defined(__aarch64__)
#include "../sparse.h"
#include "gemm.h"

#define DOT __attribute__((target("dotprod")))
enum { ROWS = 6 };

DOT INLINE void tile(const edge_gemm_s8 *arguments, const int rows) {
  const layer l = layer_of(arguments);
  const edge_gemm_s8 *const p = &l.p;
  const edge_sparse_block_s8 *block = (const edge_sparse_block_s8 *)(const void *)p->notes;
  for (ptrdiff_t c = 0; c < p->channels; c += 16, block++) {
    int32x4_t acc[ROWS][4];
    UNROLL for (int r = 0; r < rows; r++) {
      int32x4_t row_term = vld1q_dup_s32(p->row_term + r);
      UNROLL for (int j = 0; j < 4; j++) acc[r][j] = vaddq_s32(vld1q_s32(p->bias + c + 4 * j), row_term);
    }
    const int8_t *w = block->weights;
    const uint16_t *groups = block->groups, *const end = groups + block->count;
    const int8_t *const *pointers = p->a;
    for (ptrdiff_t tap = 0; tap < p->taps; tap++, pointers += ROWS) {
      const ptrdiff_t first = tap * p->tap_byte_count;
      const uint16_t *const tap_end = edge_sparse_tap_end(p, groups, end, tap);
      const int8_t *a[ROWS];
      UNROLL for (int r = 0; r < rows; r++) a[r] = pointers[r];
      // Sixteen channels of a group are loaded once and meet its four bytes of every row.
      for (; groups != tap_end; groups++, w += 64) {
        const ptrdiff_t k = 4 * (ptrdiff_t)*groups - first;
        int8x16_t weights[4];
        UNROLL for (int j = 0; j < 4; j++) weights[j] = vld1q_s8(w + 16 * j);
        UNROLL for (int r = 0; r < rows; r++) {
          int8x16_t x = vreinterpretq_s8_s32(vld1q_dup_s32((const int32_t *)(const void *)(a[r] + k)));
          UNROLL for (int j = 0; j < 4; j++) acc[r][j] = vdotq_s32(acc[r][j], weights[j], x);
        }
      }
    }
    int8_t *output = p->output + c;
    finish_tile(&l, acc, rows, 4, c, kind_of_some(p->scale.shift + c, 4, l.kind), &output);
  }
}

// A tile for each number of rows, so that the end of an image is not computed several times.
DOT EDGE_GEMM_S8(edge_gemm_s8_6x16c4_sparse_neondot) {
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
