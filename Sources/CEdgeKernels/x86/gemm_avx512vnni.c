#if defined(__x86_64__)
#include "avx512.h"

enum { MR = 8 };

// vpdpbusd multiplies unsigned by signed bytes: pixels get their top bit flipped, which adds 128 to each. A channel's sum is then too
// large by 128 times the sum of its weights, which these notes take away: [ceil(channels / 16)][16].
VNNI void edge_gemm_notes_s8_avx512vnni(const int8_t *weights, ptrdiff_t channels, ptrdiff_t taps, ptrdiff_t tap_byte_count,
                                        uint8_t *notes) {
  const __m512i ones = _mm512_set1_epi8(1);
  const int8_t *w = weights;
  for (ptrdiff_t c = 0; c < channels; c += 16, notes += 64) {
    __m512i sum = _mm512_setzero_si512();
    for (ptrdiff_t i = taps * tap_byte_count / 4; i != 0; i--, w += 64) sum = _mm512_dpbusd_epi32(sum, ones, _mm512_loadu_si512(w));
    _mm512_storeu_si512(notes, _mm512_sub_epi32(_mm512_setzero_si512(), _mm512_slli_epi32(sum, 7)));
  }
}

// The rows of a tile. Those past the last hold the same pixel as it, and are stored in the same place.
typedef struct {
  const int8_t *const *a;
  int8_t *output;
  ptrdiff_t last;
  int32_t row_term[MR];
} tile_rows;

