#!/usr/bin/env bash
# A whole server in a container, with its own systemd, sshd, and later Docker and etcd: to try and to test freehold.
#
#   scripts/throwaway-host.sh bare NAME [--prepared | --release RELEASE] [--http PORT] [--https PORT] [--smtp PORT]
#       boots a bare Debian server as the container NAME, or starts it again, and waits until it is up;
#       the ports lead to its 80, 443 and 25, on this machine's loopback only.
#       --release: another release of Debian than the images have, such as bookworm
#       --prepared: a new container has the packages already that scripts/setup.sh installs, and starts in less time
#   scripts/throwaway-host.sh up NAME [--edge-only] [OPTION …]
#       the same, then scripts/throwaway-copy.sh and scripts/setup.sh in it: a host of freehold. Run again, it brings
#       the host up to date. --edge-only: as of setup.sh
#   scripts/throwaway-host.sh images VOLUME
#       loads the images of scripts/build-images.sh into the volume VOLUME. While FREEHOLD_E2E_IMAGES names it, Docker in
#       each new server with --prepared starts with a copy of them, which takes less time than loading them
#   scripts/throwaway-host.sh down NAME
#       removes it with all that it held
#
# Needs the images of scripts/build-images.sh: test-host, or test-host-prepared for --prepared; for --release, what
# scripts/build-images.sh --release RELEASE builds.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$here/lib.sh"

# Nothing, if there is no such container.
state_of() { docker ps --all --filter "name=^/$1\$" --format '{{.State}}'; }

remove() { docker rm --force --volumes "$1" >/dev/null; }

# systemd needs nearly all of a machine's capabilities. CAP_SYS_RESOURCE is the one that it does without, and that
# some machines cannot give: an older Docker fails there if it is not dropped, a newer one if it is. The last setting takes back what Docker gives to containers and a server has not.
docker_drops() {
  local probe
  probe=$(docker create --pull never --cap-drop "$1" "$image" 2>/dev/null) || return
  docker rm --volumes "$probe" >/dev/null
}

run_container() {
  local name=$1
  shift
  if docker info --format '{{.CgroupVersion}}' | grep -q 1; then
    set -- "$@" --env 'SYSTEMD_PROC_CMDLINE=systemd.unified_cgroup_hierarchy=0 SYSTEMD_CGROUP_ENABLE_LEGACY_FORCE=1'
  fi
  if docker_drops SYS_RESOURCE; then set -- "$@" --cap-drop SYS_RESOURCE; fi
  docker create --name "$name" --hostname "$name" --label "freehold.throwaway-host=$name" \
    --cap-add ALL --security-opt seccomp=unconfined --security-opt apparmor=unconfined \
    --cgroupns private --tmpfs /run:exec --tmpfs /tmp:exec,mode=1777 --env container=docker \
    --sysctl net.ipv6.conf.all.disable_ipv6=0 --sysctl net.ipv6.conf.default.disable_ipv6=0 \
    --sysctl net.ipv4.ip_unprivileged_port_start=1024 \
    "$@" --pull never "$image" || { remove "$name"; return 1; }
  if ! copy_images "$name" || ! docker start "$name"; then remove "$name"; return 1; fi
}

# Docker never changes the files of layers, so they become hard links, which takes no space and hardly any time; the rest is small.
# Hard links need one mount for both volumes. Docker keeps in extended attributes what only CAP_SYS_ADMIN may write.
# shellcheck disable=SC2016 # the inner shell expands it
link_images='
  [ ! -d "$1/overlay2" ] || cp --archive --link "$1/overlay2" "$2"
  find "$1" -mindepth 1 -maxdepth 1 ! -name overlay2 -exec cp --archive --target-directory "$2" {} +'

# The name begins with that of the server, so that scripts/test.sh finds it after an interruption: it holds the volumes.
copy_images() {
  local volume=${FREEHOLD_E2E_IMAGES:-} from to all
  if [ "$image" = freehold/test-host ] || [ "$volume" = "$1" ]; then return; fi
  if [ -z "$volume" ] || ! from=$(docker volume inspect --format '{{.Mountpoint}}' "$volume" 2>/dev/null); then return; fi
  to=$(docker inspect --format '{{range .Mounts}}{{if eq .Destination "/var/lib/docker"}}{{.Source}}{{end}}{{end}}' "$1")
  all=${from%/*/*}
  docker run --rm --name "$1-copy" --pull never --cap-add SYS_ADMIN --volume "$all:$all" --entrypoint sh "$image" \
    -euc "$link_images" sh "$from" "$to"
}

# The container that loads them has the volume's name.
load_into_volume() {
  boot "$1" --volume "$1:/var/lib/docker"
  "$here/throwaway-copy.sh" "$1"
  docker exec "$1" systemctl stop docker.socket docker
  remove "$1"
}

is_up() {
  case "$(docker exec "$1" systemctl is-system-running 2>/dev/null)" in
    running | degraded) ;;
    *) return 1 ;;
  esac
}

boot() {
  local name=$1
  case "$(state_of "$name")" in
    running) ;;
    '') quietly "Booting a Debian server, the container $name" run_container "$@" ;;
    *) quietly "Starting the container $name again" docker start "$name" ;;
  esac
  wait_for 300 is_up "$name" && return
  docker logs --tail 20 "$name" >&2
  fail "$name is not up after 300 s: $(docker exec "$name" systemctl is-system-running 2>&1 || true)"
}

parse_options() {
  while [ $# -gt 0 ]; do
    case "$1" in
      --prepared) image=freehold/test-host-prepared; shift; continue ;;
      --edge-only) extent=(--edge-only); shift; continue ;;
    esac
    [ $# -ge 2 ] || refuse "Option '$1' requires a value. See '$0 --help'."
    case "$1" in
      --release) image=freehold/test-server:$2 ;;
      --http) ports+=(--publish "127.0.0.1:$2:80") ;;
      --https) ports+=(--publish "127.0.0.1:$2:443") ;;
      --smtp) ports+=(--publish "127.0.0.1:$2:25") ;;
      *) refuse "Unknown option '$1'. See '$0 --help'." ;;
    esac
    shift 2
  done
}

main() {
  [ "${1:-}" != --help ] || { print_help "$0"; return; }
  [ $# -ge 2 ] || refuse "Missing arguments: a command and the name of a container or volume. See '$0 --help'."
  local command=$1 name=$2 ports=() extent=() image=freehold/test-host
  shift 2
  parse_options "$@"
  case "$command" in
    bare) boot "$name" "${ports[@]}" ;;
    up) boot "$name" "${ports[@]}" && "$here/throwaway-copy.sh" "$name" --set-up "${extent[@]}" ;;
    images) image=freehold/test-host-prepared; load_into_volume "$name" ;;
    down) [ -z "$(state_of "$name")" ] || remove "$name" ;;
    *) refuse "Unknown command '$command'. See '$0 --help'." ;;
  esac
}

main "$@"
