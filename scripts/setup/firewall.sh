# shellcheck shell=bash disable=SC2154 # some variables are those of setup.sh
# Checks whether a firewall of this host blocks visitors and mail. Part of setup.sh.

# blocked_ports PORT …: those on which this host answers itself, but not another machine.
blocked_ports() {
  local port
  for port in "$@"; do
    { ! reaches "/run/netns/$elsewhere" "$elsewhere_near" "$port" && reaches /proc/1/ns/net 127.0.0.1 "$port" && echo "$port"; } &
  done | sort -n
}

# opening_command PORTS: with commas between them
opening_command() {
  if command -v ufw >/dev/null && ufw status 2>/dev/null | grep -q '^Status: active'; then
    echo "ufw allow $1/tcp; ufw allow in on freehold0 to any port 587 proto tcp"
  elif command -v firewall-cmd >/dev/null && firewall-cmd --quiet --state 2>/dev/null; then
    echo "firewall-cmd --permanent --add-port=${1//,//tcp --add-port=}/tcp; firewall-cmd --reload"
  elif [ -n "$(command -v nft)" ] && nft list ruleset 2>/dev/null | grep -q 'hook input .*policy drop'; then
    echo "a rule 'tcp dport { $1 } accept' in the input chain of /etc/nftables.conf (nft list ruleset shows it)"
  else
    echo "iptables --insert INPUT --protocol tcp --match multiport --dports $1 --jump ACCEPT (make it permanent where your rules are)"
  fi
}

# Tests the effect, since there are many firewalls. Rules for a single network card may mislead it, so it only warns.
warn_of_firewall() {
  local blocked
  remove_elsewhere
  if start_elsewhere 2>/dev/null; then blocked=$(blocked_ports 25 80 443 | paste --serial --delimiters ,); fi
  remove_elsewhere
  [ -n "${blocked:-}" ] || return 0
  say "Warning: a firewall of this host seems to block TCP ${blocked//,/, } for other machines: connections from a test" \
    "network on this host failed. To open: $(opening_command "$blocked")" >&2
}
