#if defined(__x86_64__)
#define TARGET __attribute__((target("avx2")))
#include "../quantize.h"

TARGET EDGE_QUANTIZE_S8(edge_quantize_s8_avx2) { quantize(input, output, count, scale, zero_point, flipped_bits); }
#endif
