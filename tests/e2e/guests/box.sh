# A machine that stands somewhere, as a folder and a few scripts: power, a shell, a console, its own kernel and one that
# was installed. Source it after lib.sh; make_box makes $work/box. What is in $work/box/faults, one word a line, goes wrong,
# each once and in turn: the first word goes wrong when what it concerns is done next.
#   network   the shell answers nobody until the next power cycle, from the reproducer's start on
#   hang      the next boot says its first words and no more
#   fallback  the next boot boots its own kernel in place of the one that was installed
#   disk      the disk is full until the next boot
#   console   the console says nothing until the next boot
#   switch    an order to the power switch fails
#   reset     the machine reboots into its own kernel while the reproducer runs
# Who touches $work/box/resets while the reproducer runs reboots the machine into its own kernel.
# $work/box/on-boot, where it is, is done behind each boot of a kernel that was installed.
make_box() {
  mkdir "$work/box"
  : >"$work/box/console"; : >"$work/box/faults"; : >"$work/box/log"; echo "root=/dev/sda1" >"$work/box/cmdline"; echo own-0 >"$work/box/boot_id"
  touch "$work/box/on"
  cat >"$work/box/lib" <<'LIB'
box=$(cd "$(dirname "$0")" && pwd)
# takes FAULT: it is the next one, and is over with that.
takes() {
  [ "$(head -n 1 "$box/faults")" = "$1" ] || return 1
  sed -i 1d "$box/faults"
  echo "$1" >>"$box/log"
}
says() { [ -e "$box/mute" ] || echo "<5>[    $1] $2" >>"$box/console"; }
# begins ID COMMAND-LINE
begins() {
  touch "$box/on" "$box/booting"; sleep 0.3
  rm -f "$box/full" "$box/mute" "$box/cut" "$box/hung"
  echo "$1" >"$box/boot_id"; echo "$2" >"$box/cmdline"; rm -f "$box/booting"
  says 0.000000 "Linux version 6.1"; says 0.000000 "Kernel command line: $2"
}
id() { echo "$1-$(date +%N)"; }
LIB
  # The shell's commands run here, in a machine whose /proc and /dev/kmsg are the folder's.
  cat >"$work/box/shell" <<'SHELL'
#!/bin/bash
. "$(dirname "$0")/lib"
there() { [ -e "$box/on" ] && [ ! -e "$box/cut" ] && [ ! -e "$box/hung" ] && [ ! -e "$box/booting" ]; }
there || { echo "ssh: connect to host box: Connection timed out"; exit 255; }
here() { sed "s#> /dev/kmsg#| $box/kmsg#g; s#/proc/cmdline#$box/cmdline#g; s#/proc/sys/kernel/random/boot_id#$box/boot_id#g; s#/srv/culprit#$box/tmp#g"; }
case $1 in
  *reboot*) takes hang && touch "$box/hung"; [ -e "$box/hung" ] || begins "$(id own)" "root=/dev/sda1"; exit ;;
  mkdir*)
    [ ! -e "$box/full" ] || { echo "cat: write error: No space left on device"; exit 1; }
    here | sh -c "$(echo "$1" | here)"; exit ;;
  *run.sh*)
    if takes network; then touch "$box/cut"; exit 255; fi
    if takes reset; then begins "$(id own)" "root=/dev/sda1"; exit 255; fi
    if takes console; then touch "$box/mute"; fi
    boot=$(cat "$box/boot_id")
    sh -c "$(echo "$1" | here)" &
    while kill -0 $! 2>/dev/null; do
      if [ -e "$box/resets" ]; then rm "$box/resets"; kill $!; begins "$(id own)" "root=/dev/sda1"; exit 255; fi
      there && [ "$boot" = "$(cat "$box/boot_id")" ] || { kill $!; exit 255; }
      sleep 0.05
    done
    wait $!; exit ;;
esac
sh -c "$(echo "$1" | here)"
SHELL
  cat >"$work/box/kmsg" <<'KMSG'
#!/bin/sh
. "$(dirname "$0")/lib"
[ -e "$box/hung" ] || sed 's/^<1>//' | while read -r line; do says 9.000000 "$line"; done
KMSG
  cat >"$work/box/install" <<'INSTALL'
#!/bin/sh
. "$(dirname "$0")/lib"
! takes disk || touch "$box/full"
[ ! -e "$box/full" ] || { echo "cp: error writing: No space left on device"; exit 1; }
[ "$(cat "$box/cmdline")" = root=/dev/sda1 ] || { echo "not in its own kernel" >>"$box/wrong"; exit 1; }
cp "$CULPRIT_CONFIG" "$box/installed"; [ -s "$CULPRIT_KERNEL" ] || [ -e "$CULPRIT_KERNEL" ]
INSTALL
  cat >"$work/box/boot" <<'BOOT'
#!/bin/sh
. "$(dirname "$0")/lib"
if takes fallback; then begins "$(id own)" "root=/dev/sda1"; exit 255; fi
if takes hang; then begins "$(id run)" "root=/dev/sda1 $CULPRIT_APPEND"; touch "$box/hung"; exit 255; fi
begins "$(id run)" "root=/dev/sda1 $CULPRIT_APPEND"
[ ! -e "$box/on-boot" ] || . "$box/on-boot"
exit 255
BOOT
  cat >"$work/box/power" <<'POWER'
#!/bin/sh
. "$(dirname "$0")/lib"
! takes switch || { echo "the switch is busy"; exit 1; }
echo "power $1" >>"$box/log"
if [ "$1" = off ]; then rm -f "$box/on"; else [ -e "$box/on" ] || { begins "$(id own)" "root=/dev/sda1"; }; fi
POWER
  chmod +x "$work"/box/{shell,kmsg,install,boot,power}
}

# machine_file NAME [LINE...]: a kernel file for ./tree with that machine.
machine_file() {
  local name=$1; shift
  kernel_file "$name"
  sed -i '/^\[vm\]/,$d' "$name"
  cat >>"$name" <<MACHINE
[machine]
shell = "box/shell"
console = "exec tail -n 0 -F box/console 2>/dev/null"
install = "box/install"
boot = "box/boot"
power_off = "box/power off"
power_on = "box/power on"
restore = "rm -f box/installed; echo restored >>box/log"
folder = "/srv/culprit"
pause = "50ms"
boot_timeout = "4s"
console_timeout = "2s"
MACHINE
  printf '%s\n' "$@" >>"$name"
}

# The machine is in its own kernel, on, answers, and nothing that was installed is left.
is_restored() {
  [ -e "$work/box/on" ] || fail "the machine is off"
  [ "$("$work/box/shell" 'cat /proc/cmdline')" = root=/dev/sda1 ] || fail "another kernel than its own runs on the machine"
  [ ! -e "$work/box/installed" ] || fail "the machine has a kernel of a run"
  [ ! -e "$work/box/wrong" ] || fail "a kernel was installed from one of a run"
}
