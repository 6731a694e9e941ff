#!/usr/bin/env bash
# Adds a host to the cluster: it becomes a member of etcd, and a user that reads what a host needs, writes below
# /services/, its own /hosts/HOST and the certificates, and nothing else. Turns etcd's access control on, if it is off.
# Safe to run again.
#
#   scripts/cluster/admit.sh FOLDER HOST
#
# For the first host: immediately after setup.sh --cluster there, since without access control each host may do everything.
# For each further host: before setup.sh; then copy FOLDER/hosts/HOST there and run setup.sh --cluster within minutes, since a
# member that was added but has not started counts as down.
#
# Requires etcdctl, and connects to etcd at the members' addresses, or at FREEHOLD_ETCD, through a tunnel:
#   ssh -L 2379:127.0.0.1:2379 H1, then FREEHOLD_ETCD=https://127.0.0.1:2379 scripts/cluster/admit.sh …
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=../lib.sh
source "$here/../lib.sh"
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$here/lib.sh"

# quiet ARGUMENT …: something that already exists counts as success.
quiet() {
  local words
  words=$(as_root_user "$folder" "$@" 2>&1) && return
  case "$words" in *already*) return 0 ;; esac
  fail "etcd refused '$*': $(tail -n 1 <<<"$words")"
}

# allow ROLE KIND KEY [--prefix]
allow() { quiet role grant-permission "$1" "$2" "$3" "${@:4}"; }

make_user() {
  quiet user add "$1" --no-password
  quiet user grant-role "$1" "$2"
}

secure() {
  quiet role add root
  make_user root root
  quiet role add mail
  allow mail readwrite /mail/ --prefix
  allow mail read /services/ --prefix
  make_user operator mail
  quiet role add "host-$host"
  allow "host-$host" readwrite /services/ --prefix
  allow "host-$host" read /hosts/ --prefix
  allow "host-$host" read /mail/ --prefix
  allow "host-$host" readwrite "/hosts/$host"
  # Of automatic certificates: encrypted by a key that members have, and etcd does not.
  allow "host-$host" readwrite /certificates/ --prefix
  allow "host-$host" readwrite /acme/ --prefix
  make_user "$host" "host-$host"
  quiet auth enable
}

# Lines of 'NAME PEER_URL'; the name is a dash for a member that has not started yet.
members() {
  as_root_user "$folder" member list | awk -F', ' '{ print ($3 == "" ? "-" : $3), $4 }'
}

add_member() {
  local url=$1 known
  known=$(members) || fail "etcd does not answer at ${FREEHOLD_ETCD:-$(endpoints_of "$folder")}; nothing was changed."
  # etcd no longer reads this for a member that has started, and would only be restarted for it.
  if grep -q "^[^-].* $url\$" <<<"$known" && [ -e "$folder/hosts/$host/initial-cluster" ]; then
    say "$host is already a member of etcd."
    return
  fi
  write_initial_cluster "$url" "$known"
  if grep -q " $url\$" <<<"$known"; then
    say "$host is already a member of etcd."
    return
  fi
  ! grep -q '^- ' <<<"$known" \
    || fail "$(grep '^- ' <<<"$known" | cut -d' ' -f2) was added, but has not started yet. First set it up, or remove it."
  # etcd adds a member only if the others have been connected for 5 s.
  wait_for 30 as_root_user "$folder" member add "$host" --peer-urls "$url" \
    || fail "etcd refused to add $host: $(as_root_user "$folder" member add "$host" --peer-urls "$url" 2>&1 | tail -n 1)"
  say "Added $host to etcd. Now copy $folder/hosts/$host there, and run setup.sh $host --cluster."
}

# The list of members for etcd on the new host. Written first: once the second member is added, etcd answers nothing
# until that one has started.
write_initial_cluster() {
  local url=$1 known=$2 file="$folder/hosts/$host/initial-cluster" own="$host=$1"
  awk -v url="$url" -v own="$own" \
    '$2 != url { others = others "," $1 "=" $2 } END { print "existing " own others }' <<<"$known" >"$file.new"
  mv "$file.new" "$file"
}

is_first() { [ "$(head -n 1 "$folder/members" | cut -d' ' -f1)" = "$host" ]; }

main() {
  [ "${1:-}" != --help ] || { print_help "$0"; return; }
  [ $# -eq 2 ] || refuse "Arguments required: FOLDER HOST. See 'admit.sh --help'."
  check_folder "$1"
  folder=$1 host=$2
  local address url
  address=$(address_of "$folder" "$host")
  [ -n "$address" ] || refuse "'$host' has no certificates yet. Run: scripts/cluster/issue.sh $folder $host ADDRESS"
  url="https://$address:$peer_port"
  umask 077
  check_majority "$folder"
  secure
  say "$host can write below /services/, /certificates/ and /acme/, and its own /hosts/$host."
  if ! is_first; then add_member "$url"; fi
}

main "$@"
