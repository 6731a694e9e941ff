# shellcheck shell=bash disable=SC2154 # some variables are those of setup.sh
# The distribution's own packages, without recommended ones. Part of setup.sh.

has_package() { [ "$(dpkg-query --show --showformat '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }
knows_package() { [ -n "$(apt-cache policy "$1" 2>/dev/null | sed -n 's/^ *Candidate: \(([^)]*)\)\?//p')" ]; }

# An installed Docker or etcd from another source is kept.
wanted_packages() {
  echo ca-certificates curl iptables openssl socat
  command -v dockerd >/dev/null || echo docker.io
  if ! command -v docker >/dev/null && knows_package docker-cli; then echo docker-cli; fi
  if ! command -v etcd >/dev/null || ! command -v etcdctl >/dev/null; then
    if knows_package etcd-server; then echo etcd-server etcd-client; else echo etcd; fi
  fi
}

missing_packages() {
  local package
  for package in $(wanted_packages); do has_package "$package" || echo "$package"; done
}

install_packages() {
  local missing
  mapfile -t missing < <(missing_packages)
  if [ ${#missing[@]} -eq 0 ]; then
    say "Packages: up to date."
    return
  fi
  # The names depend on the package lists, which a bare server may not have.
  quietly "Updating the package lists" by_apt update
  mapfile -t missing < <(missing_packages)
  quietly "Installing ${missing[*]}" by_apt install --yes --no-install-recommends "${missing[@]}"
}
