// LiteRT without Python: loads libLiteRt.so of its wheel, runs a model through the CompiledModel C API, prints one JSON object.
//   litert LIBRARY MODEL THREADS delegate|builtin INPUT WARMUP RUNS
// `delegate` is XNNPACK, LiteRT's default; `builtin` its own kernels. INPUT holds the bytes of the first input, "-" stands for
// zeros. Exactly WARMUP + RUNS inferences. The wheel has no headers; the declarations below follow LiteRT 2.3.
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { maximum_tensors = 8 };

static int64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

static void fail(const char *what, int status) {
  fprintf(stderr, "litert: %s failed (%d)\n", what, status);
  exit(1);
}

static void *library;

static void *symbol(const char *name) {
  void *address = dlsym(library, name);
  if (!address) fail(name, -1);
  return address;
}

/// Calls a function of the library by name; all of these return a status, 0 for success.
#define CALL(name, types, ...)                            \
  do {                                                    \
    int status = ((int(*) types)symbol(#name))(__VA_ARGS__); \
    if (status != 0) fail(#name, status);                 \
  } while (0)

typedef void *handle;
static handle environment, model, compiled;
static handle inputs[maximum_tensors], outputs[maximum_tensors];
static size_t input_count, output_count;
static int (*run_model)(handle, size_t, size_t, handle *, size_t, handle *);

static void keep(void *options) { (void)options; }

static void compile(const char *path, int threads, const char *kernels) {
  handle options, cpu_options;
  static char text[128];
  snprintf(text, sizeof text, "kernel_mode = \"%s\"\nnum_threads = %d\n", kernels, threads);
  CALL(LiteRtCreateEnvironment, (int, const void *, handle *), 0, NULL, &environment);
  CALL(LiteRtCreateModelFromFile, (handle, const char *, handle *), environment, path, &model);
  CALL(LiteRtCreateOptions, (handle *), &options);
  CALL(LiteRtSetOptionsHardwareAccelerators, (handle, int), options, 1 /* CPU */);
  CALL(LiteRtCreateOpaqueOptions, (const char *, void *, void (*)(void *), handle *), "xnnpack", text, keep, &cpu_options);
  CALL(LiteRtAddOpaqueOptions, (handle, handle), options, cpu_options);
  CALL(LiteRtCreateCompiledModel, (handle, handle, handle, handle *), environment, model, options, &compiled);
}

/// Makes the buffer of a tensor as the compiled model wants it.
static handle make_buffer(handle tensor, handle requirements) {
  handle buffer;
  uint32_t type[32];  // LiteRtRankedTensorType, larger than needed; only passed on
  CALL(LiteRtGetRankedTensorType, (handle, void *), tensor, type);
  CALL(LiteRtCreateManagedTensorBufferFromRequirements, (handle, const void *, handle, handle *), environment, type,
       requirements, &buffer);
  return buffer;
}

static void make_buffers(void) {
  handle signature, tensor, requirements;
  CALL(LiteRtGetModelSignature, (handle, size_t, handle *), model, 0, &signature);
  CALL(LiteRtGetNumSignatureInputs, (handle, size_t *), signature, &input_count);
  CALL(LiteRtGetNumSignatureOutputs, (handle, size_t *), signature, &output_count);
  if (input_count > maximum_tensors || output_count > maximum_tensors) fail("a model of so many tensors", -1);
  for (size_t i = 0; i < input_count; i++) {
    CALL(LiteRtGetSignatureInputTensorByIndex, (handle, size_t, handle *), signature, i, &tensor);
    CALL(LiteRtGetCompiledModelInputBufferRequirements, (handle, size_t, size_t, handle *), compiled, 0, i, &requirements);
    inputs[i] = make_buffer(tensor, requirements);
  }
  for (size_t i = 0; i < output_count; i++) {
    CALL(LiteRtGetSignatureOutputTensorByIndex, (handle, size_t, handle *), signature, i, &tensor);
    CALL(LiteRtGetCompiledModelOutputBufferRequirements, (handle, size_t, size_t, handle *), compiled, 0, i, &requirements);
    outputs[i] = make_buffer(tensor, requirements);
  }
}

/// Zeros everywhere; the first input from a file if there is one.
static void fill_inputs(const char *path) {
  for (size_t i = 0; i < input_count; i++) {
    void *bytes;
    size_t count;
    CALL(LiteRtGetTensorBufferPackedSize, (handle, size_t *), inputs[i], &count);
    CALL(LiteRtLockTensorBuffer, (handle, void **, int), inputs[i], &bytes, 1 /* write */);
    memset(bytes, 0, count);
    if (i == 0 && strcmp(path, "-") != 0) {
      FILE *file = fopen(path, "rb");
      if (!file || fread(bytes, 1, count, file) != count) fail("reading the input", -1);
      fclose(file);
    }
    CALL(LiteRtUnlockTensorBuffer, (handle), inputs[i]);
  }
}

static int64_t infer(void) {
  int64_t start = now();
  int status = run_model(compiled, 0, input_count, inputs, output_count, outputs);
  if (status != 0) fail("LiteRtRunCompiledModel", status);
  return now() - start;
}

static int ascending(const void *a, const void *b) {
  int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
  return (x > y) - (x < y);
}

int main(int argc, char **argv) {
  if (argc != 8) {
    fprintf(stderr, "usage: litert LIBRARY MODEL THREADS delegate|builtin INPUT WARMUP RUNS\n");
    return 64;
  }
  int warmup = atoi(argv[6]), runs = atoi(argv[7]);
  int64_t start = now();
  library = dlopen(argv[1], RTLD_NOW | RTLD_GLOBAL);
  if (!library) {
    fprintf(stderr, "litert: %s\n", dlerror());
    return 1;
  }
  run_model = symbol("LiteRtRunCompiledModel");
  compile(argv[2], atoi(argv[3]), argv[4]);
  make_buffers();
  int64_t initialization = now() - start;
  fill_inputs(argv[5]);

  int64_t *times = calloc((size_t)(runs > 0 ? runs : 1), sizeof *times);
  if (!times) fail("calloc", -1);
  int64_t first = 0, sum = 0;
  for (int i = 0; i < warmup + runs; i++) {
    int64_t time = infer();
    if (i == 0) first = time;
    if (i >= warmup) sum += times[i - warmup] = time;
  }
  qsort(times, (size_t)runs, sizeof *times, ascending);
  printf("{\"init_ms\": %.6f, \"first_inference_ms\": %.6f, \"num_runs\": %d", initialization / 1e6, first / 1e6, runs);
  if (runs > 0) {
    printf(", \"avg_ms\": %.6f, \"min_ms\": %.6f, \"median_ms\": %.6f", sum / 1e6 / runs, times[0] / 1e6,
           (times[(runs - 1) / 2] + times[runs / 2]) / 2e6);
  }
  printf("}\n");
  fflush(stdout);
  // LiteRT's destructors are not what is measured.
  _Exit(0);
}
