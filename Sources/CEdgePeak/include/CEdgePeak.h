// How fast this CPU can multiply int8 or float32 numbers at all, as the yardstick for kernels and operators.
#ifndef CEDGEPEAK_H
#define CEDGEPEAK_H

#include <stdint.h>

/// Runs the best multiply-accumulate sequence of an instruction set `rounds` times in registers, nothing loaded, nothing stored,
/// and returns how many products that were; 0 where this program has none for it. The CPU must have the instructions.
typedef enum {
  edge_peak_scalar, edge_peak_neon, edge_peak_dotprod, edge_peak_sse2, edge_peak_avx2,
  edge_peak_avxvnni, edge_peak_avx512vnni,
  edge_peak_f32, edge_peak_f32_neon, edge_peak_f32_fma, edge_peak_f32_avx512,
} edge_peak;
int64_t edge_peak_run(int instructions, int64_t rounds);

#endif
