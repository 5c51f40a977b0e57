#if defined(__x86_64__)
#include "gemm_avx512vnni.h"

enum { MR = 8, MOST_ROWS = 64, COPY_BYTE_COUNT = 8192 };

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

// Rows with pointers of their own, which have one for every row of a tile.
VNNI static __attribute__((noinline)) void separate_rows(const edge_gemm_s8 *p) {
  int8_t copies[COPY_BYTE_COUNT];
  const ptrdiff_t depth = p->taps * p->tap_byte_count;
  if (p->rows == 1 || p->rows * depth > COPY_BYTE_COUNT) {
    for (ptrdiff_t row = 0; row < p->rows; row++) {
      row_run run = {
        .a = p->a + row, .tap_stride = MR, .first = row, .count = 1, .lines = 1, .row_term = p->row_term + row};
      edge_gemm_blocks_avx512vnni(p, &run, false);
    }
    return;
  }
  int8_t *target = copies;
  for (ptrdiff_t row = 0; row < p->rows; row++)
    for (ptrdiff_t tap = 0; tap < p->taps; tap++, target += p->tap_byte_count)
      copy_flipped(target, p->a[tap * MR + row], p->tap_byte_count);
  edge_gemm_s8 joined = *p;
  joined.taps = 1;
  joined.tap_byte_count = depth;
  const int8_t *start = copies;
  row_run run = {.a = &start, .tap_stride = 1, .step = depth, .count = p->rows, .lines = 1, .row_term = p->row_term};
  edge_gemm_blocks_avx512vnni(&joined, &run, true);
}

VNNI_INLINE bool has_terms(const int32_t *terms, ptrdiff_t count) {
  __m512i any = _mm512_setzero_si512();
  for (; count >= 16; count -= 16, terms += 16) any = _mm512_or_si512(any, _mm512_loadu_si512(terms));
  any = _mm512_or_si512(any, _mm512_maskz_loadu_epi32((__mmask16)((1 << count) - 1), terms));
  return _mm512_test_epi32_mask(any, any) != 0;
}

VNNI EDGE_GEMM_S8(edge_gemm_s8_8x16c4_avx512vnni) {
  if (p->row_step == 0) {
    separate_rows(p);
    return;
  }
  int8_t copies[COPY_BYTE_COUNT];
  const int8_t *starts[EDGE_RUN_TAPS];
  for (ptrdiff_t row = 0; row < p->rows; row += MOST_ROWS) {
    const ptrdiff_t count = p->rows - row < MOST_ROWS ? p->rows - row : MOST_ROWS;
    const ptrdiff_t byte_count = (count - 1) * p->row_step + p->tap_byte_count;
    const bool is_flipped = count > 1 && p->taps * byte_count <= COPY_BYTE_COUNT;
    int8_t *target = copies;
    for (ptrdiff_t tap = 0; tap < p->taps; tap++, target += byte_count) {
      const int8_t *source = p->a[tap] + row * p->row_step;
      starts[tap] = is_flipped ? target : source;
      if (is_flipped) copy_flipped(target, source, byte_count);
    }
    row_run run = {
      .a = starts,
      .tap_stride = 1,
      .step = p->row_step,
      .first = row,
      .count = count,
      .lines = 1,
      .row_term = has_terms(p->row_term + row, count) ? p->row_term + row : NULL,
    };
    edge_gemm_blocks_avx512vnni(p, &run, is_flipped);
  }
}
#endif
