// Opens seven routes and removes all of them. Since "misc: ferry: look routes up in a hash table" the kernel dies when two of
// the seven share one of the 32 buckets. The hash's seed is drawn anew each time, so that happens in
// 1 - (31 * 30 * 29 * 28 * 27 * 26) / 32^6 = 51 % of the runs.
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(void) {
  static const char* commands[] = {"open north",      "open south",     "open east", "open west", "open northwest",
                                   "open southeast", "open southwest", "reset"};
  int ferry = open("/dev/ferry", O_RDWR);
  if (ferry < 0) {
    perror("/dev/ferry");
    return 0;
  }
  for (unsigned i = 0; i < sizeof commands / sizeof *commands; i++)
    if (write(ferry, commands[i], strlen(commands[i])) < 0) perror(commands[i]);
  return 0;
}
