#!/bin/sh
# Makes the git repository of a small C program, `tally`, in DIR: the same commits, to the last bit, everywhere.
set -eu
if [ $# -ne 1 ]; then
  echo "usage: $0 DIR" >&2
  exit 2
fi
here=$(cd "$(dirname "$0")" && pwd)
if [ -e "$1/.git" ]; then
  echo "$0: $1 is a git repository already" >&2
  exit 2
fi
# Whatever git the caller is in the middle of, this is another one.
unset $(git rev-parse --local-env-vars)
git init -q -b main --object-format=sha1 "$1"
python3 -B "$here/history/make.py" | git -C "$1" fast-import --quiet --done
git -C "$1" reset -q --hard main
# The tests of the two bugs are the user's own: not a part of the history.
cp "$here/test.sh" "$here/test-empty.sh" "$1/"
printf '/test.sh\n/test-empty.sh\n' >>"$1/.git/info/exclude"
