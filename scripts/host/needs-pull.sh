#!/bin/sh
# Whether a pull of static-git@DOMAIN may find something new. Run by gitpuller@.service, so that most pulls need no
# container: gitpuller-check@ asks the remote first. Its sentence is printed if nothing has changed, and then the exit
# code is 1.
#
#   needs-pull.sh DOMAIN
set -eu

{ read -r container <"/run/freehold/containers/$1"; } 2>/dev/null || exit 0
network=${container##*\"SandboxKey\":\"}
network=${network%%\"*}
link=/run/freehold/networks/$1
said=/run/freehold/unchanged/$1
# The first pull, a site that does not run, and a push are for gitpuller itself.
[ -e "$network" ] && [ -e "/data/runtime/domains/$1/static-git/check" ] && [ ! -e "/run/freehold/pull-requests/$1" ] || exit 0
[ -e "$link" ] || ln --symbolic --force --no-dereference "$network" "$link"
: >"$said"
systemctl start "gitpuller-check@$1.service" || exit 0
read -r sentence <"$said" || exit 0
echo "$sentence"
exit 1
