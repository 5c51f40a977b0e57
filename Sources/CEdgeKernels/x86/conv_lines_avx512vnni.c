#if defined(__x86_64__)
#include "gemm_avx512vnni.h"

#include <string.h>

enum { LINES_BYTE_COUNT = 16384, MOST_LINES = 128, MOST_STARTS = 128, MOST_TERMS = 512 };

static ptrdiff_t least(ptrdiff_t a, ptrdiff_t b) { return a < b ? a : b; }

// Where the image begins in a line, which consists of whole vectors, as does what comes before.
static ptrdiff_t image_begin(const edge_lines_s8 *l) { return (l->bytes_before + 63) / 64 * 64; }

VNNI_INLINE void fill_line(int8_t *line, const edge_lines_s8 *l, const int8_t *image, ptrdiff_t byte_count) {
  const __m512i flip = _mm512_set1_epi8((char)0x80), zero_points = _mm512_set1_epi8((char)l->zero_point);
  const int8_t *end = line + byte_count, *image_end = image + l->image_byte_count;
  for (const int8_t *begin = line + image_begin(l); line < begin; line += 64) _mm512_store_si512(line, _mm512_xor_si512(zero_points, flip));
  for (; image_end - image >= 64; line += 64, image += 64)
    _mm512_store_si512(line, _mm512_xor_si512(_mm512_loadu_si512(image), flip));
  __mmask64 mask = (1ull << (image_end - image)) - 1;
  for (; line < end; line += 64, mask = 0)
    _mm512_store_si512(line, _mm512_xor_si512(_mm512_mask_loadu_epi8(zero_points, mask, image), flip));
}

// Every line of the image that several output rows see is copied once, completed at its ends and with its top bits flipped.
VNNI EDGE_CONV_LINES_S8(edge_conv_lines_s8_avx512vnni) {
  const ptrdiff_t line_byte_count = image_begin(l) + (l->byte_count - l->bytes_before + 63) / 64 * 64;
  const ptrdiff_t first_byte = image_begin(l) - l->bytes_before, span = (l->kernel_height - 1) * l->dilation + 1;
  // Without the line of zero points.
  const ptrdiff_t line_count = least(LINES_BYTE_COUNT / line_byte_count, MOST_LINES) - 1;
  if (line_count < span || l->output_width < 2 || p->taps > EDGE_RUN_TAPS) return 0;
  ptrdiff_t most = least((line_count - span) / l->stride + 1, MOST_STARTS / p->taps);
  if (l->weight_zero_point != 0) most = least(most, MOST_TERMS / l->output_width);
  if (most == 0 || (most == 1 && count > 1)) return 0;

  _Alignas(64) int8_t lines[LINES_BYTE_COUNT];
  const int8_t *starts[MOST_STARTS];
  int32_t terms[MOST_TERMS];
  const uint8_t zero_point = (uint8_t)l->zero_point ^ 0x80;
  // Row terms need a line of zero points; products do without.
  const int8_t *outside = l->weight_zero_point != 0 ? lines + first_byte : NULL;
  if (outside) memset(lines, zero_point, (size_t)line_byte_count);
  for (ptrdiff_t row = 0; row < count; row += most) {
    const ptrdiff_t rows = least(most, count - row), top = (first + row) * l->stride - l->padding;
    bool is_filled[MOST_LINES] = {false};
    const int8_t **start = starts;
    for (ptrdiff_t r = 0; r < rows; r++) {
      for (ptrdiff_t tap = 0; tap < l->kernel_height; tap++) {
        const ptrdiff_t slot = r * l->stride + tap * l->dilation, y = top + slot;
        const int8_t *seen = outside;
        if (y >= 0 && y < l->input_height) {
          int8_t *line = lines + (1 + slot) * line_byte_count;
          if (!is_filled[slot]) fill_line(line, l, l->input + y * l->input_stride, line_byte_count);
          is_filled[slot] = true;
          seen = line + first_byte;
        }
        for (ptrdiff_t segment = 0; segment < l->segments; segment++) *start++ = seen ? seen + segment * l->segment_step : NULL;
      }
    }
    row_run run = {
      .a = starts,
      .zero_point = zero_point,
      .tap_stride = 1,
      .step = p->row_step,
      .first = row * l->output_width,
      .count = l->output_width,
      .lines = rows,
    };
    if (l->weight_zero_point != 0) {
      run.row_term = terms;
      for (ptrdiff_t r = 0; r < rows; r++)
        edge_row_terms_flipped_avx512vnni(starts + r * p->taps, p->row_step, p->taps, l->output_width, l->segment_byte_count,
                                          -l->weight_zero_point, terms + r * l->output_width);
    }
    edge_gemm_blocks_avx512vnni(p, &run, true);
  }
  return count;
}
#endif
