#!/usr/bin/env bash
# Makes several hosts one (docs/cluster.md): their keys, their etcd, their access to it. The servers have been deployed
# already; the first one may have sites, the others must have none yet. One after the other; run again, it does what is
# left, and with further servers it takes them in.
#
#   scripts/deploy/make-cluster.sh SERVER=ADDRESS… [--keys FOLDER]
#
#   SERVER         HOST or USER@HOST, as ssh takes it
#   ADDRESS        that server's address (IPv4) on the network between them
#   --keys FOLDER  where the key to everything is kept, here (~/.config/freehold/cluster). Back it up
#
# What a server gets of it is in ~/.config/freehold/hosts/HOSTNAME/cluster, which deploy.sh sends too.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck disable=SC2034 # for send.sh
repository=$(dirname "$(dirname "$here")")
# shellcheck source-path=SCRIPTDIR source=../lib.sh
source "$here/../lib.sh"
# shellcheck source-path=SCRIPTDIR source=servers.sh
source "$here/servers.sh"
# shellcheck source-path=SCRIPTDIR source=send.sh
source "$here/send.sh"

# The member by which etcd is reached, once there is one.
tunnel=''

cluster() { "$here/../cluster/$1" "$keys" "${@:2}" </dev/null; }

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

# Its part of the keys goes to the server, which sets itself up with it.
hand_over() {
  local server=$1 name=$2 own=$config/hosts/$2
  (umask 077 && mkdir -p "$own" && rm -rf "$own/cluster" && cp --recursive "$keys/hosts/$name" "$own/cluster")
  send_own_files "$server" "$name"
  on "$server" "$on_host/setup.sh" "$name" --cluster /etc/freehold/deployed/cluster </dev/null
}

# The first one begins the cluster and lets itself in afterwards; each other is let in first.
take_in() {
  local server=$1 name=$2
  say "Taking in $name"
  if [ -z "$tunnel" ]; then
    hand_over "$server" "$name" || fail "$name did not become the first of the cluster: see above, then run this again."
    open_tunnel "$server"
    cluster admit.sh "$name"
  else
    cluster admit.sh "$name"
    hand_over "$server" "$name" || fail "$name is let in and has not come: see above, and run this again soon."
  fi
}

main() {
  local pairs=() keys=$config/cluster servers=() addresses=() names=() server number
  while [ $# -gt 0 ]; do
    case "$1" in
      --help) print_help "$0"; return ;;
      --keys) need_value "$@"; keys=$2; shift ;;
      ?*=?*) pairs+=("$1") ;;
      *) refuse "'$1' is no SERVER=ADDRESS; see --help." ;;
    esac
    shift
  done
  [ ${#pairs[@]} -gt 0 ] || refuse "Tell the servers, each with its address; see --help."
  ensure_command etcdctl etcd-client
  ensure_command openssl openssl
  for server in "${pairs[@]}"; do look_at "$server"; done
  trap '[ -z "$tunnel" ] || disconnect "$tunnel"; rm -rf "$notes"' EXIT
  find_way_in
  "$here/../cluster/make-authority.sh" "$keys"
  for number in "${!servers[@]}"; do cluster issue.sh "${names[number]}" "${addresses[number]}"; done
  for number in "${!servers[@]}"; do take_in "${servers[number]}" "${names[number]}"; done
  say "One cluster: ${names[*]}"
}

main "$@"
