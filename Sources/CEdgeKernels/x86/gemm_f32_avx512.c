#if defined(__x86_64__)
#include "CEdgeKernels.h"

#include <assert.h>
#include <immintrin.h>

#define AVX512 __attribute__((target("avx512f")))
#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("clang loop unroll(full)")

enum { MR = 8 };

AVX512 INLINE __mmask16 lanes(ptrdiff_t count) { return count < 16 ? (__mmask16)((1 << count) - 1) : 0xffff; }

// `rows` rows by `blocks` times sixteen channels from c on. Eight sums or more hide the latency of the multiply-add.
AVX512 INLINE void block(const edge_gemm_f32 *p, ptrdiff_t c, const int rows, const int blocks) {
  const ptrdiff_t block_count = 16 * p->taps * p->depth;
  const float *w = p->weights + c / 16 * block_count;
  __m512 acc[MR][8];
  UNROLL for (int b = 0; b < blocks; b++) {
    __m512 bias = _mm512_maskz_loadu_ps(lanes(p->channels - c - 16 * b), p->bias + c + 16 * b);
    UNROLL for (int r = 0; r < rows; r++) acc[r][b] = bias;
  }
  const float *const *pointers = p->a;
  for (ptrdiff_t tap = p->taps; tap != 0; tap--, pointers += MR) {
    const float *a[MR];
    UNROLL for (int r = 0; r < rows; r++) a[r] = pointers[r];
    for (ptrdiff_t k = 0; k != p->depth; k++, w += 16) {
      __m512 weights[8];
      UNROLL for (int b = 0; b < blocks; b++) weights[b] = _mm512_loadu_ps(w + b * block_count);
      UNROLL for (int r = 0; r < rows; r++) {
        __m512 x = _mm512_set1_ps(a[r][k]);
        UNROLL for (int b = 0; b < blocks; b++) acc[r][b] = _mm512_fmadd_ps(x, weights[b], acc[r][b]);
      }
    }
  }
  const __m512 minimum = _mm512_set1_ps(p->minimum), maximum = _mm512_set1_ps(p->maximum);
  UNROLL for (int r = 0; r < rows; r++) {
    if (r == p->rows) return;
    float *output = p->output + r * p->output_stride + c;
    UNROLL for (int b = 0; b < blocks; b++) {
      __m512 y = _mm512_min_ps(_mm512_max_ps(acc[r][b], minimum), maximum);
      _mm512_mask_storeu_ps(output + 16 * b, lanes(p->channels - c - 16 * b), y);
    }
  }
}

AVX512 EDGE_GEMM_F32(edge_gemm_f32_8x32_avx512) {
  assert(p->rows >= 1 && p->rows <= MR);
  // A copy that stores to the output cannot change.
  const edge_gemm_f32 arguments = *p;
  p = &arguments;
  ptrdiff_t left = (p->channels + 15) / 16, c = 0;
  if (p->rows == 1) {
    for (; left >= 8; left -= 8, c += 128) block(p, c, 1, 8);
    if (left >= 4) block(p, c, 1, 4), left -= 4, c += 64;
    if (left >= 2) block(p, c, 1, 2), left -= 2, c += 32;
    if (left >= 1) block(p, c, 1, 1);
  } else if (p->rows <= 4) {
    for (; left >= 4; left -= 4, c += 64) block(p, c, 4, 4);
    if (left >= 2) block(p, c, 4, 2), left -= 2, c += 32;
    if (left >= 1) block(p, c, 4, 1);
  } else {
    for (; left >= 2; left -= 2, c += 32) block(p, c, 8, 2);
    if (left >= 1) block(p, c, 8, 1);
  }
}
#endif
