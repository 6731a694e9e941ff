#!/usr/bin/env bash
# Adds a host to the cluster: it becomes a member of etcd, and a user that reads what a host needs, writes below
# /services/, its own /hosts/HOST and the certificates, and nothing else. Turns etcd's access control on, if it is off.
# Safe to run again.
#
#   scripts/cluster/admit.sh FOLDER HOST
#
# For the first host: immediately after setup.sh --cluster there, since without access control each host may do everything.
# For each further host: before setup.sh; then copy FOLDER/hosts/HOST there and run setup.sh --cluster within minutes, since a
# member that was added but has not started counts as down.
#
# Requires etcdctl, and connects to etcd at the members' addresses, or at FREEHOLD_ETCD, through a tunnel:
#   ssh -L 2379:127.0.0.1:2379 H1, then FREEHOLD_ETCD=https://127.0.0.1:2379 scripts/cluster/admit.sh …
set -euo pipefail

if [ "${1:-}" = --help ]; then sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0"; exit; fi
exec "$(dirname "${BASH_SOURCE[0]}")/../freehold" cluster-step admit "$@"
