#if defined(__x86_64__)
#include "gemm_avx512vnni.h"
#include "gemm_store_avx512.h"

// `rows` rows from `row` on by 16 * `blocks` channels; `chains` sums for each, to be added up, keep the multiplier busy where there are
// few. `fetches`: brings near what lies `ahead` bytes after the weights of the first block.
VNNI_INLINE void multiply(const edge_gemm_s8 *p, const row_run *run, ptrdiff_t line, ptrdiff_t row, const int8_t *w, __m512i *sums,
                          const int rows, const int blocks, const int chains, const bool flips, const bool fetches, ptrdiff_t ahead) {
  const __m512i flip = _mm512_set1_epi8((char)0x80);
  const ptrdiff_t depth = p->taps * p->tap_byte_count, step = run->step, step3 = 3 * step;
  const int8_t *const *taps = run->a + line * p->taps * run->tap_stride;
  for (ptrdiff_t tap = 0; tap < p->taps; tap++) {
    // Four rows each: addresses are sums of a pointer and 0, 1, 2 or 3 steps.
    const int8_t *a[4];
    const int8_t *start = taps[tap * run->tap_stride];
    if (!flips && !start) {
      w += 16 * p->tap_byte_count;
      continue;
    }
    UNROLL for (int i = 0; i < 4; i++) a[i] = start + (row + 4 * i) * step;
    ptrdiff_t k = p->tap_byte_count;
#define PRODUCTS(i) \
    { \
      __m512i weights[4]; \
      UNROLL for (int b = 0; b < blocks; b++) weights[b] = _mm512_loadu_si512(w + 16 * b * depth); \
      if (fetches) _mm_prefetch((const char *)((uintptr_t)w + (uintptr_t)ahead), _MM_HINT_T0); \
      UNROLL for (int r = 0; r < rows; r++) { \
        __m512i x = broadcast(a[r / 4] + (r % 4 == 3 ? step3 : r % 4 * step)); \
        if (flips) x = _mm512_xor_si512(x, flip); \
        UNROLL for (int b = 0; b < blocks; b++) { \
          __m512i *sum = &sums[((i) * blocks + b) * rows + r]; \
          *sum = _mm512_dpbusd_epi32(*sum, x, weights[b]); \
        } \
      } \
      UNROLL for (int j = 0; j < (rows + 3) / 4; j++) a[j] += 4; \
      w += 64, k -= 4; \
    }
    while (k >= 4 * chains)
      UNROLL for (int i = 0; i < chains; i++) PRODUCTS(i)
    while (chains > 1 && k != 0) PRODUCTS(0)
#undef PRODUCTS
  }
  UNROLL for (int i = 1; i < chains; i++)
    UNROLL for (int j = 0; j < blocks * rows; j++) sums[j] = _mm512_add_epi32(sums[j], sums[i * blocks * rows + j]);
}

// The same where a tap is three pixels, the first of them the second of the row before: each is read once for the three rows that see it.
VNNI_INLINE void multiply_columns(const edge_gemm_s8 *p, const row_run *run, ptrdiff_t line, ptrdiff_t row, const int8_t *w, __m512i *sums,
                                  const int rows) {
  const ptrdiff_t step = run->step, step3 = 3 * step, column = 16 * step;
  const int8_t *const *taps = run->a + line * p->taps * run->tap_stride;
  for (ptrdiff_t tap = 0; tap < p->taps; tap++, w += 3 * column) {
    const int8_t *a[5], *start = taps[tap * run->tap_stride];
    if (!start) continue;
    UNROLL for (int i = 0; i < 5; i++) a[i] = start + (row + 4 * i) * step;
    for (ptrdiff_t k = 0; k < step; k += 4) {
      __m512i weights[3];
      UNROLL for (int i = 0; i < 3; i++) weights[i] = _mm512_loadu_si512(w + 16 * k + i * column);
      UNROLL for (int r = 0; r < rows + 2; r++) {
        __m512i x = broadcast(a[r / 4] + (r % 4 == 3 ? step3 : r % 4 * step));
        UNROLL for (int i = 0; i < 3; i++)
          if (r >= i && r < rows + i) sums[r - i] = _mm512_dpbusd_epi32(sums[r - i], x, weights[i]);
      }
      UNROLL for (int j = 0; j < (rows + 5) / 4; j++) a[j] += 4;
    }
  }
}

