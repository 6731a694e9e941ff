#!/usr/bin/env bash
# Makes several hosts one cluster (docs/how-to/make-a-cluster.md): creates their keys, their common etcd and their access to it.
# The servers must have been deployed; the first one may have sites, the others must have none yet. It adds one server after
# the other. Run again, it completes an interrupted run; with further servers, it adds them.
#
#   scripts/deploy/make-cluster.sh SERVER=ADDRESS… [--keys FOLDER]
#
#   SERVER         HOST or USER@HOST, as for ssh
#   ADDRESS        that server's address (IPv4) on the network between them
#   --keys FOLDER  the folder on this machine for all keys of the cluster (~/.config/freehold/cluster). Back it up
#
# A server's part of the keys is in ~/.config/freehold/hosts/HOSTNAME/cluster, which deploy.sh sends too.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck disable=SC2034 # for send.sh
repository=$(dirname "$(dirname "$here")")
# shellcheck source-path=SCRIPTDIR source=../lib.sh
source "$here/../lib.sh"
# shellcheck source-path=SCRIPTDIR source=servers.sh
source "$here/servers.sh"
# shellcheck source-path=SCRIPTDIR source=names.sh
source "$here/names.sh"
# shellcheck source-path=SCRIPTDIR source=send.sh
source "$here/send.sh"
# shellcheck source-path=SCRIPTDIR source=members.sh
source "$here/members.sh"

cluster() { "$here/../cluster/$1" "$keys" "${@:2}" </dev/null; }

# Its part of the keys goes to the server, which sets itself up with it.
hand_over() {
  local server=$1 name=$2
  renew_keys "$keys" "$name" && send_own_files "$server" "$name" && tell "$server" "$on_host/host/join-cluster.sh" "$name" </dev/null
}

etcd_answers() { "$here/../cluster/etcdctl.sh" --as "$keys/users/root" --endpoint "$FREEHOLD_ETCD" get freehold; }

# Once the second member is added, etcd waits for it before it does anything else, and an etcd that was started
# again meanwhile does not even say that it is a member: should a run have been cut off in between, it comes before all.
end_waiting() {
  local number name
  if [ -n "$tunnel" ] && wait_for 10 etcd_answers; then return; fi
  for number in "${!servers[@]}"; do
    name=${names[number]}
    if grep -qs '^existing ' "$keys/hosts/$name/initial-cluster" && ! is_member "${servers[number]}"; then
      say "etcd does not answer. It may be waiting for $name, which was added and has not started"
      hand_over "${servers[number]}" "$name" || fail "$name has not started; the messages above explain why. Run this again."
      [ -n "$tunnel" ] || open_tunnel "${servers[number]}"
    fi
  done
}

# The first one begins the cluster and adds itself afterwards; each other one is added first.
take_in() {
  local server=$1 name=$2
  say "Adding $name"
  if [ -z "$tunnel" ]; then
    hand_over "$server" "$name" || fail "$name did not become the first member of the cluster; the messages above explain why. Run this again."
    open_tunnel "$server"
    cluster admit.sh "$name"
  else
    cluster admit.sh "$name"
    hand_over "$server" "$name" || fail "$name was added and has not started; the messages above explain why. Run this again soon."
  fi
}

main() {
  local pairs=() keys=$config/cluster servers=() addresses=() names=() server number
  while [ $# -gt 0 ]; do
    case "$1" in
      --help) print_help "$0"; return ;;
      --keys) need_value "$@"; keys=$2; shift ;;
      ?*=?*) pairs+=("$1") ;;
      *) refuse "'$1' is not of the form SERVER=ADDRESS. See '$0 --help'." ;;
    esac
    shift
  done
  [ ${#pairs[@]} -gt 0 ] || refuse "Missing arguments: SERVER=ADDRESS for each server. See '$0 --help'."
  ensure_command etcdctl etcd-client
  ensure_command openssl openssl
  for server in "${pairs[@]}"; do look_at "$server"; done
  trap '[ -z "$tunnel" ] || disconnect "$tunnel"; rm -rf "$notes"' EXIT
  find_way_in
  "$here/../cluster/make-authority.sh" "$keys"
  for number in "${!servers[@]}"; do cluster issue.sh "${names[number]}" "${addresses[number]}"; done
  end_waiting
  for number in "${!servers[@]}"; do take_in "${servers[number]}" "${names[number]}"; done
  say "One cluster: ${names[*]}"
}

main "$@"
