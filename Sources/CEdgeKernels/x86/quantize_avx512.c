#if defined(__x86_64__)
#define TARGET __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl")))
#include "../quantize.h"

TARGET EDGE_QUANTIZE_S8(edge_quantize_s8_avx512) { quantize(input, output, count, scale, zero_point, flipped_bits); }
#endif
