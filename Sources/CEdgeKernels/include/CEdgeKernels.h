// Tile loops that need instructions only some CPUs have, and the C mathematics library.
//
// Each function is compiled for its instruction set by a target attribute and may be called only where
// edge_cpu_features() reports it. Whole tiles, never single instructions: such functions do not inline into Swift.
#ifndef CEDGEKERNELS_H
#define CEDGEKERNELS_H

#include <stddef.h>
#include <stdint.h>

enum {
  EDGE_CPU_NEON = 1,
  EDGE_CPU_DOTPROD = 2,
  EDGE_CPU_AVX2 = 4,
  EDGE_CPU_AVX512VNNI = 8,
  EDGE_CPU_AVXVNNI = 16,
  EDGE_CPU_FMA = 32,
};

/// What this CPU has, less what the environment variable EDGEINFER_CPU leaves out: a comma-separated list of the features that
/// may be used ("none", "neon", "neon,dotprod", "avx2", "avx2,fma,avx512vnni"). SSE2 has no name: no x86-64 CPU lacks it.
uint32_t edge_cpu_features(void);

/// Requantization of 16 channels: the scale of channel c is multiplier[c] * 2^(shift[c] - 31), shift in -31...30.
typedef struct {
  const int32_t *multiplier;
  const int32_t *shift;
  /// Not less than any of `shift` whose multiplier is not 0.
  int32_t largest_shift;
  int32_t zero_point;
  int32_t minimum;
  int32_t maximum;
} edge_requantize_s8;

/// int8 matrix product: mr rows (pixels) by all output channels.
///   accumulator[row][c] = bias[c] + row_term[row] + sum over taps and k of a[tap * mr + row][k] * w[tap, k][c]
/// int32 arithmetic wraps.
typedef struct {
  /// mr pointers for each tap, each to `tap_byte_count` bytes. Where there are fewer than mr rows, the last is repeated.
  const int8_t *const *a;
  /// Not 0 in a run, for variants that take runs: `a` then has one pointer for each of up to EDGE_RUN_TAPS taps, and row r lies
  /// r * row_step bytes further.
  ptrdiff_t row_step;
  ptrdiff_t taps;
  /// A multiple of 4.
  ptrdiff_t tap_byte_count;
  /// [ceil(channels / 16)][taps][tap_byte_count / 4][16][4]
  const int8_t *weights;
  /// What the variant's own look at the weights found, if it has one.
  const uint8_t *notes;
  /// As the scales, padded to a multiple of 16.
  const int32_t *bias;
  /// mr values; in a run, one for each row.
  const int32_t *row_term;
  edge_requantize_s8 scale;
  /// 1...mr rows are stored; in a run, any number.
  ptrdiff_t rows;
  ptrdiff_t channels;
  /// Requantized: output[row * channels + c].
  int8_t *output;
  /// If not NULL, accumulators are stored instead, [row][ceil(channels / 16) * 16], and nothing is requantized.
  int32_t *accumulators;
} edge_gemm_s8;

enum { EDGE_RUN_TAPS = 16 };

#define EDGE_GEMM_S8(name) void name(const edge_gemm_s8 *p)

/// How a convolution sees an image. `taps` of edge_gemm_s8 are the segments of all kernel rows, one kernel row after the other.
typedef struct {
  const int8_t *input;
  /// Bytes from one line to the next.
  ptrdiff_t input_stride;
  ptrdiff_t input_height;
  /// What windows see of a line: some zero points, some bytes of the image, and zero points up to byte_count.
  ptrdiff_t bytes_before, image_byte_count, byte_count;
  int32_t zero_point;
  int32_t weight_zero_point;
  /// Along the height; padding before the first line.
  ptrdiff_t kernel_height, dilation, stride, padding;
  /// Of a kernel row: segments, bytes from one to the next, and bytes of the image in each.
  ptrdiff_t segments, segment_step, segment_byte_count;
  ptrdiff_t output_width;
} edge_lines_s8;

// Output rows first ..< first + count of one image, with the lines under them; `output` is where the first of them goes. `a`, `row_term` and
// `rows` are not looked at. Computes all or none, and returns how many: none where lines are too long or few rows fit together.
#define EDGE_CONV_LINES_S8(name) ptrdiff_t name(const edge_gemm_s8 *p, const edge_lines_s8 *l, ptrdiff_t first, ptrdiff_t count)

