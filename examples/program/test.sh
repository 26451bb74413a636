#!/bin/sh
# Counts the requests of a thousand hosts; from the planted commit on, tally dies of it in three runs of five.
[ -x ./tally ] || exit 125
awk 'BEGIN {
  for (i = 0; i < 1000; i++)
    printf "host%d.example - - [10/Oct/2021:13:55:36 +0000] \"GET /%d HTTP/1.1\" 200 %d\n", i, i % 7, i
}' | ./tally hosts >/dev/null
