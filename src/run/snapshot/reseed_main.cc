// culprit-reseed: runs in a guest. Gives what it reads to the kernel's random generator, as entropy, and has the
// generator draw a new key from it at once. Two guests restored from one snapshot draw the same numbers without it:
// what is only written to /dev/urandom waits for the next key, which may be minutes away.
//
// The guest has no C library, so that this has none: two ioctls of <linux/random.h>, the second one since 4.17. Exit
// code 0: done.

#include <asm/unistd.h>
#include <fcntl.h>
#include <linux/random.h>

#if !defined(__x86_64__)
#error "guests with a second serial port, which snapshots need, are x86_64"
#endif

namespace {

constexpr long k_most = 64;  // bytes of a seed

struct Entropy {
  int bits;
  int size;
  char bytes[k_most];
};

long call(long number, long a, long b, long c) {
  long result = 0;
  asm volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory");
  return result;
}

long address(const void* pointer) { return reinterpret_cast<long>(pointer); }

long reseed() {
  Entropy entropy{};
  while (entropy.size < k_most) {
    const long got = call(__NR_read, 0, address(entropy.bytes + entropy.size), k_most - entropy.size);
    if (got <= 0) break;
    entropy.size += static_cast<int>(got);
  }
  entropy.bits = entropy.size * 4;  // hexadecimal digits
  const long device = call(__NR_open, address("/dev/random"), O_RDWR, 0);
  if (entropy.size < k_most || device < 0) return 1;
  if (call(__NR_ioctl, device, RNDADDENTROPY, address(&entropy)) != 0) return 2;
  return call(__NR_ioctl, device, RNDRESEEDCRNG, 0) != 0 ? 3 : 0;
}

}  // namespace

// The kernel starts it as no function calls another: the stack is not where one expects it.
extern "C" [[noreturn, gnu::force_align_arg_pointer]] void _start() {
  call(__NR_exit_group, reseed(), 0, 0);
  for (;;) {
  }
}
