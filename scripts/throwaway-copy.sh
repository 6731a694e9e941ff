#!/usr/bin/env bash
# Brings this repository and its images into a throw-away host: the repository to /opt/freehold, the images that differ
# into the host's Docker or, while it has none, to /opt/freehold/freehold-images.tar, from where setup.sh loads them.
#
#   scripts/throwaway-copy.sh NAME            copies
#   scripts/throwaway-copy.sh NAME --set-up [--edge-only]
#                                             then runs scripts/setup.sh NAME there, and restarts sites with a new image;
#                                             --edge-only: as of setup.sh, with the images for that
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
repository=$(dirname "$here")
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$here/lib.sh"
# shellcheck source-path=SCRIPTDIR source=apps-lib.sh
source "$here/apps-lib.sh"
# shellcheck source-path=SCRIPTDIR source=setup/images.sh
source "$here/setup/images.sh"

archive=freehold-images.tar
loaded=()

inside() { docker exec "$name" "$@"; }

# A setup.sh in the container continues when the script that called it is killed; the next one waits for its end.
inside_alone() { inside flock /run/freehold-setup.lock "$@"; }

copy_repository() {
  inside sh -c 'rm -rf /opt/freehold.new && mkdir -p /opt/freehold.new'
  tar -C "$repository" --exclude=./.git --exclude=node_modules --exclude=dist --exclude=.turbo --exclude='./*.deb' \
    --exclude="./$archive*" --exclude=machine-ca.crt --owner=0 --group=0 -c . \
    | docker exec -i "$name" tar -x -C /opt/freehold.new
  inside_alone sh -c 'rm -rf /opt/freehold && mv /opt/freehold.new /opt/freehold'
}

# What makes two images the same, also for two versions of Docker that number them differently. A line for each of its tags.
fingerprint='{{range .RepoTags}}{{.}} {{$.RootFS.Layers}} {{$.Config.Entrypoint}} {{$.Config.Env}} {{$.Config.User}} {{$.Config.StopSignal}}
{{end}}'

# fingerprints [inside]: of the images that this machine has, or the host; nothing for those that are missing.
fingerprints() { "$@" docker image inspect --format "$fingerprint" "${wanted[@]/#/freehold/}" 2>/dev/null | sort -u; }

differing_images() {
  comm -23 <(fingerprints) <(fingerprints inside) | sed -n 's/:latest .*//p'
}

put_archive() { docker save "$@" | docker exec -i "$name" sh -c "cat >/opt/freehold/$archive"; }
load_images() { docker save "$@" | docker exec -i "$name" docker load; }

copy_images() {
  local differing
  mapfile -t differing < <(differing_images)
  [ ${#differing[@]} -gt 0 ] || return 0
  if inside docker version >/dev/null 2>&1; then
    quietly "Loading into $name: ${differing[*]}" load_images "${differing[@]}"
    loaded=("${differing[@]}")
  else
    quietly "Copying the images to $name" put_archive "${differing[@]}"
  fi
}

# A container keeps the image that it was started from. setup.sh restarts the edge; a site is its owner's to
# restart on a real host, but here nobody waits for it.
restart_sites() {
  local app image patterns=()
  for app in "${site_apps[@]}"; do
    for image in $(words_of Images "$app"); do
      if [[ " ${loaded[*]} " == *" freehold/$image "* ]]; then patterns+=("$app@*.service"); break; fi
    done
  done
  [ ${#patterns[@]} -eq 0 ] || quietly "Restarting sites with their new images" inside systemctl try-restart "${patterns[@]}"
}

# setup.sh says itself what it does.
set_up() {
  say "Running scripts/setup.sh $name in it"
  inside_alone env FREEHOLD_STARTED="$FREEHOLD_STARTED" /opt/freehold/scripts/setup.sh "$name" "${extent[@]}"
  inside rm -f "/opt/freehold/$archive"
  restart_sites
}

main() {
  [ "${1:-}" != --help ] || { print_help "$0"; return; }
  [ $# -ge 1 ] || refuse "Missing argument: NAME. See '$0 --help'."
  local name=$1 extent=() wanted=("${images[@]}")
  if [ "${3:-}" = --edge-only ]; then extent=(--edge-only) wanted=("${edge_images[@]}"); fi
  quietly "Copying the repository to /opt/freehold in $name" copy_repository
  copy_images
  if [ "${2:-}" = --set-up ]; then set_up; fi
}

main "$@"
