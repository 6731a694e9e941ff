#!/usr/bin/env bash
# Makes what a cluster of hosts trusts: three authorities, and the certificates of etcd's users root and operator.
# Run it once, on the machine from which you work; the folder it makes is the key to everything: keep it there, backed
# up, and nowhere else. Run again, it makes only what is missing or soon out of date.
#
#   scripts/cluster/make-authority.sh FOLDER
#
# Next: scripts/cluster/issue.sh FOLDER HOST ADDRESS, for each host.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=../lib.sh
source "$here/../lib.sh"
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$here/lib.sh"
# shellcheck source-path=SCRIPTDIR source=certificate.sh
source "$here/certificate.sh"
# shellcheck source-path=SCRIPTDIR source=certificate-keys.sh
source "$here/certificate-keys.sh"

main() {
  [ "${1:-}" != --help ] || { print_help "$0"; return; }
  if [ $# -ne 1 ] || [[ $1 == -* ]]; then refuse "Tell one folder; see --help."; fi
  local folder=$1 name made=()
  umask 077
  mkdir -p "$folder"
  for name in peers clients hops; do ensure_authority "$folder" "$name"; done
  for name in root operator; do
    ensure_certificate "$folder/ca/clients" "$folder/users/$name/cert.pem" "$folder/users/$name/key.pem" "/CN=$name" clientAuth ''
    copy_file "$folder/ca/clients/ca.pem" "$folder/users/$name/ca.pem"
  done
  ensure_certificate_keys "$folder"
  say "$folder has the authorities and etcd's users root and operator."
}

main "$@"
