#!/usr/bin/env bash
# A console is read as a stream: 300 MB of it, with a report now and then, take no more memory than 64 MiB.
. "$(dirname "$0")/lib.sh"
grep -qE "__(asan|tsan)_init" "$CULPRIT" && skip "a binary with sanitizers needs more memory"
cat >measure.py <<'P'
import resource, subprocess, sys
noise = b"".join(b"[%12.6f][T%5d] usb 1-1: new high-speed USB device number %d using dummy_hcd\n" % (i / 1000, i % 300, i % 100)
                 for i in range(12000))
report = b"".join(b"[   99.000000][    T7] " + line + b"\n" for line in [
    b"WARNING: CPU: 0 PID: 7 at drivers/misc/ring.c:1 ring_put+0x1/0x20", b"CPU: 0 PID: 7 Comm: ring-test Not tainted 6.1.92 #7",
    b"RIP: 0010:ring_put+0x1/0x20", b"Call Trace:", b" ring_close+0x4/0x30"])
process = subprocess.Popen([sys.argv[1], "report", "--json", "-"], stdin=subprocess.PIPE, stdout=open("out.json", "wb"))
size = 0
while size < 300 << 20:
    size += process.stdin.write(noise + report)
process.stdin.close()
assert process.wait() == 0
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
print(size >> 20, "MiB read,", open("out.json", "rb").read().count(b'"title":"WARNING in ring_put"'), "reports,", peak >> 10, "MiB at most")
assert peak < 64 << 10, peak
assert open("out.json", "rb").read().count(b'"title":"WARNING in ring_put"') == size // len(noise + report)
P
python3 measure.py "$CULPRIT"
