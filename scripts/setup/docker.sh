# shellcheck shell=bash disable=SC2154 # some variables are those of setup.sh
# The Docker engine, and rules that keep sites in. A part of setup.sh. /etc/docker/daemon.json is left alone: the units work
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
