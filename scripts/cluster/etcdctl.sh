#!/usr/bin/env bash
# Runs etcdctl with the right certificate: on a host as that host, or anywhere as another user.
#
#   scripts/cluster/etcdctl.sh ARGUMENT …
#   scripts/cluster/etcdctl.sh --as FOLDER --endpoint URL ARGUMENT …
#
#   --as FOLDER     ca.pem cert.pem key.pem of a user, e.g. KEYS/users/root
#   --endpoint URL  the member to connect to, e.g. https://10.0.0.1:2379
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=../lib.sh
source "$here/../lib.sh"
# shellcheck source-path=SCRIPTDIR source=../host-lib.sh
source "$here/../host-lib.sh"

main() {
  local as='' endpoint=''
  case "${1:-}" in
    --help) print_help "$0"; return ;;
    '') refuse "Missing argument for etcdctl. See 'etcdctl.sh --help'." ;;
    --as)
      if [ $# -le 4 ] || [ "$3" != --endpoint ]; then refuse "--as FOLDER must be followed by --endpoint URL and an argument. See 'etcdctl.sh --help'."; fi
      as=$2 endpoint=$4
      shift 4
      ;;
  esac
  if [ -z "$as" ]; then
    check_host
    by_etcdctl "$@"
  else
    ETCDCTL_API=3 etcdctl --endpoints "$endpoint" --cacert "$as/ca.pem" --cert "$as/cert.pem" --key "$as/key.pem" "$@"
  fi
}

main "$@"