// The first of the sums of `blocks` blocks from channel c on.
VNNI_INLINE void load_starts(const edge_gemm_s8 *p, ptrdiff_t c, const int blocks, __m512i *start) {
  UNROLL for (int b = 0; b < blocks; b++)
    start[b] = _mm512_add_epi32(_mm512_loadu_si512(p->bias + c + 16 * b), _mm512_loadu_si512(p->notes + 4 * (c + 16 * b)));
}

// The same for one line: with what its taps give that see nothing but zero points.
VNNI static __attribute__((noinline)) void add_outside(const edge_gemm_s8 *p, const row_run *run, ptrdiff_t line, ptrdiff_t c, int blocks,
                                                       __m512i *start) {
  const __m512i zero_points = _mm512_set1_epi8((char)run->zero_point);
  const ptrdiff_t tap_byte_count = 16 * p->tap_byte_count;
  for (ptrdiff_t tap = 0; tap < p->taps; tap++) {
    if (run->a[(line * p->taps + tap) * run->tap_stride]) continue;
    for (int b = 0; b < blocks; b++) {
      const int8_t *w = p->weights + (c + 16 * b) * p->taps * p->tap_byte_count + tap * tap_byte_count;
      for (ptrdiff_t i = 0; i < tap_byte_count; i += 64) start[b] = _mm512_dpbusd_epi32(start[b], zero_points, _mm512_loadu_si512(w + i));
    }
  }
}

// All rows by 16 * `blocks` channels from c on, `rows` at a time. Where the last tile would have fewer, it begins with some of the tile
// before.
VNNI_INLINE void block_of(const edge_gemm_s8 *original, const row_run *original_run, ptrdiff_t c, const int rows, const int blocks,
                          const int chains, const bool flips, const bool shares_columns) {
  // Copies, which no byte that is stored can change.
  const edge_gemm_s8 copy = *original, *p = &copy;
  const row_run copied_run = *original_run, *run = &copied_run;
  fixed_scales scales[2];
  __m512i start[2];
  load_starts(p, c, blocks, start);
  if (!p->accumulators) UNROLL for (int b = 0; b < blocks; b++) scales[b] = load_fixed_scales(&p->scale, c + 16 * b);
  tile_output o = output_of(p, c, blocks);
  const bool clamps = clamps_negative(p);
  const ptrdiff_t last = run->count - rows, depth = p->taps * p->tap_byte_count;
  // Weights of large layers come from a far cache. Those of the next two blocks are brought near by the first two tiles, a block each.
  ptrdiff_t ahead = 32 * depth;
  const int8_t *weights = p->weights + c * depth;
  for (ptrdiff_t line = 0; line < run->lines; line++) {
    const ptrdiff_t first = line * run->count;
    __m512i line_start[2];
    UNROLL for (int b = 0; b < blocks; b++) line_start[b] = start[b];
    // The first or the last tap, if any.
    const int8_t *const *taps = run->a + line * p->taps * run->tap_stride;
    if (!flips && __builtin_expect(!taps[0] || !taps[(p->taps - 1) * run->tap_stride], false))
      add_outside(original, original_run, line, c, blocks, line_start);
    for (ptrdiff_t row = 0;; row = row + rows < last ? row + rows : last) {
      __m512i sums[16];
      UNROLL for (int j = 0; j < chains * blocks * rows; j++) sums[j] = j < blocks * rows ? line_start[j / rows] : _mm512_setzero_si512();
      if (run->row_term)
        UNROLL for (int j = 0; j < blocks * rows; j++)
          sums[j] = _mm512_add_epi32(sums[j], _mm512_set1_epi32(run->row_term[first + row + j % rows]));
      if (shares_columns) {
        multiply_columns(p, run, line, row, weights, sums, rows);
      } else {
        multiply(p, run, line, row, weights, sums, rows, blocks, chains, flips, blocks == 2, ahead);
        ahead = ahead == 32 * depth ? 48 * depth : 0;
      }
      if (p->accumulators) {
        store_sums(p, run->first + first + row, c, sums, rows, blocks);
      } else {
        finish(original, &o, run->first + first + row, c, sums, scales, rows, blocks, clamps);
      }
      if (row == last) break;
    }
  }
}

// Functions of their own: without optimisation, one function would need stack for all of them.
#define BLOCK(name, rows, blocks, chains, flips, shares_columns) \
  VNNI static __attribute__((noinline)) void name(const edge_gemm_s8 *p, const row_run *run, ptrdiff_t c) { \
    block_of(p, run, c, rows, blocks, chains, flips, shares_columns); \
  }
