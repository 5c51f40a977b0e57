// What the parts of the AVX-512 matrix product share.
#ifndef EDGE_GEMM_AVX512VNNI_H
#define EDGE_GEMM_AVX512VNNI_H

#include "fixed_avx512.h"

// Runs of rows, one after the other: row r of a tap of line l begins r * step bytes after a[(l * taps + tap) * tap_stride]. Where that is
// NULL, it sees nothing but zero_point, its top bit flipped.
typedef struct {
  const int8_t *const *a;
  uint8_t zero_point;
  ptrdiff_t tap_stride;
  ptrdiff_t step;
  // The first row among those of the call, how many a line has, and how many lines there are.
  ptrdiff_t first, count, lines;
  // One for each row, or NULL where all are 0.
  const int32_t *row_term;
} row_run;

// All channels of some rows, whose top bits may be flipped already. There is one line unless they are.
void edge_gemm_blocks_avx512vnni(const edge_gemm_s8 *p, const row_run *run, bool is_flipped);

// A last block of at most eight channels, from c on, of rows whose top bits are flipped. NULL where the code for sixteen has to do it.
typedef void (*edge_gemm_half)(const edge_gemm_s8 *p, const row_run *run, ptrdiff_t c);
edge_gemm_half edge_gemm_half_avx512vnni(const edge_gemm_s8 *p, const row_run *run);

// As edge_row_terms_s8, of a run of codes whose top bits are flipped.
void edge_row_terms_flipped_avx512vnni(const int8_t *const *a, ptrdiff_t row_step, ptrdiff_t taps, ptrdiff_t rows, ptrdiff_t byte_count,
                                       int32_t factor, int32_t *row_term);

// Copies bytes with their top bits flipped.
VNNI_INLINE void copy_flipped(int8_t *target, const int8_t *source, ptrdiff_t count) {
  const __m512i flip = _mm512_set1_epi8((char)0x80);
  for (; count >= 64; count -= 64, source += 64, target += 64)
    _mm512_storeu_si512(target, _mm512_xor_si512(_mm512_loadu_si512(source), flip));
  const __mmask64 mask = (1ull << count) - 1;
  if (count > 0) _mm512_mask_storeu_epi8(target, mask, _mm512_xor_si512(_mm512_maskz_loadu_epi8(mask, source), flip));
}

#endif
