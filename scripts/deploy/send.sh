# shellcheck shell=bash disable=SC2154 # some variables are those of make-cluster.sh
# What the operator has for a host is sent to it. A part of make-cluster.sh; packages/cli/src/edge/deploy/own-files.ts is the same
# for a deploy.

# send_folder SERVER FOLDER TARGET MODE ENTRY …: the entries of a folder here become a folder there.
send_folder() {
  local server=$1 folder=$2 target=$3 mode=$4
  shift 4
  tar --create --directory "$folder" --owner 0 --group 0 --numeric-owner "$@" .whole \
    | on "$server" bash -c "$(cat "$repository/scripts/host/receive-files.sh")" receive-files "$target" "$mode"
}

# renew_keys KEYS HOSTNAME: what the host gets of the cluster's keys is as the scripts of ../cluster have left it: renewed,
# or gone since it was removed.
renew_keys() {
  local own=$config/hosts/$2
  rm -rf "$own/cluster.new" || return
  if [ -d "$1/hosts/$2" ]; then (umask 077 && mkdir -p "$own" && cp --recursive "$1/hosts/$2" "$own/cluster.new") || return; fi
  rm -rf "$own/cluster" || return
  [ ! -e "$own/cluster.new" ] || mv "$own/cluster.new" "$own/cluster"
}

is_of_ours() { cmp --silent "$1/client/ca.pem" "$config/cluster/ca/clients/ca.pem"; }

# What lies in ~/.config/freehold/hosts/HOSTNAME is the operator's for this host alone: it becomes /etc/freehold/deployed
# there, for setup.sh to find, and root's alone.
send_own_files() {
  local folder=$config/hosts/$2
  # Those of a cluster whose keys are elsewhere (make-cluster.sh --keys) stay as they are.
  if is_of_ours "$folder/cluster" || is_of_ours "$folder/cluster.new"; then renew_keys "$config/cluster" "$2" || return; fi
  [ -d "$folder" ] || return 0
  say "Sending what $folder has to /etc/freehold/deployed"
  local copy="$notes/own-$2"
  cp --recursive "$folder" "$copy" && : >"$copy/.whole" \
    && send_folder "$1" "$copy" /etc/freehold/deployed 700 --exclude=./.whole .
}
