# shellcheck shell=bash
# Finds a Docker client that builds with BuildKit, which the Dockerfiles need. Part of build-images.sh.

# Clients before Docker 23 have BuildKit built in; later ones need the plugin buildx.
has_buildkit() {
  local version
  "$1" buildx version >/dev/null 2>&1 && return
  version=$("$1" --version 2>/dev/null | sed -n 's/^Docker version \([0-9]*\).*/\1/p')
  [ -n "$version" ] && [ "$version" -lt 23 ]
}

# Prints the client: the one on the PATH, or the distribution's own if that one lacks the plugin.
find_builder() {
  local client
  for client in docker /usr/bin/docker; do
    if has_buildkit "$client"; then echo "$client"; return; fi
  done
  return 1
}

install_buildx() {
  local package
  apt_update
  package=$(known_packages docker-buildx docker-buildx-plugin | head -n 1)
  [ -n "$package" ] && apt_install_known "$package"
}

ensure_buildkit() {
  find_builder >/dev/null || quietly "Installing Docker's plugin buildx" install_buildx
  find_builder >/dev/null || fail "Docker cannot build the images here: its plugin buildx is missing." \
    "Install the package docker-buildx, or docker-buildx-plugin from Docker's own repository."
}
