# shellcheck shell=bash disable=SC2154 # some variables are those of make-cluster.sh
# Checks the servers that will become members, and connects to a member's etcd. A part of make-cluster.sh.

# The member by which etcd is reached, once there is one.
tunnel=''

# Fills the lists `servers`, `addresses` and `names`, in the same order.
look_at() {
  local server=${1%%=*} address=${1#*=} name
  check_server "$server"
  [[ $address =~ ^([0-9]{1,3}\.){3}[0-9]{1,3}$ ]] || refuse "'$address' of $server is not an IPv4 address."
  name=$(on "$server" sed -n 's/^FREEHOLD_HOST=//p' /etc/freehold/host.env </dev/null) || name=''
  [ -n "$name" ] || fail "$server is not a host yet. Run scripts/deploy/deploy.sh $server first. Nothing was changed."
  bind_name "$server" "$name"
  on "$server" ip -4 -oneline address </dev/null | grep -F " inet $address/" >/dev/null \
    || fail "$server does not have the address $address. Nothing was changed."
  servers+=("$server")
  addresses+=("$address")
  names+=("$name")
}

# A member that is added and then cannot start would stop the etcd of a small cluster.
check_empty() {
  local held
  held=$(for prefix in /services/ /mail/; do on "$1" "$on_host/cluster/etcdctl.sh" get --prefix --keys-only "$prefix" </dev/null; done) \
    || fail "etcd of $1 does not answer. Nothing was changed."
  [ -z "$held" ] || fail "$1 has sites or mail forwards of its own, which would be lost. Begin the cluster with it, or remove" \
    "them first and add them again afterwards. Nothing was changed."
}

# Whether its etcd speaks as a member's does; its keys are there earlier.
is_member() {
  on "$1" bash -c 'cd /etc/freehold/cluster 2>/dev/null && ETCDCTL_API=3 etcdctl --endpoints https://127.0.0.1:2379 --cacert ca.pem \
    --cert cert.pem --key key.pem endpoint status >/dev/null 2>&1' </dev/null
}

was_let_in() { [ -e "$keys/hosts/$1/initial-cluster" ]; }

# etcd of a member, by way of ssh, at a port here.
open_tunnel() {
  local port tries
  for tries in 1 2 3 4 5; do
    port=$((20000 + RANDOM % 20000))
    if reach -M -N -f -o ExitOnForwardFailure=yes -L "127.0.0.1:$port:127.0.0.1:2379" "$1" </dev/null >/dev/null 2>"$notes/tunnel"; then
      tunnel=$1
      export FREEHOLD_ETCD=https://127.0.0.1:$port
      return
    fi
  done
  fail "Cannot connect to etcd on $1 after $tries attempts: $(tail -n 1 "$notes/tunnel")"
}

# By a server that is a member already, if one is. All others but the one that begins have to be empty, and were found so
# if they have been added.
find_way_in() {
  local number joining=()
  for number in "${!servers[@]}"; do
    if is_member "${servers[number]}"; then
      [ -n "$tunnel" ] || open_tunnel "${servers[number]}"
    else
      joining+=("$number")
    fi
  done
  if [ -z "$tunnel" ]; then joining=("${joining[@]:1}"); fi
  for number in "${joining[@]}"; do was_let_in "${names[number]}" || check_empty "${servers[number]}"; done
}
