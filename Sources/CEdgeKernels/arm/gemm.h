// What the matrix-product tiles share: from the sums of a tile to its output.
#ifndef EDGE_NEON_GEMM_H
#define EDGE_NEON_GEMM_H

#include "neon.h"

// A layer's arguments, and what of them is the same for all of its tiles.
typedef struct {
  edge_gemm_s8 p;
  scale_kind kind;
  output_range range;
} layer;

INLINE layer layer_of(const edge_gemm_s8 *p) {
  return (layer){*p, p->accumulators ? SCALE_NONE : kind_of(&p->scale), range_of(&p->scale)};
}

// Requantizes `rows` rows by 4 * `vectors` channels from c on: with four vectors a row is one of `bytes`, with two each holds two rows.
// shifts: of kinds with room in 16 bits, from shift_16(), or NULL.
INLINE void requantize(const edge_requantize_s8 *s, int32x4_t sums[][4], const int rows, const int vectors, ptrdiff_t c,
                       const scale_kind kind, const output_range *range, const int16x8_t *shifts, int8x16_t bytes[]) {
  if (has_room(kind)) {
    int16x8_t halves[16];
    UNROLL for (int j = 0; j < vectors; j += 2) {
      const int32x4_t multiplier[2] = {vld1q_s32(s->multiplier + c + 4 * j), vld1q_s32(s->multiplier + c + 4 * j + 4)};
      const int16x8_t shift = shifts != NULL ? shifts[j / 2] : shift_16(s->shift + c + 4 * j, kind);
      UNROLL for (int r = 0; r < rows; r++)
        halves[(r * vectors + j) / 2] = scale_16(sums[r][j], sums[r][j + 1], multiplier, shift, kind);
    }
    UNROLL for (int i = 0; i < rows * vectors / 2; i += 2) {
      const int16x8_t second = halves[i + 1 < rows * vectors / 2 ? i + 1 : i];
      bytes[i / 2] = kind == SCALE_RIGHT_10 ? narrow_any(halves[i], second, range) : narrow_relu(halves[i], second);
    }
    if (kind != SCALE_RIGHT_10 || !range->limits) return;
    UNROLL for (int i = 0; i < (rows * vectors + 2) / 4; i++) bytes[i] = limited(bytes[i], range);
    return;
  }
  UNROLL for (int j = 0; j < vectors; j++) {
    int32x4_t multiplier = vld1q_s32(s->multiplier + c + 4 * j), shift = vld1q_s32(s->shift + c + 4 * j);
    UNROLL for (int r = 0; r < rows; r++) sums[r][j] = scale(sums[r][j], multiplier, shift, kind);
  }
  if (vectors == 4) {
    UNROLL for (int r = 0; r < rows; r++) bytes[r] = narrow16(sums[r], kind, range);
    return;
  }
  UNROLL for (int r = 0; r < rows; r += 2) {
    const int second = r + 1 < rows ? r + 1 : r;
    const int32x4_t two[4] = {sums[r][0], sums[r][1], sums[second][0], sums[second][1]};
    bytes[r / 2] = narrow16(two, kind, range);
  }
}

// Stores bytes and moves on to the next row.
INLINE void put_16(int8_t **to, int8x16_t bytes, ptrdiff_t step) {
  __asm__("st1 {%1.16b}, [%0], %2" : "+r"(*to) : "w"(bytes), "r"(step) : "memory");
}

INLINE void put_8(int8_t **to, int8x16_t bytes, ptrdiff_t step, const int is_upper) {
  if (is_upper) {
    __asm__("st1 {%1.d}[1], [%0], %2" : "+r"(*to) : "w"(bytes), "r"(step) : "memory");
  } else {
    __asm__("st1 {%1.8b}, [%0], %2" : "+r"(*to) : "w"(bytes), "r"(step) : "memory");
  }
}

INLINE void requantize_tile(const layer *l, int32x4_t sums[][4], const int rows, const int vectors, ptrdiff_t c,
                            const scale_kind kind, int8_t **output) {
  int8x16_t bytes[8];
  requantize(&l->p.scale, sums, rows, vectors, c, kind, &l->range, NULL, bytes);
  const ptrdiff_t step = l->p.channels, left = step - c;
  if (left >= 4 * vectors) {
    UNROLL for (int r = 0; r < rows; r++) {
      if (vectors == 4) put_16(output, bytes[r], step);
      if (vectors == 2) put_8(output, bytes[r / 2], step, r % 2);
    }
    return;
  }
  UNROLL for (int r = 0; r < rows; r++, *output += step) {
    if (vectors == 4) store(*output, bytes[r], left);
    if (vectors == 2) store(*output, r % 2 == 0 ? bytes[r / 2] : vextq_s8(bytes[r / 2], bytes[r / 2], 8), left);
  }
}

