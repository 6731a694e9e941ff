#!/bin/sh
# Starts HAProxy as soon as haproxy-confd has written the first configuration. The master's socket is for
# haproxy-confd, which reloads through it.
set -eu

config=/data/runtime/haproxy/haproxy.cfg

wait_for_config() {
  [ -e "$config" ] || echo "<5>waiting for haproxy-confd to write $config"
  trap 'echo "<5>stopped while waiting for $config"; exit 0' USR1 TERM INT
  while [ ! -s "$config" ]; do sleep 0.2; done
  trap - USR1 TERM INT
}

wait_for_config
exec /usr/sbin/haproxy -W -S /run/haproxy/master.sock,mode,660,level,admin -f "$config" "$@"
