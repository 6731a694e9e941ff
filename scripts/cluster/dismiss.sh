#!/usr/bin/env bash
# Removes a host from the cluster: from etcd's members and users, with its records and its certificates here, and creates
# a new key for the sites' certificates, which the other hosts get. Its sites are then known only on other hosts where they
# run. Safe to run again. A host that is broken temporarily can stay.
#
#   scripts/cluster/dismiss.sh FOLDER HOST
#
# Has the same requirements as scripts/cluster/admit.sh. A certificate cannot be revoked: if somebody else controls the
# host, see docs/how-to/change-all-keys.md.
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
  [ -n "$id" ] || { say "$host is not a member of etcd."; return; }
  # etcd removes a member only if the others have been connected for 5 s.
  wait_for 30 as_root_user "$folder" member remove "$id" \
    || fail "etcd refused to remove the member $host: $(as_root_user "$folder" member remove "$id" 2>&1 | tail -n 1)"
}

# delete KIND NAME: only 'not found' counts as success.
delete() {
  local words
  words=$(as_root_user "$folder" "$1" delete "$2" 2>&1) && return
  case "$words" in *'not found'*) return 0 ;; esac
  fail "etcd refused to delete the $1 $2: $(tail -n 1 <<<"$words"). $host is still in the cluster. Run this again."
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
  [ $# -eq 2 ] || refuse "Arguments required: FOLDER HOST. See 'dismiss.sh --help'."
  check_folder "$1"
  folder=$1 host=$2
  local address
  # An earlier run may have been interrupted just before its end.
  write_all_settings "$folder"
  address=$(address_of "$folder" "$host")
  [ -n "$address" ] || refuse "'$host' is not a host of this cluster: $(cut -d' ' -f1 "$folder/members" | paste -sd' ')."
  check_majority "$folder"
  # Removes its access first, even if a later step fails.
  delete user "$host"
  delete role "host-$host"
  remove_member "https://$address:$peer_port"
  remove_records
  rm -rf "$folder/hosts/$host"
  # It has the key that was in use. As members get the new one, they encrypt all with that, by another account with the CA.
  add_certificate_key "$folder"
  sed -i "/^$host /d" "$folder/members"
  write_all_settings "$folder"
  say "Removed $host from the cluster. On that host, stop etcd, haproxy and its sites. On the others, soon, copy their folders and" \
    "run setup.sh --cluster again, which gives them a new key for certificates that $host does not have."
}

main "$@"
