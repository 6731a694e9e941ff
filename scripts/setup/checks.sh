# shellcheck shell=bash disable=SC2154 # some variables are those of setup.sh
# Conditions that must hold before anything is changed. Part of setup.sh.

check_name() {
  [ -n "$1" ] || refuse "Missing argument: HOSTNAME, for example h1.example.com. See 'setup.sh --help'."
  [[ ${#1} -le 253 && $1 =~ ^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$ ]] && return
  refuse "'$1' is not a host name: it may contain only lower-case letters, digits, hyphens and dots, as in h1.example.com."
}

check_archive() { [ -z "$1" ] || [ -r "$1" ] || refuse "Cannot load images from '$1': the file does not exist or is not readable."; }

check_system() {
  local id version title supported=no
  # shellcheck source=/dev/null
  read -r id version title < <(source /etc/os-release && echo "${ID:-?} ${VERSION_ID:-0} ${PRETTY_NAME:-?}")
  case "$id" in
    debian) dpkg --compare-versions "$version" ge 12 && supported=yes ;;
    ubuntu) dpkg --compare-versions "$version" ge 22.04 && supported=yes ;;
  esac
  [ "$supported" = yes ] || refuse "This is $title, but a host needs Debian 12 or newer, or Ubuntu 22.04 or newer."
  [ -d /run/systemd/system ] || refuse "This machine does not run systemd, which starts the sites."
}

# A host's name is part of its keys in etcd: under another name, its sites would be listed twice.
check_known_name() {
  local known
  [ -f "$host_env" ] || return 0
  known=$(setting FREEHOLD_HOST)
  [ -z "$known" ] || [ "$known" = "$1" ] && return
  refuse "This host has the name '$known' ($host_env), under which its sites are registered. Run setup.sh $known," \
    "or remove the sites and change FREEHOLD_HOST there first."
}

# Other checks need iproute2, to list ports and routes. Nearly every server has it.
ensure_iproute() { ensure_command ss iproute2; }

# A snap's Docker sees neither /data nor /run/freehold, and a snap's etcd does not read /etc/default/etcd.
check_snaps() {
  local program found=()
  for program in docker dockerd etcd etcdctl; do
    [ ! -e "${snap_folder:=/snap/bin}/$program" ] || found+=("$program")
  done
  [ ${#found[@]} -eq 0 ] || refuse "This machine has ${found[*]} as a snap, which cannot read the folders of a host. Remove it" \
    "(snap list; snap remove NAME), and run this again, which installs the distribution's package. Nothing was changed."
}

# Sites' containers have only IPv4: without it they cannot reach repositories and update servers.
check_ipv4() {
  [ -z "$(setting FREEHOLD_HOST_IP)" ] || return 0
  if [ -n "$(ip -4 route show default)" ] || [ -z "$(ip -6 route show default)" ]; then return; fi
  refuse "This machine has only an IPv6 route to the internet, but sites need IPv4 for repositories," \
    "updates, plugins. Give it an IPv4 address or NAT64 with CLAT, or, if it has only static sites, write" \
    "FREEHOLD_HOST_IP=127.0.0.1 to $host_env. Nothing was changed."
}

# The programs that listen on a TCP port, in lines of 'PROGRAM PID'.
listeners() {
  ss -Hltnp "sport = :$1" | grep -o '"[^"]*",pid=[0-9]*' | sed 's/"\(.*\)",pid=/\1 /' | sort -u
}

# By its cgroup, which contains the container's id: a list of the container's processes could be outdated.
is_ours() {
  local container id
  for container in haproxy haproxy-bridge postfix; do
    id=$(docker inspect --format '{{.Id}}' "$container" 2>/dev/null) || continue
    grep -q "$id" "/proc/$1/cgroup" 2>/dev/null && return
  done
  return 1
}

check_ports() {
  local port program pid taken=0
  for port in "$@"; do
    while read -r program pid; do
      is_ours "$pid" && continue
      # Postfix's smtpd come and go: one that has ended in the meantime uses no port.
      [ -d "/proc/$pid" ] || continue
      say "Port $port is used by $program (process $pid)." >&2
      taken=1
    done < <(listeners "$port")
  done
  [ "$taken" = 0 ] || fail "A host needs these ports itself. Stop and disable these programs, then run this again. Nothing was changed."
}