/// Sixteen output channels of sparse weights. An array of these, one for each sixteen channels, is the notes of the variants of
/// edge_gemm_s8 for such weights, which do not look at its `weights`.
typedef struct {
  /// [count][16][4]
  const int8_t *weights;
  /// The group of four bytes of depth that each of them meets, counted over all taps; ascending.
  const uint16_t *groups;
  ptrdiff_t count;
} edge_sparse_block_s8;

/// Rows of a depthwise convolution with multiplier 1, one after the other. Taps outside the image are skipped.
typedef struct {
  ptrdiff_t channels;
  ptrdiff_t input_width;
  ptrdiff_t output_width;
  ptrdiff_t kernel_width;
  ptrdiff_t stride_width;
  ptrdiff_t dilation_width;
  ptrdiff_t padding_left;
  /// Output rows: 1, or more for variants that say so.
  ptrdiff_t rows;
  /// [rows][kernel_height]: the input row under each tap along the height; NULL outside the image.
  const int8_t *const *input_rows;
  /// For one output row, its taps along the height inside the image: first, and one past the last.
  ptrdiff_t tap_row_begin, tap_row_end;
  int32_t input_zero_point;
  int32_t weight_zero_point;
  /// [ceil(channels / 16)][kernel height * kernel width][16]
  const int8_t *weights;
  ptrdiff_t kernel_height;
  /// Unfolded bias and scales, one for each channel, padded to a multiple of 16.
  const int32_t *bias;
  edge_requantize_s8 scale;
} edge_depthwise_s8;

#define EDGE_DEPTHWISE_S8(name) void name(const edge_depthwise_s8 *p, int8_t *output)

/// float32 matrix product: mr rows (pixels) by all output channels.
///   output[row * output_stride + c] = bias[c] + sum over taps and k, in this order, of a[tap * mr + row][k] * w[tap, k][c]
/// brought into minimum...maximum. A product and its addition are rounded once.
typedef struct {
  /// mr pointers for each tap, each to `depth` values. Where there are fewer than mr rows, the last is repeated.
  const float *const *a;
  ptrdiff_t taps;
  ptrdiff_t depth;
  /// [ceil(channels / 16)][taps][depth][16]
  const float *weights;
  /// One for each channel, not padded.
  const float *bias;
  float minimum;
  float maximum;
  /// 1...mr rows are stored.
  ptrdiff_t rows;
  ptrdiff_t channels;
  ptrdiff_t output_stride;
  float *output;
} edge_gemm_f32;

#define EDGE_GEMM_F32(name) void name(const edge_gemm_f32 *p)

/// A row of a float32 depthwise convolution with multiplier 1: products in the order of the taps are added to the bias, each rounded
/// once with its addition. Taps outside the image are skipped.
typedef struct {
  ptrdiff_t channels;
  ptrdiff_t input_width;
  ptrdiff_t output_width;
  ptrdiff_t kernel_width;
  ptrdiff_t stride_width;
  ptrdiff_t dilation_width;
  ptrdiff_t padding_left;
  /// [kernel_height]: the input row under each tap along the height.
  const float *const *input_rows;
  /// Taps along the height inside the image: first, and one past the last.
  ptrdiff_t tap_row_begin, tap_row_end;
  /// [ceil(channels / 16)][kernel height * kernel width][16]
  const float *weights;
  ptrdiff_t kernel_height;
  /// One for each channel, not padded.
  const float *bias;
  float minimum;
  float maximum;
} edge_depthwise_f32;

#define EDGE_DEPTHWISE_F32(name) void name(const edge_depthwise_f32 *p, float *output)

/// A factor multiplier * 2^(shift - 31).
typedef struct { int32_t multiplier, shift; } edge_scale;

/// Element-wise sum or difference. Each code less its zero point is shifted left by 20 and scaled; an input's scale is at most a half
/// (shift 0 only with multiplier 2^30), the output's shift is below 0.
typedef struct {
  int32_t a_zero_point, b_zero_point, output_zero_point;
  edge_scale a, b, output;
  int32_t minimum, maximum;
  int32_t subtracts;
} edge_add_s8;

// Computes the first elements of `count` and returns how many; the caller does the rest.
#define EDGE_ADD_S8(name) \
  ptrdiff_t name(const edge_add_s8 *p, const int8_t *a, const int8_t *b, int8_t *output, ptrdiff_t count)

/// Element-wise product: the codes less their zero points, multiplied, scaled; the scale's shift is below 0.
typedef struct {
  int32_t a_zero_point, b_zero_point, output_zero_point;
  edge_scale scale;
  int32_t minimum, maximum;
} edge_mul_s8;

