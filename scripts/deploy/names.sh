# shellcheck shell=bash disable=SC2154 # some variables are those of servers.sh
# Knows which server is which host. A part of make-cluster.sh; packages/cli/src/deploy/host-names.ts is the same for a deploy.
#
# A server receives the secrets in ~/.config/freehold/hosts/HOSTNAME, by the name that it reports. An attacker who controls a
# server could report another name to get the secrets of another host. So the name at a server's first deploy is recorded in
# ~/.config/freehold/names, in lines of SERVER HOSTNAME, and only the operator can change it.

names_file=$config/names

# known_name SERVER: nothing for one that is new.
known_name() { awk -v server="${1#*@}" '$1 == server { print $2 }' "$names_file" 2>/dev/null || true; }

# bind_name SERVER HOSTNAME [SAID]: fails unless that is this server's name, and nobody else's. SAID is the name that the
# operator says now.
bind_name() {
  local told=$1 server=${1#*@} name=$2 said=${3:-}
  [[ ${#name} -le 253 && $name =~ ^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$ ]] \
    || fail "$server reports the name '$name', which is not a host name. Nothing was sent to it."
  mkdir -p "$config"
  exec 7>"$names_file.lock"
  flock 7
  check_binding
  if [ "$(known_name "$server")" != "$name" ]; then write_name; fi
  flock --unlock 7
}

# Nothing but the operator's word lets a server have a folder that another one may be meant by.
check_binding() {
  local known other
  known=$(known_name "$server")
  other=$(awk -v server="$server" -v name="$name" '$2 == name && $1 != server { print $1 }' "$names_file" 2>/dev/null) || true
  [ -z "$other" ] || fail "$server reports the name '$name', but $names_file has that name for $other. Nothing was sent to it. If both are one" \
    "server, use the name in that file; if $other is gone, delete its line."
  [ "$said" != "$name" ] || return 0
  [ -z "$said" ] || fail "$server reports the name '$name', not '$said'. A host keeps its name. Nothing was sent to it. To use" \
    "'$name', add --name $name."
  [ -z "$known" ] || [ "$known" = "$name" ] || fail "$server reports the name '$name', but had the name '$known' before. Nothing was sent to it." \
    "Find out who changed it. If it was you, run: scripts/deploy/deploy.sh $told --name $name"
  [ -n "$known" ] || [ "$name" = "$server" ] || [ ! -e "$config/hosts/$name" ] \
    || fail "$server reports the name '$name', and $config/hosts/$name has files for a server that was not deployed yet. Nothing was sent" \
      "to it. If the files are for this server, run: scripts/deploy/deploy.sh $told --name $name"
}

# A concurrent reader sees either the complete old file or the complete new one.
write_name() {
  { awk -v server="$server" '$1 != server' "$names_file" 2>/dev/null || true; echo "$server $name"; } >"$names_file.new"
  mv "$names_file.new" "$names_file"
}
