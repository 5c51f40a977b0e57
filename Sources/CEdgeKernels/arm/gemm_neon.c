#if defined(__aarch64__)
#include "gemm.h"
#include "gemm_chains.h"

#define NAME edge_gemm_s8_4x16c4_neon
#define TARGET
enum { ROWS = 4, AHEAD = -16 };
#include "gemm_steps.h"

// Pointers are `ahead` if all but the first were moved by AHEAD: these addresses are moved on before they are used.
INLINE void start_tap(const int8_t *a[ROWS], const int8_t *const *pointers, const int rows, const int ahead) {
  UNROLL for (int r = 0; r < ROWS; r++) a[r] = r == 0 ? pointers[0] : r >= rows ? a[0] : ahead ? pointers[r] : pointers[r] + AHEAD;
}

// 8 * `halves` channels from c on. `*output` is channel c of the first row, then of the row after the tile.
INLINE void block(const layer *l, const int8_t *const *pointers, const int ahead, const int32_t *row_term, const int has_row_terms,
                  ptrdiff_t c, const int rows, const int halves, const int8_t *w, const uint8_t *chains, scale_kind kind,
                  int8_t **output) {
  int32x4_t acc[ROWS][8];
  const int8_t *a[ROWS];
  start_tap(a, pointers, rows, ahead);
  unsigned chain = *chains++;
  // The first step apart: it saves setting the sums to zero.
  ptrdiff_t low = chain & LOW_BITS, twos = chain >> TWOS_SHIFT;
  if (chain < END) {
    if (low != 0) {
      products(acc, a, &w, &low, rows, halves, 4, 1);
    } else {
      products(acc, a, &w, &twos, rows, halves, 2, 1);
    }
  } else if (chain >= ONES) {
    products(acc, a, &w, &low, rows, halves, 1, 1);
  } else {
    clear(acc, rows, 4 * halves);
  }
  for (ptrdiff_t tap = l->p.taps;;) {
    // A loop for each length: one loop with branches in it would move its sums between registers.
    for (;;) {
      if (chain < END) {
        while (low != 0) products(acc, a, &w, &low, rows, halves, 4, 0);
        while (twos != 0) products(acc, a, &w, &twos, rows, halves, 2, 0);
      } else if (chain >= ONES) {
        while (low != 0) products(acc, a, &w, &low, rows, halves, 1, 0);
      } else {
        break;
      }
      chain = *chains++;
      low = chain & LOW_BITS, twos = chain >> TWOS_SHIFT;
    }
    if (l->p.tap_byte_count & 15) w = rest(l->p.tap_byte_count & 15, acc, a, w, rows, halves, chain & LOW_BITS);
    if (--tap == 0) break;
    pointers += ROWS;
    start_tap(a, pointers, rows, ahead);
    chain = *chains++;
    low = chain & LOW_BITS, twos = chain >> TWOS_SHIFT;
  }
  int32x4_t sums[ROWS][4];
  UNROLL for (int j = 0; j < 2 * halves; j++) {
    int32x4_t bias = vld1q_s32(l->p.bias + c + 4 * j);
    UNROLL for (int r = 0; r < rows; r++) sums[r][j] = vaddq_s32(vpaddq_s32(acc[r][2 * j], acc[r][2 * j + 1]), bias);
  }
  if (has_row_terms) {
    int32x4_t terms[ROWS];
    if (rows == 4) {
      int32x4x4_t four = vld4q_dup_s32(row_term);
      UNROLL for (int r = 0; r < rows; r++) terms[r] = four.val[r];
    } else {
      UNROLL for (int r = 0; r < rows; r++) terms[r] = vld1q_dup_s32(row_term + r);
    }
    UNROLL for (int r = 0; r < rows; r++)
      UNROLL for (int j = 0; j < 2 * halves; j++) sums[r][j] = vaddq_s32(sums[r][j], terms[r]);
  }
  finish_tile(l, sums, rows, 2 * halves, c, kind, output);
}

// Tiles of `rows` rows. Those of eight channels follow each other, so that their weights stay near.
INLINE void tiles(const layer *l, const int8_t *const *pointers, const int ahead, const int reads_on, const int32_t *row_term,
                  const int has_row_terms, int8_t *output, ptrdiff_t count, const int rows) {
  (void)reads_on;
  const ptrdiff_t chain_count = l->p.taps * (l->p.tap_byte_count / 16 + 1), weight_count = 16 * l->p.taps * l->p.tap_byte_count;
  const ptrdiff_t pointer_count = l->p.taps * ROWS;
  // One row takes sixteen channels at once.
  const int halves = rows == 1 ? 2 : 1;
  const int8_t *w = l->p.weights;
  const uint8_t *chains = rows == 1 ? l->p.notes : l->p.notes + chain_count;
  for (ptrdiff_t c = 0; c < l->p.channels; c += 8 * halves) {
    const scale_kind kind = kind_of_some(l->p.scale.shift + c, 2 * halves, l->kind);
    const int8_t *const *a = pointers;
    const int32_t *terms = row_term;
    int8_t *to = output + c;
    for (ptrdiff_t n = count; n != 0; n--, a += pointer_count, terms += rows)
      block(l, a, ahead, terms, has_row_terms, c, rows, halves, w, chains, kind, &to);
    // The second half of sixteen channels lies between the groups of the first.
    w += rows == 1 ? weight_count : c % 16 == 0 ? 32 : weight_count - 32;
    chains += rows == 1 ? 3 * chain_count : c % 16 == 0 ? chain_count : 2 * chain_count;
  }
}

#include "gemm_runs.h"
#endif