// Computes the first elements of `count` and returns how many; the caller does the rest.
#define EDGE_MUL_S8(name) \
  ptrdiff_t name(const edge_mul_s8 *p, const int8_t *a, const int8_t *b, int8_t *output, ptrdiff_t count)

/// Requantization of a dense layer: the factor of channel c is the float64 of the halves low[c] and high[c]. Results are rounded to
/// the nearest int32, ties away from zero.
typedef struct {
  /// Padded, as accumulators, to a multiple of 16. Factors are finite.
  const int32_t *low, *high;
  int32_t zero_point;
  int32_t minimum;
  int32_t maximum;
} edge_factors_s8;

#define EDGE_FACTORS_S8(name) \
  void name(const edge_factors_s8 *p, const int32_t *accumulators, int8_t *output, ptrdiff_t count)

/// One window of an average pool: the average of rows * columns codes of each channel, offset added before and subtracted after the
/// division, which rounds to nearest, ties away from zero.
typedef struct {
  ptrdiff_t rows, columns;
  /// Of the input; rows * columns is in 1...127.
  ptrdiff_t row_byte_count;
  ptrdiff_t channels;
  /// 0 or 128.
  int32_t offset;
  int32_t minimum;
  int32_t maximum;
} edge_average_s8;

// Computes the first channels and returns how many; the caller does the rest.
#define EDGE_AVERAGE_S8(name) ptrdiff_t name(const edge_average_s8 *p, const int8_t *input, int8_t *output)

/// One output row of a max pool: the largest code of each channel under each window, at least minimum, then at most maximum.
typedef struct {
  /// Rows under the windows that lie inside the image, the first of which is `input`; at least 1.
  ptrdiff_t rows;
  /// Of the input.
  ptrdiff_t row_byte_count;
  ptrdiff_t channels;
  ptrdiff_t input_width;
  ptrdiff_t output_width;
  ptrdiff_t kernel_width;
  ptrdiff_t stride_width;
  ptrdiff_t padding_left;
  int32_t minimum;
  int32_t maximum;
} edge_max_pool_s8;

#define EDGE_MAX_POOL_S8(name) void name(const edge_max_pool_s8 *p, const int8_t *input, int8_t *output)

/// Where a sample lies between two elements: where each begins, in bytes, and the share of the second.
typedef struct {
  ptrdiff_t first, second;
  /// In 0...1024, in 1/1024.
  int32_t weight;
  float share;
} edge_blend;

/// Neighbouring samples of a row of a bilinear resize, int8 codes. The rule s8 takes the weights, in integers, and rounds once, ties away
/// from zero; the rule u8 takes the shares, in float32, for codes that were uint8.
typedef struct {
  /// The two input rows around the samples; of `row` only the share.
  const int8_t *upper, *lower;
  edge_blend row;
  /// Bytes are counted from the start of a row.
  const edge_blend *columns;
  ptrdiff_t count;
  ptrdiff_t channels;
} edge_bilinear;

#define EDGE_BILINEAR(name) void name(const edge_bilinear *p, int8_t *output)

/// Sum of `count` codes, wrapping.
int32_t edge_sum_s8(const int8_t *codes, ptrdiff_t count);

/// -128 if there is none.
int8_t edge_largest_s8(const int8_t *codes, ptrdiff_t count);

/// Sum of table[largest - codes[i]].
int64_t edge_sum_below_s8(const int32_t *table, int8_t largest, const int8_t *codes, ptrdiff_t count);

/// output[i] = input[i] with the top bit flipped: int8 codes to the uint8 codes of the same scale, and back. They may be the same memory.
void edge_flip_top_bits(const uint8_t *input, uint8_t *output, ptrdiff_t count);

/// sums[i] = the sum of `rows` codes that begin at x[i] and lie `stride` apart, wrapping; count is in 1...64.
void edge_column_sums_s8(const int8_t *x, ptrdiff_t rows, ptrdiff_t stride, ptrdiff_t count, int32_t *sums);

/// output[i] = table[input[i] + 128]. They may be the same memory.
#define EDGE_LOOK_UP_S8(name) void name(const int8_t *table, const int8_t *input, int8_t *output, ptrdiff_t count)
EDGE_LOOK_UP_S8(edge_look_up_s8);

