#if defined(__x86_64__)
#include "CEdgeKernels.h"

#include <assert.h>
#include <immintrin.h>
#include <string.h>

#define FMA __attribute__((target("avx2,fma")))
#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("clang loop unroll(full)")

enum { MR = 6 };

// `rows` rows by `blocks` times sixteen channels from c on.
FMA INLINE void block(const edge_gemm_f32 *p, ptrdiff_t c, const int rows, const int blocks) {
  const ptrdiff_t block_count = 16 * p->taps * p->depth, left = p->channels - c;
  const float *w = p->weights + c / 16 * block_count;
  float rest[16 * 4] = {0};
  const float *bias = p->bias + c;
  if (left < 16 * blocks) bias = memcpy(rest, bias, (size_t)left * sizeof(float));
  __m256 acc[MR][8];
  UNROLL for (int j = 0; j < 2 * blocks; j++)
    UNROLL for (int r = 0; r < rows; r++) acc[r][j] = _mm256_loadu_ps(bias + 8 * j);
  const float *const *pointers = p->a;
  for (ptrdiff_t tap = p->taps; tap != 0; tap--, pointers += MR) {
    const float *a[MR];
    UNROLL for (int r = 0; r < rows; r++) a[r] = pointers[r];
    for (ptrdiff_t k = 0; k != p->depth; k++, w += 16) {
      __m256 weights[8];
      UNROLL for (int j = 0; j < 2 * blocks; j++) weights[j] = _mm256_loadu_ps(w + j / 2 * block_count + j % 2 * 8);
      UNROLL for (int r = 0; r < rows; r++) {
        __m256 x = _mm256_broadcast_ss(a[r] + k);
        UNROLL for (int j = 0; j < 2 * blocks; j++) acc[r][j] = _mm256_fmadd_ps(x, weights[j], acc[r][j]);
      }
    }
  }
  const __m256 minimum = _mm256_set1_ps(p->minimum), maximum = _mm256_set1_ps(p->maximum);
  UNROLL for (int r = 0; r < rows; r++) {
    if (r == p->rows) return;
    float *output = p->output + r * p->output_stride + c, *target = left < 16 * blocks ? rest : output;
    UNROLL for (int j = 0; j < 2 * blocks; j++)
      _mm256_storeu_ps(target + 8 * j, _mm256_min_ps(_mm256_max_ps(acc[r][j], minimum), maximum));
    if (target == rest) memcpy(output, rest, (size_t)left * sizeof(float));
  }
}

FMA EDGE_GEMM_F32(edge_gemm_f32_6x16_fma) {
  assert(p->rows >= 1 && p->rows <= MR);
  // A copy that stores to the output cannot change.
  const edge_gemm_f32 arguments = *p;
  p = &arguments;
  ptrdiff_t c = 0;
  if (p->rows == 1) {
    for (; c + 48 < p->channels; c += 64) block(p, c, 1, 4);
    for (; c < p->channels; c += 16) block(p, c, 1, 1);
  } else if (p->rows <= 3) {
    for (; c < p->channels; c += 16) block(p, c, 3, 1);
  } else {
    for (; c < p->channels; c += 16) block(p, c, 6, 1);
  }
}
#endif