// `rows` rows by 16 * `blocks` channels from c on; `chains` sums for each, to be added up, keep the multiplier busy where there are few.
VNNI_INLINE void tile(const edge_gemm_s8 *p, const tile_rows *t, const scales_avx512 *scales, const bool has_row_terms,
                      const int rows, const int blocks, const int chains, ptrdiff_t c, const bool is_whole) {
  const __m512i flip = _mm512_set1_epi8((char)0x80);
  const ptrdiff_t depth = p->taps * p->tap_byte_count;
  const int8_t *w = p->weights + c * depth;
  __m512i all[16];
#define SUMS(i, b) (all + ((i) * blocks + (b)) * rows)
  UNROLL for (int b = 0; b < blocks; b++) {
    __m512i start = _mm512_add_epi32(_mm512_loadu_si512(p->bias + c + 16 * b), _mm512_loadu_si512(p->notes + 4 * (c + 16 * b)));
    UNROLL for (int r = 0; r < rows; r++) {
      SUMS(0, b)[r] = has_row_terms ? _mm512_add_epi32(start, _mm512_set1_epi32(t->row_term[r])) : start;
      UNROLL for (int i = 1; i < chains; i++) SUMS(i, b)[r] = _mm512_setzero_si512();
    }
  }
  const int8_t *const *pointers = t->a;
  for (ptrdiff_t tap = p->taps; tap != 0; tap--, pointers += MR) {
    const int8_t *a[MR];
    UNROLL for (int r = 0; r < rows; r++) a[r] = pointers[r];
    ptrdiff_t k = 0;
#define PRODUCTS(i) \
    { \
      __m512i weights[4]; \
      UNROLL for (int b = 0; b < blocks; b++) weights[b] = _mm512_loadu_si512(w + 16 * b * depth); \
      UNROLL for (int r = 0; r < rows; r++) { \
        __m512i x = _mm512_xor_si512(broadcast(a[r] + k), flip); \
        UNROLL for (int b = 0; b < blocks; b++) SUMS(i, b)[r] = _mm512_dpbusd_epi32(SUMS(i, b)[r], x, weights[b]); \
      } \
      k += 4, w += 64; \
    }
    for (; k + 4 * chains <= p->tap_byte_count;)
      UNROLL for (int i = 0; i < chains; i++) PRODUCTS(i)
    while (k < p->tap_byte_count) PRODUCTS(0)
#undef PRODUCTS
  }
  UNROLL for (int i = 1; i < chains; i++)
    UNROLL for (int b = 0; b < blocks; b++)
      UNROLL for (int r = 0; r < rows; r++) SUMS(0, b)[r] = _mm512_add_epi32(SUMS(0, b)[r], SUMS(i, b)[r]);
  if (p->accumulators) {
    const ptrdiff_t stride = (p->channels + 15) / 16 * 16;
    UNROLL for (int b = 0; b < blocks; b++)
      UNROLL for (int r = 0; r < rows; r++)
        if (r <= t->last) _mm512_storeu_si512(p->accumulators + r * stride + c + 16 * b, SUMS(0, b)[r]);
    return;
  }
  UNROLL for (int b = 0; b < blocks; b++) requantize_by(&scales[b], SUMS(0, b), rows, &p->scale, c + 16 * b);
  // Read before bytes are stored, which could change anything for all the compiler knows.
  const ptrdiff_t last = t->last, channels = p->channels, left = channels - c;
  const __m512i minimum = _mm512_set1_epi8((char)p->scale.minimum), maximum = _mm512_set1_epi8((char)p->scale.maximum);
  int8_t *output = t->output + c;
#define ROW(r) (output + ((r) < last ? (r) : last) * channels)
  if (rows >= 2 && blocks == 2) {
    const __mmask32 mask = is_whole ? 0xffffffff : (__mmask32)((1ull << left) - 1);
    UNROLL for (int r = 0; r < rows; r += 2) {
      __m512i bytes = narrow4(SUMS(0, 0)[r], SUMS(0, 1)[r], SUMS(0, 0)[r + 1], SUMS(0, 1)[r + 1], minimum, maximum);
      if (is_whole) {
        _mm256_storeu_si256((__m256i *)ROW(r), _mm512_castsi512_si256(bytes));
        _mm256_storeu_si256((__m256i *)ROW(r + 1), _mm512_extracti64x4_epi64(bytes, 1));
      } else {
        _mm256_mask_storeu_epi8(ROW(r), mask, _mm512_castsi512_si256(bytes));
        _mm256_mask_storeu_epi8(ROW(r + 1), mask, _mm512_extracti64x4_epi64(bytes, 1));
      }
    }
  } else if (rows >= 4 && blocks == 1) {
    const __mmask16 mask = left >= 16 ? 0xffff : (__mmask16)((1 << left) - 1);
    UNROLL for (int r = 0; r < rows; r += 4) {
      __m512i bytes = narrow4(SUMS(0, 0)[r], SUMS(0, 0)[r + 1], SUMS(0, 0)[r + 2], SUMS(0, 0)[r + 3], minimum, maximum);
      __m128i row[4] = {_mm512_castsi512_si128(bytes), _mm512_extracti32x4_epi32(bytes, 1), _mm512_extracti32x4_epi32(bytes, 2),
                        _mm512_extracti32x4_epi32(bytes, 3)};
      UNROLL for (int i = 0; i < 4; i++) {
        if (is_whole) {
          _mm_storeu_si128((__m128i *)ROW(r + i), row[i]);
        } else {
          _mm_mask_storeu_epi8(ROW(r + i), mask, row[i]);
        }
      }
    }
  } else {
    UNROLL for (int b = 0; b < blocks; b++) {
      const __mmask16 mask = left >= 16 * (b + 1) ? 0xffff : (__mmask16)((1 << (left - 16 * b)) - 1);
      UNROLL for (int r = 0; r < rows; r++) {
        __m128i bytes = narrow1(SUMS(0, b)[r], minimum, maximum);
        if (is_whole) {
          _mm_storeu_si128((__m128i *)(ROW(r) + 16 * b), bytes);
        } else {
          _mm_mask_storeu_epi8(ROW(r) + 16 * b, mask, bytes);
        }
      }
    }
  }
#undef ROW
#undef SUMS
}

// The same for all tiles of a run, one block of channels after the other: its weights stay in the first-level cache.
VNNI_INLINE void blocks_of(const edge_gemm_s8 *p, const tile_rows *tiles, ptrdiff_t count, const bool has_row_terms, const int rows,
                           const int blocks, const int chains, ptrdiff_t c, const bool is_whole) {
  scales_avx512 scales[4];
  if (!p->accumulators) UNROLL for (int b = 0; b < blocks; b++) scales[b] = load_scales_avx512(&p->scale, c + 16 * b);
  for (const tile_rows *t = tiles; t != tiles + count; t++) tile(p, t, scales, has_row_terms, rows, blocks, chains, c, is_whole);
}

VNNI_INLINE void tiles_of(const edge_gemm_s8 *p, const tile_rows *t, ptrdiff_t count, const bool has_row_terms, const int rows,
                          const int blocks, const int chains, const int chains_of_one) {
  ptrdiff_t c = 0;
  for (; c + 16 * blocks <= p->channels; c += 16 * blocks) blocks_of(p, t, count, has_row_terms, rows, blocks, chains, c, true);
  for (; c + 16 * (blocks - 1) < p->channels; c += 16 * blocks) blocks_of(p, t, count, has_row_terms, rows, blocks, chains, c, false);
  for (; c + 16 <= p->channels; c += 16) blocks_of(p, t, count, has_row_terms, rows, 1, chains_of_one, c, true);
  if (c < p->channels) blocks_of(p, t, count, has_row_terms, rows, 1, chains_of_one, c, false);
}

