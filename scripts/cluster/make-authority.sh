#!/usr/bin/env bash
# Creates the three CAs that a cluster of hosts trusts, and the certificates of etcd's users root and operator.
# Run it once, on the control machine. The folder that it creates gives access to everything: keep it there, backed
# up, and nowhere else. Run again, it creates only files that are missing or expire soon.
#
#   scripts/cluster/make-authority.sh FOLDER
#
# Next: scripts/cluster/issue.sh FOLDER HOST ADDRESS, for each host.
set -euo pipefail

if [ "${1:-}" = --help ]; then sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0"; exit; fi
exec "$(dirname "${BASH_SOURCE[0]}")/../freehold" cluster-step make-authority "$@"
