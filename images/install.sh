#!/bin/sh
# Installs Debian packages while an image is built. Lists and packages are kept in a cache that all builds share, so that
# nothing is downloaded twice:
#   RUN --mount=type=bind,source=install.sh,target=/install.sh \
#       --mount=type=cache,id=freehold-apt,target=/var/cache/freehold \
#       sh /install.sh [--download-only | --keep-lists] PACKAGE…
#
#   --download-only  leaves the packages in /var/cache/freehold/archives, and installs nothing
#   --keep-lists     also keeps the package lists in the image
set -eu

cache=/var/cache/freehold
# One folder per set of sources: they differ between a base image that was pulled and one that was bootstrapped here.
lists=$cache/lists-$(cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null | md5sum | cut -c 1-8)

apt() {
  DEBIAN_FRONTEND=noninteractive apt-get -q --yes --no-install-recommends -o "Dir::State::Lists=$lists" \
    -o "Dir::Cache::Archives=$cache/archives" -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= \
    -o APT::Keep-Downloaded-Packages=true -o APT::Sandbox::User=root -o Acquire::Languages=none \
    -o Dpkg::Options::=--force-unsafe-io "$@"
}

update() {
  apt -o APT::Update::Error-Mode=any update
  : >"$lists/updated"
}

download() { apt --download-only install "$@"; }

# One build at a time: the cache is shared.
fetch() {
  mkdir -p "$lists/partial" "$cache/archives/partial"
  exec 9>"$cache/lock"
  flock 9
  [ -n "$(find "$lists" -name updated -mmin -60)" ] || update
  # A mirror keeps only the newest version of a package.
  download "$@" || { update && download "$@"; }
  exec 9>&-
}

main() {
  mode=install
  case "$1" in --*) mode=$1; shift ;; esac
  fetch "$@"
  if [ "$mode" = --keep-lists ]; then cp "$lists"/*_* /var/lib/apt/lists/; fi
  if [ "$mode" = --download-only ]; then return; fi
  # dpkg's locks belong to this container, and the cache is only read.
  apt --no-download -o Debug::NoLocking=true install "$@"
}

main "$@"
