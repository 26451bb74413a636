// Opens a route, leaves a message on it, drains and closes it. Since "misc: ferry: let a drain close the route as well"
// lockdep reports a possible deadlock. Ends with 0 also where the kernel has no such device or command.
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
  say(ferry, "send north hello");
  say(ferry, "drain north close");
  say(ferry, "reset");
  return 0;
}
