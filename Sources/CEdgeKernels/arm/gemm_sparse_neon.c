#if defined(__aarch64__)
#include "../sparse.h"
#include "gemm.h"

enum { ROWS = 4 };

// Eight channels of one row meet one group of four bytes of depth, in assembly: clang takes halves of registers apart and keeps too
// much in flight. A channel's sum lies in two lanes.
#define LOAD(q) "ld1r {%[x" #q "].4s}, [%[p" #q "]]\n"
#define FIRST \
  "smull %[a].8h, %[x0].8b, %[l0].8b\n smull2 %[b].8h, %[x0].16b, %[l0].16b\n" \
  "smull %[c].8h, %[x0].8b, %[h0].8b\n smull2 %[d].8h, %[x0].16b, %[h0].16b\n"
#define NEXT \
  "smlal %[a].8h, %[x1].8b, %[l1].8b\n smlal2 %[b].8h, %[x1].16b, %[l1].16b\n" \
  "smlal %[c].8h, %[x1].8b, %[h1].8b\n smlal2 %[d].8h, %[x1].16b, %[h1].16b\n"
#define WIDEN "sadalp %[A].4s, %[a].8h\n sadalp %[B].4s, %[b].8h\n sadalp %[C].4s, %[c].8h\n sadalp %[D].4s, %[d].8h\n"
#define SUMS [A] "+w"(acc[0]), [B] "+w"(acc[1]), [C] "+w"(acc[2]), [D] "+w"(acc[3]), [a] "=&w"(a), [b] "=&w"(b), [c] "=&w"(c), [d] "=&w"(d)
#define PIXEL(p) "m"(*(const int8_t(*)[4])(p))

INLINE void add_group(int32x4_t acc[4], const int8_t *p0, const int8x16_t w[2]) {
  int16x8_t a, b, c, d;
  int8x16_t x0;
  __asm__(LOAD(0) FIRST WIDEN : SUMS, [x0] "=&w"(x0) : [p0] "r"(p0), [l0] "w"(w[0]), [h0] "w"(w[1]), PIXEL(p0));
}

// Or two, whose products are added up in 16 bits: 2 * 127 * 128 is less than 2^15.
INLINE void add_groups(int32x4_t acc[4], const int8_t *p0, const int8_t *p1, const int8x16_t w[4]) {
  int16x8_t a, b, c, d;
  int8x16_t x0, x1;
  __asm__(LOAD(0) LOAD(1) FIRST NEXT WIDEN : SUMS, [x0] "=&w"(x0), [x1] "=&w"(x1)
          : [p0] "r"(p0), [p1] "r"(p1), [l0] "w"(w[0]), [h0] "w"(w[1]), [l1] "w"(w[2]), [h1] "w"(w[3]), PIXEL(p0), PIXEL(p1));
}

// Eight channels from c on, whose weights are those from w on in every block.
INLINE void half(const layer *l, const edge_sparse_block_s8 *block, ptrdiff_t c, const int8_t *w, const int rows,
                 const int pairs) {
  const edge_gemm_s8 *p = &l->p;
  int32x4_t acc[ROWS][4];
  UNROLL for (int r = 0; r < rows; r++) {
    int32x4_t row_term = vld1q_dup_s32(p->row_term + r);
    UNROLL for (int j = 0; j < 2; j++) {
      int32x4_t bias = vld1q_s32(p->bias + c + 4 * j);
      acc[r][2 * j] = vzip1q_s32(bias, row_term);
      acc[r][2 * j + 1] = vzip2q_s32(bias, row_term);
    }
  }
  const uint16_t *groups = block->groups, *const end = groups + block->count;
  const int8_t *const *pointers = p->a;
  for (ptrdiff_t tap = 0; tap < p->taps; tap++, pointers += ROWS) {
    const ptrdiff_t first = tap * p->tap_byte_count;
    const uint16_t *const tap_end = edge_sparse_tap_end(p, groups, end, tap);
    const int8_t *a[ROWS];
    UNROLL for (int r = 0; r < rows; r++) a[r] = pointers[r];
    for (; pairs && tap_end - groups >= 2; groups += 2, w += 128) {
      const ptrdiff_t k0 = 4 * (ptrdiff_t)groups[0] - first, k1 = 4 * (ptrdiff_t)groups[1] - first;
      const int8x16_t weights[4] = {vld1q_s8(w), vld1q_s8(w + 16), vld1q_s8(w + 64), vld1q_s8(w + 80)};
      UNROLL for (int r = 0; r < rows; r++) add_groups(acc[r], a[r] + k0, a[r] + k1, weights);
    }
    for (; groups != tap_end; groups++, w += 64) {
      const int8x16_t weights[2] = {vld1q_s8(w), vld1q_s8(w + 16)};
      UNROLL for (int r = 0; r < rows; r++) add_group(acc[r], a[r] + (4 * (ptrdiff_t)*groups - first), weights);
    }
  }
  int32x4_t sums[ROWS][4];
  UNROLL for (int r = 0; r < rows; r++)
    UNROLL for (int j = 0; j < 2; j++) sums[r][j] = vpaddq_s32(acc[r][2 * j], acc[r][2 * j + 1]);
  int8_t *output = p->output + c;
  finish_tile(l, sums, rows, 2, c, kind_of_some(p->scale.shift + c, 2, l->kind), &output);
}

INLINE void tile(const edge_gemm_s8 *p, const int rows, const int pairs) {
  const layer l = layer_of(p);
  const edge_sparse_block_s8 *block = (const edge_sparse_block_s8 *)(const void *)l.p.notes;
  for (ptrdiff_t c = 0; c < l.p.channels; c += 16, block++)
    for (ptrdiff_t h = 0; h < 2 && c + 8 * h < l.p.channels; h++)
      half(&l, block, c + 8 * h, block->weights + 32 * h, rows, pairs);
}

INLINE void tiles(const edge_gemm_s8 *p, const int pairs) {
  assert(p->rows >= 1 && p->rows <= ROWS && p->tap_byte_count % 4 == 0);
  switch (p->rows) {
    case 1: tile(p, 1, pairs); break;
    case 2: tile(p, 2, pairs); break;
    case 3: tile(p, 3, pairs); break;
    default: tile(p, 4, pairs); break;
  }
}

EDGE_GEMM_S8(edge_gemm_s8_4x16c4_sparse127_neon) { tiles(p, 1); }

EDGE_GEMM_S8(edge_gemm_s8_4x16c4_sparse_neon) { tiles(p, 0); }
#endif
