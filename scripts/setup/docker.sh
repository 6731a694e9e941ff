# shellcheck shell=bash disable=SC2154 # some variables are those of setup.sh
# The Docker engine, and egress rules for sites. Part of setup.sh. /etc/docker/daemon.json is not changed: the units work
# with every setting in it, live-restore or not.

start_docker() {
  if systemctl is-enabled --quiet docker && docker_answers; then
    say "Docker: runs."
    return
  fi
  say "Starting Docker"
  change systemctl enable --quiet --now docker
  wait_for 60 docker_answers || fail "Docker does not answer after 60 s. See journalctl -u docker."
}

# install_rules UNIT RULE …: a RULE is a table, a chain, and the unit's rule in it. A firewall may have removed the rules
# since then.
install_rules() {
  local unit=$1 rule
  is_on "$unit" || change systemctl enable --quiet --now "$unit" || true
  for rule in "${@:2}"; do
    has_rule "$unit" "$rule" || { change systemctl restart "$unit"; return; }
  done
}

has_rule() { find_rule "$2"; }

# shellcheck disable=SC2086 # words of a rule
find_rule() { iptables --wait --table ${1%% *} --check ${1#* } 2>/dev/null; }

# User data often contain secrets, and any program on the machine could read them.
keep_from_metadata() {
  local rule='mangle PREROUTING --in-interface freehold0 --destination 169.254.0.0/16 --jump DROP --protocol'
  install_rules metadata-barrier "$rule tcp ! --dport 53" "$rule udp ! --dport 53" \
    || fail "Cannot install the firewall rules that keep sites from the machine's metadata. See journalctl -u metadata-barrier."
}
