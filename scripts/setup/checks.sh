# shellcheck shell=bash disable=SC2154 # some variables are those of setup.sh
# What must be true before anything is changed. A part of setup.sh.

check_name() {
  [ -n "$1" ] || refuse "Tell this host's name, e.g. scripts/setup.sh h1.example.com; see --help."
  [[ ${#1} -le 253 && $1 =~ ^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$ ]] && return
  refuse "'$1' is not a host name: lower-case letters, digits, hyphens and dots are needed, as in h1.example.com."
}

check_archive() { [ -z "$1" ] || [ -r "$1" ] || refuse "There is no file '$1' to load images from."; }

check_system() {
  local id version title supported=no
  # shellcheck source=/dev/null
  read -r id version title < <(source /etc/os-release && echo "${ID:-?} ${VERSION_ID:-0} ${PRETTY_NAME:-?}")
  case "$id" in
    debian) dpkg --compare-versions "$version" ge 12 && supported=yes ;;
    ubuntu) dpkg --compare-versions "$version" ge 22.04 && supported=yes ;;
  esac
  [ "$supported" = yes ] || refuse "This is $title, but a host needs Debian 12 or newer, or Ubuntu 22.04 or newer."
  [ -d /run/systemd/system ] || refuse "systemd does not run this machine, but it is systemd that starts the sites."
}

# A host's name is part of its keys in etcd: under another name its sites would be known twice.
check_known_name() {
  local known
  [ -f "$host_env" ] || return 0
  known=$(setting FREEHOLD_HOST)
  [ -z "$known" ] || [ "$known" = "$1" ] && return
  refuse "This host is called '$known' ($host_env), and its sites are known by that name: run setup.sh $known," \
    "or remove the sites and change FREEHOLD_HOST there first."
}

# Other checks need it, to see ports and routes. Nearly every server has it.
ensure_iproute() { ensure_command ss iproute2; }

# A snap's Docker sees neither /data nor /run/freehold, and a snap's etcd does not read /etc/default/etcd.
check_snaps() {
  local program found=()
  for program in docker dockerd etcd etcdctl; do
    [ ! -e "${snap_folder:=/snap/bin}/$program" ] || found+=("$program")
  done
  [ ${#found[@]} -eq 0 ] || refuse "This machine has ${found[*]} as a snap, which cannot read the folders of a host: remove it" \
    "(snap list; snap remove NAME), and run this again, which installs the distribution's package. Nothing was changed."
}

# Sites' containers have IPv4 only: without it they reach no repository and no update server.
check_ipv4() {
  [ -z "$(setting FREEHOLD_HOST_IP)" ] || return 0
  if [ -n "$(ip -4 route show default)" ] || [ -z "$(ip -6 route show default)" ]; then return; fi
  refuse "This machine has a route to the internet for IPv6 only, but sites need IPv4 for what they fetch: repositories," \
    "updates, plugins. Give it an IPv4 address or NAT64 with CLAT, or, for static sites alone, write" \
    "FREEHOLD_HOST_IP=127.0.0.1 to $host_env. Nothing was changed."
}

# Who listens on a TCP port, in lines of 'PROGRAM PID'; nothing if nobody does.
listeners() {
  ss -Hltnp "sport = :$1" | grep -o '"[^"]*",pid=[0-9]*' | sed 's/"\(.*\)",pid=/\1 /' | sort -u
}

# By its cgroup, which bears the container's id: a list of the container's processes is older than the answer.
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
      # Postfix's smtpd come and go: one that has ended meanwhile holds nothing.
      [ -d "/proc/$pid" ] || continue
      say "Port $port is held by $program (process $pid)." >&2
      taken=1
    done < <(listeners "$port")
  done
  [ "$taken" = 0 ] || fail "A host needs these ports itself: stop and disable what holds them, then run this again. Nothing was changed."
}
