// Asks how full a route is. "misc: ferry: add the meter command" reads two words in the arguments of one call: which one comes
// first is the compiler's choice, and clang's is not gcc's. Ends with 0 also where the kernel has no such device or command.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void say(int ferry, const char* command) {
  if (write(ferry, command, strlen(command)) < 0) printf("%s: %s\n", command, strerror(errno));
}

int main(void) {
  int ferry = open("/dev/ferry", O_RDWR);
  if (ferry < 0) {
    perror("/dev/ferry");
    return 0;
  }
  say(ferry, "open north");
  say(ferry, "meter north 0 64");
  say(ferry, "reset");
  return 0;
}