// Functions of their own: without optimisation, one function would need stack for all of them.
#define TILES(name, has_row_terms, rows, blocks, chains, chains_of_one) \
  VNNI static __attribute__((noinline)) void name(const edge_gemm_s8 *p, const tile_rows *t, ptrdiff_t count) { \
    tiles_of(p, t, count, has_row_terms, rows, blocks, chains, chains_of_one); \
  }

TILES(tiles_of_8_rows, false, 8, 2, 1, 1)
TILES(tiles_of_4_rows, false, 4, 2, 1, 2)
TILES(tiles_of_1_row, false, 1, 4, 2, 4)
TILES(tiles_of_8_rows_with_terms, true, 8, 2, 1, 1)
TILES(tiles_of_4_rows_with_terms, true, 4, 2, 1, 2)
TILES(tiles_of_1_row_with_terms, true, 1, 4, 2, 4)

// Tiles of equally many rows.
static void run_tiles(const edge_gemm_s8 *p, const tile_rows *t, ptrdiff_t count, bool has_terms) {
  if (t->last >= 4) {
    has_terms ? tiles_of_8_rows_with_terms(p, t, count) : tiles_of_8_rows(p, t, count);
  } else if (t->last >= 1) {
    has_terms ? tiles_of_4_rows_with_terms(p, t, count) : tiles_of_4_rows(p, t, count);
  } else {
    has_terms ? tiles_of_1_row_with_terms(p, t, count) : tiles_of_1_row(p, t, count);
  }
}

// The tile from `row` on. Rows past the last have its row term too.
VNNI_INLINE void start_tile(tile_rows *t, const edge_gemm_s8 *p, const int8_t *const *a, ptrdiff_t row, bool *has_terms) {
  const ptrdiff_t last = p->rows - row < MR ? p->rows - row - 1 : MR - 1;
  __m256i terms = _mm256_maskz_loadu_epi32((__mmask8)(0xff >> (MR - 1 - last)), p->row_term + row);
  if (!_mm256_testz_si256(terms, terms)) *has_terms = true;
  __m256i order = _mm256_min_epi32(_mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7), _mm256_set1_epi32((int32_t)last));
  _mm256_storeu_si256((__m256i *)t->row_term, _mm256_permutevar8x32_epi32(terms, order));
  t->a = a;
  t->output = p->output + row * p->channels;
  t->last = last;
}

VNNI EDGE_GEMM_S8(edge_gemm_s8_8x16c4_avx512vnni) {
  enum { MOST_TILES = 6 };
  tile_rows tiles[MOST_TILES];
  bool has_terms = false;
  if (p->row_step == 0) {
    start_tile(tiles, p, p->a, 0, &has_terms);
    run_tiles(p, tiles, 1, has_terms);
    return;
  }
  int64_t pointers[MOST_TILES][EDGE_RUN_TAPS][MR];
  const __m512i steps = _mm512_mullo_epi64(_mm512_setr_epi64(0, 1, 2, 3, 4, 5, 6, 7), _mm512_set1_epi64(p->row_step));
  ptrdiff_t count = 0;
  for (ptrdiff_t row = 0; row < p->rows; row += MR) {
    tile_rows *t = &tiles[count];
    start_tile(t, p, (const int8_t *const *)(const void *)pointers[count], row, &has_terms);
    const __m512i rows = _mm512_min_epi64(steps, _mm512_set1_epi64(t->last * p->row_step));
    for (ptrdiff_t tap = 0; tap < p->taps; tap++) {
      const int8_t *first = p->a[tap] + row * p->row_step;
      _mm512_storeu_si512(pointers[count][tap], _mm512_add_epi64(rows, _mm512_set1_epi64((int64_t)(intptr_t)first)));
    }
    count++;
    if (t->last < MR - 1) {
      // A last tile of fewer rows goes by itself.
      if (count > 1) run_tiles(p, tiles, count - 1, has_terms);
      run_tiles(p, t, 1, has_terms);
      return;
    }
    if (count == MOST_TILES) {
      run_tiles(p, tiles, count, has_terms);
      count = 0;
    }
  }
  if (count > 0) run_tiles(p, tiles, count, has_terms);
}
#endif
