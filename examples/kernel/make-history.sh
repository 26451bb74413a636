#!/bin/sh
# Makes a git repository of real kernel releases, with their tags, from Debian's linux-source packages, and in it
# the history of a small driver of ours with planted bugs (README.md says which).
#
# usage: make-history.sh DIR [--masked | --years] [--releases N] [--cache DIR]
#   DIR           the new repository; must not exist
#   --masked      a history in which bugs of another driver get in the way
#   --years       of 5.10, 6.1, 6.12 and 7.2, from all of Debian's suites, in the place of 6.1 alone
#   --releases N  how many releases, 2 or more (default 3; of each line, 1 or more, default 2, with --years): the oldest and the
#                 newest that the archive has, and some between
#   --cache DIR   where packages and imported trees are kept (default ~/.cache/culprit)
# Needs apt, dpkg-deb, xz, python3, git; no root. Exit codes: 0 made, 2 usage, 3 something is missing.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/culprit
dir= masked= years= count=

die() { code=$1; shift; echo "make-history.sh: $*" >&2; exit "$code"; }
while [ $# -gt 0 ]; do
  case $1 in
    --masked) masked=--masked ;;
    --years) years=--years ;;
    --releases) [ $# -ge 2 ] || die 2 "--releases needs a number"; count=$2; shift ;;
    --cache) [ $# -ge 2 ] || die 2 "--cache needs a folder"; cache=$2; shift ;;
    -*) die 2 "unknown option $1" ;;
    *) [ -z "$dir" ] || die 2 "one DIR only"; dir=$1 ;;
  esac
  shift
done
[ -n "$dir" ] || die 2 "usage: make-history.sh DIR [--masked | --years] [--releases N] [--cache DIR]"
[ -z "$masked" ] || [ -z "$years" ] || die 2 "--masked or --years, not both"
lines=6.1 least=2 usual=3
[ -z "$years" ] || { lines="5.10 6.1 6.12 7.2"; least=1 usual=2; }
: "${count:=$usual}"
case $dir in /*) ;; *) dir=$PWD/$dir ;; esac
[ ! -e "$dir" ] || die 2 "$dir exists already"
case $count in *[!0-9]*) die 2 "--releases wants a number, not '$count'" ;; esac
[ "$count" -ge $least ] || die 2 "--releases wants a number of at least $least, not '$count'"
for tool in apt-get apt-cache dpkg-deb xz python3 git; do
  command -v $tool > /dev/null || die 3 "$tool is missing (apt-get install apt dpkg xz-utils python3 git)"
done
mkdir -p "$cache"
started=$(date +%s)

ask=
if [ -n "$years" ]; then
  # shellcheck source=archive.sh
  . "$here/archive.sh"
  archive_update || echo "make-history.sh: Debian's archive cannot be asked; what is in $cache must do" >&2
  ask=archive
fi

# Of each upstream version the newest package (of this suite's own, where a later one's was built for it as well); of those the
# first, the last, and some evenly between. Old versions vanish from the archive, hence the look. Where the archive cannot be
# asked, what the cache has must do.
versions() { # versions LINE
  $ask apt-cache madison "linux-source-$1" | awk '{print $3}' | grep -v '~' ||
    ls "$cache" | sed -n "s/^linux-source-$1_\($1\..*\)_all\.deb\$/\1/p"
}
choose() { # choose LINE
  versions "$1" | sort -Vr | awk -F- '!seen[$1]++' | sort -V |
    awk -v n="$count" '{v[NR] = $0} END {
      if (n > NR) n = NR
      for (i = 0; i < n; i++) print v[n < 2 ? NR : 1 + int(i * (NR - 1) / (n - 1) + 0.5)]}'
}

trees=$cache/linux-6.1.git
[ -z "$years" ] || trees=$cache/linux-years.git
[ -d "$trees" ] || git init -q --bare "$trees"
arguments=
for line in $lines; do
  chosen=$(choose "$line")
  [ "$(echo "$chosen" | grep -c .)" -ge $least ] ||
    die 3 "the archive has fewer than $least versions of linux-source-$line (run apt-get update; is the security archive in sources.list?)"
  for version in $chosen; do
    package=$cache/linux-source-${line}_${version}_all.deb
    # The tag tells what was imported and by which rules, so that a change of the rules imports anew.
    tag=tree/$version/$(sha256sum "$here/import_release.py" | cut -c1-8)
    if ! git -C "$trees" rev-parse -q --verify "refs/tags/$tag" > /dev/null; then
      if [ ! -f "$package" ]; then
        echo "downloading linux-source-$line $version (some 140 MB)"
        (cd "$cache" && $ask apt-get -qq -o APT::Sandbox::User= download "linux-source-$line=$version") ||
          die 3 "cannot download linux-source-$line $version"
      fi
      echo "importing linux-source-$line $version"
      python3 "$here/import_release.py" "$package" "$trees" "$tag"
    fi
    arguments="$arguments $tag::v${version%%-*}"
  done
done

echo "writing the history"
git clone -q --no-checkout --local "$trees" "$dir" 2> /dev/null
# shellcheck disable=SC2086  # tags hold no blanks
python3 "$here/history.py" "$dir" "$here/series" $masked $years $arguments
cd "$dir"
git remote remove origin
git tag -l 'tree/*' | xargs git tag -d > /dev/null
git symbolic-ref HEAD refs/heads/main
git checkout -q -f main
echo "made $dir in $(($(date +%s) - started)) s: $(git rev-list --count main) commits, releases $(git tag -l 'v*' | sort -V | tr '\n' ' ')"
