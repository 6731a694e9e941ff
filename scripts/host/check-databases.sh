#!/usr/bin/env bash
# Refuses to switch to a version whose database server is older than the data of a site on this host: MariaDB, for one,
# upgrades its data at its first start, and an older one cannot read it any more. Changes nothing.
#
#   scripts/host/check-databases.sh VERSION
#
# A switch does this too. A control machine calls it before it goes back to a version that may be from before that.
set -euo pipefail

if [ "${1:-}" = --help ]; then sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0"; exit; fi
# shellcheck source-path=SCRIPTDIR source=own-program.sh
source "$(dirname "${BASH_SOURCE[0]}")/own-program.sh"
become_own_program switch-step check-databases "$@"
