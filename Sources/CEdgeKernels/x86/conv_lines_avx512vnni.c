#if defined(__x86_64__)
#include "gemm_avx512vnni.h"

#include <string.h>

enum { LINES_BYTE_COUNT = 16384, MOST_LINES = 128, MOST_STARTS = 128, MOST_TERMS = 512 };

static ptrdiff_t least(ptrdiff_t a, ptrdiff_t b) { return a < b ? a : b; }

// Every line of the image that several output rows see is copied once, completed at its ends and with its top bits flipped.
VNNI EDGE_CONV_LINES_S8(edge_conv_lines_s8_avx512vnni) {
  const ptrdiff_t line_byte_count = (l->byte_count + 63) / 64 * 64, span = (l->kernel_height - 1) * l->dilation + 1;
  // Without the line of zero points.
  const ptrdiff_t line_count = least(LINES_BYTE_COUNT / line_byte_count, MOST_LINES) - 1;
  if (line_count < span || l->output_width < 2 || p->taps > EDGE_RUN_TAPS) return 0;
  ptrdiff_t most = least((line_count - span) / l->stride + 1, MOST_STARTS / p->taps);
  if (l->weight_zero_point != 0) most = least(most, MOST_TERMS / l->output_width);
  if (most == 0 || (most == 1 && count > 1)) return 0;

  int8_t lines[LINES_BYTE_COUNT];
  const int8_t *starts[MOST_STARTS];
  int32_t terms[MOST_TERMS];
  const uint8_t zero_point = (uint8_t)l->zero_point ^ 0x80;
  memset(lines, zero_point, (size_t)line_byte_count);
  for (ptrdiff_t row = 0; row < count; row += most) {
    const ptrdiff_t rows = least(most, count - row), top = (first + row) * l->stride - l->padding;
    bool is_filled[MOST_LINES] = {false};
    const int8_t **start = starts;
    for (ptrdiff_t r = 0; r < rows; r++) {
      for (ptrdiff_t tap = 0; tap < l->kernel_height; tap++) {
        const ptrdiff_t slot = r * l->stride + tap * l->dilation, y = top + slot;
        int8_t *line = lines;
        if (y >= 0 && y < l->input_height) {
          line += (1 + slot) * line_byte_count;
          if (!is_filled[slot]) {
            const ptrdiff_t after = l->bytes_before + l->image_byte_count;
            memset(line, zero_point, (size_t)l->bytes_before);
            copy_flipped(line + l->bytes_before, l->input + y * l->input_stride, l->image_byte_count);
            memset(line + after, zero_point, (size_t)(line_byte_count - after));
            is_filled[slot] = true;
          }
        }
        for (ptrdiff_t segment = 0; segment < l->segments; segment++) *start++ = line + segment * l->segment_step;
      }
    }
    row_run run = {
      .a = starts, .tap_stride = 1, .step = p->row_step, .first = row * l->output_width, .count = l->output_width, .lines = rows};
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
