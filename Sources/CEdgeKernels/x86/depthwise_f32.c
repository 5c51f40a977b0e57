#if defined(__x86_64__)
#include "../depthwise_f32.h"

#include <immintrin.h>

#define AVX512 __attribute__((target("avx512f,fma")))
#define FMA __attribute__((target("avx2,fma")))
#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("clang loop unroll(full)")

// `columns` neighbouring output columns from `ox` on, sixteen channels or those of `mask` from c on; weights are read once for all
// columns.
AVX512 INLINE void columns_avx512(const edge_depthwise_f32 *p, float *output, ptrdiff_t ox, ptrdiff_t c, __mmask16 mask,
                                  const int columns) {
  const edge_column_range taps = edge_taps_f32(p, ox);
  const ptrdiff_t first = (ox * p->stride_width - p->padding_left) * p->channels + c;
  const ptrdiff_t step = p->stride_width * p->channels, tap_step = p->dilation_width * p->channels;
  const float *w = p->weights + c * p->kernel_height * p->kernel_width;
  __m512 acc[4];
  UNROLL for (int j = 0; j < columns; j++) acc[j] = _mm512_maskz_loadu_ps(mask, p->bias + c);
  for (ptrdiff_t ky = p->tap_row_begin; ky < p->tap_row_end; ky++) {
    const float *row = p->input_rows[ky];
    for (ptrdiff_t kx = taps.begin; kx < taps.end; kx++) {
      const float *x = row + (first + kx * tap_step);
      __m512 weights = _mm512_loadu_ps(w + (ky * p->kernel_width + kx) * 16);
      UNROLL for (int j = 0; j < columns; j++)
        acc[j] = _mm512_fmadd_ps(_mm512_maskz_loadu_ps(mask, x + j * step), weights, acc[j]);
    }
  }
  UNROLL for (int j = 0; j < columns; j++) {
    __m512 y = _mm512_min_ps(_mm512_max_ps(acc[j], _mm512_set1_ps(p->minimum)), _mm512_set1_ps(p->maximum));
    _mm512_mask_storeu_ps(output + (ox + j) * p->channels + c, mask, y);
  }
}

AVX512 EDGE_DEPTHWISE_F32(edge_depthwise_f32_16_avx512) {
  // A copy that stores to the output cannot change.
  const edge_depthwise_f32 arguments = *p;
  p = &arguments;
  const edge_column_range inner = edge_inner_columns_f32(p);
  for (ptrdiff_t c = 0; c < p->channels; c += 16) {
    const ptrdiff_t left = p->channels - c;
    const __mmask16 mask = left < 16 ? (__mmask16)((1 << left) - 1) : 0xffff;
    ptrdiff_t ox = 0;
    for (; ox < inner.begin; ox++) columns_avx512(p, output, ox, c, mask, 1);
    if (mask == 0xffff) {
      for (; ox + 4 <= inner.end; ox += 4) columns_avx512(p, output, ox, c, 0xffff, 4);
    } else {
      for (; ox + 4 <= inner.end; ox += 4) columns_avx512(p, output, ox, c, mask, 4);
    }
    for (; ox < p->output_width; ox++) columns_avx512(p, output, ox, c, mask, 1);
  }
}

// The same for eight channels.
FMA INLINE void columns_fma(const edge_depthwise_f32 *p, float *output, ptrdiff_t ox, ptrdiff_t c, const int columns) {
  const edge_column_range taps = edge_taps_f32(p, ox);
  const ptrdiff_t first = (ox * p->stride_width - p->padding_left) * p->channels + c;
  const ptrdiff_t step = p->stride_width * p->channels, tap_step = p->dilation_width * p->channels;
  const float *w = p->weights + c / 16 * 16 * p->kernel_height * p->kernel_width + c % 16;
  __m256 acc[4];
  UNROLL for (int j = 0; j < columns; j++) acc[j] = _mm256_loadu_ps(p->bias + c);
  for (ptrdiff_t ky = p->tap_row_begin; ky < p->tap_row_end; ky++) {
    const float *row = p->input_rows[ky];
    for (ptrdiff_t kx = taps.begin; kx < taps.end; kx++) {
      const float *x = row + (first + kx * tap_step);
      __m256 weights = _mm256_loadu_ps(w + (ky * p->kernel_width + kx) * 16);
      UNROLL for (int j = 0; j < columns; j++) acc[j] = _mm256_fmadd_ps(_mm256_loadu_ps(x + j * step), weights, acc[j]);
    }
  }
  UNROLL for (int j = 0; j < columns; j++) {
    __m256 y = _mm256_min_ps(_mm256_max_ps(acc[j], _mm256_set1_ps(p->minimum)), _mm256_set1_ps(p->maximum));
    _mm256_storeu_ps(output + (ox + j) * p->channels + c, y);
  }
}

FMA EDGE_DEPTHWISE_F32(edge_depthwise_f32_8_fma) {
  // A copy that stores to the output cannot change.
  const edge_depthwise_f32 arguments = *p;
  p = &arguments;
  const edge_column_range inner = edge_inner_columns_f32(p);
  ptrdiff_t c = 0;
  for (; c + 8 <= p->channels; c += 8) {
    ptrdiff_t ox = 0;
    for (; ox < inner.begin; ox++) columns_fma(p, output, ox, c, 1);
    for (; ox + 4 <= inner.end; ox += 4) columns_fma(p, output, ox, c, 4);
    for (; ox < p->output_width; ox++) columns_fma(p, output, ox, c, 1);
  }
  for (; c < p->channels; c++)
    for (ptrdiff_t ox = 0; ox < p->output_width; ox++) output[ox * p->channels + c] = edge_depthwise_one_f32(p, ox, c);
}
#endif
