/// Loops over rows of float32 numbers for the host tool's gradients, which Swift compiles for the oldest CPU of the architecture: on
/// x86-64 these use AVX2 where the CPU has it.
///
/// Row r of an operand begins `r * step` floats after the operand; a step of 0 takes the same row each time. Operands that are written do not
/// overlap the others. Sums over rows are made in their order.
#ifndef CEDGE_ROWS_H
#define CEDGE_ROWS_H

#include <stddef.h>

/// y = x
void edge_rows_copy(float *y, ptrdiff_t yStep, const float *x, ptrdiff_t xStep, ptrdiff_t rows, ptrdiff_t count);

/// y += x
void edge_rows_add(float *y, ptrdiff_t yStep, const float *x, ptrdiff_t xStep, ptrdiff_t rows, ptrdiff_t count);

/// y += a · b
void edge_rows_multiply_add(
    float *y, ptrdiff_t yStep, const float *a, ptrdiff_t aStep, const float *b, ptrdiff_t bStep, ptrdiff_t rows,
    ptrdiff_t count);

/// y = min(max(y + bias, minimum), maximum) in rows that lie side by side.
void edge_rows_activate(float *y, const float *bias, ptrdiff_t rows, ptrdiff_t count, float minimum, float maximum);

/// gradient = 0 where y is not between minimum and maximum.
void edge_clamp_gradient(float *gradient, const float *y, ptrdiff_t count, float minimum, float maximum);

#endif
