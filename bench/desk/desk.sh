#!/bin/sh
# The same tasks by `git bisect run` and by culprit, on histories made here: wall time, and builds counted from inside
# the build command. A sure test with both ends given and --no-verify may cost git's builds and two more (the ends, which
# git takes on trust: `git, ends too` is git with both built and tested before). `many` counts builds over twenty places of the
# culprit. `flaky` counts ten bisections of a test that fails in half of the runs: the builds that culprit tells must be those
# that were done.
#
#   CULPRIT=build/release/culprit bench/desk/desk.sh [TASK...]      tasks: lua jq tally second make many flaky
#
# lua: 33 files and a header that many commits touch, make; jq: configure, then everything anew; tally: the example's
# program; second: a build that waits for a second; make: nine small files, builds of some tenths of a second.
# Each is told twice: as it is (builds ahead, as cores are idle), and with `--ahead 0`, whose builds compare with git's.
set -u
here=$(cd "$(dirname "$0")" && pwd)
CULPRIT=$(realpath "${CULPRIT:?the binary to measure}")
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT
mkdir "$work/.ccache"  # where a build that is made ahead may write
export HOME="$work" GIT_CONFIG_NOSYSTEM=1 GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@example.org
export GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@example.org CULPRIT_BENCH_COUNT="$work/.ccache/count"

# history NAME COMMITS CULPRIT-NUMBER: a C program of eight files; every commit changes one; from the culprit on ./test.sh fails
history() {
  history_of 8 0 "$@"
}

# history_of FILES LINES NAME COMMITS CULPRIT-NUMBER: the same of FILES files, with LINES lines of code in each beside what
# changes. With lines, every tenth commit changes a header that all include.
history_of() {
  files=$1 lines=$2
  shift 2
  mkdir "$work/$1" && cd "$work/$1" && git init -q
  all=$(seq 0 $((files - 1)))
  echo '/* 0 */' > all.h
  [ "$lines" -eq 0 ] || seq "$lines" | sed 's/.*/static int g&(int x) { return x * & + (x >> 3) % 7; }/; s/^/__attribute__((unused)) /' > code.h
  [ "$lines" -ne 0 ] || : > code.h
  for f in $all; do source_of $f 0 0 > f$f.c; done
  { for f in $all; do echo "int f$f(void);"; done
    printf 'int main(void) { return 0'; for f in $all; do printf ' + f%d()' $f; done; echo '; }'; } > main.c
  printf 'OBJ = main.o%s\nprog: $(OBJ)\n\t$(CC) -o $@ $(OBJ)\n%%.o: %%.c all.h code.h\n\t$(CC) -O1 -c -o $@ $<\nclean:\n\trm -f prog *.o\n' \
    "$(for f in $all; do printf ' f%d.o' $f; done)" > Makefile
  printf '*.o\nprog\n' > .gitignore
  printf '#!/bin/sh\n./prog\n' > test.sh && chmod +x test.sh
  git add . && git commit -qm start && git tag v1
  i=1
  while [ $i -le "$2" ]; do
    f=$((i % files))
    [ $i -eq "$3" ] && bad=$f
    [ $i -ge "$3" ] && [ $f -eq "${bad:-9}" ] && value=1 || value=0
    source_of $f $value $i > f$f.c
    [ "$lines" -eq 0 ] || [ $((i % 10)) -ne 0 ] || echo "/* $i */" > all.h
    git commit -qam "change $i" && i=$((i + 1))
  done
  unset bad
}

source_of() { printf '#include "all.h"\n#include "code.h"\nint f%d(void) { return %d; }  /* %d */\n' "$1" "$2" "$3"; }

now() { date +%s.%N; }
builds() { [ -f "$CULPRIT_BENCH_COUNT" ] && wc -l < "$CULPRIT_BENCH_COUNT" || echo 0; }
told() { python3 -c 'import json,sys; s = json.load(open(sys.argv[1]))["stats"]; print(s["builds"], s.get("builds_ahead", 0), sep=", in vain ")' "$1"; }

