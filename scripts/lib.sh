# shellcheck shell=bash
# Functions that several scripts share: logging, and access to Docker. To be sourced, not run.

# One clock for a script and all that it calls.
export FREEHOLD_STARTED="${FREEHOLD_STARTED:-$EPOCHSECONDS}"

say() { printf '[%4d s] %s\n' "$((EPOCHSECONDS - FREEHOLD_STARTED))" "$*"; }

fail() {
  say "$*" >&2
  exit 1
}

# For wrong arguments or settings.
refuse() {
  printf '%s\n' "$*" >&2
  exit 2
}

# need_value OPTION [VALUE …]: refuses an option that is the last word, or has an empty one after it.
need_value() { [ -n "${2:-}" ] || refuse "Option '$1' requires a value. See '$0 --help'."; }

# Prints the comment at the head of a script, which is its help.
print_help() { sed -n '2,/^[^#]/{/^#/s/^# \{0,1\}//p}' "$1"; }

as_root() {
  if [ "$EUID" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

# Prints the folder for this user's logs; nobody else can write there.
log_folder() {
  local folder="${TMPDIR:-/tmp}/freehold-$EUID"
  mkdir -m 700 "$folder" 2>/dev/null || true
  if [ -L "$folder" ] || [ ! -O "$folder" ]; then folder=$(mktemp --directory); fi
  echo "$folder"
}

# quietly WHAT COMMAND …: prints WHAT and runs the command with its output in a log file. Prints how long it has taken
# every 30 s. If it fails, prints the end of the log and where all of it is.
quietly() {
  local what=$1 log pid next=30 begun=$EPOCHSECONDS
  shift
  log=$(mktemp "$(log_folder)/XXXXXXXX.log")
  say "$what"
  "$@" 3>&1 >"$log" 2>&1 </dev/null &
  pid=$!
  # shellcheck disable=SC2064 # the id of this child, not of a later one
  trap "kill $pid 2>/dev/null || true; exit 130" INT TERM
  while kill -0 "$pid" 2>/dev/null; do
    sleep 0.1
    if ((EPOCHSECONDS - begun >= next)); then
      say "  still running after $((EPOCHSECONDS - begun)) s"
      next=$((next + 30))
    fi
  done
  trap - INT TERM
  if ! wait "$pid"; then
    tail -n 40 "$log" >&2
    fail "Failed: $what. The end of the log is above; all of it is in $log."
  fi
  rm -f "$log"
}

# Prints a line to the terminal, also within a command that `quietly` runs: on descriptor 3 there.
notify() { { say "  $*" >&3; } 2>/dev/null || say "  $*"; }

# wait_for SECONDS COMMAND …: until the command succeeds; fails after SECONDS.
wait_for() {
  local deadline=$((EPOCHSECONDS + $1))
  shift
  until "$@" >/dev/null 2>&1; do
    ((EPOCHSECONDS < deadline)) || return 1
    sleep 0.2
  done
}

# Of apt-get's output, the lines that say that another program holds a lock: apt's own, dpkg's, or that of debconf, which a
# failed configuration is repeated for.
apt_locks='^E: (Could not get|Unable to( acquire the dpkg frontend)?) lock|^dpkg: error: .*(locked by another process|is locked)|^debconf: .* is locked by another process'

# by_apt ARGUMENT …: apt-get, as soon as no other program holds its locks. In the first minutes of a rented machine
# cloud-init and unattended-upgrades do. DPkg::Lock::Timeout would not wait for the lists' lock.
by_apt() {
  local output code pid deadline=$((EPOCHSECONDS + ${FREEHOLD_APT_WAIT:-1800}))
  output=$(mktemp)
  while :; do
    code=0
    (set -o pipefail; as_root env LC_ALL=C DEBIAN_FRONTEND=noninteractive apt-get -q "$@" 2>&1 | tee "$output") || code=$?
    if [ "$code" = 0 ] || ((EPOCHSECONDS >= deadline)) || ! grep -qE "$apt_locks" "$output"; then break; fi
    notify "Waiting for apt's lock$(sed -nE 's/.*(\. It is | )((held by process|another process with pid) .*)$/, \2/p' "$output" | head -n 1)"
    pid=$(sed -nE 's/.* (held by process|process with pid) ([0-9]+).*/\2/p' "$output" | head -n 1)
    # Some continue to run without the lock.
    for _ in {1..10}; do if [ -d "/proc/${pid:-self}" ]; then sleep 1; fi; done
  done
  rm -f "$output"
  return "$code"
}

apt_update() { by_apt update; }
apt_install_known() { by_apt install --yes --no-install-recommends "$@"; }

apt_install() {
  apt_update && apt_install_known "$@"
}

# known_packages PACKAGE …: prints those that the lists of packages have.
known_packages() {
  local package
  for package in "$@"; do
    if apt-cache show "$package" >/dev/null 2>&1; then echo "$package"; fi
  done
}

# ensure_command COMMAND PACKAGE …
ensure_command() {
  local command=$1
  shift
  command -v "$command" >/dev/null || quietly "Installing $*" apt_install "$@"
}

docker_answers() { docker version --format '{{.Server.Version}}' >/dev/null 2>&1; }

# Which packages there are depends on the release.
install_docker() {
  local packages
  apt_update
  mapfile -t packages < <(known_packages docker.io docker-cli docker-buildx iptables)
  apt_install_known "${packages[@]}"
}

# An engine that was killed leaves these, and the next one would take any process of that number for its own.
drop_stale_pid_files() {
  local file pid
  for file in /var/run/docker.pid /var/run/docker/containerd/containerd.pid; do
    pid=$(cat "$file" 2>/dev/null) || continue
    case "$(cat "/proc/$pid/comm" 2>/dev/null)" in
      dockerd | containerd) ;;
      *) as_root rm -f "$file" ;;
    esac
  done
}

start_dockerd() {
  if [ -d /run/systemd/system ]; then
    as_root systemctl start docker
  else
    drop_stale_pid_files
    as_root setsid dockerd >/tmp/freehold-dockerd.log 2>&1 </dev/null &
  fi
}

# A Docker engine that answers: installed and started if need be.
ensure_docker() {
  if docker_answers; then return; fi
  if [ "$EUID" -ne 0 ] && [ -S /var/run/docker.sock ] && [ ! -w /var/run/docker.sock ]; then
    fail "Docker runs on this machine, but $USER may not use it. Add yourself to the group docker, or run this as root."
  fi
  command -v dockerd >/dev/null || quietly "Installing Docker" install_docker
  if ! docker_answers; then
    say "Starting Docker"
    start_dockerd
  fi
  wait_for 60 docker_answers \
    || fail "Docker does not answer after 60 s. See /tmp/freehold-dockerd.log or journalctl -u docker."
}
