#!/usr/bin/env bash
# Creates the files that one host of a cluster needs: FOLDER/hosts/HOST, to be copied to that host for setup.sh HOST --cluster.
# Run again, it renews only certificates that expire within 180 days (a certificate is valid for two years).
#
#   scripts/cluster/issue.sh FOLDER HOST ADDRESS [--renew]
#
#   FOLDER   created by scripts/cluster/make-authority.sh
#   HOST     the host's name, as given to setup.sh
#   ADDRESS  the address at which the other hosts reach it, best on a private network
#   --renew  renews all of this host's certificates and keys
#
# The first host that is issued begins the cluster. Each further one is added by scripts/cluster/admit.sh.
set -euo pipefail

if [ "${1:-}" = --help ]; then sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0"; exit; fi
exec "$(dirname "${BASH_SOURCE[0]}")/../freehold" cluster-step issue "$@"
