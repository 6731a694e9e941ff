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
  docker network create --ipv6=false --subnet 172.30.0.0/16 --opt com.docker.network.bridge.name=freehold0 \
    --opt com.docker.network.bridge.enable_icc=false freehold >/dev/null && return
  fail "Docker could not make the network freehold: if 172.30.0.0/16 is in use here, make the network yourself with" \
    "the same options and another subnet, then run this again."
}

# lay_barrier UNIT RULE …: a RULE is a table, a chain, and what the unit puts into it. A firewall may have taken its rules
# away since.
lay_barrier() {
  local unit=$1 rule
  systemctl enable --quiet --now "$unit" || true
  for rule in "${@:2}"; do
    # shellcheck disable=SC2086 # words of a rule
    iptables --wait --table ${rule%% *} --check ${rule#* } 2>/dev/null || { systemctl restart "$unit"; return; }
  done
}

# User data often hold secrets, and whatever the machine runs could read them.
keep_from_metadata() {
  local rule='mangle PREROUTING --in-interface freehold0 --destination 169.254.0.0/16 --jump DROP --protocol'
  lay_barrier metadata-barrier "$rule tcp ! --dport 53" "$rule udp ! --dport 53" \
    || fail "Sites are not kept from the machine's metadata: see journalctl -u metadata-barrier."
}
