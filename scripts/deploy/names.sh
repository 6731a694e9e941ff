# shellcheck shell=bash disable=SC2154 # some variables are those of servers.sh
# Which server is which host. A part of deploy.sh and make-cluster.sh.
#
# What a server is sent of ~/.config/freehold/hosts/HOSTNAME are secrets, and by its name it says which: one that somebody
# else got hold of could ask for those of another. So the name that it has at its first deploy is noted in
# ~/.config/freehold/names, in lines of SERVER HOSTNAME, and it gets no other later unless the operator changes the line.

names_file=$config/names

# bind_name SERVER HOSTNAME: fails unless that is this server's name, and nobody else's.
bind_name() {
  local server=${1#*@} name=$2 known other
  [[ ${#name} -le 253 && $name =~ ^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$ ]] \
    || fail "$server calls itself '$name', which is no host name. Nothing was sent to it."
  mkdir -p "$config"
  exec 7>"$names_file.lock"
  flock 7
  touch "$names_file"
  known=$(awk -v server="$server" '$1 == server { print $2 }' "$names_file")
  other=$(awk -v server="$server" -v name="$name" '$2 == name && $1 != server { print $1 }' "$names_file")
  [ -z "$other" ] || fail "$server calls itself '$name', but that is $other in $names_file. Nothing was sent to it. If both are one" \
    "server, name it as it is there; if $other is gone, take its line away."
  [ -z "$known" ] || [ "$known" = "$name" ] || fail "$server calls itself '$name', but was '$known' so far. Nothing was sent to it." \
    "Who has changed that? If it was you, write the new name into $names_file."
  if [ -z "$known" ]; then
    { cat "$names_file" && echo "$server $name"; } >"$names_file.new" && mv "$names_file.new" "$names_file"
  fi
  flock --unlock 7
}
