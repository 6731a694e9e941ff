# shellcheck shell=bash disable=SC2154 # some variables are those of deploy.sh
# Gives a member of a cluster the keys and the rights in etcd that this version needs. A part of deploy.sh.

# shellcheck source-path=SCRIPTDIR source=members.sh
source "$(dirname "${BASH_SOURCE[0]}")/members.sh"

# renew_membership SERVER HOSTNAME: nothing for a host that is not issued by ~/.config/freehold/cluster. A deploy does not
# fail for it: without it, the member continues as before, and setup.sh reports what it lacks.
renew_membership() {
  local address keys=$config/cluster
  address=$(awk -v host="$2" '$1 == host { print $2 }' "$keys/members" 2>/dev/null) || return 0
  [ -n "$address" ] || return 0
  # Servers are deployed side by side, and the folder is one.
  (
    flock 8
    "$here/../cluster/issue.sh" "$keys" "$2" "$address" >/dev/null && grant_role "$1" "$2"
  ) 8>>"$config/cluster.lock" \
    || say "Warning: the keys of $2, or its role in etcd, may be of an earlier version. Run scripts/deploy/make-cluster.sh again." >&2
}

# It is a member already; this version updates its rights.
grant_role() {
  if ! is_member "$1"; then return; fi
  open_tunnel "$1"
  local code=0
  "$here/../cluster/admit.sh" "$config/cluster" "$2" >/dev/null || code=$?
  disconnect "$tunnel"
  return "$code"
}
