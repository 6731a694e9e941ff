# shellcheck shell=bash disable=SC2034,SC2154,SC2317 # some variables are those of setup.sh
# For --print: the functions of the steps that change something print the command instead, on descriptor 3. What the
# steps report on standard output is not shown. Part of setup.sh.

print_header() {
  cat <<EOT
# These commands make this machine the host $name. Run them as root, in this order, from a shell or a file: bash -eu FILE.
# Run setup.sh --print again afterwards: it prints what remains, such as a restart for a file that these commands have changed.
EOT
  command -v docker >/dev/null && [ -S /run/docker.sock ] && ! docker_answers || return 0
  echo "# This user may not ask Docker, so some of these commands may be unnecessary. Run this as root for a shorter list."
  docker() { return 1; }
}

step() {
  local commands printed=''
  commands=$("${@:2}" 3>&1 >/dev/null) || exit
  if [ -z "$commands" ]; then printf '\n# %s Nothing to do.\n' "$1"; return; fi
  printf '\n# %s\n%s\n' "$1" "$commands"
  anything=yes
}

line() { printed=yes; printf '%s\n' "$*" >&3; }

# In lines of up to 110 characters.
change() {
  local word text=''
  for word in "$@"; do
    [[ $word =~ ^[A-Za-z0-9_@%+=:,./-]+$ ]] || word=${word@Q}
    if ((${#text} + ${#word} > 110)); then line "$text \\"; text="  $word"; else text+=${text:+ }$word; fi
  done
  line "$text"
}

repeat() { [ -z "$printed" ] || change "$@"; }
write_file() { line "cat >$1 <<'EOF'"; cat >&3; line EOF; }
# A container may refuse this. HAProxy's start shows whether it matters.
set_kernel() { line "echo $2 >$1 || true"; }
quietly() { "${@:2}"; }
by_apt() { change env DEBIAN_FRONTEND=noninteractive apt-get "$@"; }

# systemd considers most services started before they answer. It waits for etcd.
wait_for() {
  [ "$2" != etcd_answers ] || return 0
  line "for _ in {1..$1}; do $(declare -f "$2" | sed '1,2d; $d; s/^ *//') && break; sleep 1; done"
}

need_root() { :; }
has_network() { [ -e /sys/class/net/freehold0 ] || docker network inspect freehold >/dev/null 2>&1; }
check_isolation() { [ -z "${anything:-}" ] || change "$here/check-isolation.sh"; }

ensure_iproute() {
  command -v ss >/dev/null || fail "Cannot list this machine's ports and routes without iproute2. Install it first: apt-get install iproute2."
}

# Without package lists, as on a new machine, the printed command looks up the names that depend on the release.
install_packages() {
  local missing names=()
  mapfile -t missing < <(missing_packages)
  [ ${#missing[@]} -gt 0 ] || return 0
  by_apt update
  command -v docker >/dev/null || names=(docker-cli)
  [[ " ${missing[*]} " != *' etcd '* ]] || names+=(etcd-server etcd-client)
  if [ ${#names[@]} -eq 0 ] || knows_package docker.io; then by_apt install --yes --no-install-recommends "${missing[@]}"; return; fi
  mapfile -t missing < <(printf '%s\n' "${missing[@]}" | grep -vx etcd)
  line "env DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends ${missing[*]} \\"
  line "  \$(apt-cache pkgnames | grep -xE '$(IFS='|'; echo "${names[*]}")')"
}

ensure_setting() {
  if grep -q "^$2=" "$1" 2>/dev/null; then return; fi
  # A last line without a line break would absorb the first one.
  [ ${#changed[@]} -gt 0 ] || [ -z "$(tail --bytes 1 "$1" 2>/dev/null)" ] || line "echo >>$1"
  line "echo $2=$3 >>$1"
  changed+=("$2")
}

replace_settings() {
  local setting
  while IFS= read -r setting; do
    grep -qxF "$setting" "$1" 2>/dev/null || change sed --in-place --expression "\$a $setting" --expression "/^${setting%%=*}=/d" "$1"
  done
}

# Docker gives the network, which may not be there yet, its first address.
sites_gateway() {
  local address
  address=$(wanted_sites_network)
  address=${address%/*}
  echo "${address%.*}.$((${address##*.} + 1))"
}

check_loaded() { :; }
unpack_archive() {
  case "$1" in
    *.zst) line "zstd --decompress --stdout --quiet ${1@Q} | docker load" ;;
    *) change docker load --input "$1" ;;
  esac
}

unpack_programs() {
  local name id
  for name in "${unpacked[@]}"; do
    [[ " ${wanted[*]} " == *" $name "* ]] || continue
    id=$(image_of "$name")
    if [ -z "$id" ] || [ "$id" != "$(image_id "freehold/$name" 2>/dev/null)" ]; then change "$here/host/unpack-programs.sh"; return; fi
  done
}

# The rules of a unit that is not started yet, or as a user who cannot read them.
has_rule() { [ "$(unit_state "$1")" != active ] || [ "$EUID" -ne 0 ] || find_rule "$2"; }
# setup.sh itself starts a second one meanwhile, so that no request is refused.
replace_haproxy() { change systemctl restart --job-mode=ignore-dependencies haproxy; }
# Sites from before version 0.2 can send mail after their next start.
let_sites_send() { :; }
operator_address() { echo "${operator:-$(setting FREEHOLD_OPERATOR)}"; }
forget_ca() { line "echo 'clear map $acme_map' | socat - UNIX-CONNECT:$edge_socket"; }