#define BLOCKS(flip, flips) \
  BLOCK(pair_of_2##flip, 2, 2, 2, flips, false) \
  BLOCK(pair_of_3##flip, 3, 2, 2, flips, false) \
  BLOCK(pair_of_4##flip, 4, 2, 1, flips, false) \
  BLOCK(pair_of_5##flip, 5, 2, 1, flips, false) \
  BLOCK(pair_of_6##flip, 6, 2, 1, flips, false) \
  BLOCK(pair_of_7##flip, 7, 2, 1, flips, false) \
  BLOCK(pair_of_8##flip, 8, 2, 1, flips, false) \
  BLOCK(block_of_2##flip, 2, 1, 4, flips, false) \
  BLOCK(block_of_4##flip, 4, 1, 2, flips, false) \
  BLOCK(block_of_8##flip, 8, 1, 1, flips, false) \
  BLOCK(block_of_14##flip, 14, 1, 1, flips, false) \
  BLOCK(block_of_16##flip, 16, 1, 1, flips, false) \
  static const block_function pairs##flip[9] = { \
    NULL, NULL, pair_of_2##flip, pair_of_3##flip, pair_of_4##flip, pair_of_5##flip, pair_of_6##flip, pair_of_7##flip, \
    pair_of_8##flip}; \
  static const block_function blocks##flip[5] = {block_of_2##flip, block_of_4##flip, block_of_8##flip, block_of_14##flip, \
                                                 block_of_16##flip};

typedef void (*block_function)(const edge_gemm_s8 *p, const row_run *run, ptrdiff_t c);
BLOCKS(, false)
BLOCKS(_flipping, true)
BLOCK(block_of_16_columns, 16, 1, 1, false, true)

// One row by 16 * `blocks` channels from c on.
VNNI_INLINE void one_row_of(const edge_gemm_s8 *p, const row_run *run, ptrdiff_t c, const int blocks, const int chains) {
  __m512i sums[8], term = _mm512_set1_epi32(run->row_term ? run->row_term[0] : 0);
  load_starts(p, c, blocks, sums);
  UNROLL for (int b = 0; b < blocks; b++) sums[b] = _mm512_add_epi32(sums[b], term);
  UNROLL for (int j = blocks; j < chains * blocks; j++) sums[j] = _mm512_setzero_si512();
  multiply(p, run, 0, 0, p->weights + c * p->taps * p->tap_byte_count, sums, 1, blocks, chains, true, false, 0);
  if (p->accumulators) {
    store_sums(p, run->first, c, sums, 1, blocks);
    return;
  }
  UNROLL for (int b = 0; b < blocks; b += 2) {
    const int count = blocks == 1 ? 1 : 2;
    fixed_scales scales[2];
    UNROLL for (int i = 0; i < count; i++) scales[i] = load_fixed_scales(&p->scale, c + 16 * (b + i));
    tile_output o = output_of(p, c + 16 * b, count);
    finish(p, &o, run->first, c + 16 * b, sums + b, scales, 1, count, false);
  }
}

VNNI static __attribute__((noinline)) void one_row(const edge_gemm_s8 *p, const row_run *run) {
  ptrdiff_t c = 0;
  for (; c + 48 < p->channels; c += 64) one_row_of(p, run, c, 4, 2);
  for (; c < p->channels; c += 16) one_row_of(p, run, c, 1, 4);
}

VNNI void edge_gemm_blocks_avx512vnni(const edge_gemm_s8 *p, const row_run *run, bool is_flipped) {
  const ptrdiff_t count = run->count;
  if (count == 1) {
    one_row(p, run);
    return;
  }
  // As many tiles as there have to be, of equally many rows.
  const ptrdiff_t tiles = (count + 7) / 8, rows = (count + tiles - 1) / tiles;
  const block_function pair = (is_flipped ? pairs : pairs_flipping)[rows];
  const int widest = count % 14 == 0 ? 3 : count >= 16 ? 4 : count >= 8 ? 2 : count >= 4 ? 1 : 0;
  const bool has_columns = is_flipped && p->tap_byte_count == 3 * run->step && run->step % 4 == 0;
  const block_function block = count % 16 == 0 && has_columns ? block_of_16_columns
                                                              : (is_flipped ? blocks : blocks_flipping)[count % 16 == 0 ? 4 : widest];
  const edge_gemm_half half = is_flipped ? edge_gemm_half_avx512vnni(p, run) : NULL;
  ptrdiff_t c = 0;
  for (; c + (half ? 24 : 16) < p->channels; c += 32) pair(p, run, c);
  if (half && c + 16 < p->channels) {
    block(p, run, c);
    c += 16;
  }
  if (c < p->channels) (half ? half : block)(p, run, c);
}
#endif
