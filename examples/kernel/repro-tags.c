// Adds tags and takes them away. "misc: ferry: add tags" allocates too little for one. SLAB gives at least 32 bytes, and
// nothing happens; SLUB gives 8, and tags overwrite each other. Ends with 0 also where the kernel has no such device or command.
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
  char command[16];
  if (ferry < 0) {
    perror("/dev/ferry");
    return 0;
  }
  for (int i = 0; i < 20; i++) {
    snprintf(command, sizeof command, "tag quay%d", i);
    say(ferry, command);
  }
  say(ferry, "untag");
  return 0;
}
