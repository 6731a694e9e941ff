# shellcheck shell=bash disable=SC2154 # some variables are those of servers.sh
# Which server is which host. A part of make-cluster.sh; packages/cli/src/deploy/host-names.ts is the same for a deploy.
#
# What a server is sent of ~/.config/freehold/hosts/HOSTNAME are secrets, and by its name it says which: one that somebody
# else got hold of could ask for those of another. So the name that it has at its first deploy is noted in
# ~/.config/freehold/names, in lines of SERVER HOSTNAME, and it gets no other later unless the operator says so.

names_file=$config/names

# known_name SERVER: nothing for one that is new.
known_name() { awk -v server="${1#*@}" '$1 == server { print $2 }' "$names_file" 2>/dev/null || true; }

# bind_name SERVER HOSTNAME [SAID]: fails unless that is this server's name, and nobody else's. SAID is the name that the
# operator says now.
bind_name() {
  local told=$1 server=${1#*@} name=$2 said=${3:-}
  [[ ${#name} -le 253 && $name =~ ^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$ ]] \
    || fail "$server calls itself '$name', which is no host name. Nothing was sent to it."
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
  [ -z "$other" ] || fail "$server calls itself '$name', but that is $other in $names_file. Nothing was sent to it. If both are one" \
    "server, name it as it is there; if $other is gone, take its line away."
  [ "$said" != "$name" ] || return 0
  [ -z "$said" ] || fail "$server calls itself '$name', and not '$said'. A host's name stays. Nothing was sent to it. If it is to be" \
    "'$name', say --name $name."
  [ -z "$known" ] || [ "$known" = "$name" ] || fail "$server calls itself '$name', but was '$known' so far. Nothing was sent to it." \
    "Who has changed that? If it was you: scripts/deploy/deploy.sh $told --name $name."
  [ -n "$known" ] || [ "$name" = "$server" ] || [ ! -e "$config/hosts/$name" ] \
    || fail "$server calls itself '$name', and $config/hosts/$name is there for a server that is not noted yet. Nothing was sent" \
      "to it. If it is this one: scripts/deploy/deploy.sh $told --name $name."
}

# A concurrent reader sees either the complete old file or the complete new one.
write_name() {
  { awk -v server="$server" '$1 != server' "$names_file" 2>/dev/null || true; echo "$server $name"; } >"$names_file.new"
  mv "$names_file.new" "$names_file"
}
