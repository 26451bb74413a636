#!/usr/bin/env python3
"""Streams the source tree of one linux-source package into a bare git repository, as a tag that names a tree's commit.

usage: import_release.py PACKAGE.deb REPOSITORY TAG

Nothing is extracted: dpkg-deb and xz feed Python's tarfile, which feeds git fast-import. Of some 84,000 files
those are kept that an x86 kernel with a serial console, proc and a few drivers is built from, with every Kconfig and
Makefile, and what scripts/get_maintainer.pl demands: see `kept`. Author, date and order are fixed, so that the same
package gives the same commit id on every machine.
"""
import subprocess
import sys
import tarfile

# Folders (and beginnings of names) that are kept whole, apart from what DROPPED takes away again.
WHOLE = (
    "arch/um/scripts/", "arch/x86/", "block/", "certs/", "crypto/", "include/", "init/", "io_uring/", "ipc/", "kernel/", "lib/", "LICENSES/", "mm/",
    "scripts/", "security/", "usr/", "virt/",
    "drivers/base/", "drivers/char/", "drivers/clk/", "drivers/clocksource/", "drivers/firmware/", "drivers/irqchip/",
    "drivers/misc/", "drivers/pci/trace", "drivers/platform/x86/", "drivers/rtc/", "drivers/tty/", "drivers/video/console/",
    "fs/debugfs/", "fs/devpts/", "fs/iomap/", "fs/kernfs/", "fs/notify/", "fs/proc/", "fs/pstore/", "fs/quota/", "fs/ramfs/",
    "fs/sysfs/", "fs/tracefs/", "fs/verity/", "fs/crypto/", "fs/unicode/", "fs/nls/", "fs/exportfs/",
    "tools/arch/x86/", "tools/build/", "tools/include/", "tools/lib/", "tools/objtool/", "tools/scripts/",
)
DROPPED = (
    "arch/x86/kvm/", "arch/x86/crypto/", 
    "block/partitions/", "crypto/asymmetric_keys/", "include/dt-bindings/", "include/drm/", "kernel/bpf/",
    "drivers/misc/habanalabs/", "drivers/char/ipmi/", "drivers/char/tpm/", "drivers/char/agp/", "drivers/firmware/arm_scmi/",
    "tools/testing/", "tools/lib/bpf/", "tools/lib/traceevent/",
    "security/apparmor/", "security/selinux/", "security/smack/", "security/tomoyo/",
)
AFTER_ALL = ("include/dt-bindings/leds/",)  # of what is dropped
# The tree's own .gitignore would hide every new file of the top folder.
NEVER = (".gitignore",)


def kept(path):
    """Is this file of the tree part of the example?"""
    if path in NEVER:
        return False
    name = path.rsplit("/", 1)[-1]
    if name.startswith("Kconfig") or name in ("Makefile", "Kbuild", "Makefile.lib"):
        return True
    folder = path.rsplit("/", 1)[0] if "/" in path else ""
    if folder in ("", "fs", "Documentation"):
        return True
    return path.startswith(WHOLE) and (not path.startswith(DROPPED) or path.startswith(AFTER_ALL))


def source_of(package):
    """The uncompressed tar inside `package`, as a pipe."""
    deb = subprocess.Popen(["dpkg-deb", "--fsys-tarfile", package], stdout=subprocess.PIPE)
    inner = subprocess.Popen(["tar", "-xOf", "-", "--wildcards", "./usr/src/linux-source-*.tar.xz"], stdin=deb.stdout,
                             stdout=subprocess.PIPE)
    plain = subprocess.Popen(["xz", "-dc"], stdin=inner.stdout, stdout=subprocess.PIPE)
    deb.stdout.close()
    inner.stdout.close()
    return plain


def main():
    package, repository, tag = sys.argv[1:]
    plain = source_of(package)
    importer = subprocess.Popen(["git", "-C", repository, "fast-import", "--quiet", "--force", "--date-format=raw"],
                                stdin=subprocess.PIPE)
    out = importer.stdin
    message = f"The tree of {tag}\n".encode()
    out.write(f"commit refs/tags/{tag}\ncommitter Kernel example <kernel@example.org> 1767225600 +0000\n".encode())
    out.write(b"data %d\n%s\ndeleteall\n" % (len(message), message))
    files = 0
    tree = tarfile.open(fileobj=plain.stdout, mode="r|")
    for member in tree:
        path = member.name.split("/", 1)[-1]
        if not (member.isfile() or member.issym()) or not kept(path):
            continue
        if member.issym():
            mode, data = b"120000", member.linkname.encode()
        else:
            mode, data = (b"100755" if member.mode & 0o100 else b"100644"), tree.extractfile(member).read()
        out.write(b"M %s inline %s\ndata %d\n" % (mode, path.encode(), len(data)))
        out.write(data)
        out.write(b"\n")
        files += 1
    out.close()
    if importer.wait() != 0 or plain.wait() != 0 or files == 0:
        sys.exit(f"import_release.py: {package}: the source tree could not be read")


if __name__ == "__main__":
    main()
