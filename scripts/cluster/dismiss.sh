#!/usr/bin/env bash
# Removes a host from the cluster: from etcd's members and users, with its records and its certificates here, and creates
# a new key for the sites' certificates, which the other hosts get. Its sites are then known only on other hosts where they
# run. Safe to run again. A host that is broken temporarily can stay.
#
#   scripts/cluster/dismiss.sh FOLDER HOST
#
# Has the same requirements as scripts/cluster/admit.sh. A certificate cannot be revoked: if somebody else controls the
# host, see docs/how-to/change-all-keys.md.
set -euo pipefail

if [ "${1:-}" = --help ]; then sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0"; exit; fi
exec "$(dirname "${BASH_SOURCE[0]}")/../freehold" cluster-step dismiss "$@"
