#if defined(__aarch64__)
#define TARGET
#include "../max_pool.h"

EDGE_MAX_POOL_S8(edge_max_pool_s8_neon) { max_pool_row(p, input, output); }
#endif
