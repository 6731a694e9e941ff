# shellcheck shell=bash disable=SC2154 # some variables are those of try.sh
# The work that continues after the first page, in a separate session (finish.sh). Part of try.sh.
#
# Next to its log are a lock, which it holds as long as any of its processes lives, its process id, and a file that says
# that it has finished.

is_idle() { flock --nonblock "${log%.log}.lock" true; }

images_are_on_their_way() { ! docker exec "$host" flock --nonblock /run/freehold/images.lock true; }

start_background() {
  rm -f "${log%.log}.finished"
  setsid "$here/try/finish.sh" "$host" "${log%.log}" >"$log" 2>&1 </dev/null &
  # From here on a start waits for its image.
  wait_for 30 images_are_on_their_way || [ -e "${log%.log}.finished" ] \
    || fail "The background work did not start. See $log."
}

stop_background() {
  local pid
  is_idle && return
  say "Stopping the background work of an earlier run"
  pid=$(cat "${log%.log}.pid")
  kill -TERM -- "-$pid" 2>/dev/null || true
  wait_for 20 is_idle && return
  kill -KILL -- "-$pid" 2>/dev/null || true
  wait_for 20 is_idle || fail "The background work (process group $pid) does not end. See $log."
}

# With progress, as it may take minutes.
wait_for_background() {
  is_idle || quietly "Waiting for the background work; its log is $log" flock "${log%.log}.lock" true
  tail -n 1 "$log" 2>/dev/null || true
  [ -e "${log%.log}.finished" ] || fail "The background work has not finished. Run scripts/try.sh to continue it."
}
