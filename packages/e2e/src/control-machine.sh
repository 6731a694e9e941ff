#!/usr/bin/env bash
# Makes a throw-away host a control machine: ssh keys for the servers, git, Docker with freehold's images, and this working copy
# as a checkout with one commit, /root/freehold.
#
#   packages/e2e/src/control-machine.sh CONTAINER SERVER=CONTAINER …
set -euo pipefail

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
# shellcheck source-path=SCRIPTDIR source=../../../scripts/setup/images.sh
source "$repository/scripts/setup/images.sh"

inside() { docker exec --interactive "$machine" "$@"; }
address_of() { docker inspect --format '{{.NetworkSettings.IPAddress}}' "$1"; }

install_tools() {
  inside sh -c 'command -v git && command -v jq && command -v dockerd' >/dev/null && return
  inside env DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends \
    git jq docker.io docker-cli iptables socat >/dev/null 2>&1
}

copy_checkout() {
  inside sh -c 'mkdir -p /root/freehold'
  tar -C "$repository" --exclude=./.git --exclude=node_modules --exclude=dist --exclude=.turbo --exclude='./freehold-images.tar*' \
    --exclude=machine-ca.crt --owner=0 --group=0 -c . | inside tar -x -C /root/freehold
  inside sh -euc 'cd /root/freehold; [ -d .git ] || git init --quiet --initial-branch main
    git config user.name Test; git config user.email test@freehold.test; git add --all
    git diff --cached --quiet || git commit --quiet --message "As it is"'
}

# ids [inside]: of the images that this machine has, or the control machine, by their tags; nothing for those that are missing.
ids() {
  "$@" docker image inspect --format '{{range .RepoTags}}{{.}} {{$.Id}}
{{end}}' "${images[@]/#/freehold/}" 2>/dev/null </dev/null | sort -u
}

# What the control machine has already is not copied again.
copy_images() {
  local differing=()
  mapfile -t differing < <(comm -23 <(ids) <(ids inside) | sed -n 's/:latest .*//p')
  [ ${#differing[@]} -eq 0 ] || docker save "${differing[@]}" | inside docker load --quiet >/dev/null
}

# introduce SERVER=CONTAINER: the control machine knows its address and host key, and may log in.
introduce() {
  local server=${1%%=*} container=${1#*=}
  docker exec -i "$container" sh -c 'mkdir -p /root/.ssh && cat >/root/.ssh/authorized_keys' <"$key"
  # shellcheck disable=SC2016 # the inner shell expands it
  inside sh -c 'grep -v " $2$" /etc/hosts >/tmp/hosts; echo "$1 $2" >>/tmp/hosts; cat /tmp/hosts >/etc/hosts' hosts \
    "$(address_of "$container")" "$server" </dev/null
  echo "$server $(docker exec "$container" cut -d ' ' -f 1,2 /etc/ssh/ssh_host_ed25519_key.pub)" >>"$known"
}

main() {
  local machine=$1 server
  shift
  key=$(mktemp) known=$(mktemp)
  trap 'rm -f "$key" "$known"' EXIT
  install_tools
  copy_checkout
  copy_images
  inside sh -c '[ -e /root/.ssh/id_ed25519 ] || ssh-keygen -q -t ed25519 -N "" -f /root/.ssh/id_ed25519; cat /root/.ssh/id_ed25519.pub' >"$key"
  for server in "$@"; do introduce "$server"; done
  inside sh -c 'cat >/root/.ssh/known_hosts' <"$known"
}

main "$@"
