#!/usr/bin/env bash
# Sends certificates to a server and waits until visitors get them. A certificate that is invalid, or not for its domain,
# is refused, and the previous one stays in use.
#
#   scripts/deploy/approve-certs.sh SERVER FILE…
#
#   SERVER  HOST or USER@HOST, as for ssh
#   FILE    chain and key in one file, named DOMAIN.pem
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=../lib.sh
source "$here/../lib.sh"
# shellcheck source-path=SCRIPTDIR source=../host-lib.sh
source "$here/../host-lib.sh"
# shellcheck source-path=SCRIPTDIR source=servers.sh
source "$here/servers.sh"

domain_of() { basename "$1" .pem; }

main() {
  [ "${1:-}" != --help ] || { print_help "$0"; return; }
  [ $# -ge 2 ] || refuse "Missing arguments: SERVER FILE. See '$0 --help'."
  local server=$1 file domain bad=()
  shift
  check_server "$server"
  for file in "$@"; do
    [ -r "$file" ] || refuse "Cannot read a certificate from '$file': no such file."
    check_domain "$(domain_of "$file")"
  done
  for file in "$@"; do
    domain=$(domain_of "$file")
    tell "$server" "$on_host/host/receive-certificate.sh" "$domain" <"$file" || bad+=("$file")
  done
  [ ${#bad[@]} -eq 0 ] || fail "Refused: ${bad[*]} (the reasons are above)."
}

main "$@"
