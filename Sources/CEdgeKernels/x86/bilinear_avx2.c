#if defined(__x86_64__)
#define TARGET __attribute__((target("avx2")))
#include "../bilinear.h"

TARGET EDGE_BILINEAR(edge_bilinear_s8_avx2) { bilinear_s8(p, output); }
TARGET EDGE_BILINEAR(edge_bilinear_u8_avx2) { bilinear_u8(p, output); }
#endif
