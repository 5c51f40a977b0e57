#if defined(__aarch64__)
#include "gemm.h"

#define NAME edge_gemm_s8_6x16c4_neondot
#define TARGET __attribute__((target("dotprod")))
enum { ROWS = 6, AHEAD = 0 };

// The weights of a group, with one instruction where there are registers in a row for it.
INLINE const int8_t *load_weights(int8x16_t weights[4], const int8_t *w, const int vectors, const int in_a_row) {
  if (!in_a_row) {
    UNROLL for (int j = 0; j < vectors; j++) weights[j] = vld1q_s8(w + 16 * j);
    return w + 64;
  }
  register int8x16_t w0 __asm__("v28"), w1 __asm__("v29"), w2 __asm__("v30"), w3 __asm__("v31");
  __asm__("ld1 {%0.16b, %1.16b, %2.16b, %3.16b}, [%4], #64"
          : "=w"(w0), "=w"(w1), "=w"(w2), "=w"(w3), "+r"(w) : "m"(*(const int8_t(*)[64])w));
  weights[0] = w0, weights[1] = w1, weights[2] = w2, weights[3] = w3;
  return w;
}

// 4 * `vectors` channels of `groups` groups of four bytes of depth: the weights of a group are loaded once and meet a lane of every row.
TARGET INLINE const int8_t *products(int32x4_t acc[][4], const int8x16_t x[ROWS], const int8_t *w, const int rows,
                                  const int vectors, const int groups) {
  UNROLL for (int q = 0; q < groups; q++) {
    int8x16_t weights[4];
    w = load_weights(weights, w, vectors, vectors == 4 && rows < 6);
    UNROLL for (int j = 0; j < vectors; j++)
      UNROLL for (int r = 0; r < rows; r++)
        acc[r][j] = q == 0 ? vdotq_laneq_s32(acc[r][j], weights[j], x[r], 0)
          : q == 1 ? vdotq_laneq_s32(acc[r][j], weights[j], x[r], 1)
          : q == 2 ? vdotq_laneq_s32(acc[r][j], weights[j], x[r], 2)
                   : vdotq_laneq_s32(acc[r][j], weights[j], x[r], 3);
  }
  return w;
}

INLINE void begin(int32x4_t acc[][4], const int32_t *bias, const int32_t *row_term, const int has_row_terms, const int rows,
                  const int vectors) {
  if (has_row_terms) {
    int32x4_t biases[4];
    UNROLL for (int j = 0; j < vectors; j++) biases[j] = vld1q_s32(bias + 4 * j);
    UNROLL for (int r = 0; r < rows; r++) {
      const int32x4_t term = vld1q_dup_s32(row_term + r);
      UNROLL for (int j = 0; j < vectors; j++) acc[r][j] = vaddq_s32(biases[j], term);
    }
    return;
  }
  UNROLL for (int r = 0; r < rows; r++) {
    // Copies would cost twice as much.
    UNROLL for (int j = 0; j < vectors; j += 2) LOAD_TWO(acc[r][j], acc[r][j + 1], bias, 16 * j);
  }
}

// 4 * `vectors` channels from c on. reads_on: taps end in twelve bytes, and four more may be read. `*output` is channel c of the first row, then of the row after the tile.
TARGET INLINE void block(const layer *l, const int8_t *const *pointers, const int32_t *row_term, const int has_row_terms,
                      ptrdiff_t c, const int rows, const int vectors, const int8_t *w, const int reads_on, scale_kind kind,
                      int8_t **output) {
  int32x4_t acc[ROWS][4];
  begin(acc, l->p.bias + c, row_term, has_row_terms, rows, vectors);
  ptrdiff_t tap = l->p.taps;
  const ptrdiff_t byte_count = l->p.tap_byte_count;
  do {
    const int8_t *a[ROWS];
    UNROLL for (int r = 0; r < rows; r++) a[r] = pointers[r];
    int8x16_t x[ROWS];
    ptrdiff_t k = 0;
    // A single row, as in dense layers, has registers for twice the codes.
    if (rows == 1) {
      for (ptrdiff_t end = byte_count & ~(ptrdiff_t)31; k != end; k += 32) {
        const int8x16_t second = vld1q_s8(a[0] + k + 16);
        x[0] = vld1q_s8(a[0] + k);
        w = products(acc, x, w, rows, vectors, 4);
        w = products(acc, &second, w, rows, vectors, 4);
      }
    }
    for (ptrdiff_t end = byte_count & ~(ptrdiff_t)15; k != end; k += 16) {
      UNROLL for (int r = 0; r < rows; r++) x[r] = vld1q_s8(a[r] + k);
      w = products(acc, x, w, rows, vectors, 4);
    }
    if (reads_on) {
      UNROLL for (int r = 0; r < rows; r++) x[r] = vld1q_s8(pointers[r] + k);
      w = products(acc, x, w, rows, vectors, 3);
    } else if (byte_count & 15) {
      // Addresses are loaded again, lest the loop works on copies of them.
      if (byte_count & 8) {
        UNROLL for (int r = 0; r < rows; r++) x[r] = vcombine_s8(vld1_s8(pointers[r] + k), vdup_n_s8(0));
        w = products(acc, x, w, rows, vectors, 2);
        k += 8;
      }
      if (byte_count & 4) {
        UNROLL for (int r = 0; r < rows; r++)
          x[r] = vreinterpretq_s8_s32(vld1q_dup_s32((const int32_t *)(const void *)(pointers[r] + k)));
        w = products(acc, x, w, rows, vectors, 1);
      }
    }
    pointers += ROWS;
  } while (--tap != 0);
  finish_tile(l, acc, rows, vectors, c, kind, output);
}

// Tiles of `rows` rows, followed by others if `reads_on`. Those of sixteen channels follow each other, so that their weights stay near.
TARGET INLINE void tiles(const layer *l, const int8_t *const *pointers, const int ahead, const int reads_on, const int32_t *row_term,
                         const int has_row_terms, int8_t *output, ptrdiff_t count, const int rows) {
  (void)ahead;
  const int8_t *w = l->p.weights;
  const ptrdiff_t weight_count = 16 * l->p.taps * l->p.tap_byte_count, pointer_count = l->p.taps * ROWS;
  const int ends_in_twelve = rows == ROWS && l->p.tap_byte_count % 16 == 12 && l->p.row_step >= 4;
  for (ptrdiff_t c = 0; c < l->p.channels; c += 16, w += weight_count) {
    const scale_kind kind = kind_of_some(l->p.scale.shift + c, 4, l->kind);
    const int8_t *const *a = pointers;
    const int32_t *terms = row_term;
    int8_t *to = output + c;
    for (ptrdiff_t n = count; n != 0; n--, a += pointer_count, terms += rows) {
      const int reads = ends_in_twelve && (n > 1 || reads_on);
      if (l->p.channels - c <= 8) {
        block(l, a, terms, has_row_terms, c, rows, 2, w, reads, kind, &to);
      } else {
        block(l, a, terms, has_row_terms, c, rows, 4, w, reads, kind, &to);
      }
    }
  }
}

#include "gemm_runs.h"
#endif
