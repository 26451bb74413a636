# A cluster of Slurm on this machine alone, of its own configuration, on loopback: munge, slurmctld and two nodes of slurmd, none of
# which any other Slurm here notices. A machine that has too much to do is no lost node: its times are long. For sourcing; wants root
# (apt-get install slurm-wlm munge).
#   slurm_obstacle    says why it cannot be, and fails then
#   slurm_begin DIR   starts it; what it writes is in DIR, whose path its users must be able to enter
#   slurm_end         ends it
slurm_daemons=()

slurm_obstacle() {
  local tool
  [ "$(id -u)" = 0 ] || { echo "Slurm's daemons want root"; return 1; }
  case $PATH in */usr/sbin*) ;; *) export PATH=$PATH:/usr/sbin ;; esac
  for tool in munged slurmctld slurmd sbatch scontrol squeue scancel sinfo; do
    command -v $tool >/dev/null || { echo "no $tool (apt-get install slurm-wlm munge)"; return 1; }
  done
}

# slurm_node NAME: its daemon; $NAME is its process.
slurm_node() {
  slurmd -D -N "$1" 2>>"$slurm_dir/$1.out" &
  slurm_daemons+=($!); printf -v "$1" %s $!
}

slurm_begin() {
  local host base munge
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
NodeName=n1 NodeHostname=$host NodeAddr=127.0.0.1 Port=$((base + 1)) CPUs=2
NodeName=n2 NodeHostname=$host NodeAddr=127.0.0.1 Port=$((base + 2)) CPUs=2
PartitionName=lab Nodes=n1,n2 Default=YES State=UP
S
  export SLURM_CONF=$slurm_dir/slurm.conf
  (umask 077; head -c 128 /dev/urandom >"$munge.key")
  munged -F -f --key-file="$munge.key" --socket="$munge.socket" --pid-file="$munge.pid" --log-file="$munge.log" \
    --seed-file="$munge.seed" 2>"$munge.out" &
  slurm_daemons+=($!)
  for _ in $(seq 100); do [ ! -S "$munge.socket" ] || break; sleep 0.1; done
  slurmctld -D 2>"$slurm_dir/ctld.out" &
  slurm_daemons+=($!)
  slurm_node n1; slurm_node n2
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
