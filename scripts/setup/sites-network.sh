# shellcheck shell=bash disable=SC2154 # some variables are those of setup.sh
# The subnet of the sites' network: FREEHOLD_SITES_NETWORK in host.env or in the environment. Part of setup.sh.

default_sites_network=172.30.0.0/16
other_sites_networks=(10.213.0.0/16 172.31.0.0/16 192.168.208.0/20)

wanted_sites_network() {
  local network
  network=$(setting FREEHOLD_SITES_NETWORK "${FREEHOLD_SITES_NETWORK:-}")
  # A network from before this setting existed stays.
  [ -n "$network" ] || network=$(actual_sites_network) || network=$default_sites_network
  echo "$network"
}

# The subnet of Docker's network, which exists once this is a host.
actual_sites_network() {
  docker network inspect --format '{{range .IPAM.Config}}{{println .Subnet}}{{end}}' freehold 2>/dev/null | grep -m 1 '\.'
}

number_of() {
  local a b c d
  IFS=. read -r a b c d <<<"$1"
  echo $((a << 24 | b << 16 | c << 8 | d))
}

# overlap NETWORK NETWORK: as in 10.0.0.0/8; a plain address counts as a network.
overlap() {
  local one=${1#*/} two=${2#*/} shift
  [[ $1 == */* ]] || one=32
  [[ $2 == */* ]] || two=32
  shift=$((32 - (one < two ? one : two)))
  (($(number_of "${1%/*}") >> shift == $(number_of "${2%/*}") >> shift))
}

is_network() {
  local octet='(25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])' number
  [[ $1 =~ ^$octet(\.$octet){3}/(8|9|1[0-9]|2[0-8])$ ]] || return
  number=$(number_of "${1%/*}")
  ((number >> (32 - ${1#*/}) << (32 - ${1#*/}) == number))
}

# users_of NETWORK: filters lines of 'ip route' for those that overlap. Default routes do not count, even split in halves as
# by VPNs.
users_of() {
  local line destination
  while read -r line; do
    destination=$(grep -oE '^([a-z]+ )?[0-9][0-9.]+(/[0-9]+)?' <<<"$line" | sed 's/.* //') || continue
    [[ -n $destination && $destination != */[0-7] ]] || continue
    if overlap "$1" "$destination"; then echo "${line%% proto *}"; fi
  done
}

# Addresses behind a default route that would be cut off as well: this host's name servers, and machines connected to it,
# such as the operator's by ssh. Once the network exists, its own sites are among them.
contacts() {
  [ ! -e /sys/class/net/freehold0 ] || return 0
  cat /etc/resolv.conf /run/systemd/resolve/resolv.conf 2>/dev/null \
    | sed -nE 's/^nameserver +([0-9]+\.[0-9.]+) *$/\1 by a name server of this host/p' | sort -u || true
  ss -Htn state established 2>/dev/null | awk '{ sub(/:[^:]*$/, "", $4); gsub(/[][]|::ffff:/, "", $4); print $4 }' \
    | sed -nE 's/^([0-9]+\.[0-9.]+)$/\1 by a connection of this host/p' | sort -u
}

# All routing tables, IPsec VPNs, and Docker networks without a route.
routes() {
  contacts
  ip -4 route show table all | grep -v ' dev freehold0 '
  ip xfrm policy 2>/dev/null | sed -n 's/^src .* dst \([0-9./]*\).*/\1 by IPsec/p'
  docker_answers || return 0
  docker network ls --filter driver=macvlan --filter driver=ipvlan --filter driver=overlay --quiet \
    | xargs --no-run-if-empty docker network inspect --format '{{range .IPAM.Config}}{{.Subnet}} by a network of Docker{{println}}{{end}}'
}

free_network() {
  local network
  for network in "${other_sites_networks[@]}" "$default_sites_network"; do
    [ -n "$(routes | users_of "$network")" ] || { echo "$network"; return; }
  done
  echo NETWORK
}

# Before anything is changed: machines that share addresses with the sites' network would become unreachable.
check_sites_network() {
  local wanted actual users
  wanted=$(wanted_sites_network)
  is_network "$wanted" || refuse "FREEHOLD_SITES_NETWORK is '$wanted': an IPv4 network is required, as in $default_sites_network" \
    "(at most /28). Nothing was changed."
  users=$(routes | users_of "$wanted" | paste --serial --delimiters ';')
  if actual=$(actual_sites_network); then
    [ "$actual" = "$wanted" ] || refuse "FREEHOLD_SITES_NETWORK is $wanted, but the network freehold is $actual. Set it to $actual" \
      "in $host_env, or stop all sites and remove the network: docker network rm freehold."
    [ -z "$users" ] || say "Warning: other routes of this host overlap with the sites' network $actual, and machines behind them cannot be reached: $users" >&2
    return 0
  fi
  [ -z "$users" ] || refuse "The sites' network would be $wanted, but this host has a route there, which would be cut off:" \
    "$users. Choose another network and run this again: mkdir -p ${host_env%/*};" \
    "echo FREEHOLD_SITES_NETWORK=$(free_network) >>$host_env. Nothing was changed."
}

has_network() { docker network inspect freehold >/dev/null 2>&1; }

# Containers in it cannot reach one another.
make_network() {
  local network
  network=$(wanted_sites_network)
  if has_network; then
    say "Network freehold: up to date."
    return
  fi
  say "Creating the network freehold, $network, in which sites cannot reach one another"
  change docker network create --ipv6=false --subnet "$network" --opt com.docker.network.bridge.name=freehold0 \
    --opt com.docker.network.bridge.enable_icc=false freehold >/dev/null \
    || fail "Docker cannot create the network freehold ($network); its message is above. Choose another one with" \
      "FREEHOLD_SITES_NETWORK in $host_env."
}

sites_gateway() { ip -4 -oneline address show dev freehold0 | awk '{ sub("/.*", "", $4); print $4; exit }'; }

# For confd, which accepts only such addresses for this host's own sites: in a cluster any member could write others. For Postfix,
# which listens for sites at the gateway.
note_sites_network() {
  local changed=() network gateway
  # The one that the network has by now, even if setup.sh did not create it.
  network=$(wanted_sites_network)
  gateway=$(sites_gateway)
  if [ -n "$(setting FREEHOLD_HOP_PORT)" ] || [ "$network" != "$default_sites_network" ]; then
    replace_settings "$host_env" <<<"FREEHOLD_SITES_NETWORK=$network"
  fi
  if [ -n "$gateway" ] && [ "$(setting FREEHOLD_SITES_ADDRESS 172.30.0.1)" != "$gateway" ]; then
    replace_settings "$host_env" <<<"FREEHOLD_SITES_ADDRESS=$gateway"
    [ "$(unit_state postfix)" != active ] || change systemctl restart --job-mode=ignore-dependencies postfix
  fi
  [ ${#changed[@]} -eq 0 ] || say "$host_env: set ${changed[*]}"
}
