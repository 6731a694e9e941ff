#!/bin/sh
# What the units of sites do around their containers. sh and curl, as each start and stop calls them.
#
#   site.sh run UNIT CONTAINER DOMAIN docker run …
#                                            starts the site's container with this command, writes down what Docker says
#                                            of it, and has discovery@DOMAIN announce it once the unit is active
#   site.sh start UNIT CONTAINER docker run …
#                                            starts a container that is not announced, in place of one that was left
#   site.sh clear UNIT CONTAINER             removes a container that an earlier run left
#   site.sh announce CONTAINER DOMAIN        writes down what Docker says of it, and has discovery@DOMAIN announce it
#   site.sh note CONTAINER DOMAIN            writes down what Docker says of it
#   site.sh network CONTAINER DOMAIN         makes a link to its network, from what was written down
#   site.sh stop UNIT CONTAINER DOMAIN       has discovery@DOMAIN withdraw it, then stops and removes it; fails if it has
#                                            ended by itself
#   site.sh ended CONTAINER DOMAIN UNIT      forgets its address, and removes it if it is still there; UNIT without .service
#   site.sh end UNIT CONTAINER SECONDS       stops a container that is not announced
#   site.sh check-end CONTAINER              fails if it has ended by itself
#
# A curl costs as much CPU as a thirtieth of the container's start, and sed and the like a fifth of that: so one curl makes
# several calls, and the shell does what it can by itself.
set -eu

containers=/run/freehold/containers
senders=/run/freehold/senders
drain=/run/freehold/drain
stopped=/run/freehold/stopped
newline='
'

# ask ARGUMENT …: a call of Docker's API, where the docker client takes five times as long.
ask() { curl --silent --fail --unix-socket /run/docker.sock "$@"; }

# For one release: the name that the container had up to version 0.1.
former() { echo "${1%%_*}-${1#*_}"; }
has_former() {
  case "$1" in *_*) ask --output /dev/null "http://docker/containers/$(former "$1")/json" ;; *) return 1 ;; esac
}
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
  echo "<3>$prepared@$domain serves $domain on this host already, and a domain can have only one site. Stop and disable one of the two."
  return 1
}

# note_failure UNIT: the last step of a unit that has failed. A stop that has been asked for is noted, and retry.sh makes no
# further try. One that is asked for from now on ends the timer, which therefore starts here already: OnFailure= alone would
# start it after that stop.
note_failure() {
  [ ! -e "$stopped/$1" ] || rm -f "$stopped/$1"
  [ "${SERVICE_RESULT:-success}" != success ] || return 0
  # Refused while the host shuts down.
  systemctl start --no-block "retry@$1.timer" 2>/dev/null || true
  if systemctl list-jobs --no-legend "$1.service" | grep --quiet ' stop '; then : >"$stopped/$1"; fi
}

remove_container() { ask --output /dev/null --request DELETE "http://docker/containers/$1?force=true" || true; }

# forget FILE …: most often there is none, so that no program has to start.
forget() {
  for file in "$@"; do
    if [ -e "$file" ] || [ -L "$file" ]; then rm -f "$file"; fi
  done
}

clear_container() {
  forget "$stopped/${1%.service}"
  refuse_second_app "$2"
  if has_former "$2"; then rename_former "$1" "$2" --stop; fi
  remove_container "$2"
}

# start_container CONTAINER COMMAND …: only after a crash or a loss of power is there one of that name already. A stop waits for
# the end of this (KillMode=mixed): Docker completes a container whose client was killed meanwhile, and nothing would remove it.
start_container() {
  trap '' TERM
  name=$1
  shift
  words=$("$@" 2>&1 >/dev/null) || case "$words" in
    *' is already in use by container '*)
      remove_container "$name"
      words=$("$@" 2>&1 >/dev/null)
      ;;
    *) false ;;
  esac || { report_refusal "$words"; return 1; }
  [ -z "$words" ] || printf '%s\n' "$words"
}

# Without the reference to the help of docker, which follows the reason: retry.sh repeats the last line as the reason.
report_refusal() {
  reason=${1%"$newline"*" 'docker run --help'"*}
  printf '<3>%s\n' "${reason%"$newline"}"
}

