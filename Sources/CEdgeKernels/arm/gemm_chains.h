// How gemm_neon.c and gemm_chains.c talk to each other.
#ifndef EDGE_NEON_GEMM_CHAINS_H
#define EDGE_NEON_GEMM_CHAINS_H

// A byte of edge_gemm_chains_s8: from ONES on, the number of steps of sixteen bytes with 16-bit sums of single products; from END on,
// the end of a tap, with the length of the sums in its last bytes; otherwise the numbers of steps whose sums have a length of four, and
// of those after them with a length of two.
enum { MOST_FOURS = 15, MOST_TWOS = 13, TWOS_SHIFT = 4, END = 0xe0, ONES = 0xf0, MOST_ONES = 15, LOW_BITS = 15 };

#endif
