#if defined(__aarch64__)
#define TARGET
#include "../bilinear.h"

EDGE_BILINEAR(edge_bilinear_s8_neon) { bilinear_s8(p, output); }
EDGE_BILINEAR(edge_bilinear_u8_neon) { bilinear_u8(p, output); }
#endif
