// A function that musl lacks and that a static edgeinfer links. It joins the sysroot's libc.a, weak, so that a later musl's own
// takes precedence.
#include <errno.h>
#include <stddef.h>
#include <sys/random.h>

// Embedded Swift seeds its hash tables with this, so whatever is Hashable refers to it.
__attribute__((weak)) void arc4random_buf(void *bytes, size_t count) {
  for (size_t done = 0; done < count;) {
    ssize_t got = getrandom((char *)bytes + done, count - done, 0);
    if (got < 0 && errno != EINTR) __builtin_trap();
    if (got > 0) done += (size_t)got;
  }
}
