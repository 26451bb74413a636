# A cluster of Slurm on this machine alone, of its own configuration, on loopback: munge, slurmctld and three nodes of slurmd, none of
# which any other Slurm here notices. A machine that has too much to do is no lost node: its times are long. What runs in the partition
# "urgent" takes the place of what runs in "lab". For sourcing; wants root (apt-get install slurm-wlm munge).
#   slurm_obstacle         says why it cannot be, and fails then
#   slurm_begin DIR        starts it; what it writes is in DIR, whose path its users must be able to enter
#   slurm_lose_node NAME   kills a node's daemons as a crash does, and says that it is down; what it ran runs on
#   slurm_node NAME        starts a node's daemon, again too
#   slurm_kill_controller  kill -9 of slurmctld
#   slurm_controller       starts it, again too
#   slurm_end              ends it
slurm_daemons=()
slurm_nodes="n1 n2 n3"

slurm_obstacle() {
  local tool
  [ "$(id -u)" = 0 ] || { echo "Slurm's daemons want root"; return 1; }
  case $PATH in */usr/sbin*) ;; *) export PATH=$PATH:/usr/sbin ;; esac
  for tool in munged slurmctld slurmd sbatch scontrol squeue scancel sinfo; do
    command -v $tool >/dev/null || { echo "no $tool (apt-get install slurm-wlm munge)"; return 1; }
  done
}

# Each daemon's process is in the variable that has its name.
slurm_node() {
  slurmd -D -N "$1" 2>>"$slurm_dir/$1.out" &
  slurm_daemons+=($!); printf -v "$1" %s $!
}

slurm_controller() {
  slurmctld -D 2>>"$slurm_dir/ctld.out" &
  slurm_daemons+=($!); controller=$!
}

slurm_kill_controller() {
  kill -9 "$controller"; wait "$controller" 2>/dev/null || true
}

# The daemon of each job on it (slurmstepd) is a child of the node's, and one of another name where it has forked.
slurm_lose_node() {
  local node=$1 jobs pid
  jobs=$(squeue --noheader --format=%i --states=RUNNING --nodelist="$node")
  for pid in "${!node}" $(pgrep -P "${!node}"; for job in $jobs; do pgrep -f "^slurmstepd: \[$job\."; done); do
    { tr '\0' '\n' <"/proc/$pid/environ"; } 2>/dev/null | grep -qF "SLURM_CONF=$SLURM_CONF" && kill -9 "$pid" || true
  done
  wait "${!node}" 2>/dev/null || true
  scontrol update "nodename=$node" state=down reason=killed
}

slurm_begin() {
  local host base munge node number=0
  host=$(hostname -s); base=$((20000 + RANDOM % 20000)); slurm_dir=$1; munge=$slurm_dir/munge
  mkdir -p "$slurm_dir/spool" "$slurm_dir/state"; chmod 755 "$slurm_dir"
  cat >"$slurm_dir/slurm.conf" <<S
ClusterName=culprit
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$base
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$munge.socket
CredType=cred/munge
StateSaveLocation=$slurm_dir/state
SlurmdSpoolDir=$slurm_dir/spool/%n
SlurmctldPidFile=$slurm_dir/ctld.pid
SlurmdPidFile=$slurm_dir/%n.pid
SlurmctldLogFile=$slurm_dir/ctld.log
SlurmdLogFile=$slurm_dir/%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
ReturnToService=2
SlurmdTimeout=300
BatchStartTimeout=300
MessageTimeout=60
KillWait=5
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
PreemptType=preempt/partition_prio
PreemptMode=CANCEL
PartitionName=lab Nodes=${slurm_nodes// /,} Default=YES State=UP
PartitionName=urgent Nodes=${slurm_nodes// /,} PriorityTier=9 State=UP
S
  for node in $slurm_nodes; do
    number=$((number + 1))
    echo "NodeName=$node NodeHostname=$host NodeAddr=127.0.0.1 Port=$((base + number)) CPUs=2"
  done >>"$slurm_dir/slurm.conf"
  export SLURM_CONF=$slurm_dir/slurm.conf
  (umask 077; head -c 128 /dev/urandom >"$munge.key")
  munged -F -f --key-file="$munge.key" --socket="$munge.socket" --pid-file="$munge.pid" --log-file="$munge.log" \
    --seed-file="$munge.seed" 2>"$munge.out" &
  slurm_daemons+=($!)
  for _ in $(seq 100); do [ ! -S "$munge.socket" ] || break; sleep 0.1; done
  slurm_controller
  for node in $slurm_nodes; do slurm_node "$node"; done
  for _ in $(seq 300); do
    [ "$(sinfo --noheader --format=%T 2>/dev/null | sort -u)" != idle ] || return 0
    sleep 0.2
  done
  tail -n 3 "$slurm_dir/ctld.log" "$slurm_dir/n1.log" 2>/dev/null | tr '\n' ' '
  return 1
}

slurm_end() {
  [ ${#slurm_daemons[@]} -eq 0 ] || { kill -9 "${slurm_daemons[@]}"; wait "${slurm_daemons[@]}"; } 2>/dev/null || true
  slurm_daemons=()
}
