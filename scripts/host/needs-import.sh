#!/bin/sh
# Whether import has something to do before a site of DOMAIN starts: exit code 0, and the site's units in
# /run/freehold/import/DOMAIN; else 1. Run by import@.service, in place of a program that would only look.
#
#   needs-import.sh DOMAIN
set -u

domain=$1
units=/run/freehold/import/$domain
note=/data/runtime/import/$domain.prepared

# The units of DOMAIN that run or are asked to, one a line, the latter with the word 'job' behind: not one of another app
# that has failed or is stopped.
list_units() {
  systemctl show --property Id --property ActiveState --property Job "*@$domain.service" | awk '
    function print_asked() { if (id != "" && (state ~ /^(active|activating|reloading|deactivating)$/ || job != "")) print id (job == "" ? "" : " job"); id = job = "" }
    /^$/ { print_asked() }
    /^Id=/ { id = substr($0, 4) }
    /^ActiveState=/ { state = substr($0, 13) }
    /^Job=/ { job = substr($0, 5); if (job == "0") job = "" }
    END { print_asked() }'
}

# The templates of all units that serve a domain.
site_apps() { grep --files-with-matches --fixed-strings 'freehold.site=%i' /etc/systemd/system/*@.service | sed 's|.*/||; s|@.*||'; }

# is_asked APP: the site is this app's. Where units of two apps are asked for, import says so, unless this one only
# restarts: then site.sh refuses the other.
is_asked() {
  if grep --quiet --line-regexp --fixed-strings "$1@$domain.service job" "$units"; then return; fi
  found=''
  for one in $(site_apps); do
    if grep --quiet "^$one@$domain\.service" "$units"; then found="$found$one "; fi
  done
  [ "$found" = "$1 " ]
}

# A name in other letters than a to z may be written in several ways.
waits() {
  case "$domain" in *xn--*) begin='' ;; *) begin=$domain ;; esac
  [ -n "$(find /data/import/ -mindepth 1 -maxdepth 1 \( -iname "$begin*" -o -iname "www.$begin*" \) -print -quit 2>/dev/null)" ]
}

holds_something() { if [ -d "$1" ]; then [ -n "$(find "$1/" -mindepth 1 -maxdepth 1 -print -quit)" ]; else [ -s "$1" ]; fi; }

# The note's first line is the app; each further one is a path that has to hold something.
is_complete() {
  {
    read -r app && is_asked "$app" || return
    while read -r path; do holds_something "$path" || return; done
  } <"$note"
}

# Of a site's folders only their names count; of what lies directly in them, the files.
has_changed() {
  home=/data/domains/$domain
  [ -n "$(find "$home" -maxdepth 2 -cnewer "$note" ! \( -type d -path "$home/*/*" \) -print -quit 2>/dev/null)" ]
}

umask 077
list_units >"$units" || exit 255
if [ -e "$note" ] && is_complete && ! waits && ! has_changed; then exit 1; fi
