#!/usr/bin/env bash
# Makes several hosts one cluster (docs/how-to/make-a-cluster.md): 'freehold cluster create', whose help says more. The
# servers have been deployed already; the first one may have sites, the others must have none yet. Run again, it does what
# is left, adds further servers, and renews certificates that expire within 180 days.
#
#   scripts/deploy/make-cluster.sh SERVER=ADDRESS… [--keys FOLDER]
#
#   SERVER         HOST or USER@HOST, as for ssh
#   ADDRESS        that server's address (IPv4) on the network between them
#   --keys FOLDER  the folder of the cluster's keys, here (~/.config/freehold/cluster). They open everything: back it up
#
# What a server gets of it is in ~/.config/freehold/hosts/HOSTNAME/cluster, which deploy.sh sends too.
set -euo pipefail

if [ "${1:-}" = --help ]; then sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0"; exit; fi
# shellcheck source-path=SCRIPTDIR source=by-freehold.sh
source "$(dirname "${BASH_SOURCE[0]}")/by-freehold.sh"
provide_any_command
by_freehold cluster create "$@"
