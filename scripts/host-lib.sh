# shellcheck shell=bash disable=SC2034 # its variables are for those who source it
# Functions that the scripts on a host share. To be sourced after lib.sh, not run.

# shellcheck source-path=SCRIPTDIR source=apps-lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/apps-lib.sh"

host_env=/etc/freehold/host.env
edge_socket=/run/freehold/haproxy/admin.sock
certificates=/data/runtime/haproxy/approved-certs

need_root() { [ "$EUID" -eq 0 ] || refuse "Only root can change the host. Run: sudo $0 …"; }

# check_domain DOMAIN: what the programs allow too, in ASCII.
check_domain() {
  local label='[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?'
  [[ ${#1} -le 253 && $1 =~ ^$label(\.$label)+$ && ! $1 =~ ^[0-9.]+$ ]] && return
  refuse "'$1' is not a domain name for a site: lower-case letters, digits, hyphens and dots are required, as in" \
    "example.com (write a name with other letters in its ASCII form, xn--…)."
}

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

# The archives that import knows, by the ends of their names.
archive_endings=(.tar .tar.gz .tgz .tar.zst .tzst .tar.xz .txz .tar.bz2 .tbz2 .tbz .zip)

# deliveries DOMAIN: the paths of what is there to be imported for it. Upper case and www. make no difference.
deliveries() {
  local ending names=(-iname "$1" -o -iname "www.$1")
  for ending in "${archive_endings[@]}"; do names+=(-o -iname "$1$ending" -o -iname "www.$1$ending"); done
  # The folder may be a symbolic link, or missing.
  { find /data/import/ -mindepth 1 -maxdepth 1 \( "${names[@]}" \) 2>/dev/null || true; } | sort
}

# disk_room FOLDER: how many bytes may be written to its disk, so that the host keeps its reserve, as for the programs
# (packages/core/src/disk-reserve.ts): 5 % of the disk, but no more than 1 GB, unless FREEHOLD_DISK_RESERVE_MB is set.
disk_room() {
  local total free reserve
  read -r total free < <(df --output=size,avail --block-size=1 "$1" | tail -n 1)
  reserve=$(setting FREEHOLD_DISK_RESERVE_MB)
  if [ -n "$reserve" ]; then reserve=$((reserve * 1000000)); else reserve=$((total / 20 < 1000000000 ? total / 20 : 1000000000)); fi
  echo $((free > reserve ? free - reserve : 0))
}

# The network of sites is one Linux bridge, which has this many ports (BR_MAX_PORTS of the kernel): one for each running site.
bridge_ports=1023

sites_on_bridge() { { find /sys/class/net/freehold0/brif -mindepth 1 2>/dev/null || true; } | wc -l; }

# Few are left: it is time to say so.
is_nearly_full() { (($1 >= bridge_ports - 73)); }

# unit_settings DOMAIN: folders with settings for the site's own units. Not by *@DOMAIN.*: example.com.au begins with
# example.com.
unit_settings() {
  local kind
  for kind in service timer path socket; do compgen -G "/etc/systemd/system/*@$1.$kind.d" || true; done
}

# other_hosts DOMAIN: hosts of the same etcd that know the domain too, one a line.
other_hosts() {
  local kind
  for kind in "${site_apps[@]}"; do by_etcdctl get --prefix --keys-only "/services/$kind/$1/" || return; done \
    | awk -F / -v own="$(setting FREEHOLD_HOST)" 'NF && $5 != own { print $5 }' | sort -u
}

# A word: active, inactive, failed, activating …
unit_state() { systemctl show --property ActiveState --value "$1"; }

# is_on UNIT: it runs, and will at the next boot.
is_on() { systemctl is-enabled --quiet "$1" 2>/dev/null && [ "$(unit_state "$1")" = active ]; }

# edge COMMAND: asks the running HAProxy over its socket.
edge() { [ -S "$edge_socket" ] && echo "$1" | socat -t 5 - "UNIX-CONNECT:$edge_socket" 2>/dev/null; }

# What HAProxy's own checks say of every server: 'DOMAIN STATUS CHECK' in lines, as in 'example.com UP L7OK/200'.
# Fields 1, 2, 18, 37 and 38 of its CSV are the backend, the server, the status, the check's result and its code. A new
# site is in a spare backend until the next reload; hosts.map says which one. One that was removed and added again has its
# old backend too, which is not in use.
edge_checks() {
  { edge 'show map /data/runtime/haproxy/hosts.map' | awk '$2 ~ /^spare-[0-9]+$/ { print "spare:," $2 "," $3 }'
    edge 'show stat -1 4 -1'
  } | awk -F, -v host="$(setting FREEHOLD_HOST)" '
    $1 == "spare:" { site[$2] = $3; mapped[$3]; next }
    $1 in site && $2 == "site" { print site[$1], $18, $37 ($38 == "" ? "" : "/" $38) }
    $2 == host && !($1 in mapped) { print $1, $18, $37 ($38 == "" ? "" : "/" $38) }'
}

# edge_status DOMAIN: what a visitor of its front page is answered with, as in 200.
edge_status() {
  curl --silent --output /dev/null --max-time 5 --write-out '%{http_code}' --header "Host: $1" http://127.0.0.1/
}
