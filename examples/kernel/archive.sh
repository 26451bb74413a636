# shellcheck shell=sh
# Read by the scripts of this folder: Debian's archive beyond the suite that this machine has, without touching the system.
# Wants $cache, a folder; its `archive` keeps the lists.
#
#   archive_update            gets the lists (40 MB), where there are none of today
#   archive TOOL ARGS...      apt-get or apt-cache, asked of all suites

archive_keys=/usr/share/keyrings/debian-archive-keyring.gpg
archive_suites="bullseye bookworm trixie sid"

archive_mirror() { # of this machine's own sources, else Debian's
  mirror=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/*.sources /etc/apt/sources.list.d/*.list 2> /dev/null |
    sed -n -E 's#^(URIs: *|deb +(\[[^]]*\] *)?)(https?://[^ ]*/debian)/?( .*|$)#\3#p' | head -n 1)
  echo "${mirror:-http://deb.debian.org/debian}"
}

archive() {
  tool=$1; shift
  "$tool" -o "Dir::Etc::sourcelist=$cache/archive/sources.list" -o Dir::Etc::sourceparts=/dev/null \
    -o "Dir::State::lists=$cache/archive/lists" -o "Dir::Cache=$cache/archive/cache" -o APT::Sandbox::User= "$@"
}

archive_update() {
  mkdir -p "$cache/archive/lists/partial" "$cache/archive/cache/archives/partial"
  mirror=$(archive_mirror)
  [ -z "$(find "$cache/archive/sources.list" -mtime -1 2> /dev/null)" ] || return 0
  for suite in $archive_suites; do
    echo "deb [signed-by=$archive_keys] $mirror $suite main"
    [ "$suite" = sid ] || echo "deb [signed-by=$archive_keys] $mirror-security $suite-security main"
  done > "$cache/archive/sources.list.new"
  mv "$cache/archive/sources.list.new" "$cache/archive/sources.list"
  if ! archive apt-get -qq update; then
    rm -f "$cache/archive/sources.list"
    return 1
  fi
}
