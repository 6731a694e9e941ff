#!/usr/bin/env bash
# Lists the sites of this host: 'freehold site list'. Its columns are app, state of the unit, address in etcd, result of
# HAProxy's check, and when the certificate expires. A dash stands for a missing value. If certificates are automatic, the
# sites that have none or wait for a new one are reported on standard error, with the reason.
#
#   scripts/list-sites.sh [--json]
set -euo pipefail

if [ "${1:-}" = --help ]; then sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0"; exit; fi
# shellcheck source-path=SCRIPTDIR source=command-lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/command-lib.sh"
become_command site list "$@"