# print_strings NAME JSON: each string with this name, unless it is empty, one a line. Words between quotation marks are
# compared, as dash takes 0.1 s to find a text in as much JSON with a pattern such as ${2#*\"NAME\":}.
print_strings() (
  set -f
  IFS='"'
  name='' colon=''
  for word in $2; do
    case "$name$colon" in "$1:") [ -z "$word" ] || echo "$word" || return 1 ;; esac
    name=$colon colon=$word
  done
)

# Postfix takes mail of DOMAIN from the addresses in senders/DOMAIN.
note() {
  described=$(ask "http://docker/containers/$1/json") || return 1
  umask 077
  printf '[%s]\n' "$described" >"$containers/.$2" || return 1
  umask 022
  print_strings IPAddress "$described" >"$senders/.$2" || return 1
  mv "$senders/.$2" "$senders/$2" && mv "$containers/.$2" "$containers/$2"
}

link_network() {
  read -r container <"$containers/$1"
  ln --symbolic --force --no-dereference "$(print_strings SandboxKey "$container")" "/run/freehold/networks/$1"
}

# discovery@ waits until the site's unit is active (Before=). Should it fail until then, the file that discovery@ needs is
# gone again.
announce() {
  note "$@" || { echo "<3>Docker has no data about the container $1."; return 1; }
  systemctl start --no-block "discovery@$2.service"
}

run_site() {
  # Not `domain`, which refuse_second_app takes from the container's name: a former name does not tell it.
  unit=$1 container=$2 site=$3
  shift 3
  # First, as the rest belongs to the site that is served.
  refuse_second_app "$container"
  forget "$drain/$site" "$stopped/discovery@$site" "$stopped/${unit%.service}"
  start_container "$container" "$@"
  announce "$container" "$site"
}

# systemd tells the main process only while there is one.
check_end() {
  [ -z "${MAINPID:-}" ] || return 0
  echo "<3>The container $1 has exited. Its last output is above."
  return 1
}

end_container() {
  if has_former "$2"; then rename_former "$1" "$2"; fi
  ask --output /dev/null --request POST "http://docker/containers/$2/stop?t=$3"
}

stop_and_remove() {
  ask --fail-early --output /dev/null --request POST "http://docker/containers/$1/stop?t=10" \
    --next --silent --fail --unix-socket /run/docker.sock --output /dev/null --request DELETE \
    "http://docker/containers/$1?force=true"
}

stop_former() { has_former "$2" && rename_former "$1" "$2" && stop_and_remove "$2"; }

stop() {
  : >"$stopped/discovery@$3"
  if check_end "$2"; then
    systemctl stop "discovery@$3.service" || true
    stop_and_remove "$2" || stop_former "$1" "$2" || remove_container "$2"
  else
    echo FREEHOLD_DRAIN_SECONDS=0 >"$drain/$3"
    systemctl stop "discovery@$3.service" || true
    return 1
  fi
}

# The main process waits for the container's end, which here came by `stop`: that has removed it. Otherwise, as after a
# failure or a stop while it was starting, it may still run.
is_removed() { [ "${SERVICE_RESULT:-} ${EXIT_CODE:-} ${EXIT_STATUS:-}" = 'success exited 0' ]; }

ended() {
  # Another app's unit that fails for the same domain leaves them.
  if grep -q "\"Name\":\"/$1\"" "$containers/$2" 2>/dev/null; then
    rm -f "$containers/$2" "$drain/$2" "$senders/$2" "/run/freehold/networks/$2"
  fi
  is_removed || remove_container "$1"
  note_failure "$3"
}

case "$1" in
  run) shift; run_site "$@" ;;
  start)
    clear_container "$2" "$3"
    shift 2
    start_container "$@"
    ;;
  clear) clear_container "$2" "$3" ;;
  announce)
    # In a unit of the previous version, which calls `clear` and this in place of `run`.
    rm -f "$drain/$3" "$stopped/discovery@$3"
    announce "$2" "$3"
    ;;
  note) note "$2" "$3" ;;
  network) link_network "$3" ;;
  stop) stop "$2" "$3" "$4" ;;
  ended) ended "$2" "$3" "$4" ;;
  end)
    code=0
    end_container "$2" "$3" "$4" || code=$?
    note_failure "${2%.service}"
    exit "$code"
    ;;
  check-end) check_end "$2" ;;
  *)
    echo "<3>site.sh has no command '$1', because its unit has another version. Run setup.sh again."
    exit 2
    ;;
esac
