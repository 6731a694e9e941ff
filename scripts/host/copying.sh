# shellcheck shell=bash disable=SC2154 # some variables are those of move-from.sh
# A site is copied to standard output while it runs, and a last time after it was stopped. A part of move-from.sh.

# What only systemd knows of the site: settings of its own, and whether it is dumped every night.
note_units() {
  local path
  rm -rf "$notes/sent"
  mkdir -p "$notes/sent/units"
  while read -r path; do cp --recursive "$path" "$notes/sent/units/"; done < <(unit_settings "$domain")
  if systemctl is-enabled --quiet "dump@$domain.timer" 2>/dev/null; then : >"$notes/sent/dumped"; fi
}

# tar compares with its notes of the time before. While the site runs, files change and vanish under it: its code 1.
send() {
  local code=0 folders
  mapfile -t folders < <(folders_in /data)
  systemd-run --quiet --pipe --wait --collect --unit "$(transfer_unit)" tar --create \
    --listed-incremental "$notes/snapshot" --no-check-device --numeric-owner --warning no-file-changed \
    --warning no-file-removed --directory /data "${folders[@]}" "moving/$domain/sent" || code=$?
  [ "$code" -le 1 ] || fail "$domain could not be read whole: tar's own words are above."
}

# While it is stopped, a site gives running requests two seconds, and then its container does the same once more, which
# is enough when somebody waits for its end.
stop_quickly() {
  local file=/run/freehold/drain/$domain drop_in=/run/systemd/system/discovery@$domain.service.d
  if [ "$1" = yes ]; then echo FREEHOLD_DRAIN_SECONDS=0 >"$file"; else rm -f "$file"; fi
  # For one release: what a move of the version before has left.
  [ -d "$drop_in" ] || return 0
  rm -r "$drop_in"
  systemctl daemon-reload
}

copy() {
  (umask 077 && mkdir -p "$notes")
  # Once it is stopped, one that does not start with the host is not to be told any more.
  app_here >"$notes/leaving"
  rm -f "$notes/snapshot"
  note_units
  stop_quickly yes
  send
}

move_back_unit() { echo "freehold-move-back-$domain"; }

# The site's own units; systemd stops what belongs to them, and is done when that is.
site_units() {
  printf '%s\n' "$app@$domain" "discovery@$domain"
  instances_of Units "$app" "$domain"
}

# Apache looks only once a second whether the last request has ended. Told to stop while nothing is left below it, it
# stops at once. For apps that declare StopTwice=.
stop_again() {
  local main deadline=$((EPOCHSECONDS + 10))
  main=$(docker inspect --format '{{.State.Pid}}' "${app}_$domain" 2>/dev/null) || return 0
  while works "$main" && ((EPOCHSECONDS < deadline)); do sleep 0.05; done
  works "$main" || kill "$main" 2>/dev/null || true
}

# Whether a child of the process runs; it does not look after those that have ended.
works() { [ -n "$(ps --ppid "$1" -o state= | tr -d 'Z\n')" ]; }

stop_site() {
  local units stopping
  mapfile -t units < <(site_units)
  systemctl stop "${units[@]}" &
  stopping=$!
  if [ "$(declared StopTwice "$app")" = yes ]; then stop_again; fi
  wait "$stopping"
}

# Should nobody come back, it starts again.
copy_last() {
  local app
  app=$(app_here)
  # One of an earlier move may have come to its end and stayed, if the site did not start.
  systemctl stop "$(move_back_unit).timer" 2>/dev/null || true
  systemd-run --quiet --collect --unit "$(move_back_unit)" --on-active "$1" --timer-property AccuracySec=1s \
    bash "$here/move-from.sh" "$domain" resume
  stop_site
  list_tree /data >"$notes/sent/listing"
  send
}
