# shellcheck shell=bash
# What several scripts share: how to say what happens, and how to get at a Docker engine. To be sourced, not run.

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
need_value() { [ -n "${2:-}" ] || refuse "$1 needs a value; see --help."; }

# Prints the comment at the head of a script, which is its help.
print_help() { sed -n '2,/^[^#]/{/^#/s/^# \{0,1\}//p}' "$1"; }

as_root() {
  if [ "$EUID" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

# quietly WHAT COMMAND …: says WHAT, runs the command with its output in a file, says every ten seconds how far it is,
# and shows the end of the output if it fails.
quietly() {
  local what=$1 log pid next=10 begun=$EPOCHSECONDS
  shift
  log=$(mktemp)
  say "$what"
  "$@" >"$log" 2>&1 </dev/null &
  pid=$!
  # shellcheck disable=SC2064 # the id of this child, not of a later one
  trap "kill $pid 2>/dev/null || true; exit 130" INT TERM
  while kill -0 "$pid" 2>/dev/null; do
    sleep 0.1
    if ((EPOCHSECONDS - begun >= next)); then
      say "  still at it: $(tail -n 1 "$log" | tr -d '\r' | cut -c 1-100)"
      next=$((next + 10))
    fi
  done
  trap - INT TERM
  if ! wait "$pid"; then
    tail -n 40 "$log" >&2
    rm -f "$log"
    fail "Failed: $what"
  fi
  rm -f "$log"
}

# wait_for SECONDS COMMAND …: until the command succeeds; fails after SECONDS.
wait_for() {
  local deadline=$((EPOCHSECONDS + $1))
  shift
  until "$@" >/dev/null 2>&1; do
    ((EPOCHSECONDS < deadline)) || return 1
    sleep 0.2
  done
}

# by_apt ARGUMENT …: apt-get, as soon as no other program holds its locks. In the first minutes of a rented machine
# cloud-init and unattended-upgrades do. DPkg::Lock::Timeout would not wait for the lists' lock.
by_apt() {
  local output code pid deadline=$((EPOCHSECONDS + ${FREEHOLD_APT_WAIT:-1800}))
  output=$(mktemp)
  while :; do
    code=0
    as_root env LC_ALL=C DEBIAN_FRONTEND=noninteractive apt-get -q "$@" 2>&1 | tee "$output" || code=${PIPESTATUS[0]}
    if ((EPOCHSECONDS >= deadline)) || ! grep -qE '^E: (Could not get|Unable to( acquire the dpkg frontend)?) lock' "$output"; then break; fi
    echo "Waiting for apt's lock$(sed -n 's/.*\. It is \(held by process .*\)$/, \1/p' "$output" | head -n 1)"
    pid=$(sed -n 's/.* held by process \([0-9]*\) .*/\1/p' "$output" | head -n 1)
    # Some go on running without the lock.
    for _ in {1..10}; do if [ -d "/proc/${pid:-self}" ]; then sleep 1; fi; done
  done
  rm -f "$output"
  return "$code"
}

apt_install() {
  by_apt update && by_apt install --yes --no-install-recommends "$@"
}

# ensure_command COMMAND PACKAGE …
ensure_command() {
  local command=$1
  shift
  command -v "$command" >/dev/null || quietly "Installing $*" apt_install "$@"
}

docker_answers() { docker version --format '{{.Server.Version}}' >/dev/null 2>&1; }

install_docker() {
  local packages=(docker.io iptables)
  apt-cache show docker-cli >/dev/null 2>&1 && packages+=(docker-cli)
  apt_install "${packages[@]}"
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
    fail "A Docker engine is here, but $USER may not use it: add yourself to the group docker, or run this as root."
  fi
  command -v dockerd >/dev/null || quietly "Installing a Docker engine" install_docker
  if ! docker_answers; then
    say "Starting the Docker engine"
    start_dockerd
  fi
  wait_for 60 docker_answers \
    || fail "The Docker engine does not answer after 60 s: see /tmp/freehold-dockerd.log or journalctl -u docker."
}
