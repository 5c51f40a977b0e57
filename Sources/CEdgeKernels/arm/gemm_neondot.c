#if defined(__aarch64__)
#include "gemm.h"

#define NAME edge_gemm_s8_4x16c4_neondot
#define TARGET __attribute__((target("dotprod")))
enum { ROWS = 4, AHEAD = 0 };

// What the tiles of up to sixteen channels have in common: a column of the output. Everything here is that of these channels.
typedef struct {
  const layer *l;
  ptrdiff_t first;
  const int8_t *weights;
  const int32_t *bias, *multiplier, *shift;
  // `steps`: of 32 bytes in a tap; `step`: from a row of the output to the next.
  ptrdiff_t taps, byte_count, steps, step;
  scale_kind kind;
  output_range range;
} column;

// Lets clang know nothing of an address, lest it counts on from an earlier one where a load could move it on.
#define FORGET(p) __asm__("" : "+r"(p))

// Thirty-two codes.
INLINE void load_codes(int8x16_t *x, int8x16_t *y, const int8_t **a) {
  const int8x16x2_t two = vld1q_s8_x2(*a);
  *x = two.val[0], *y = two.val[1];
  *a += 32;
  FORGET(*a);
}

// 4 * `vectors` channels of `groups` groups of four bytes of depth: the weights of a group are loaded once and meet a lane of every row.
TARGET INLINE const int8_t *products(int32x4_t acc[][4], const int8x16_t x[ROWS], const int8_t *w, const int rows,
                                  const int vectors, const int groups) {
  UNROLL for (int q = 0; q < groups; q++) {
    int8x16_t weights[4];
    if (vectors == 4) {
      const int8x16x4_t four = vld1q_s8_x4(w);
      UNROLL for (int j = 0; j < 4; j++) weights[j] = four.val[j];
      w += 64;
      FORGET(w);
    } else {
      __asm__("ldp %q0, %q1, [%2], #64" : "=w"(weights[0]), "=w"(weights[1]), "+r"(w) : "m"(*(const int8_t(*)[32])w));
    }
    UNROLL for (int j = 0; j < vectors; j++)
      UNROLL for (int r = 0; r < rows; r++)
        acc[r][j] = q == 0 ? vdotq_laneq_s32(acc[r][j], weights[j], x[r], 0)
          : q == 1 ? vdotq_laneq_s32(acc[r][j], weights[j], x[r], 1)
          : q == 2 ? vdotq_laneq_s32(acc[r][j], weights[j], x[r], 2)
                   : vdotq_laneq_s32(acc[r][j], weights[j], x[r], 3);
  }
  return w;
}

// row_term: NULL if there are none.
INLINE void begin(int32x4_t acc[][4], const int32_t *bias, const int32_t *row_term, const int rows, const int vectors) {
  // Copies would cost twice as much.
  UNROLL for (int r = 0; r < rows; r++)
    UNROLL for (int j = 0; j < vectors; j += 2) LOAD_TWO(acc[r][j], acc[r][j + 1], bias, 16 * j);
  if (row_term == NULL) return;
  UNROLL for (int r = 0; r < rows; r++) {
    const int32x4_t term = vld1q_dup_s32(row_term + r);
    UNROLL for (int j = 0; j < vectors; j++) acc[r][j] = vaddq_s32(acc[r][j], term);
  }
}

// The sums of a tile. reads_on: taps end in twelve bytes, and four more may be read.
TARGET INLINE const int8_t *const *sums_of(int32x4_t acc[][4], const column *c, const int8_t *const *pointers, const int32_t *row_term,
                                           const int rows, const int vectors, const int reads_on) {
  begin(acc, c->bias, row_term, rows, vectors);
  const int8_t *w = c->weights;
  ptrdiff_t tap = c->taps;
  const ptrdiff_t byte_count = c->byte_count;
  do {
    const int8_t *a[ROWS];
    UNROLL for (int r = 0; r < rows; r++) a[r] = pointers[r];
    int8x16_t x[ROWS], y[ROWS];
    for (ptrdiff_t n = c->steps; n != 0; n--) {
      UNROLL for (int r = 0; r < rows; r++) load_codes(&x[r], &y[r], &a[r]);
      w = products(acc, x, w, rows, vectors, 4);
      w = products(acc, y, w, rows, vectors, 4);
    }
    if (byte_count & 16) {
      UNROLL for (int r = 0; r < rows; r++) x[r] = vld1q_s8(a[r]), a[r] += 16;
      w = products(acc, x, w, rows, vectors, 4);
    }
    if (reads_on) {
      UNROLL for (int r = 0; r < rows; r++) x[r] = vld1q_s8(a[r]);
      w = products(acc, x, w, rows, vectors, 3);
    } else if (byte_count & 15) {
      if (byte_count & 8) {
        UNROLL for (int r = 0; r < rows; r++) x[r] = vreinterpretq_s8_s64(vld1q_dup_s64((const int64_t *)(const void *)a[r])), a[r] += 8;
        w = products(acc, x, w, rows, vectors, 2);
      }
      if (byte_count & 4) {
        UNROLL for (int r = 0; r < rows; r++) x[r] = vreinterpretq_s8_s32(vld1q_dup_s32((const int32_t *)(const void *)a[r]));
        w = products(acc, x, w, rows, vectors, 1);
      }
    }
    pointers += ROWS;
  } while (--tap != 0);
  return pointers;
}

