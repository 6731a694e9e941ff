#!/usr/bin/env bash
# Provides the only external image, debian:RELEASE-slim: pulls it if a registry answers, otherwise builds it from Debian's
# packages with debootstrap. Does nothing if it exists; --fresh rebuilds it.
#
#   scripts/base-image.sh [--fresh] [RELEASE]
#
#   RELEASE  the name of a Debian release (trixie, the base of all images)
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$here/lib.sh"

# Where this machine gets Debian's security updates from; debootstrap knows only the main suite.
security_uri() {
  cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources 2>/dev/null \
    | awk '!/^[[:space:]]*#/ { for (i = 1; i <= NF; i++) if ($i ~ /:\/.*debian-security/) uri = $i } END { print uri }'
}

add_security_updates() {
  local root=$1 uri
  uri=$(security_uri || true)
  [ -n "$uri" ] || return 0
  echo "deb $uri $release-security main" >>"$root/etc/apt/sources.list"
  cp /etc/resolv.conf "$root/etc/resolv.conf"
  chroot "$root" apt-get update -q
  chroot "$root" env DEBIAN_FRONTEND=noninteractive apt-get upgrade -q --yes
}

# As in the image of the same name on registries: no manuals, no translations, and no waiting for the disk after each file.
configure_dpkg() {
  mkdir -p "$1/etc/dpkg/dpkg.cfg.d"
  printf '%s\n' force-unsafe-io >"$1/etc/dpkg/dpkg.cfg.d/unsafe-io"
  printf 'path-exclude %s\n' '/usr/share/doc/*' '/usr/share/man/*' '/usr/share/info/*' '/usr/share/locale/*' \
    >"$1/etc/dpkg/dpkg.cfg.d/slim"
}

slim_down() {
  local root=$1
  rm -rf "$root"/usr/share/{doc,man,info,locale}/* "$root"/var/lib/apt/lists/* "$root"/var/cache/apt/*.bin \
    "$root"/var/cache/apt/archives/*.deb "$root"/var/log/*.log
}

bootstrap() {
  local root
  root=$(mktemp -d)
  # shellcheck disable=SC2064
  trap "rm -rf '$root'" EXIT
  chmod 755 "$root"
  # In two stages, so that dpkg is configured before it installs anything.
  debootstrap --foreign --variant=minbase "$release" "$root"
  configure_dpkg "$root"
  chroot "$root" /debootstrap/debootstrap --second-stage
  add_security_updates "$root"
  slim_down "$root"
  tar -C "$root" -c . | docker import --change 'CMD ["bash"]' - "$image"
}

main() {
  local fresh=no release image
  [ "${1:-}" = --help ] && { print_help "$0"; return; }
  if [ "${1:-}" = --fresh ]; then fresh=yes; shift; fi
  release=${1:-trixie} image=debian:${1:-trixie}-slim
  if [ "$fresh" = no ] && docker image inspect "$image" >/dev/null 2>&1; then return; fi
  say "Pulling $image"
  if timeout 300 docker pull -q "$image" >/dev/null 2>&1; then return; fi
  say "No image registry answers: building $image from Debian's packages"
  [ "$EUID" -eq 0 ] || fail "Only root can build $image. Run this again as root."
  ensure_command debootstrap debootstrap
  quietly "Bootstrapping Debian $release" bootstrap
}

main "$@"
