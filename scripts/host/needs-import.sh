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
# restarts: then site.sh refuses the other. Jobs are asked for first, as systemd takes ten times as long for properties.
is_asked() {
  case "$(systemctl list-jobs --plain --no-legend "$1@$domain.service")" in *" $1@$domain.service "*) return ;; esac
  list_units >"$units" || return
  found=''
  for one in $(site_apps); do
    if grep --quiet "^$one@$domain\.service" "$units"; then found="$found$one "; fi
  done
  [ "$found" = "$1 " ]
}

# A name in other letters than a to z may be written in several ways.
waits() {
  holds_something /data/import || return
  case "$domain" in *xn--*) begin='' ;; *) begin=$domain ;; esac
  [ -n "$(find /data/import/ -mindepth 1 -maxdepth 1 \( -iname "$begin*" -o -iname "www.$begin*" \) -print -quit 2>/dev/null)" ]
}

# holds_something PATH: a file with content, or a folder with anything in it.
holds_something() {
  [ -d "$1" ] || { [ -s "$1" ]; return; }
  # One pattern at a time, as each reads the whole folder.
  for names in '*' '.[!.]*' '..?*'; do
    for one in "$1"/$names; do
      if [ -e "$one" ] || [ -L "$one" ]; then return 0; fi
    done
  done
  return 1
}

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
if [ -e "$note" ] && is_complete && ! waits && ! has_changed; then exit 1; fi
list_units >"$units" || exit 255
# The start that this belongs to may have been stopped meanwhile.
if ! grep --quiet --invert-match "^import@" "$units"; then
  echo "No unit of $domain is active or starting, so there is nothing to prepare."
  exit 1
fi
