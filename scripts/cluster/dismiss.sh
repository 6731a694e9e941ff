#!/usr/bin/env bash
# Takes a host out of the cluster: out of etcd's members and users, with its records and its certificates here, and makes
# a new key for the sites' certificates, which the others get. Its
# sites are then known only where else they run. Safe to run again. A host that is only broken for a while stays in.
#
#   scripts/cluster/dismiss.sh FOLDER HOST
#
# Needs what scripts/cluster/admit.sh needs. A certificate cannot be taken back: of a host that somebody else got hold
# of, docs/cluster.md says what to do.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=../lib.sh
source "$here/../lib.sh"
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$here/lib.sh"
# shellcheck source-path=SCRIPTDIR source=certificate-keys.sh
source "$here/certificate-keys.sh"

remove_member() {
  local url=$1 id
  id=$(as_root_user "$folder" member list | awk -F', ' -v url="$url" '$4 == url { print $1 }')
  [ -n "$id" ] || { say "$host is no member of etcd."; return; }
  # etcd wants its members to have been in touch for 5 s before it lets one go.
  wait_for 30 as_root_user "$folder" member remove "$id" \
    || fail "etcd would not remove the member $host: $(as_root_user "$folder" member remove "$id" 2>&1 | tail -n 1)"
}

# delete KIND NAME: what is not there is as good as gone, and nothing else is.
delete() {
  local words
  words=$(as_root_user "$folder" "$1" delete "$2" 2>&1) && return
  case "$words" in *'not found'*) return 0 ;; esac
  fail "etcd would not delete the $1 $2: $(tail -n 1 <<<"$words"). $host is still in the cluster: run this again."
}

remove_records() {
  local key
  while read -r key; do
    case "$key" in */"$host") as_root_user "$folder" del "$key" >/dev/null ;; esac
  done < <(for prefix in /services/ /acme/claims/ /acme/members/; do as_root_user "$folder" get --prefix "$prefix" --keys-only; done)
  as_root_user "$folder" del "/hosts/$host" >/dev/null
}

main() {
  [ "${1:-}" != --help ] || { print_help "$0"; return; }
  [ $# -eq 2 ] || refuse "Tell the folder and the host's name; see --help."
  check_folder "$1"
  folder=$1 host=$2
  local address
  # An earlier run may have been cut off just before its end.
  write_all_settings "$folder"
  address=$(address_of "$folder" "$host")
  [ -n "$address" ] || refuse "'$host' is no host of this cluster: $(cut -d' ' -f1 "$folder/members" | paste -sd' ')."
  check_majority "$folder"
  # So that it can do nothing any more, whatever becomes of the rest.
  delete user "$host"
  delete role "host-$host"
  remove_member "https://$address:$peer_port"
  remove_records
  rm -rf "$folder/hosts/$host"
  # It has the key that was in use. As members get the new one, they encrypt all with that, by another account with the CA.
  add_certificate_key "$folder"
  sed -i "/^$host /d" "$folder/members"
  write_all_settings "$folder"
  say "$host is out of the cluster. On it: stop etcd, haproxy and its sites. On the others, soon: copy their folder, and" \
    "setup.sh --cluster once more. With it they get a new key for certificates, which $host has not."
}

main "$@"
