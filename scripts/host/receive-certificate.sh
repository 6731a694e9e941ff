#!/usr/bin/env bash
# Takes a certificate (chain and key in one PEM) for a site of this host from standard input, and waits until visitors
# are shown it. If they are not, the previous one is restored. Called by scripts/deploy/approve-certs.sh.
#
#   scripts/host/receive-certificate.sh DOMAIN
set -euo pipefail

if [ "${1:-}" = --help ]; then sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0"; exit; fi
# shellcheck source-path=SCRIPTDIR source=own-program.sh
source "$(dirname "${BASH_SOURCE[0]}")/own-program.sh"
become_own_program receive-certificate "$@"
