# shellcheck shell=bash disable=SC2154 # some variables are those of setup.sh
# The Docker engine and the sites' network. A part of setup.sh. /etc/docker/daemon.json is left alone: the units work
# with every setting in it, live-restore or not.

start_docker() {
  if systemctl is-enabled --quiet docker && docker_answers; then
    say "Docker: runs."
    return
  fi
  say "Starting Docker"
  systemctl enable --quiet --now docker
  wait_for 60 docker_answers || fail "Docker does not answer after 60 s: see journalctl -u docker."
}

# Containers in it cannot reach one another.
make_network() {
  if docker network inspect freehold >/dev/null 2>&1; then
    say "Network freehold: is there."
    return
  fi
  say "Making the network freehold, 172.30.0.0/16, in which sites cannot reach one another"
  docker network create --subnet 172.30.0.0/16 --opt com.docker.network.bridge.name=freehold0 \
    --opt com.docker.network.bridge.enable_icc=false freehold >/dev/null && return
  fail "Docker could not make the network freehold: if 172.30.0.0/16 is in use here, make the network yourself with" \
    "the same options and another subnet, then run this again."
}

# User data often hold secrets, and whatever the machine runs could read them.
keep_from_metadata() {
  systemctl enable --quiet --now metadata-barrier || true
  # A firewall may have taken its rules away since.
  iptables --wait --table mangle --list-rules PREROUTING | grep -q 'freehold0.*169\.254' || systemctl restart metadata-barrier \
    || fail "Sites are not kept from the machine's metadata: see journalctl -u metadata-barrier."
}
