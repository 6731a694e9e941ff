# shellcheck shell=bash
# Connects to a server: over plain ssh and as root, without questions and without trusting an unknown host key. A part of
# servers.sh.
#
# A server is HOST or USER@HOST, as for ssh. A user other than root needs sudo without a password.
# FREEHOLD_SSH_OPTIONS has further options for ssh, as in '-F my-config'; it cannot turn off the check of host keys.

# Where a server has the scripts that are called there.
# shellcheck disable=SC2034 # for those who source this
on_host=/opt/freehold/scripts
read -ra ssh_options <<<"${FREEHOLD_SSH_OPTIONS:-}"

# A temporary folder for notes of each script; deleted at its end.
notes=$(mktemp --directory)
trap 'rm -rf "$notes"' EXIT

# The first value of an option is the one that counts, so none of these can be taken back.
reach() {
  ssh -T -o BatchMode=yes -o StrictHostKeyChecking=yes -o ConnectTimeout=10 -o ServerAliveInterval=5 \
    -o ServerAliveCountMax=3 "${ssh_options[@]}" "$@"
}

# Each word in single quotes, for whatever shell the user has there.
quote() {
  local word quoted=()
  for word in "$@"; do quoted+=("'${word//\'/\'\\\'\'}'"); done
  echo "${quoted[*]}"
}

user_of() { reach -G "$1" | awk '$1 == "user" { print $2 }'; }

# What a server says reaches the operator's terminal, which obeys some characters; the first are in UTF-8.
harmless() { LC_ALL=C sed -u 's/\t/    /g; s/\xc2[\x80-\x9f]//g; s/[[:cntrl:]]//g'; }

# on SERVER COMMAND …: runs it there as root. ssh's own failures have the code 255. What it prints is data, as it came.
on() {
  local server=$1 sudo=() code=0
  shift
  [ "$(user_of "$server")" = root ] || sudo=(sudo -n --)
  { reach "$server" "$(quote "${sudo[@]}" "$@")" 2>&1 >&3 3>&- | harmless >&2; } 3>&1 || code=$?
  [ "$code" != 255 ] || say "Cannot reach $server, or its connection was lost; ssh's reason is above. If its host key is unknown," \
    "compare it with the one in the server's console, then run 'ssh $server' once." >&2
  return "$code"
}

# tell SERVER COMMAND …: the same, and what it prints is for the operator to read.
tell() { on "$@" | harmless; }
