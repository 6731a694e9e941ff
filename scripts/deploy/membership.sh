# shellcheck shell=bash disable=SC2154 # some variables are those of deploy.sh
# A member of a cluster gets what this version needs of the cluster's keys, and of its role in etcd. A part of deploy.sh;
# the work is done by the command freehold (packages/cli/src/edge/cluster/renew-membership.ts).

# renew_membership SERVER HOSTNAME: nothing for a host that is not issued by ~/.config/freehold/cluster. A deploy does not
# fail for it: without it, the member goes on as before, and setup.sh reports what it lacks.
renew_membership() {
  awk -v host="$2" '$1 == host { known = 1 } END { exit !known }' "$config/cluster/members" 2>/dev/null || return 0
  "$here/../freehold" cluster-step renew-membership "$1" "$2" >/dev/null </dev/null \
    || say "Warning: $2's part of the keys, or its role in etcd, may be from before. Run scripts/deploy/make-cluster.sh again." >&2
}
