// How tiles of the AVX-512 matrix products are requantized and stored.
#ifndef EDGE_GEMM_STORE_AVX512_H
#define EDGE_GEMM_STORE_AVX512_H

#include "fixed_avx512.h"

typedef struct {
  int8_t *output;
  ptrdiff_t stride;
  __m256i minimum, maximum;
  // Bytes of a row that are stored, and whether they are all there are and need no clamp beyond int8.
  __mmask32 mask;
  bool is_plain;
} tile_output;

VNNI_INLINE void store_row(const tile_output *o, int8_t *output, __m256i bytes) {
  if (__builtin_expect(o->is_plain, true)) {
    _mm256_storeu_si256((__m256i *)output, bytes);
  } else {
    _mm256_mask_storeu_epi8(output, o->mask, _mm256_min_epi8(_mm256_max_epi8(bytes, o->minimum), o->maximum));
  }
}

VNNI_INLINE void store_half_row(const tile_output *o, int8_t *output, __m128i bytes) {
  if (__builtin_expect(o->is_plain, true)) {
    _mm_storeu_si128((__m128i *)output, bytes);
  } else {
    bytes = _mm_min_epi8(_mm_max_epi8(bytes, _mm256_castsi256_si128(o->minimum)), _mm256_castsi256_si128(o->maximum));
    _mm_mask_storeu_epi8(output, (__mmask16)o->mask, bytes);
  }
}

// Requantizes and stores a tile.
// Returns whether nothing was in doubt.
VNNI_INLINE bool store_tile(const tile_output *o, const __m512i *sums, const fixed_scales *scales, const int rows, const int blocks,
                            const bool clamps_negative) {
  __m512i least = _mm512_set1_epi32(-1), doubtful = scales[0].doubtful;
  UNROLL for (int b = 1; b < blocks; b++) doubtful = _mm512_max_epi32(doubtful, scales[b].doubtful);
  int8_t *output = o->output;
  if (blocks == 1) {
    UNROLL for (int r = 0; r < rows; r += 2) {
      __m512i v0 = requantize_fixed(sums[r], &scales[0], clamps_negative, &least);
      __m512i v1 = r + 1 < rows ? requantize_fixed(sums[r + 1], &scales[0], clamps_negative, &least) : v0;
      __m256i bytes = narrow_fixed(v0, v1);
      store_half_row(o, output, _mm256_castsi256_si128(bytes));
      if (r + 1 < rows) store_half_row(o, output + o->stride, _mm256_extracti128_si256(bytes, 1));
      output += 2 * o->stride;
    }
  } else {
    UNROLL for (int r = 0; r < rows; r++) {
      __m512i v0 = requantize_fixed(sums[r], &scales[0], clamps_negative, &least);
      __m512i v1 = requantize_fixed(sums[rows + r], &scales[1], clamps_negative, &least);
      store_row(o, output, narrow_fixed(v0, v1));
      output += o->stride;
    }
  }
  return is_fixed_sure(least, doubtful);
}

VNNI_INLINE bool clamps_negative(const edge_gemm_s8 *p) { return p->scale.minimum >= p->scale.zero_point; }

// Does again what is in doubt among `blocks` blocks of `rows` sums from channel c on.
VNNI static __attribute__((noinline)) void settle_doubts(const edge_gemm_s8 *p, int32_t sums[][16], int rows, int blocks, ptrdiff_t c,
                                                         int8_t *output) {
  const __m512i minimum = _mm512_set1_epi8((char)p->scale.minimum), maximum = _mm512_set1_epi8((char)p->scale.maximum);
  for (int b = 0; b < blocks; b++, c += 16, output += 16, sums += rows) {
    const fixed_scales scales = load_fixed_scales(&p->scale, c);
    const ptrdiff_t left = p->channels - c;
    for (int r = 0; r < rows; r++) {
      __m512i least = _mm512_set1_epi32(-1);
      __m512i sum = _mm512_loadu_si512(sums[r]);
      if (clamps_negative(p)) {
        requantize_fixed(sum, &scales, true, &least);
      } else {
        requantize_fixed(sum, &scales, false, &least);
      }
      if (is_fixed_sure(least, scales.doubtful)) continue;
      requantize_exactly(sums + r, 1, &p->scale, c);
      _mm_mask_storeu_epi8(output + r * p->channels, left >= 16 ? 0xffff : (__mmask16)((1 << left) - 1),
                           narrow1(_mm512_loadu_si512(sums[r]), minimum, maximum));
    }
  }
}

VNNI_INLINE tile_output output_of(const edge_gemm_s8 *p, ptrdiff_t c, const int blocks) {
  const ptrdiff_t left = p->channels - c;
  return (tile_output){
    .stride = p->channels,
    .minimum = _mm256_set1_epi8((char)p->scale.minimum),
    .maximum = _mm256_set1_epi8((char)p->scale.maximum),
    .mask = left >= 32 ? 0xffffffff : (__mmask32)((1ull << left) - 1),
    .is_plain = left >= 16 * blocks && p->scale.minimum == -128 && p->scale.maximum == 127,
  };
}

// Stores a tile of `rows` rows from `row` on by 16 * `blocks` channels from c on.
VNNI_INLINE void finish(const edge_gemm_s8 *p, tile_output *o, ptrdiff_t row, ptrdiff_t c, const __m512i *sums,
                        const fixed_scales *scales, const int rows, const int blocks, const bool clamps) {
  o->output = p->output + row * p->channels + c;
  const bool is_sure = clamps ? store_tile(o, sums, scales, rows, blocks, true) : store_tile(o, sums, scales, rows, blocks, false);
  if (__builtin_expect(!is_sure, false)) {
    int32_t all[16][16];
    UNROLL for (int i = 0; i < rows * blocks; i++) _mm512_storeu_si512(all[i], sums[i]);
    settle_doubts(p, all, rows, blocks, c, o->output);
  }
}

VNNI_INLINE void store_sums(const edge_gemm_s8 *p, ptrdiff_t row, ptrdiff_t c, const __m512i *sums, const int rows, const int blocks) {
  const ptrdiff_t stride = (p->channels + 15) / 16 * 16;
  UNROLL for (int b = 0; b < blocks; b++)
    UNROLL for (int r = 0; r < rows; r++) _mm512_storeu_si512(p->accumulators + (row + r) * stride + c + 16 * b, sums[b * rows + r]);
}

#endif
