#!/bin/sh
# Makes a git repository of real 6.1 kernel releases, with their tags, from Debian's linux-source-6.1 packages, and in it
# the history of a small driver of ours with planted bugs (README.md says which).
#
# usage: make-history.sh DIR [--masked] [--releases N] [--cache DIR]
#   DIR           the new repository; must not exist
#   --masked      a history in which bugs of another driver get in the way
#   --releases N  how many releases, 2 or more (default 3): the oldest and the newest that the archive has, and some between
#   --cache DIR   where packages and imported trees are kept (default ~/.cache/culprit)
# Needs apt, dpkg-deb, xz, python3, git; no root. Exit codes: 0 made, 2 usage, 3 something is missing.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/culprit
dir= masked= count=3

die() { code=$1; shift; echo "make-history.sh: $*" >&2; exit "$code"; }
while [ $# -gt 0 ]; do
  case $1 in
    --masked) masked=--masked ;;
    --releases) [ $# -ge 2 ] || die 2 "--releases needs a number"; count=$2; shift ;;
    --cache) [ $# -ge 2 ] || die 2 "--cache needs a folder"; cache=$2; shift ;;
    -*) die 2 "unknown option $1" ;;
    *) [ -z "$dir" ] || die 2 "one DIR only"; dir=$1 ;;
  esac
  shift
done
[ -n "$dir" ] || die 2 "usage: make-history.sh DIR [--masked] [--releases N] [--cache DIR]"
case $dir in /*) ;; *) dir=$PWD/$dir ;; esac
[ ! -e "$dir" ] || die 2 "$dir exists already"
case $count in '' | *[!0-9]* | 0 | 1) die 2 "--releases wants a number of at least 2, not '$count'" ;; esac
for tool in apt-get apt-cache dpkg-deb xz python3 git; do
  command -v $tool > /dev/null || die 3 "$tool is missing (apt-get install apt dpkg xz-utils python3 git)"
done
mkdir -p "$cache"
started=$(date +%s)

# Of each upstream version the newest package; of those the first, the last, and some evenly between. Old versions vanish
# from the archive, hence the look. Where the archive cannot be asked, what the cache has must do.
versions() {
  apt-cache madison linux-source-6.1 | awk '{print $3}'
  [ -n "$(apt-cache madison linux-source-6.1)" ] ||
    ls "$cache" | sed -n 's/^linux-source-6\.1_\(6\.1\..*\)_all\.deb$/\1/p'
}
chosen=$(versions | sort -Vr | awk -F- '!seen[$1]++' | sort -V |
  awk -v n="$count" '{v[NR] = $0} END {
    if (n > NR) n = NR
    for (i = 0; i < n; i++) print v[n < 2 ? 1 : 1 + int(i * (NR - 1) / (n - 1) + 0.5)]}')
[ "$(echo "$chosen" | grep -c .)" -ge 2 ] ||
  die 3 "the archive has fewer than two versions of linux-source-6.1 (run apt-get update; is the security archive in sources.list?)"

trees=$cache/linux-6.1.git
[ -d "$trees" ] || git init -q --bare "$trees"
arguments=
for version in $chosen; do
  package=$cache/linux-source-6.1_${version}_all.deb
  # The tag tells what was imported and by which rules, so that a change of the rules imports anew.
  tag=tree/$version/$(sha256sum "$here/import_release.py" | cut -c1-8)
  if ! git -C "$trees" rev-parse -q --verify "refs/tags/$tag" > /dev/null; then
    if [ ! -f "$package" ]; then
      echo "downloading linux-source-6.1 $version (139 MB)"
      (cd "$cache" && apt-get -qq -o APT::Sandbox::User= download "linux-source-6.1=$version") || die 3 "cannot download linux-source-6.1 $version"
    fi
    echo "importing linux-source-6.1 $version"
    python3 "$here/import_release.py" "$package" "$trees" "$tag"
  fi
  arguments="$arguments $tag::v${version%%-*}"
done

echo "writing the history"
git clone -q --no-checkout --local "$trees" "$dir" 2> /dev/null
# shellcheck disable=SC2086  # tags hold no blanks
python3 "$here/history.py" "$dir" "$here/series" $masked $arguments
cd "$dir"
git remote remove origin
git tag -l 'tree/*' | xargs git tag -d > /dev/null
git symbolic-ref HEAD refs/heads/main
git checkout -q -f main
echo "made $dir in $(($(date +%s) - started)) s: $(git rev-list --count main) commits, releases $(git tag -l 'v*' | sort -V | tr '\n' ' ')"
