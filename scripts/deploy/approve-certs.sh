#!/usr/bin/env bash
# Sends certificates to a server and waits until visitors get them: 'freehold cert install --on SERVER'. A certificate that is
# invalid, or not for its domain, is refused, and the previous one stays in use.
#
#   scripts/deploy/approve-certs.sh SERVER FILE…
#
#   SERVER  HOST or USER@HOST, as for ssh
#   FILE    chain and key in one file, named DOMAIN.pem
set -euo pipefail

if [ "${1:-}" = --help ]; then sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0"; exit; fi
# shellcheck source-path=SCRIPTDIR source=by-freehold.sh
source "$(dirname "${BASH_SOURCE[0]}")/by-freehold.sh"
[ $# -ge 2 ] || refuse "Missing arguments: SERVER FILE. See '$0 --help'."
provide_any_command
by_freehold cert install --on "$@"
