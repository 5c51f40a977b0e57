// Corrects two functions of the standard library, in programs of Embedded Swift alone: the SDKs in `toolchains/` define
// EDGE_EMBEDDED_SWIFT.
//
// Swift 6.3 compiles code that expects its argument back from these two. Embedded Swift's own return it without its tag
// bits, so that a string of up to 15 bytes may turn into a wild pointer when it is copied. Theirs are weak: these win.
#ifdef EDGE_EMBEDDED_SWIFT
#include <stdint.h>

void *swift_retain(void *object);

static const uintptr_t plain_object = 0x8FFFFFFFFFFFFFF8;

// The top bit marks values that are not objects.
static void *object_of(void *value) {
  return (uintptr_t)value >> 63 ? 0 : (void *)((uintptr_t)value & plain_object);
}

void *swift_bridgeObjectRetain(void *value) {
  swift_retain(object_of(value));
  return value;
}

void *swift_bridgeObjectRetain_n(void *value, uint32_t count) {
  void *object = object_of(value);
  for (uint32_t i = 0; i < count; i++) swift_retain(object);
  return value;
}
#endif
