#!/bin/sh
# Generates all of Postfix's configuration, in /run/postfix, from the image's files and those of postfix-config.
# The current configuration is replaced only if all of it is valid; otherwise the error is printed and the exit code is 1.
# It is 3 if nothing has changed. /run/reload.due exists until Postfix has been notified of a change. Problems that do not
# prevent Postfix from working are listed in /run/postfix/notes.
#   configure.sh [FILE]    FILE contains the operator's settings, instead of main.cf.local
set -eu

data=/data/runtime/postfix
shared=/usr/share/freehold/postfix
run=/run/postfix
local_settings=${1:-$data/main.cf.local}

refuse() { echo "$*"; exit 1; }

# Postfix's tools report problems on standard error, and continue.
check() {
  complaint=$("$@" 2>&1 >/dev/null </dev/null | head -n 3 | tr '\n' ' ')
  [ -z "$complaint" ] || refuse "$complaint"
}

note() { echo "<4>$*" >>"$new/notes"; }

# Postfix does not trust a file from the last second, which may be incomplete, and waits until it is older, each time
# that it reads it. These are complete.
age() { touch -d 1970-01-02 "$@"; }

copy_files() {
  name=$(cat "$data/hostname")
  case "$name" in '' | *[!a-z0-9.-]*) refuse "$data/hostname does not contain a valid host name: '$name'" ;; esac
  cp "$data/destinations" "$data/forwards" "$new/"
  cp "$shared/main.cf" "$shared/srs-recipients" "$shared/notices-only" "$shared/odd-senders" "$shared/long-senders" \
    "$shared/kept-senders" "$new/"
  for file in command-filter master.cf; do sed "s/HOSTNAME/$name/" "$shared/$file" >"$new/$file"; done
  [ ! -e "$data/spellings" ] || cat "$data/spellings" >>"$new/command-filter"
  echo 'cdb /usr/lib/postfix/postfix-cdb.so dict_cdb_open mkmap_cdb_open' >"$new/dynamicmaps.cf"
  age "$new"/*
  check postmap -c "$new" -q "postmaster@$name" "texthash:$new/forwards"
  check postmap -c "$new" -q "RCPT TO:<postmaster>" "regexp:$new/command-filter"
}

# Postfix accepts mail for this address whatever the tables and restrictions contain, and mail from strangers would bounce
# to any address they claim. So its name is secret, and stays the same as long as this container lives.
double_bounce() {
  [ -s /run/double-bounce ] || echo "double-bounce-$(cat /proc/sys/kernel/random/uuid)" >/run/double-bounce
  echo "double_bounce_sender=$(cat /run/double-bounce)"
}

add_settings() {
  { echo "myhostname=$name"; double_bounce; certificate_settings; cat "$local_settings" 2>/dev/null || true; } >"$new/settings"
  set --
  while read -r line || [ -n "$line" ]; do
    case "$line" in '' | '#'*) ;; *) set -- "$@" "$line" ;; esac
  done <"$new/settings"
  postconf -c "$new" -e "$@"
}

# The operator's settings that Postfix accepts: control.sh falls back on them.
keep_settings() {
  [ "$local_settings" != "$run.settings" ] || return 0
  cat "$local_settings" 2>/dev/null >"$run.settings.new" || true
  mv "$run.settings.new" "$run.settings"
}

# One rename of a symbolic link: a daemon that starts at this moment finds either all old files or all new ones.
put_in_place() {
  old=$(readlink "$run" || true)
  ln -s "$new" "$run.link"
  touch /run/reload.due
  mv -T "$run.link" "$run"
  [ -z "$old" ] || rm -rf "$old"
}

# shellcheck source-path=SCRIPTDIR source=add-sites.sh
. "${0%/*}/add-sites.sh"
# shellcheck source-path=SCRIPTDIR source=certificates.sh
. "${0%/*}/certificates.sh"
# shellcheck source-path=SCRIPTDIR source=check-settings.sh
. "${0%/*}/check-settings.sh"

main() {
  new=$run.a
  [ "$(readlink "$run" || true)" != "$new" ] || new=$run.b
  rm -rf "$new" "$run.link" && mkdir -m 755 "$new"
  copy_files
  lay_certificates
  add_sites
  add_settings
  age "$new"/*
  # Most changes concern forwards, and the current settings are known to be valid.
  diff -q "$run/settings" "$new/settings" >/dev/null 2>&1 || check_settings
  keep_settings
  if diff -rq "$run/" "$new/" >/dev/null 2>&1; then
    rm -rf "$new"
    exit 3
  fi
  put_in_place
}

main
