# shellcheck shell=bash
# A network namespace that acts as another machine, to test the effect of this host's firewall. Part of
# setup.sh and check-isolation.sh.

elsewhere=freehold-check
elsewhere_link=freehold-chk0
# Reserved for measurements (RFC 2544).
elsewhere_near=198.18.249.1 elsewhere_address=198.18.249.2

remove_elsewhere() {
  ip netns pids "$elsewhere" 2>/dev/null | xargs --no-run-if-empty kill 2>/dev/null || true
  ip link delete "$elsewhere_link" 2>/dev/null || true
  ip netns delete "$elsewhere" 2>/dev/null || true
}

start_elsewhere() {
  ip netns add "$elsewhere" \
    && ip link add "$elsewhere_link" type veth peer name eth0 netns "$elsewhere" \
    && ip address add "$elsewhere_near/30" dev "$elsewhere_link" && ip link set "$elsewhere_link" up \
    && ip -n "$elsewhere" address add "$elsewhere_address/30" dev eth0 && ip -n "$elsewhere" link set eth0 up \
    && ip -n "$elsewhere" route add default via "$elsewhere_near"
}

# reaches NAMESPACE ADDRESS PORT: whether a TCP connection is accepted within three seconds.
reaches() {
  # shellcheck disable=SC2016 # the inner shell expands it
  nsenter --net="$1" timeout 3 bash -c 'exec 3<>"/dev/tcp/$0/$1"' "$2" "$3" 2>/dev/null
}
