# shellcheck shell=sh disable=SC2154 # variables are shared with the entrypoint
# db_files/mariadb_upgrade_info contains the newest MariaDB that has opened the data, in MariaDB's own form ("11.8.9-MariaDB"),
# and is written before that version opens the data: from then on no older series can. To be sourced.

series_of() { sed -nE '1s/^([0-9]+\.[0-9]+)\..*/\1/p' "$1" 2>/dev/null || true; }

# "11.8" as 11008, for comparison.
rank() { echo $((${1%.*} * 1000 + ${1#*.})); }

keep_data_version() {
  own=/usr/share/freehold/mariadb-version
  recorded=$data/mariadb_upgrade_info
  before=$(series_of "$recorded")
  if [ -n "$before" ] && [ "$(rank "$before")" -gt "$(rank "$(series_of "$own")")" ]; then
    refuse "Cannot start MariaDB $(series_of "$own"): MariaDB $before has opened its data, which no older series can" \
      "read. Go back to the newer version, or dump the database with it, move db_files away and start this one."
  fi
  [ "$(cat "$recorded" 2>/dev/null)" != "$(cat "$own")" ] || return 0
  cat "$own" >"$recorded.new"
  sync "$recorded.new"
  mv "$recorded.new" "$recorded"
  sync -f "$data"
}
