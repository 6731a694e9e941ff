# shellcheck shell=bash
# What the apps declare: a file APP.conf each, KEY=VALUE in lines, # begins a comment. docs/reference/app-declaration.md has the keys.
# The files are read, and never run. To be sourced, not run.

# Where setup.sh has installed this, the folder is beside it; in a checkout it is among the unit files.
apps_folder=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
if [ -d "$apps_folder/apps" ]; then apps_folder=$apps_folder/apps; else apps_folder=$(dirname "$apps_folder")/unit-files/apps; fi

# The apps that can be a site, by their units' names. mysql@ and the like serve these.
mapfile -t site_apps < <(compgen -G "$apps_folder/*.conf" | sed 's,.*/,,; s,\.conf$,,')

# declared KEY [APP]: the app's values of a key, or those of all apps, one a line.
declared() {
  local app apps=("${site_apps[@]}")
  [ $# -eq 1 ] || apps=("$2")
  for app in "${apps[@]}"; do sed -n "s/^$1=//p" "$apps_folder/$app.conf" 2>/dev/null || true; done
}

# words_of KEY [APP]: the same for a key that has several words, one a line and each once.
words_of() { declared "$@" | tr -s ' ' '\n' | sort -u; }

# apps_with KEY: those that declare it, one a line.
apps_with() {
  local app
  for app in "${site_apps[@]}"; do if [ -n "$(declared "$1" "$app")" ]; then echo "$app"; fi; done
}

# instances_of KEY APP DOMAIN: units that the key has as templates, as in mysql@example.com.service, one a line.
instances_of() { words_of "$1" "$2" | sed "s/@/@$3/"; }

# needed_units UNIT: the units of its domain without which it does not start, one a line. import@ is the first, as the
# others need it too.
needed_units() {
  local domain=${1#*@} one needed
  domain=${domain%.service}
  needed=$(
    for one in $(systemctl show --property Requires --value "${1%.service}.service"); do
      if [[ $one == *@"$domain".service ]]; then echo "$one"; fi
    done
    instances_of Starts "${1%%@*}" "$domain"
  )
  { grep '^import@' <<<"$needed"; grep -v '^import@\|^$' <<<"$needed"; } || true
}