/// output[i] = the larger or smaller of a[i] and b[i]. The output may be one of the inputs. Computes the first elements of `count` and
/// returns how many, all but at most fifteen.
#define EDGE_PAIRS_S8(name) ptrdiff_t name(const int8_t *a, const int8_t *b, int8_t *output, ptrdiff_t count)
EDGE_PAIRS_S8(edge_larger_s8);
EDGE_PAIRS_S8(edge_smaller_s8);

/// Copies runs of `byte_count` bytes that begin at multiples of a step; source and target are apart.
void edge_copy_runs(const void *source, ptrdiff_t source_step, void *target, ptrdiff_t target_step, ptrdiff_t count,
                    ptrdiff_t byte_count);
/// Copies runs of `byte_count` bytes that begin at `offsets`, one after the other; source and target are apart.
void edge_gather_runs(const void *source, const ptrdiff_t *offsets, void *target, ptrdiff_t count, ptrdiff_t byte_count);

/// Codes of numbers: input / scale to nearest, ties away from zero, plus the zero point, limited to int8; NaN counts as 0. Then
/// `flipped_bits` are flipped.
#define EDGE_QUANTIZE_S8(name) \
  void name(const float *restrict input, int8_t *restrict output, ptrdiff_t count, float scale, int32_t zero_point, \
            int32_t flipped_bits)
EDGE_QUANTIZE_S8(edge_quantize_s8);
/// Numbers of codes, of which `flipped_bits` are flipped first: scale * (code - zero point).
void edge_dequantize_s8(const int8_t *restrict input, float *restrict output, ptrdiff_t count, float scale, int32_t zero_point,
                        int32_t flipped_bits);

/// output[i] = a[i] op b[i], at least minimum and at most maximum; NaN stays. The output may be one of the inputs. Computes the first
/// elements of `count` and returns how many, all but at most seven.
#define EDGE_PAIRS_F32(name) \
  ptrdiff_t name(const float *a, const float *b, float *output, ptrdiff_t count, float minimum, float maximum)
EDGE_PAIRS_F32(edge_add_f32);
EDGE_PAIRS_F32(edge_sub_f32);
EDGE_PAIRS_F32(edge_mul_f32);

/// row_term[row] = factor times the sum of the codes under that row: byte_count at each of a[tap * stride + row], or, where row_step is
/// not 0, at a[tap] + row * row_step. Wraps.
#define EDGE_ROW_TERMS_S8(name) \
  void name(const int8_t *const *a, ptrdiff_t row_step, ptrdiff_t taps, ptrdiff_t stride, ptrdiff_t rows, ptrdiff_t byte_count, \
            int32_t factor, int32_t *row_term)
EDGE_ROW_TERMS_S8(edge_row_terms_s8);

#if defined(__aarch64__)
/// How many products of neighbouring groups of four bytes of depth a 16-bit sum has room for, whatever the codes: 4, 2 or 1, for each
/// 16 bytes of depth and for what is left of a tap, run-length encoded. A list each for all sixteen channels, the first eight and the
/// others, in [ceil(channels / 16)][3][taps * (tap_byte_count / 16 + 1)].
void edge_gemm_chains_s8(const int8_t *weights, ptrdiff_t channels, ptrdiff_t taps, ptrdiff_t tap_byte_count, uint8_t *chains);
EDGE_GEMM_S8(edge_gemm_s8_4x16c4_neon);
EDGE_GEMM_S8(edge_gemm_s8_4x16c4_neondot);
EDGE_CONV_LINES_S8(edge_conv_lines_s8_neondot);
EDGE_ROW_TERMS_S8(edge_row_terms_s8_neondot);
/// The same for a run of a multiple of four rows, and at most sixteen codes of a tap, behind which sixteen may be read in all.
void edge_short_row_terms_s8_neondot(const int8_t *const *a, ptrdiff_t row_step, ptrdiff_t taps, ptrdiff_t rows, ptrdiff_t byte_count,
                                     int32_t factor, int32_t *row_term);
