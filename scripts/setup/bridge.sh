# shellcheck shell=bash disable=SC2154 # some variables are those of setup.sh
# Replaces HAProxy with a newer one without refusing a request: while one stops and the other starts, a third listens on
# the same ports, which the kernel lets programs of one user share. Part of setup.sh.

bridge=haproxy-bridge
migrate=/proc/sys/net/ipv4/tcp_migrate_req
# The time for requests in progress to finish, in seconds. The unit itself allows 3, since nothing else answers then.
drain=30

bridge_listens() {
  local pids pid
  pids=$(docker top "$bridge" -eo pid) || return
  while read -r _ pid; do
    if grep -qw "$pid" <<<"$pids"; then return; fi
  done < <(listeners 443)
  return 1
}

# It has separate sockets: haproxy-confd stays connected to the permanent HAProxy.
start_bridge() {
  docker rm --force "$bridge" >/dev/null 2>&1
  docker run --detach --name "$bridge" --log-driver none --network host --read-only --tmpfs /tmp \
    --tmpfs /run/haproxy:uid=10001,gid=10001,mode=0750 --cap-drop ALL --security-opt no-new-privileges \
    --volume /data/runtime/haproxy:/data/runtime/haproxy:ro --pull never freehold/haproxy >/dev/null \
    && wait_for 15 bridge_listens
}

# Connections that the stopping program has not accepted yet are passed on to another listener.
migrate_connections() { { echo "$1" >"$migrate"; } 2>/dev/null || true; }

replace_haproxy() {
  local before
  before=$(cat "$migrate" 2>/dev/null || echo 0)
  say "Replacing HAProxy, whose unit or image has changed, while a second one answers"
  start_bridge || say "The second HAProxy does not answer, so visitors are refused for a moment." >&2
  migrate_connections 1
  docker stop --time "$drain" haproxy >/dev/null 2>&1 || true
  systemctl restart --job-mode=ignore-dependencies haproxy
  wait_for 20 haproxy_listens || say "HAProxy does not listen after 20 s." >&2
  docker stop --time "$drain" "$bridge" >/dev/null 2>&1 || true
  docker rm --force "$bridge" >/dev/null 2>&1 || true
  migrate_connections "$before"
}

# Its admin socket answers once it serves.
haproxy_listens() { [ -n "$(edge 'show info')" ] && [ "$(unit_state haproxy)" = active ]; }
