#include "CEdgeRows.h"

// One body of each loop, compiled once for each kind of CPU.
#define EDGE_INLINE static inline __attribute__((always_inline))

EDGE_INLINE void rows_copy(
    float *restrict y, ptrdiff_t yStep, const float *restrict x, ptrdiff_t xStep, ptrdiff_t rows, ptrdiff_t count) {
  for (ptrdiff_t row = 0; row < rows; row++, y += yStep, x += xStep)
    for (ptrdiff_t i = 0; i < count; i++) y[i] = x[i];
}

EDGE_INLINE void rows_add(
    float *restrict y, ptrdiff_t yStep, const float *restrict x, ptrdiff_t xStep, ptrdiff_t rows, ptrdiff_t count) {
  for (ptrdiff_t row = 0; row < rows; row++, y += yStep, x += xStep)
    for (ptrdiff_t i = 0; i < count; i++) y[i] += x[i];
}

EDGE_INLINE void rows_multiply_add(
    float *restrict y, ptrdiff_t yStep, const float *restrict a, ptrdiff_t aStep, const float *restrict b, ptrdiff_t bStep,
    ptrdiff_t rows, ptrdiff_t count) {
  for (ptrdiff_t row = 0; row < rows; row++, y += yStep, a += aStep, b += bStep)
    for (ptrdiff_t i = 0; i < count; i++) y[i] += a[i] * b[i];
}

EDGE_INLINE void rows_activate(
    float *restrict y, const float *restrict bias, ptrdiff_t rows, ptrdiff_t count, float minimum, float maximum) {
  for (ptrdiff_t row = 0; row < rows; row++, y += count)
    for (ptrdiff_t i = 0; i < count; i++) {
      float value = y[i] + bias[i];
      value = value > minimum ? value : minimum;
      y[i] = value < maximum ? value : maximum;
    }
}

EDGE_INLINE void clamp_gradient(
    float *restrict gradient, const float *restrict y, ptrdiff_t count, float minimum, float maximum) {
  for (ptrdiff_t i = 0; i < count; i++) gradient[i] = y[i] > minimum && y[i] < maximum ? gradient[i] : 0;
}

#ifdef __x86_64__
#define EDGE_VARIANTS(name, parameters, arguments) \
  __attribute__((target("avx2,fma"))) static void name##_avx2 parameters { name arguments; } \
  void edge_##name parameters { \
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) { \
      name##_avx2 arguments; \
    } else { \
      name arguments; \
    } \
  }
#else
#define EDGE_VARIANTS(name, parameters, arguments) \
  void edge_##name parameters { name arguments; }
#endif

EDGE_VARIANTS(
    rows_copy, (float *y, ptrdiff_t yStep, const float *x, ptrdiff_t xStep, ptrdiff_t rows, ptrdiff_t count),
    (y, yStep, x, xStep, rows, count))

EDGE_VARIANTS(
    rows_add, (float *y, ptrdiff_t yStep, const float *x, ptrdiff_t xStep, ptrdiff_t rows, ptrdiff_t count),
    (y, yStep, x, xStep, rows, count))

EDGE_VARIANTS(
    rows_multiply_add,
    (float *y, ptrdiff_t yStep, const float *a, ptrdiff_t aStep, const float *b, ptrdiff_t bStep, ptrdiff_t rows,
     ptrdiff_t count),
    (y, yStep, a, aStep, b, bStep, rows, count))

EDGE_VARIANTS(
    rows_activate, (float *y, const float *bias, ptrdiff_t rows, ptrdiff_t count, float minimum, float maximum),
    (y, bias, rows, count, minimum, maximum))

EDGE_VARIANTS(
    clamp_gradient, (float *gradient, const float *y, ptrdiff_t count, float minimum, float maximum),
    (gradient, y, count, minimum, maximum))
