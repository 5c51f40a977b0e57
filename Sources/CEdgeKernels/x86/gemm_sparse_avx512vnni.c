#if defined(__x86_64__)
#include "../sparse.h"
#include "gemm_store_avx512.h"

enum { MR = 8 };

// `rows` rows by sixteen channels from c on; `chains` sums for each, to be added up, keep the multiplier busy where there are few.
// vpdpbusd multiplies unsigned by signed bytes: pixels get their top bit flipped, which adds 128 to each, and 128 times the weights is
// taken away at the end.
VNNI_INLINE void tile(const edge_gemm_s8 *p, const edge_sparse_block_s8 *block, ptrdiff_t c, const int rows, const int chains) {
  const __m512i flip = _mm512_set1_epi8((char)0x80), ones = _mm512_set1_epi8(1);
  const int8_t *w = block->weights;
  const uint16_t *groups = block->groups, *const end = groups + block->count;
  __m512i sums[4][MR], weight_sums[4];
  UNROLL for (int i = 0; i < chains; i++) {
    weight_sums[i] = _mm512_setzero_si512();
    UNROLL for (int r = 0; r < rows; r++) sums[i][r] = _mm512_setzero_si512();
  }
  const int8_t *const *pointers = p->a;
  for (ptrdiff_t tap = 0; tap < p->taps; tap++, pointers += MR) {
    const ptrdiff_t first = tap * p->tap_byte_count;
    const uint16_t *const tap_end = edge_sparse_tap_end(p, groups, end, tap);
    if (groups == tap_end) continue;
    const int8_t *a[MR];
    UNROLL for (int r = 0; r < rows; r++) a[r] = pointers[r];
#define PRODUCTS(i) \
    { \
      const ptrdiff_t k = 4 * (ptrdiff_t)*groups++ - first; \
      __m512i weights = _mm512_loadu_si512(w); \
      w += 64; \
      weight_sums[i] = _mm512_dpbusd_epi32(weight_sums[i], ones, weights); \
      UNROLL for (int r = 0; r < rows; r++) \
        sums[i][r] = _mm512_dpbusd_epi32(sums[i][r], _mm512_xor_si512(broadcast(a[r] + k), flip), weights); \
    }
    while (tap_end - groups >= chains)
      UNROLL for (int i = 0; i < chains; i++) PRODUCTS(i)
    while (groups != tap_end) PRODUCTS(0)
#undef PRODUCTS
  }
  UNROLL for (int i = 1; i < chains; i++) {
    weight_sums[0] = _mm512_add_epi32(weight_sums[0], weight_sums[i]);
    UNROLL for (int r = 0; r < rows; r++) sums[0][r] = _mm512_add_epi32(sums[0][r], sums[i][r]);
  }
  const __m512i start = _mm512_sub_epi32(_mm512_loadu_si512(p->bias + c), _mm512_slli_epi32(weight_sums[0], 7));
  UNROLL for (int r = 0; r < rows; r++)
    sums[0][r] = _mm512_add_epi32(sums[0][r], _mm512_add_epi32(start, _mm512_set1_epi32(p->row_term[r])));
  if (p->accumulators) {
    store_sums(p, 0, c, sums[0], rows, 1);
    return;
  }
  const fixed_scales scales = load_fixed_scales(&p->scale, c);
  tile_output o = output_of(p, c, 1);
  finish(p, &o, 0, c, sums[0], &scales, rows, 1, clamps_negative(p));
}

typedef void (*tile_function)(const edge_gemm_s8 *p, const edge_sparse_block_s8 *block, ptrdiff_t c);
#define TILE(rows, chains) \
  VNNI static __attribute__((noinline)) void tile_of_##rows(const edge_gemm_s8 *p, const edge_sparse_block_s8 *block, ptrdiff_t c) { \
    tile(p, block, c, rows, chains); \
  }
TILE(1, 4)
TILE(2, 4)
TILE(3, 2)
TILE(4, 2)
TILE(5, 1)
TILE(6, 1)
TILE(7, 1)
TILE(8, 1)

VNNI EDGE_GEMM_S8(edge_gemm_s8_8x16c4_sparse_avx512vnni) {
  static const tile_function tiles[] = {tile_of_1, tile_of_2, tile_of_3, tile_of_4, tile_of_5, tile_of_6, tile_of_7, tile_of_8};
  const tile_function tile = tiles[p->rows - 1];
  const edge_sparse_block_s8 *block = (const edge_sparse_block_s8 *)(const void *)p->notes;
  for (ptrdiff_t c = 0; c < p->channels; c += 16, block++) tile(p, block, c);
}
#endif