// Whole tiles of sixteen channels.
TARGET INLINE void whole_tiles(const column *all, const int8_t *const *pointers, const int32_t *row_term, int8_t *output,
                               ptrdiff_t count, const scale_kind kind) {
  const column c = *all;
  const edge_requantize_s8 scale = {.multiplier = c.multiplier, .shift = c.shift};
  const ptrdiff_t terms = row_term == NULL ? 0 : ROWS;
  do {
    int32x4_t acc[ROWS][4];
    pointers = sums_of(acc, &c, pointers, row_term, ROWS, 4, 0);
    row_term += terms;
    int8x16_t bytes[ROWS];
    requantize(&scale, acc, ROWS, 4, 0, kind, &all->range, bytes);
    UNROLL for (int r = 0; r < ROWS; r++) put_16(&output, bytes[r], c.step);
  } while (--count != 0);
}

#define WHOLE_TILES(name, kind) \
  TARGET static __attribute__((noinline)) void name(const column *c, const int8_t *const *pointers, const int32_t *row_term, \
                                                    int8_t *output, ptrdiff_t count) { \
    whole_tiles(c, pointers, row_term, output, count, kind); \
  }
WHOLE_TILES(whole_tiles_relu_7, SCALE_RELU_7)
WHOLE_TILES(whole_tiles_relu_10, SCALE_RELU_10)
WHOLE_TILES(whole_tiles_relu, SCALE_RELU)
WHOLE_TILES(whole_tiles_right, SCALE_RIGHT)

// Any others.
TARGET INLINE void some_tiles(const column *c, const int8_t *const *pointers, const int32_t *row_term, int8_t *output, ptrdiff_t count,
                              const int rows, const int vectors, const int ends_in_twelve, const int reads_on) {
  for (; count != 0; count--) {
    int32x4_t acc[ROWS][4];
    pointers = sums_of(acc, c, pointers, row_term, rows, vectors, ends_in_twelve && (count > 1 || reads_on));
    if (row_term != NULL) row_term += rows;
    finish_tile(c->l, acc, rows, vectors, c->first, c->kind, &output);
  }
}

// Tiles of `rows` rows, followed by others if `reads_on`. Those of sixteen channels follow each other, so that their weights stay near.
TARGET INLINE void tiles(const layer *l, const int8_t *const *pointers, const int ahead, const int reads_on, const int32_t *row_term,
                         const int has_row_terms, int8_t *output, ptrdiff_t count, const int rows) {
  (void)ahead;
  const int ends_in_twelve = rows == ROWS && l->p.tap_byte_count % 16 == 12 && l->p.row_step >= 4;
  if (!has_row_terms) row_term = NULL;
  column c = {.l = l, .weights = l->p.weights, .bias = l->p.bias, .multiplier = l->p.scale.multiplier, .shift = l->p.scale.shift,
              .taps = l->p.taps, .byte_count = l->p.tap_byte_count, .steps = l->p.tap_byte_count / 32, .step = l->p.channels, .range = l->range};
  for (; c.first < l->p.channels; c.first += 16) {
    const ptrdiff_t left = l->p.channels - c.first;
    c.kind = left <= 8 ? kind_of_some(c.shift, 2, l->kind) : kind_of_some(c.shift, 4, l->kind);
    if (rows == ROWS && left >= 16 && c.kind < SCALE_ANY && !ends_in_twelve) {
      switch (c.kind) {
        case SCALE_RELU_7: whole_tiles_relu_7(&c, pointers, row_term, output, count); break;
        case SCALE_RELU_10: whole_tiles_relu_10(&c, pointers, row_term, output, count); break;
        case SCALE_RELU: whole_tiles_relu(&c, pointers, row_term, output, count); break;
        default: whole_tiles_right(&c, pointers, row_term, output, count); break;
      }
    } else if (left <= 8) {
      some_tiles(&c, pointers, row_term, output, count, rows, 2, ends_in_twelve, reads_on);
    } else {
      some_tiles(&c, pointers, row_term, output, count, rows, 4, ends_in_twelve, reads_on);
    }
    c.weights += 16 * c.taps * c.byte_count, c.bias += 16, c.multiplier += 16, c.shift += 16, output += 16;
  }
}

#include "gemm_runs.h"
#endif
