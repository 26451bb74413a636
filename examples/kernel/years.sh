#!/usr/bin/env bash
# Bisects over six years of real kernels, 7.2 back to 5.10, with a compiler of each time, in QEMU; then two traps, in which a
# compiler and an option make the difference and not a commit. Sets up what is missing: sources, compilers, history.
# usage: years.sh [walk|compiler|option]... [DIR]   DIR: kept afterwards (default: a temporary folder, removed). Default: all three.
# $CULPRIT: the binary. $CULPRIT_YEARS_RELEASES: of each line (default 2). Of the time nearly all goes into
# kernels from nothing: four or more of the walk's, two or more of each trap's.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
culprit=${CULPRIT:-$here/../../build/release/culprit}
cache=${XDG_CACHE_HOME:-$HOME/.cache}/culprit
parts=()
while [ $# -gt 0 ]; do
  case $1 in
    walk | compiler | option) parts+=("$1") ;;
    -*) echo "usage: years.sh [walk|compiler|option]... [DIR]" >&2; exit 2 ;;
    *) break ;;
  esac
  shift
done
[ ${#parts[@]} -gt 0 ] || parts=(walk compiler option)
if [ $# -gt 0 ]; then
  mkdir -p "$1"
  work=$(cd "$1" && pwd)
else
  work=$(mktemp -d "${TMPDIR:-/tmp}/culprit-years.XXXXXX")
  trap 'rm -rf "$work"' EXIT
fi
began=$SECONDS
say() { echo "years: $*"; }
die() { say "$*" >&2; exit 1; }

# Compilers that this release of Debian has are installed, older ones unpacked.
packages=()
for tool in gcc-11 gcc-12 clang-19 ld.lld-19:lld-19 llvm-ar-19:llvm-19 ccache qemu-system-x86_64:qemu-system-x86; do
  command -v "${tool%%:*}" > /dev/null || packages+=("${tool##*:}")
done
if [ ${#packages[@]} -gt 0 ]; then
  say "installing ${packages[*]}"
  $([ "$(id -u)" -eq 0 ] || echo sudo) apt-get -qq install -y "${packages[@]}" > /dev/null || die "apt-get install ${packages[*]} failed"
fi
if [ ! -x "$cache/toolchains/usr/bin/gcc-10" ]; then
  say "unpacking gcc-10 of bullseye"
  . "$here/archive.sh"
  archive_update
  mkdir -p "$cache/toolchains"
  fetched=$(mktemp -d)
  (cd "$fetched" && archive apt-get -qq download gcc-10/bullseye cpp-10/bullseye libgcc-10-dev/bullseye)
  for package in "$fetched"/*.deb; do dpkg -x "$package" "$cache/toolchains"; done
  rm -rf "$fetched"
fi
[ -d "$work/linux-years" ] || "$here"/make-history.sh "$work/linux-years" --years --releases "${CULPRIT_YEARS_RELEASES:-2}"
cp "$here"/years*.toml "$here"/years.config "$here"/repro-*.c "$work"
ln -sfn "$cache/toolchains" "$work/toolchains"
export XDG_STATE_HOME=$work/state
cd "$work"
say "set up after $((SECONDS - began)) s"

# What built each revision that was tested, by the version in its Makefile: in JSON, and in the answer where people read it.
check_toolchains() { # check_toolchains NAME
  python3 - "$1.json" "$1.out" << 'PYTHON'
import json, re, subprocess, sys
result, answer = json.load(open(sys.argv[1])), open(sys.argv[2]).read()
def version(commit):
    makefile = subprocess.run(["git", "-C", "linux-years", "show", f"{commit}:Makefile"], capture_output=True, text=True).stdout
    return tuple(int(re.search(rf"^{name} = (\d+)", makefile, re.M)[1]) for name in ("VERSION", "PATCHLEVEL"))
used = {}
for revision in result["revisions"]:
    if not revision["compiler"]:
        continue
    of = version(revision["commit"])
    want = "gcc-10" if of < (6, 0) else "gcc-11" if of < (6, 10) else "gcc-12" if of < (7, 0) else "clang version 19"
    if want not in revision["compiler"]:
        sys.exit(f"{revision['commit'][:12]} of {of} was built by {revision['compiler']}, not by {want}")
    short = re.sub(r"^.*clang version (\S+).*", r"clang \1", revision["compiler"])
    short = re.sub(r"^\S*gcc\S* \(.*?\) (\S+?)[, ].*", r"gcc \1", short)
    if not any(f"{short} " in line and revision["title"][:14] in line for line in answer.splitlines()):
        sys.exit(f"the answer does not say that {revision['commit'][:12]} was built by {short}")
    used.setdefault(short, []).append(".".join(map(str, of)))
for compiler, of in sorted(used.items()):
    print(f"years: {compiler}: {len(of)} revisions of {', '.join(sorted(set(of), key=lambda v: tuple(map(int, v.split('.')))))}")
if len(used) < (3 if sys.argv[1].startswith("walk") else 2):
    sys.exit("too few compilers took part")
PYTHON
}

bisect() { # bisect NAME FILE: exit code in $code
  local start=$SECONDS
  echo
  echo "\$ culprit bisect --config $2"
  set +e
  "$culprit" bisect --fresh --config "$2" --json "$1.json" --log "$1.log" 2>&1 | tee "$1.out"
  code=${PIPESTATUS[0]}
  set -e
  say "$1: exit code $code after $((SECONDS - start)) s"
}
field() { python3 -c 'import json, sys; j = json.load(open(sys.argv[1])); print(eval(sys.argv[2]))' "$1.json" "$2"; }

for part in "${parts[@]}"; do
  case $part in
    walk)
      bisect walk years.toml
      [ $code -eq 0 ] || die "walk: exit code $code"
      found=$(field walk 'j["result"]["commit"]')
      title=$(git -C linux-years log -1 --format=%s "$found")
      [ "$title" = "$(sed -n 's/^deadlock  *//p' "$here/PLANTED")" ] || die "walk: found '$title', which is not the planted commit"
      check_toolchains walk
      say "walk: that is the planted commit"
      ;;
    compiler)
      bisect compiler years-compiler.toml
      [ $code -eq 1 ] || die "compiler: exit code $code"
      [ "$(field compiler 'j["result"]["commit"]')" = None ] || die "compiler: a commit is named, and none is guilty"
      grep -q 'Not the commit makes the difference, but the compiler (.*clang version 19' compiler.out || die "compiler: it is not named"
      check_toolchains compiler
      say "compiler: it is named, and no release"
      ;;
    option)
      bisect option years-option.toml
      [ $code -eq 1 ] || die "option: exit code $code"
      [ "$(field option 'j["result"]["commit"]')" = None ] || die "option: a commit is named, and none is guilty"
      grep -q 'Not the commit makes the difference, but the option SLAB=n' option.out || die "option: it is not named"
      # The newest compiler that builds both ends builds all between them.
      [ "$(field option 'sorted({r["compiler"].split()[0] for r in j["revisions"] if r["compiler"]})')" = "['gcc-12']" ] || die "option: another compiler took part"
      say "option: it is named, and no release"
      ;;
  esac
done
echo
say "$((SECONDS - began)) s in all"