# by_git GOOD BUILD TEST [ENDS]: sets git_s, git_n and of_git; ENDS: both are built and tested before.
by_git() {
  rm -f "$CULPRIT_BENCH_COUNT"; begin=$(now)
  head=$(git symbolic-ref --short HEAD)
  [ $# -lt 4 ] || for end in "$head" "$1"; do git checkout -q "$end"; sh -c "{ $2; } >/dev/null 2>&1; $3" >/dev/null 2>&1; done
  git bisect start "$head" "$1" >/dev/null 2>&1
  of_git=$(git bisect run sh -c "{ $2; } >/dev/null 2>&1 || exit 125; $3" 2>/dev/null | sed -n 's/^\([0-9a-f]\{40\}\) is the first bad commit.*/\1/p')
  git_s=$(echo "$(now) - $begin" | bc); git_n=$(builds); git bisect reset >/dev/null 2>&1; git checkout -q "$head"; git clean -fdxq
}

# compare NAME GOOD BUILD TEST: one history, both tools
compare() {
  by_git "$2" "$3" "$4" ends
  ends_s=$git_s
  printf '%-7s git, ends too    %2d builds %6.1f s\n' "$1" "$git_n" "$git_s"
  by_git "$2" "$3" "$4"
  printf '%-7s git              %2d builds %6.1f s\n' "$1" "$git_n" "$git_s"
  ours "$1" "$2" "$3" "$4"
  ours "$1" "$2" "$3" "$4" --ahead 0
}

ours() {
  name=$1 good=$2 build=$3 test=$4
  shift 4
  rm -f "$CULPRIT_BENCH_COUNT"; begin=$(now)
  "$CULPRIT" bisect --state "$work/state-$name" --fresh --no-verify --good "$good" --bad HEAD --build "$build" --json "$work/$name.json" "$@" \
    -- sh -c "$test" > "$work/$name.out" 2>&1
  our_s=$(echo "$(now) - $begin" | bc); our_n=$(builds)
  grep -q "$of_git" "$work/$name.out" && same=same || same=DIFFERENT
  printf '%-7s culprit %-9s %2d builds (told %s) %6.1f s   ratio %.2f, %.2f with the ends   answer %s\n' \
    "$name" "$*" "$our_n" "$(told "$work/$name.json")" "$our_s" "$(echo "$our_s / $git_s" | bc -l)" "$(echo "$our_s / $ends_s" | bc -l)" "$same"
}

count='echo built >> $CULPRIT_BENCH_COUNT'
for task in ${*:-lua jq tally second make many flaky}; do
  case $task in
    make) history make 200 137 && compare make v1 "$count; make" ./test.sh ;;
    second) history second 100 61 && compare second v1 "$count; sleep 1; make" ./test.sh ;;
    lua) history_of 33 400 lua 300 171 && compare lua v1 "$count; make" ./test.sh ;;
    jq) history_of 16 200 jq 120 23 && compare jq v1 "$count; sleep .5; make clean; make" ./test.sh ;;
    tally)
      "$here"/../../examples/program/make-history.sh "$work/tally" >/dev/null 2>&1 && cd "$work/tally" && git checkout -q -B bench v1.7
      compare tally v1.0 "$count; make" '[ -x ./tally ] || exit 125; ./tally sizes </dev/null >/dev/null || exit 1' ;;
    many)
      history many 200 300
      git_in_all=0 ours_in_all=0 right=0 most=0
      for place in $(seq 6 10 196); do
        test="[ \$(git rev-list --count HEAD) -le $place ]"  # HEAD of the checkout, whosoever it is
        by_git v1 "$count" "$test"
        rm -f "$CULPRIT_BENCH_COUNT"
        "$CULPRIT" bisect --state "$work/state-many" --fresh -q --no-verify --ahead 0 --good v1 --build "$count" -- sh -c "$test" > "$work/many.out" 2>&1
        ! grep -q "$of_git" "$work/many.out" || right=$((right + 1))
        more=$(($(builds) - git_n)) git_in_all=$((git_in_all + git_n)) ours_in_all=$((ours_in_all + $(builds)))
        [ $more -le $most ] || most=$more
      done
      printf 'many    twenty places: git %d builds, culprit %d, at most %d more; the same answer in %d\n' $git_in_all $ours_in_all $most $right ;;
    flaky)
      history flaky 60 37
      done_in_all=0 told_in_all=0
      for n in 1 2 3 4 5 6 7 8 9 10; do
        rm -f "$CULPRIT_BENCH_COUNT"
        "$CULPRIT" bisect --state "$work/state-flaky-$n" -q --no-verify --good v1 --build "$count; sleep .2; make" --json "$work/flaky.json" \
          -- sh -c './prog || [ $(($(od -An -N1 -tu1 /dev/urandom) % 2)) = 0 ]' > "$work/flaky.out" 2>&1
        told=$(told "$work/flaky.json")
        done_in_all=$((done_in_all + $(builds))) told_in_all=$((told_in_all + ${told%%,*}))
      done
      printf 'flaky   ten bisections: %d builds done, %d told\n' $done_in_all $told_in_all ;;
    *) echo "no task $task" >&2; exit 2 ;;
  esac
done
