# shellcheck shell=bash
# How the scripts of this folder reach servers: over plain ssh, never asking, never trusting an unknown host key, all
# at once, each line of output with its server before it. To be sourced after lib.sh, not run.
#
# A server is HOST or USER@HOST, as ssh takes it; who is not root there needs sudo without a password. The word 'all'
# stands for the servers of the file ~/.config/freehold/servers (or that of FREEHOLD_SERVERS): one a line, # comments.
# FREEHOLD_SSH_OPTIONS has further options for ssh, as in '-F my-config'; host keys are checked whatever it says.

config=${FREEHOLD_CONFIG:-${XDG_CONFIG_HOME:-$HOME/.config}/freehold}
servers_file=${FREEHOLD_SERVERS:-$config/servers}
# Where a server has the scripts that are called there.
# shellcheck disable=SC2034 # for those who source this
on_host=/opt/freehold/scripts
# So many servers at once.
at_once=${FREEHOLD_AT_ONCE:-10}
read -ra ssh_options <<<"${FREEHOLD_SSH_OPTIONS:-}"

# What every script here that works on one thing at a time keeps its notes in; gone at its end.
notes=$(mktemp --directory)
trap 'rm -rf "$notes"' EXIT

# The first value of an option is the one that counts, so none of these can be taken back.
reach() {
  ssh -T -o BatchMode=yes -o StrictHostKeyChecking=yes -o ConnectTimeout=10 -o ServerAliveInterval=5 \
    -o ServerAliveCountMax=3 -o ControlPath="$notes/%C" "${ssh_options[@]}" "$@"
}

check_server() {
  [[ $1 =~ ^([A-Za-z_][A-Za-z0-9_.-]*@)?[A-Za-z0-9][A-Za-z0-9.:_-]*$ ]] \
    || refuse "'$1' is no server: HOST or USER@HOST is needed, as in h1.example.com or admin@h1.example.com."
}

# name_servers WORD …: fills the list `servers`, each once.
name_servers() {
  local word
  servers=()
  for word in "$@"; do
    if [ "$word" = all ]; then
      [ -r "$servers_file" ] || refuse "There is no list of servers: write them into $servers_file, one a line."
      while read -r word; do add_server "$word"; done < <(sed 's/#.*//; s/[[:space:]]//g; /^$/d' "$servers_file")
    else
      add_server "$word"
    fi
  done
  [ ${#servers[@]} -gt 0 ] || refuse "Tell at least one server, or all; see --help."
}

add_server() {
  check_server "$1"
  [[ " ${servers[*]} " == *" $1 "* ]] || servers+=("$1")
}

# Each word in single quotes, for whatever shell the user has there.
quote() {
  local word quoted=()
  for word in "$@"; do quoted+=("'${word//\'/\'\\\'\'}'"); done
  echo "${quoted[*]}"
}

user_of() { reach -G "$1" | awk '$1 == "user" { print $2 }'; }

# on SERVER COMMAND …: runs it there as root. ssh's own failures have the code 255.
on() {
  local server=$1 sudo=() code=0
  shift
  [ "$(user_of "$server")" = root ] || sudo=(sudo -n --)
  reach "$server" "$(quote "${sudo[@]}" "$@")" || code=$?
  [ "$code" != 255 ] || say "$server was not reached, or was lost on the way; ssh's reason is above. A key that is not known:" \
    "compare it with what the server's console says, then ssh $server once by hand." >&2
  return "$code"
}

# One connection for the many calls that follow, which otherwise would each take the time of a new one.
keep_connected() {
  reach -M -N -f "$1" >/dev/null 2>"$notes/connecting" </dev/null || { cat "$notes/connecting" >&2; return 1; }
}
disconnect() { reach -O exit "$1" 2>/dev/null || true; }

# on_each FUNCTION: calls it with each of `servers`, side by side, and says in the end which did it and which did not.
# bash does not end a function at its first failure here, so one of several steps has to chain them with &&.
on_each() {
  local server
  # Each has a process group of its own, to be ended as a whole.
  set -m
  trap stop_all INT TERM
  for server in "${servers[@]}"; do
    while (($(jobs -rp | wc -l) >= at_once)); do wait -n || true; done
    ("$1" "$server" </dev/null && : >"$notes/done-$server") 2>&1 | sed -u "s/^/$server: /" &
  done
  wait
  set +m
  trap - INT TERM
  sum_up
}

stop_all() {
  local group
  for group in $(jobs -rp); do kill -TERM -- "-$group" 2>/dev/null || true; done
  exit 130
}

sum_up() {
  local server good=() bad=()
  for server in "${servers[@]}"; do
    if [ -e "$notes/done-$server" ]; then good+=("$server"); else bad+=("$server"); fi
  done
  [ ${#good[@]} -eq 0 ] || say "Done: ${good[*]}"
  [ ${#bad[@]} -gt 0 ] || return 0
  say "Failed: ${bad[*]} (why is said above)." >&2
  return 1
}