EDGE_DEPTHWISE_S8(edge_depthwise_s8_3x3_neondot);
EDGE_DEPTHWISE_S8(edge_depthwise_s8_3x3_neon);
EDGE_DEPTHWISE_S8(edge_depthwise_s8_8_neon);
EDGE_ADD_S8(edge_add_s8_16_neon);
EDGE_FACTORS_S8(edge_factors_s8_16_neon);
EDGE_AVERAGE_S8(edge_average_s8_16_neon);
EDGE_MUL_S8(edge_mul_s8_16_neon);
EDGE_QUANTIZE_S8(edge_quantize_s8_16_neon);
EDGE_LOOK_UP_S8(edge_look_up_s8_16_neon);
EDGE_MAX_POOL_S8(edge_max_pool_s8_neon);
EDGE_BILINEAR(edge_bilinear_s8_neon);
EDGE_BILINEAR(edge_bilinear_u8_neon);
EDGE_GEMM_S8(edge_gemm_s8_6x16c4_sparse_neondot);
/// For weights in -127...127.
EDGE_GEMM_S8(edge_gemm_s8_4x16c4_sparse127_neon);
EDGE_GEMM_S8(edge_gemm_s8_4x16c4_sparse_neon);
EDGE_GEMM_F32(edge_gemm_f32_6x16_neon);
EDGE_DEPTHWISE_F32(edge_depthwise_f32_8_neon);
#elif defined(__x86_64__)
EDGE_GEMM_S8(edge_gemm_s8_2x16c4_sse2);
EDGE_GEMM_S8(edge_gemm_s8_2x16c4_sparse_sse2);
EDGE_DEPTHWISE_S8(edge_depthwise_s8_8_sse2);
EDGE_GEMM_S8(edge_gemm_s8_2x16c4_avx2);
/// What gemm_s8_4x16c4_avxvnni adds to each channel, int32 [ceil(channels / 16)][16].
void edge_gemm_notes_s8_avxvnni(const int8_t *weights, ptrdiff_t channels, ptrdiff_t taps, ptrdiff_t tap_byte_count,
                                uint8_t *notes);
EDGE_GEMM_S8(edge_gemm_s8_4x16c4_avxvnni);
/// What gemm_s8_8x16c4_avx512vnni adds to each channel, int32 [ceil(channels / 16)][16].
void edge_gemm_notes_s8_avx512vnni(const int8_t *weights, ptrdiff_t channels, ptrdiff_t taps, ptrdiff_t tap_byte_count,
                                   uint8_t *notes);
EDGE_ROW_TERMS_S8(edge_row_terms_s8_avx512vnni);
EDGE_GEMM_S8(edge_gemm_s8_8x16c4_avx512vnni);
EDGE_CONV_LINES_S8(edge_conv_lines_s8_avx512vnni);
EDGE_DEPTHWISE_S8(edge_depthwise_s8_3x3_avx512vnni);
EDGE_DEPTHWISE_S8(edge_depthwise_s8_16_avx2);
EDGE_ADD_S8(edge_add_s8_avx2);
EDGE_ADD_S8(edge_add_s8_avx512);
EDGE_GEMM_S8(edge_gemm_s8_2x16c4_sparse_avx2);
EDGE_GEMM_S8(edge_gemm_s8_8x16c4_sparse_avx512vnni);
EDGE_GEMM_F32(edge_gemm_f32_6x16_fma);
EDGE_GEMM_F32(edge_gemm_f32_8x32_avx512);
EDGE_DEPTHWISE_F32(edge_depthwise_f32_8_fma);
EDGE_DEPTHWISE_F32(edge_depthwise_f32_16_avx512);
EDGE_FACTORS_S8(edge_factors_s8_16_avx512);
EDGE_FACTORS_S8(edge_factors_s8_16_avx2);
EDGE_AVERAGE_S8(edge_average_s8_16_avx512);
EDGE_AVERAGE_S8(edge_average_s8_8_avx2);
EDGE_MUL_S8(edge_mul_s8_16_avx2);
EDGE_QUANTIZE_S8(edge_quantize_s8_avx2);
EDGE_QUANTIZE_S8(edge_quantize_s8_avx512);
EDGE_LOOK_UP_S8(edge_look_up_s8_32_avx2);
EDGE_LOOK_UP_S8(edge_look_up_s8_64_avx512);
EDGE_MUL_S8(edge_mul_s8_64_avx512);
EDGE_MAX_POOL_S8(edge_max_pool_s8_avx2);
EDGE_MAX_POOL_S8(edge_max_pool_s8_avx512);
EDGE_BILINEAR(edge_bilinear_s8_avx2);
EDGE_BILINEAR(edge_bilinear_u8_avx2);
EDGE_BILINEAR(edge_bilinear_s8_avx512);
EDGE_BILINEAR(edge_bilinear_u8_avx512);
#endif

// The mathematics library, which Swift has no names for without Glibc.
double edge_exp(double x);
double edge_expm1(double x);
double edge_log(double x);
double edge_tanh(double x);
double edge_erfc(double x);

#endif
