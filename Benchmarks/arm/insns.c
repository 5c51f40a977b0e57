// A plugin for qemu-aarch64 (plugin interface version 1, QEMU 7.2) that counts the instructions a program executes: one line of
// totals by class, then one line for each function. The prototypes used are declared here, so no header of QEMU is needed.
//   cc -O2 -shared -fPIC -o insns.so insns.c && qemu-aarch64 -plugin ./insns.so,out=FILE PROGRAM
// Counts are exact for a program of one thread.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default")))
struct qemu_plugin_tb;
struct qemu_plugin_insn;
void qemu_plugin_register_vcpu_tb_trans_cb(uint64_t id, void (*)(uint64_t, struct qemu_plugin_tb *));
void qemu_plugin_register_vcpu_tb_exec_inline(struct qemu_plugin_tb *, int operation, void *counter, uint64_t step);
void qemu_plugin_register_atexit_cb(uint64_t id, void (*)(uint64_t, void *), void *);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *, size_t);
const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *);
const char *qemu_plugin_insn_symbol(const struct qemu_plugin_insn *);
EXPORT int qemu_plugin_version = 1;

enum { TOTAL, MEMORY, SIMD, DOT, MULTIPLY, BRANCH, CLASSES };
static const char *const class_names[CLASSES] = {"total", "memory", "simd", "dot", "multiply", "branch"};

// A translation block: straight-line code, so executing it executes all of its instructions.
struct block {
  struct block *next;
  const char *function;
  uint64_t executions;
  uint32_t count[CLASSES];
};
static struct block *blocks;
static const char *path;

// The classes of the Arm Architecture Reference Manual's top-level encoding. `dot` and `multiply` (integer, widening or not) are parts
// of `simd`.
static void classify(uint32_t word, uint32_t count[CLASSES]) {
  uint32_t group = word >> 25 & 15, sign_folded = word & ~(1u << 29);
  count[TOTAL]++;
  if ((group & 5) == 4) {
    count[MEMORY]++;
  } else if ((group & 14) == 10) {
    count[BRANCH]++;
  } else if ((group & 7) == 7) {
    count[SIMD]++;
    int dot = (sign_folded & 0xbfe0fc00) == 0x0e809400 || (sign_folded & 0xbfc0f400) == 0x0f80e000;
    int widening = (sign_folded & 0xbf20dc00) == 0x0e208000;
    widening = widening || (sign_folded & 0xbf20fc00) == 0x0e20c000;
    int by_element = (sign_folded & 0xbf00f400) == 0x0f002000 || (sign_folded & 0xbf00f400) == 0x0f00a000;
    int plain = (word & 0xbf20f400) == 0x0e209400 || (word & 0xbf00f400) == 0x2f000000 || (word & 0xbf00f400) == 0x0f008000;
    count[DOT] += dot;
    count[MULTIPLY] += !dot && (widening || by_element || plain);
  }
}

static void translated(uint64_t id, struct qemu_plugin_tb *tb) {
  (void)id;
  struct block *block = calloc(1, sizeof *block);
  if (!block) return;
  for (size_t i = 0; i < qemu_plugin_tb_n_insns(tb); i++) {
    uint32_t word;
    memcpy(&word, qemu_plugin_insn_data(qemu_plugin_tb_get_insn(tb, i)), 4);
    classify(word, block->count);
  }
  const char *function = qemu_plugin_insn_symbol(qemu_plugin_tb_get_insn(tb, 0));
  block->function = function ? function : "?";
  block->next = blocks;
  blocks = block;
  qemu_plugin_register_vcpu_tb_exec_inline(tb, 0, &block->executions, 1);
}

static void finished(uint64_t id, void *unused) {
  (void)id, (void)unused;
  FILE *out = path ? fopen(path, "w") : stderr;
  if (!out) return;
  uint64_t total[CLASSES] = {0};
  for (struct block *b = blocks; b; b = b->next)
    for (int c = 0; c < CLASSES; c++) total[c] += b->executions * b->count[c];
  for (int c = 0; c < CLASSES; c++) fprintf(out, "%s %llu\n", class_names[c], (unsigned long long)total[c]);
  for (struct block *b = blocks; b; b = b->next)
    if (b->executions) fprintf(out, "@%s %llu\n", b->function, (unsigned long long)(b->executions * b->count[TOTAL]));
  fclose(out);
}

EXPORT int qemu_plugin_install(uint64_t id, const void *info, int argc, char **argv) {
  (void)info;
  for (int i = 0; i < argc; i++)
    if (!strncmp(argv[i], "out=", 4)) path = strdup(argv[i] + 4);
  qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
  qemu_plugin_register_atexit_cb(id, finished, NULL);
  return 0;
}
