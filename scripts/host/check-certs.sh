#!/usr/bin/env bash
# Checks the certificates of this host's sites: when each expires, whether it is for its domain and matches its key, and
# whether visitors are shown it. Without a DOMAIN also its own as a member of a cluster. The exit code is 1 if one is wrong.
# 'freehold cert check' prints the same as a table, and rehearses orders.
#
#   scripts/host/check-certs.sh [--days DAYS] [DOMAIN …]
#
#   --days DAYS  one that expires within so many days is wrong too (21)
#
# One that acme renews is wrong when a tenth of its lifetime is left, whatever DAYS is. The kept certificate of a site that
# was removed is listed, and is never wrong.
set -euo pipefail

if [ "${1:-}" = --help ]; then sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0"; exit; fi
# shellcheck source-path=SCRIPTDIR source=own-program.sh
source "$(dirname "${BASH_SOURCE[0]}")/own-program.sh"
become_own_program check-certificates "$@"
