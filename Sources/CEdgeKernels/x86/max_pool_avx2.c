#if defined(__x86_64__)
#define TARGET __attribute__((target("avx2")))
#include "../max_pool.h"

TARGET EDGE_MAX_POOL_S8(edge_max_pool_s8_avx2) { max_pool_row(p, input, output); }
#endif
