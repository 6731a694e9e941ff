#!/usr/bin/env bash
# Prints the values that make a new machine a member of the cluster at its first boot: three lines, to replace the empty
# ones with the same names in cloud-config. The host must have been issued (scripts/cluster/issue.sh) and, except for the first one
# of the cluster, added (scripts/cluster/admit.sh): so boot the machine within minutes.
#
#   scripts/cluster/first-boot-values.sh FOLDER HOST
#
# They contain that host's keys: protect the file that you paste them into like FOLDER, and clear the user data at the
# provider, if possible, once the host is up.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=../lib.sh
source "$here/../lib.sh"
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$here/lib.sh"

# With the indentation of cloud-config.
print_value() { printf "      %s='%s'\n" "$1" "$2"; }

main() {
  [ "${1:-}" != --help ] || { print_help "$0"; return; }
  [ $# -eq 2 ] || refuse "Arguments required: FOLDER HOST. See 'first-boot-values.sh --help'."
  check_folder "$1"
  local folder=$1 host=$2 address own="$1/hosts/$2" keys
  address=$(address_of "$folder" "$host")
  [ -n "$address" ] || refuse "'$host' has no certificates yet. Run: scripts/cluster/issue.sh $folder $host ADDRESS"
  [ -s "$own/initial-cluster" ] || refuse "'$host' is not a member yet. Run: scripts/cluster/admit.sh $folder $host"
  keys=$(tar --create --owner=0 --group=0 --directory "$own" settings certificate-keys etcd client hop | gzip --best --no-name | base64 --wrap=0) \
    || fail "$own is not a folder from scripts/cluster/issue.sh. Run that again."
  print_value CLUSTER_ADDRESS "$address"
  print_value CLUSTER_MEMBERS "$(cat "$own/initial-cluster")"
  print_value CLUSTER_KEYS "$keys"
}

main "$@"
