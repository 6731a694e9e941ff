#!/bin/sh
# What the units of sites do around their containers. sh and curl, as each start and stop calls them.
#
#   site.sh clear UNIT CONTAINER             removes a container that an earlier run left
#   site.sh announce CONTAINER DOMAIN        writes down what Docker says of it, and has discovery@DOMAIN announce it
#   site.sh note CONTAINER DOMAIN            writes down what Docker says of it
#   site.sh network CONTAINER DOMAIN         makes a link to its network, from what was written down
#   site.sh stop UNIT CONTAINER DOMAIN       has discovery@DOMAIN withdraw it, then stops it; fails if it has ended by itself
#   site.sh ended CONTAINER DOMAIN UNIT      forgets its address and removes it; UNIT without .service
#   site.sh end UNIT CONTAINER SECONDS       stops a container that is not announced
#   site.sh check-end CONTAINER              fails if it has ended by itself
set -eu

containers=/run/freehold/containers
drain=/run/freehold/drain

# ask ARGUMENT …: a call of Docker's API, where the docker client takes five times as long.
ask() { curl --silent --fail --unix-socket /run/docker.sock "$@"; }

# For one release: the name that the container had up to version 0.1.
former() { echo "$1" | sed 's/_/-/'; }
has_former() { [ "$(former "$1")" != "$1" ] && ask --output /dev/null "http://docker/containers/$(former "$1")/json"; }
rename_former() { bash /usr/local/lib/freehold/container-names.sh "$@"; }

# The domain's app is the one that import has prepared last (needs-import.sh), for as long as its unit is asked for.
refuse_second_app() {
  app=${1%_*} domain=${1##*_}
  { read -r prepared <"/data/runtime/import/$domain.prepared"; } 2>/dev/null || return 0
  [ "$prepared" != "$app" ] || return 0
  grep --quiet --fixed-strings 'freehold.site=%i' "/etc/systemd/system/$app@.service" || return 0
  case "$(systemctl show --property ActiveState --property Job "$prepared@$domain.service" | tr '\n' ' ')" in
    *=active* | *ating* | *=reloading* | *Job=[1-9]*) ;;
    *) return 0 ;;
  esac
  echo "<3>$prepared@$domain serves $domain on this host, and one domain has one site: stop and disable one of the two."
  return 1
}

# note_wanted_stop UNIT: of a unit that ends with a failure although it was to be stopped, retry.sh makes no further try.
note_wanted_stop() {
  rm -f "/run/freehold/stopped/$1"
  [ "${SERVICE_RESULT:-success}" != success ] || return 0
  if systemctl list-jobs --no-legend "$1.service" | grep --quiet ' stop '; then : >"/run/freehold/stopped/$1"; fi
}

clear_container() {
  rm -f "/run/freehold/stopped/${1%.service}"
  refuse_second_app "$2"
  if has_former "$2"; then rename_former "$1" "$2" --stop; fi
  ask --output /dev/null --request DELETE "http://docker/containers/$2?force=true" || true
}

# Postfix takes mail of DOMAIN from the addresses in senders/DOMAIN.
note() {
  umask 077
  { printf '[' && ask "http://docker/containers/$1/json" && printf ']'; } >"$containers/.$2" || return 1
  umask 022
  grep -o '"IPAddress":"[^"]\{1,\}"' "$containers/.$2" | cut -d '"' -f 4 | sort -u >"/run/freehold/senders/.$2"
  mv "/run/freehold/senders/.$2" "/run/freehold/senders/$2"
  mv "$containers/.$2" "$containers/$2"
}

link_network() {
  read -r container <"$containers/$1"
  network=${container##*\"SandboxKey\":\"}
  ln --symbolic --force --no-dereference "${network%%\"*}" "/run/freehold/networks/$1"
}

announce() {
  rm -f "$drain/$2" "/run/freehold/stopped/discovery@$2"
  note "$@"
  systemctl start --no-block "discovery@$2.service"
}

# systemd tells the main process only while there is one.
check_end() {
  [ -z "${MAINPID:-}" ] || return 0
  echo "<3>The container $1 has ended by itself. What it printed last is above."
  return 1
}

end_container() {
  if has_former "$2"; then rename_former "$1" "$2"; fi
  ask --output /dev/null --request POST "http://docker/containers/$2/stop?t=$3"
}

stop() {
  : >"/run/freehold/stopped/discovery@$3"
  if check_end "$2"; then
    systemctl stop "discovery@$3.service" || true
    end_container "$1" "$2" 10 || true
  else
    echo FREEHOLD_DRAIN_SECONDS=0 >"$drain/$3"
    systemctl stop "discovery@$3.service" || true
    return 1
  fi
}

ended() {
  note_wanted_stop "$3"
  # Another app's unit that fails for the same domain leaves them.
  if grep -q "\"Name\":\"/$1\"" "$containers/$2" 2>/dev/null; then
    rm -f "$containers/$2" "$drain/$2" "/run/freehold/senders/$2" "/run/freehold/networks/$2"
  fi
  # After a failure, or a stop while it was starting, it still runs.
  ask --output /dev/null --request DELETE "http://docker/containers/$1?force=true" || true
  # A stop may have come meanwhile.
  note_wanted_stop "$3"
}

case "$1" in
  clear) clear_container "$2" "$3" ;;
  announce) announce "$2" "$3" ;;
  note) note "$2" "$3" ;;
  network) link_network "$3" ;;
  stop) stop "$2" "$3" "$4" ;;
  ended) ended "$2" "$3" "$4" ;;
  end)
    note_wanted_stop "${2%.service}"
    code=0
    end_container "$2" "$3" "$4" || code=$?
    note_wanted_stop "${2%.service}"
    exit "$code"
    ;;
  check-end) check_end "$2" ;;
esac
