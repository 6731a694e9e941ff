#!/usr/bin/env bash
# Prints what makes a new machine a member of the cluster at its first boot: three lines, to take the place of the empty
# ones of the same names in cloud-config. The host has been issued (scripts/cluster/issue.sh) and, but for the first one
# of the cluster, let in (scripts/cluster/admit.sh): so boot the machine within minutes.
#
#   scripts/cluster/first-boot-values.sh FOLDER HOST
#
# They hold that host's keys: keep the file that you paste them into as you keep FOLDER, and clear the user data at the
# provider, where that is possible, once the host is up.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=../lib.sh
source "$here/../lib.sh"
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$here/lib.sh"

# As they are indented in cloud-config.
print_value() { printf "      %s='%s'\n" "$1" "$2"; }

main() {
  [ "${1:-}" != --help ] || { print_help "$0"; return; }
  [ $# -eq 2 ] || refuse "Tell the folder and the host's name; see --help."
  check_folder "$1"
  local folder=$1 host=$2 address own="$1/hosts/$2" keys
  address=$(address_of "$folder" "$host")
  [ -n "$address" ] || refuse "'$host' has no certificates yet: scripts/cluster/issue.sh $folder $host ADDRESS."
  [ -s "$own/initial-cluster" ] || refuse "'$host' is not let in yet: scripts/cluster/admit.sh $folder $host first."
  keys=$(tar --create --owner=0 --group=0 --directory "$own" settings certificate-keys etcd client hop | gzip --best --no-name | base64 --wrap=0) \
    || fail "$own is not what scripts/cluster/issue.sh makes: run it again."
  print_value CLUSTER_ADDRESS "$address"
  print_value CLUSTER_MEMBERS "$(cat "$own/initial-cluster")"
  print_value CLUSTER_KEYS "$keys"
}

main "$@"
