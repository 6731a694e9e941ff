# shellcheck shell=bash disable=SC2034 # its variables are for those who source it
# Functions that the scripts on a host share. To be sourced after lib.sh, not run.

# shellcheck source-path=SCRIPTDIR source=apps-lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/apps-lib.sh"

host_env=/etc/freehold/host.env
edge_socket=/run/freehold/haproxy/admin.sock
certificates=/data/runtime/haproxy/approved-certs

need_root() { [ "$EUID" -eq 0 ] || refuse "Only root can change the host. Run: sudo $0 …"; }

check_host() { [ -f "$host_env" ] || fail "This machine is not a freehold host yet ($host_env is missing). Run scripts/setup.sh first."; }

# setting NAME [FALLBACK]: a value from host.env
setting() {
  local value
  value=$(sed -n "s/^$1=//p" "$host_env" 2>/dev/null | tail -n 1) || true
  echo "${value:-${2:-}}"
}

# by_etcdctl ARGUMENT …: etcdctl as this host, with its certificate where it is one of a cluster.
by_etcdctl() {
  local name options=()
  for name in CA:cacert CERT:cert KEY:key; do
    if [ -n "$(setting "FREEHOLD_ETCD_${name%:*}")" ]; then options+=("--${name#*:}" "$(setting "FREEHOLD_ETCD_${name%:*}")"); fi
  done
  ETCDCTL_API=3 etcdctl --endpoints "$(setting FREEHOLD_ETCD http://127.0.0.1:2379)" "${options[@]}" "$@"
}

# A word: active, inactive, failed, activating …
unit_state() { systemctl show --property ActiveState --value "$1"; }

# is_on UNIT: it runs, and will at the next boot.
is_on() { systemctl is-enabled --quiet "$1" 2>/dev/null && [ "$(unit_state "$1")" = active ]; }

# edge COMMAND: asks the running HAProxy over its socket.
edge() { [ -S "$edge_socket" ] && echo "$1" | socat -t 5 - "UNIX-CONNECT:$edge_socket" 2>/dev/null; }
