# shellcheck shell=bash
# Whether the programs of this host came up after a change, and stay. A part of switch-version.sh.

steady_seconds=5

# steady UNIT: it has been running for some seconds. A crashing unit is restarted all the time.
steady() {
  local since now
  [ "$(unit_state "$1")" = active ] || return
  since=$(systemctl show --property ActiveEnterTimestampMonotonic --value "$1")
  read -r now _ </proc/uptime
  ((${now%.*} - since / 1000000 >= steady_seconds))
}

# What has crashed under the version before may wait for long until it is started again.
wake() {
  local unit
  for unit in haproxy-confd postfix-config haproxy postfix; do
    [ "$(unit_state "$unit")" = active ] || systemctl restart --job-mode=ignore-dependencies "$unit" || true
  done
}

restarts_of() { systemctl show --property NRestarts --value "$1"; }

# comes_to UNIT COMMAND …: within half a minute. A unit that has crashed four times meanwhile is not waited for any longer.
comes_to() {
  local unit=$1 last_restart said deadline=$((SECONDS + 30))
  shift
  last_restart=$(($(restarts_of "$unit") + 4))
  until said=$("$@" 2>&1); do
    if ((SECONDS >= deadline || $(restarts_of "$unit") >= last_restart)); then
      blame "$unit" "$said"
      return 1
    fi
    sleep 0.5
  done
}

# These run all the time; each can say what it would do, which takes etcd, its settings and its folders.
confd_works() { steady haproxy-confd && docker exec haproxy-confd node /confd.mjs --dry-run; }
postfix_config_works() { steady postfix-config && docker exec postfix-config node /postfix-config.mjs --dry-run; }

# These are started when there is something to do.
program_starts() { docker run --rm --log-driver none --network none --read-only --cap-drop ALL --pull never "freehold/$1" --help; }

# From where they are unpacked. A version before this has no programs there.
unpacked_program_starts() {
  local root=/var/lib/freehold/programs/$1
  [ ! -d "$root" ] || chroot "$root" /usr/bin/node --single-threaded "/$1.mjs" --help
}

# app_program_starts IMAGE PROGRAM ARGUMENT …: what sites take at their next start. Their entrypoints want a site's data;
# this is what they become.
app_program_starts() {
  docker run --rm --log-driver none --network none --read-only --cap-drop ALL --entrypoint "$2" --pull never "freehold/$1" "${@:3}"
}

# came_up VERSION: everything does; else says what does not.
came_up() {
  local image program arguments
  for program in discovery import; do
    { program_starts "$program" && unpacked_program_starts "$program"; } >/dev/null 2>&1 || { say "$program does not start." >&2; return 1; }
  done
  for program in cli gitpuller; do
    unpacked_program_starts "$program" >/dev/null 2>&1 || { say "$program, unpacked, does not start." >&2; return 1; }
  done
  while read -r image program arguments; do
    # A version before may lack the app.
    docker image inspect "freehold/$image:$1" >/dev/null 2>&1 </dev/null || continue
    # shellcheck disable=SC2086 # several words
    app_program_starts "$image:$1" "$program" $arguments >/dev/null 2>&1 </dev/null \
      || { say "$program of the image $image, which sites use from their next start, does not start." >&2; return 1; }
  done < <(declared Test | sort -u)
  wake
  comes_to haproxy-confd confd_works && comes_to postfix-config postfix_config_works \
    && comes_to haproxy steady haproxy && comes_to postfix steady postfix
}

# blame UNIT ERROR: ERROR is what its check printed, if anything.
blame() {
  say "$1 does not start.${2:+ ${2##*$'\n'}} Its last messages:" >&2
  journalctl --no-pager --quiet --output cat --lines 8 --unit "$1" >&2
}
