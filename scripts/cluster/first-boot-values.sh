#!/usr/bin/env bash
# Prints the values that make a new machine a member of the cluster at its first boot: three lines, to replace the empty
# ones with the same names in cloud-config. The host must have been issued (scripts/cluster/issue.sh) and, except for the first one
# of the cluster, added (scripts/cluster/admit.sh): so boot the machine within minutes.
#
#   scripts/cluster/first-boot-values.sh FOLDER HOST
#
# They contain that host's keys: protect the file that you paste them into like FOLDER, and clear the user data at the
# provider, if possible, once the host is up.
set -euo pipefail

if [ "${1:-}" = --help ]; then sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0"; exit; fi
exec "$(dirname "${BASH_SOURCE[0]}")/../freehold" cluster-step first-boot-values "$@"
