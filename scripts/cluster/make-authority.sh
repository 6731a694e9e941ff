#!/usr/bin/env bash
# Creates the three CAs that a cluster of hosts trusts, and the certificates of etcd's users root and operator.
# Run it once, on the control machine. The folder that it creates gives access to everything: keep it there, backed
# up, and nowhere else. Run again, it creates only files that are missing or expire soon.
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
  if [ $# -ne 1 ] || [[ $1 == -* ]]; then refuse "Argument required: FOLDER. See 'make-authority.sh --help'."; fi
  local folder=$1 name made=()
  umask 077
  mkdir -p "$folder"
  for name in peers clients hops; do ensure_ca "$folder" "$name"; done
  for name in root operator; do
    ensure_certificate "$folder/ca/clients" "$folder/users/$name/cert.pem" "$folder/users/$name/key.pem" "/CN=$name" clientAuth ''
    copy_file "$folder/ca/clients/ca.pem" "$folder/users/$name/ca.pem"
  done
  ensure_certificate_keys "$folder"
  say "$folder contains the CAs and the certificates of etcd's users root and operator."
}

main "$@"
