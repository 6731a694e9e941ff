# shellcheck shell=bash disable=SC2154 # some variables are those of make-cluster.sh
# Which servers are to be members, whether they may, and the way to etcd of one that is. A part of make-cluster.sh.

# The member by which etcd is reached, once there is one.
tunnel=''

# Fills the lists `servers`, `addresses` and `names`, in the same order.
look_at() {
  local server=${1%%=*} address=${1#*=} name
  check_server "$server"
  [[ $address =~ ^([0-9]{1,3}\.){3}[0-9]{1,3}$ ]] || refuse "'$address' is no IPv4 address of $server."
  name=$(on "$server" sed -n 's/^FREEHOLD_HOST=//p' /etc/freehold/host.env </dev/null) || name=''
  [ -n "$name" ] || fail "$server is no host yet: scripts/deploy/deploy.sh $server first. Nothing was changed."
  servers+=("$server")
  addresses+=("$address")
  names+=("$name")
}

# A member that is let in and then cannot come would stop the etcd of a small cluster.
check_empty() {
  local held
  held=$(for prefix in /services/ /mail/; do on "$1" "$on_host/cluster/etcdctl.sh" get --prefix --keys-only "$prefix" </dev/null; done) \
    || fail "etcd of $1 does not answer. Nothing was changed."
  [ -z "$held" ] || fail "$1 has sites or mail routes of its own, which would be lost: begin the cluster with it, or remove" \
    "them first and add them again afterwards. Nothing was changed."
}

is_member() { on "$1" test -e /etc/freehold/cluster/cert.pem </dev/null; }

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
  fail "No way to etcd on $1 after $tries tries: $(tail -n 1 "$notes/tunnel")"
}

# By a server that is a member already, if one is. All others but the one that begins have to be empty.
find_way_in() {
  local server joining=()
  for server in "${servers[@]}"; do
    if ! is_member "$server"; then joining+=("$server"); elif [ -z "$tunnel" ]; then open_tunnel "$server"; fi
  done
  if [ -z "$tunnel" ]; then joining=("${joining[@]:1}"); fi
  for server in "${joining[@]}"; do check_empty "$server"; done
}