INLINE void put_sums(const layer *l, int32x4_t sums[][4], const int rows, const int vectors, ptrdiff_t c) {
  int32_t *to = l->p.accumulators + c;
  const ptrdiff_t step = (l->p.channels + 15) / 16 * 16;
  UNROLL for (int r = 0; r < rows; r++, to += step) UNROLL for (int j = 0; j < vectors; j++) vst1q_s32(to + 4 * j, sums[r][j]);
}

// The same, or stores the sums themselves. `*output` is the first row's channel c and becomes that of the row after the tile; kind: of
// these channels.
INLINE void finish_tile(const layer *l, int32x4_t sums[][4], const int rows, const int vectors, ptrdiff_t c, scale_kind kind,
                        int8_t **output) {
  // Asked first where it is the rule.
  if (rows == 1 && kind == SCALE_NONE) {
    put_sums(l, sums, rows, vectors, c);
    return;
  }
  switch (kind) {
    case SCALE_RELU_7: requantize_tile(l, sums, rows, vectors, c, SCALE_RELU_7, output); break;
    case SCALE_RELU_10: requantize_tile(l, sums, rows, vectors, c, SCALE_RELU_10, output); break;
    case SCALE_RELU: requantize_tile(l, sums, rows, vectors, c, SCALE_RELU, output); break;
    case SCALE_RIGHT:
    case SCALE_RIGHT_10: requantize_tile(l, sums, rows, vectors, c, SCALE_RIGHT, output); break;
    case SCALE_ANY: requantize_tile(l, sums, rows, vectors, c, SCALE_ANY, output); break;
    case SCALE_NONE: put_sums(l, sums, rows, vectors, c); break;
  }
}

// Sets the pointers of `tiles` tiles of `mr` rows of a run from `row` on, [tile][tap][mr]; those of rows beyond its end do not matter.
// Those of rows but the first of a tile are moved by `ahead`.
INLINE void point(const edge_gemm_s8 *p, ptrdiff_t row, ptrdiff_t tiles, const int mr, ptrdiff_t ahead, const int8_t **a) {
  assert(p->taps <= EDGE_RUN_TAPS && !p->accumulators);
  for (ptrdiff_t tap = 0; tap < p->taps; tap++) {
    const int8_t *codes = p->a[tap] + row * p->row_step;
    const int8_t **to = a + tap * mr;
    for (ptrdiff_t n = tiles; n != 0; n--, to += p->taps * mr)
      UNROLL for (int r = 0; r < mr; r++, codes += p->row_step) to[r] = r == 0 ? codes : codes + ahead;
  }
}

// Layers with taps of four bytes, whose windows are brought together: one tap then, which is fewer and longer.
enum { WINDOWS = 54, WINDOW_BYTES = 4 * EDGE_RUN_TAPS };
INLINE int has_windows(ptrdiff_t taps, ptrdiff_t tap_byte_count) { return tap_byte_count == 4 && taps > 1 && taps <= EDGE_RUN_TAPS; }

// A run of the windows of up to WINDOWS rows from `row` on. `start` and `windows` outlive the result.
INLINE edge_gemm_s8 windows_of(const edge_gemm_s8 *p, const int mr, ptrdiff_t row, int8_t windows[WINDOWS * WINDOW_BYTES],
                               const int8_t **start) {
  edge_gemm_s8 q = *p;
  const ptrdiff_t step = 4 * p->taps, left = p->rows - row;
  q.rows = left < WINDOWS ? left : WINDOWS;
  for (ptrdiff_t tap = 0; tap < p->taps; tap++) {
    int8_t *to = windows + 4 * tap;
    for (ptrdiff_t r = 0; r < q.rows; r++, to += step)
      memcpy(to, p->row_step == 0 ? p->a[tap * mr + row + r] : p->a[tap] + (row + r) * p->row_step, 4);
  }
  *start = windows;
  q.a = start;
  q.row_step = step, q.taps = 1, q.tap_byte_count = step;
  q.row_term += row, q.output += row * p->channels;
  return q;
}

#endif
