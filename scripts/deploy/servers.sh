# shellcheck shell=bash
# Functions that the scripts of this folder share: reading the list of servers, and working on all of them at once; each line
# of output begins with its server. To be sourced after lib.sh, not run.
#
# The word 'all' stands for the servers in the file ~/.config/freehold/servers (or FREEHOLD_SERVERS), one per line;
# # begins a comment.

# shellcheck source-path=SCRIPTDIR source=reach.sh
source "$(dirname "${BASH_SOURCE[0]}")/reach.sh"

config=${FREEHOLD_CONFIG:-${XDG_CONFIG_HOME:-$HOME/.config}/freehold}
servers_file=${FREEHOLD_SERVERS:-$config/servers}
# So many servers at once.
at_once=${FREEHOLD_AT_ONCE:-10}

check_server() {
  [[ $1 =~ ^([A-Za-z_][A-Za-z0-9_.-]*@)?[A-Za-z0-9][A-Za-z0-9.:_-]*$ ]] \
    || refuse "'$1' is not a server: HOST or USER@HOST is required, such as h1.example.com or admin@h1.example.com."
}

# name_servers WORD …: fills the list `servers`, each once.
name_servers() {
  local word
  [[ $at_once =~ ^[1-9][0-9]*$ ]] || refuse "Invalid FREEHOLD_AT_ONCE '$at_once': a number of at least 1 is required."
  servers=()
  for word in "$@"; do
    if [ "$word" = all ]; then
      [ -r "$servers_file" ] || refuse "$servers_file does not exist. Write the servers to it, one per line."
      while read -r word || [ -n "$word" ]; do add_server "$word"; done < <(sed 's/#.*//; s/[[:space:]]//g; /^$/d' "$servers_file")
    else
      add_server "$word"
    fi
  done
  [ ${#servers[@]} -gt 0 ] || refuse "Missing argument: SERVER, or all. See '$0 --help'."
}

add_server() {
  check_server "$1"
  [[ " ${servers[*]} " == *" $1 "* ]] || servers+=("$1")
}

# on_each FUNCTION: calls it with each of `servers`, side by side, and says in the end which did it and which did not.
# bash does not end a function at its first failure here, so one of several steps has to chain them with &&.
on_each() {
  local server
  # Each has a process group of its own, to be ended as a whole.
  set -m
  trap stop_all INT TERM
  for server in "${servers[@]}"; do
    while (($(jobs -rp | wc -l) >= at_once)); do wait -n || true; done
    ("$1" "$server" </dev/null && : >"$notes/done-$server") 2>&1 | harmless | sed -u "s/^/$server: /" &
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
  say "Failed: ${bad[*]} (the reasons are above)." >&2
  return 1
}
