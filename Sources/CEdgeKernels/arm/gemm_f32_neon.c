#if defined(__aarch64__)
#include "neon.h"

enum { ROWS = 6 };

// The first `count` of sixteen values.
INLINE void store_f32(float *output, const float32x4_t y[4], ptrdiff_t count) {
  if (count >= 16) {
    UNROLL for (int j = 0; j < 4; j++) vst1q_f32(output + 4 * j, y[j]);
    return;
  }
  float values[16];
  UNROLL for (int j = 0; j < 4; j++) vst1q_f32(values + 4 * j, y[j]);
  memcpy(output, values, (size_t)count * sizeof(float));
}

// Sixteen channels of weights are loaded once and meet lane k of every row's values.
#define PRODUCTS(k) \
  UNROLL for (int j = 0; j < 4 * blocks; j++) { \
    float32x4_t weights = vld1q_f32(w + j / 4 * block_count + j % 4 * 4 + 16 * k); \
    UNROLL for (int r = 0; r < rows; r++) acc[r][j] = vfmaq_laneq_f32(acc[r][j], weights, x[r], k); \
  }

// `rows` rows by `blocks` times sixteen channels from c on.
INLINE void block(const edge_gemm_f32 *p, ptrdiff_t c, const int rows, const int blocks) {
  const ptrdiff_t block_count = 16 * p->taps * p->depth, left = p->channels - c;
  const float *w = p->weights + c / 16 * block_count;
  float padded[32] = {0};
  const float *bias = p->bias + c;
  if (left < 16 * blocks) bias = memcpy(padded, bias, (size_t)left * sizeof(float));
  float32x4_t acc[ROWS][8];
  UNROLL for (int j = 0; j < 4 * blocks; j++)
    UNROLL for (int r = 0; r < rows; r++) acc[r][j] = vld1q_f32(bias + 4 * j);
  const float *const *pointers = p->a;
  for (ptrdiff_t tap = p->taps; tap != 0; tap--, pointers += ROWS) {
    const float *a[ROWS];
    UNROLL for (int r = 0; r < rows; r++) a[r] = pointers[r];
    float32x4_t x[ROWS];
    for (ptrdiff_t n = p->depth / 4; n != 0; n--, w += 64) {
      UNROLL for (int r = 0; r < rows; r++) {
        x[r] = vld1q_f32(a[r]);
        a[r] += 4;
      }
      PRODUCTS(0)
      PRODUCTS(1)
      PRODUCTS(2)
      PRODUCTS(3)
    }
    for (ptrdiff_t n = p->depth & 3; n != 0; n--, w += 16) {
      UNROLL for (int r = 0; r < rows; r++) x[r] = vld1q_dup_f32(a[r]++);
      PRODUCTS(0)
    }
  }
  const float32x4_t minimum = vdupq_n_f32(p->minimum), maximum = vdupq_n_f32(p->maximum);
  UNROLL for (int r = 0; r < rows; r++) {
    UNROLL for (int j = 0; j < 4 * blocks; j++) acc[r][j] = vminq_f32(vmaxq_f32(acc[r][j], minimum), maximum);
    UNROLL for (int b = 0; b < blocks; b++)
      store_f32(p->output + r * p->output_stride + c + 16 * b, acc[r] + 4 * b, left - 16 * b);
  }
}

INLINE void tile(const edge_gemm_f32 *arguments, const int rows) {
  // A copy that stores to the output cannot change.
  const edge_gemm_f32 p = *arguments;
  ptrdiff_t c = 0;
  if (rows == 1)
    for (; c + 16 < p.channels; c += 32) block(&p, c, 1, 2);
  for (; c < p.channels; c += 16) block(&p, c, rows, 1);
}

// A tile for each number of rows, so that the end of an image is not computed several times.
EDGE_GEMM_F32(edge_gemm_f32_6x16_neon) {
  assert(p->rows >= 1 && p->rows <= ROWS);
  switch (p->rows) {
    case 1: tile(p, 1); break;
    case 2: tile(p, 2); break;
    case 3: tile(p, 3); break;
    case 4: tile(p, 4); break;
    case 5: tile(p, 5); break;
    default: tile(p, 6); break;
  }
}
#endif
