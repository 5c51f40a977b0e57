#if defined(__x86_64__)
#define TARGET __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl")))
#include "../bilinear.h"

TARGET EDGE_BILINEAR(edge_bilinear_s8_avx512) { bilinear_s8(p, output); }
TARGET EDGE_BILINEAR(edge_bilinear_u8_avx512) { bilinear_u8(p, output); }
#endif
