#!/usr/bin/env python3
"""Writes the history of tally to standard output, for `git fast-import`; the number of commits to standard error."""
import sys

import plan
import stream

repository = stream.Repository(sys.stdout.buffer)
plan.write(repository)
sys.stdout.buffer.write(b"done\n")
print(repository.commits, file=sys.stderr)
