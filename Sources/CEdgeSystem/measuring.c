#define _GNU_SOURCE
#include "CEdgeSystem.h"

#include <linux/perf_event.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

ptrdiff_t edge_resident_byte_count(const void *start, ptrdiff_t byte_count) {
  const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), first = (uintptr_t)start & ~(page - 1);
  const uintptr_t end = (uintptr_t)start + (uintptr_t)byte_count;
  unsigned char resident[1024];
  ptrdiff_t total = 0;
  for (uintptr_t next = first; next < end; next += page * sizeof resident) {
    const uintptr_t left = end - next, span = left < page * sizeof resident ? left : page * sizeof resident;
    if (mincore((void *)next, span, resident) != 0) return -1;
    for (uintptr_t i = 0; i * page < span; i++) total += resident[i] & 1 ? (ptrdiff_t)page : 0;
  }
  return total < byte_count ? total : byte_count;
}

ptrdiff_t edge_kernel_release(char *buffer, ptrdiff_t capacity) {
  struct utsname name;
  if (uname(&name) != 0) return -1;
  const size_t length = strlen(name.release), room = (size_t)capacity;
  memcpy(buffer, name.release, length < room ? length : room);
  return (ptrdiff_t)(length < room ? length : room);
}

static int open_counter(uint64_t event) {
  struct perf_event_attr attributes = {
    .type = PERF_TYPE_HARDWARE, .size = sizeof attributes, .config = event, .disabled = 1, .inherit = 1,
    .exclude_kernel = 1, .exclude_hv = 1,
    .read_format = PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING,
  };
  return (int)syscall(SYS_perf_event_open, &attributes, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
}

bool edge_counters_open(edge_counters *counters) {
  static const uint64_t events[] = {PERF_COUNT_HW_CPU_CYCLES, PERF_COUNT_HW_INSTRUCTIONS, PERF_COUNT_HW_CACHE_MISSES};
  bool is_any = false;
  for (int i = 0; i < edge_counter_count; i++) {
    counters->descriptors[i] = open_counter(events[i]);
    is_any = is_any || counters->descriptors[i] >= 0;
  }
  return is_any;
}

void edge_counters_start(edge_counters *counters) {
  for (int i = 0; i < edge_counter_count; i++) {
    if (counters->descriptors[i] < 0) continue;
    ioctl(counters->descriptors[i], PERF_EVENT_IOC_RESET, 0);
    ioctl(counters->descriptors[i], PERF_EVENT_IOC_ENABLE, 0);
  }
}

void edge_counters_stop(edge_counters *counters) {
  for (int i = 0; i < edge_counter_count; i++) {
    if (counters->descriptors[i] >= 0) ioctl(counters->descriptors[i], PERF_EVENT_IOC_DISABLE, 0);
  }
}

int64_t edge_counters_read(const edge_counters *counters, int index) {
  struct { uint64_t value, enabled, running; } reading;
  const int descriptor = counters->descriptors[index];
  if (descriptor < 0 || read(descriptor, &reading, sizeof reading) != sizeof reading || reading.running == 0) return -1;
  // Where counters take turns, the whole time is estimated from the part that was counted.
  return (int64_t)((double)reading.value * ((double)reading.enabled / (double)reading.running));
}

void edge_counters_close(edge_counters *counters) {
  for (int i = 0; i < edge_counter_count; i++) {
    if (counters->descriptors[i] >= 0) close(counters->descriptors[i]);
  }
}
