#!/usr/bin/env bash
# Tests whether the firewall rules that isolate sites are effective: from a temporary container on the sites' network, it
# tries to connect to targets that sites must not reach. Every target listens during the test, and a second connection that is
# allowed shows that the container could reach it without the rule. Takes some seconds; sites are not affected.
#
#   scripts/check-isolation.sh
#
# Exit code 1 if a site could reach something that it must not; rules that cannot be tested are only reported. setup.sh runs this
# at its end.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$here/lib.sh"
# shellcheck source-path=SCRIPTDIR source=host-lib.sh
source "$here/host-lib.sh"

# shellcheck source-path=SCRIPTDIR source=setup/elsewhere.sh
source "$here/setup/elsewhere.sh"

name=freehold-check
metadata=169.254.249.254 # in the range that providers use, but not an address of one
etcd_ports=(2379 2380)

# One in a container's namespace would outlive the container.
listeners=()

remove_targets() {
  [ ${#listeners[@]} -eq 0 ] || kill "${listeners[@]}" 2>/dev/null || true
  docker rm --force "$name-1" "$name-2" >/dev/null 2>&1 || true
  remove_elsewhere
}

listen() {
  nsenter --net="$1" socat "TCP-LISTEN:$2,fork,reuseaddr" /dev/null >/dev/null 2>&1 </dev/null &
  listeners+=($!)
}

start_servers() {
  local port
  start_elsewhere && ip -n "$elsewhere" address add "$metadata/32" dev eth0 \
    && ip route add "$metadata/32" dev "$elsewhere_link" || return
  for port in 25 465 53 80 "${etcd_ports[0]}"; do listen "/run/netns/$elsewhere" "$port"; done
}

start_container() {
  docker run --detach --rm --name "$1" --log-driver none --network freehold --read-only --cap-drop ALL \
    --security-opt no-new-privileges --entrypoint /usr/bin/node --pull never freehold/discovery -e 'setTimeout(() => {}, 120_000)' >/dev/null
}

namespace() { echo "/proc/$(docker inspect --format '{{.State.Pid}}' "$1")/ns/net"; }
address() { docker inspect --format '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}' "$1"; }

# test_rule WHAT RULE ADDRESS PORT CONTROL-NAMESPACE CONTROL-ADDRESS CONTROL-PORT
test_rule() {
  if reaches "$site" "$3" "$4"; then
    echo "open A site can reach $1 ($3, port $4): $2 has no effect."
  elif ! wait_for 10 reaches "${@:5}"; then
    echo "unknown Cannot test whether sites can reach $1: an allowed connection, to $6, port $7, fails too."
  fi
}

test_rules() {
  local gateway neighbour own port
  gateway=$(docker inspect --format '{{range .NetworkSettings.Networks}}{{.Gateway}}{{end}}' "$name-1")
  neighbour=$(address "$name-2")
  test_rule 'mail servers elsewhere' mail-barrier.service "$elsewhere_address" 25 "$site" "$elsewhere_address" 465 &
  test_rule 'port 25 of this host' mail-barrier.service "$gateway" 25 "$site" "$gateway" 587 &
  test_rule "the machine's metadata" metadata-barrier.service "$metadata" 80 "$site" "$metadata" 53 &
  test_rule 'other sites' 'the option enable_icc=false of the network freehold' "$neighbour" 80 /proc/1/ns/net "$neighbour" 80 &
  for own in $(ip -4 -oneline address | awk '$2 != "lo" { sub("/.*", "", $4); print $4 }'); do
    for port in "${etcd_ports[@]}"; do test_rule etcd 'its limit to 127.0.0.1 (ETCD_LISTEN_CLIENT_URLS)' "$own" "$port" "$site" "$elsewhere_address" 465 & done
  done
  if [ -e /etc/systemd/system/cluster-barrier.service ]; then
    test_rule "the cluster's ports of other hosts" cluster-barrier.service "$elsewhere_address" "${etcd_ports[0]}" "$site" "$elsewhere_address" 465 &
  fi
  wait
}

untestable() { say "Warning: cannot test the isolation of sites: $1." >&2; }

main() {
  local site findings
  [ "${1:-}" != --help ] || { print_help "$0"; return; }
  [ $# -eq 0 ] || refuse "Unexpected argument '$1'. See '$0 --help'."
  need_root
  check_host
  remove_targets
  trap remove_targets EXIT
  { start_servers && start_container "$name-1" && start_container "$name-2"; } || { untestable "the messages above explain why"; return; }
  site=$(namespace "$name-1")
  listen "$(namespace "$name-2")" 80
  wait_for 10 reaches /proc/1/ns/net "$elsewhere_address" 25 || { untestable "the temporary server for it does not answer"; return; }
  findings=$(test_rules)
  if [ "$(docker network inspect --format '{{.EnableIPv6}}' freehold)" = true ]; then
    findings+=$'\n'"open Sites have IPv6 addresses, but the rules are for IPv4 only: create the network freehold without IPv6."
  fi
  sed -n 's/^unknown //p' <<<"$findings" | sort -u | while read -r line; do say "$line" >&2; done
  if ! grep '^open ' <<<"$findings" >/dev/null; then say "Isolation of sites: every rule that was tested is effective."; return; fi
  sed -n 's/^open //p' <<<"$findings" | sort -u | while read -r line; do say "$line" >&2; done
  fail "Sites are not isolated on this host. Docker's settings \"iptables\" and \"ip-forward\" in /etc/docker/daemon.json must" \
    "not be false. After another program has changed the firewall: systemctl restart docker. Then run $0 again."
}

main "$@"
