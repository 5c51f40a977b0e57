#if defined(__x86_64__)
#include "../sparse.h"
#include "avx512.h"

enum { MR = 8 };

// `rows` rows by sixteen channels from c on; `chains` sums for each, to be added up, keep the multiplier busy where there are few.
// vpdpbusd multiplies unsigned by signed bytes: pixels get their top bit flipped, which adds 128 to each, and 128 times the weights is
// taken away at the end. Rows past the last hold the same pixel as it, and are stored in the same place.
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
    const ptrdiff_t stride = (p->channels + 15) / 16 * 16;
    UNROLL for (int r = 0; r < rows; r++)
      if (r < p->rows) _mm512_storeu_si512(p->accumulators + r * stride + c, sums[0][r]);
    return;
  }
  requantize_avx512(sums[0], rows, &p->scale, c);
  const ptrdiff_t last = p->rows - 1, channels = p->channels, left = channels - c;
  const __m512i minimum = _mm512_set1_epi8((char)p->scale.minimum), maximum = _mm512_set1_epi8((char)p->scale.maximum);
  const __mmask16 mask = left >= 16 ? 0xffff : (__mmask16)((1 << left) - 1);
  int8_t *output = p->output + c;
  UNROLL for (int r = 0; r < rows; r++) {
    __m128i bytes = narrow1(sums[0][r], minimum, maximum);
    int8_t *row = output + (r < last ? r : last) * channels;
    if (mask == 0xffff) {
      _mm_storeu_si128((__m128i *)row, bytes);
    } else {
      _mm_mask_storeu_epi8(row, mask, bytes);
    }
  }
}

VNNI EDGE_GEMM_S8(edge_gemm_s8_8x16c4_sparse_avx512vnni) {
  const edge_sparse_block_s8 *block = (const edge_sparse_block_s8 *)(const void *)p->notes;
  for (ptrdiff_t c = 0; c < p->channels; c += 16, block++) {
    if (p->rows > 4) {
      tile(p, block, c, 8, 1);
    } else if (p->rows > 1) {
      tile(p, block, c, 4, 2);
    } else {
      tile(p, block, c, 1, 4);
    }
  }
}
#endif
