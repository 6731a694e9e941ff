# shellcheck shell=bash disable=SC2154 # some variables are those of add-site.sh
# Whether a site can be added here, and whether its data can be imported: a folder, an archive or a repository's address.
# A part of add-site.sh, and of the scripts that send a site's data from a control machine.

check_from() {
  [ -n "$1" ] || return 0
  [ -z "$git" ] || refuse "--from and --git cannot be used together."
  check_source "$1"
  check_room
}

check_source() {
  if [ ! -f "$1" ]; then check_folder "$1"; return; fi
  [ -n "$(archive_ending "$1")" ] \
    || refuse "Cannot import '$1': it is neither a folder nor an archive of a supported type (${archive_endings[*]})." \
      "Repack it with: tar -C FOLDER -cf $domain.tar ."
}

check_folder() {
  [ -d "$1" ] || refuse "Cannot import '$1': no such folder or archive."
  [ -n "$(ls -A "$1")" ] || refuse "The folder '$1' is empty."
  if is_pages "$1" && [ -e "$1/TLS/$domain.pem" ]; then
    refuse "The folder '$1' has both pages and a key, which would be published too: put the pages into" \
      "$1/$(declared Pages "$app")."
  fi
}

# A source that is moved has to be the data itself.
check_take() {
  [ "$take" = no ] || [ ! -L "$1" ] || refuse "'$1' is a symbolic link, and --take removes its source: use $(realpath "$1") or --from."
}

check_git() {
  local file
  file=$(declared Address "$app")
  if [ -z "$file" ]; then
    [ -z "$git" ] || refuse "--git requires an app with a repository ($(apps_with Address)), but the app is $app."
    return 0
  fi
  if [ -n "$git" ]; then check_room; return; fi
  [ -n "$from" ] || [ -e "/data/domains/$domain/$file" ] || [ -n "$(deliveries "$domain")" ] \
    || refuse "Missing repository: --git 'https://git.example.org/site.git main' (the branch, tag or commit is optional)."
}

check_app() {
  local other
  [[ " ${site_apps[*]} " == *" $1 "* && -f /etc/systemd/system/$1@.service ]] \
    || refuse "This host has no app '$1'. To list its apps: ls /etc/systemd/system/*@.service"
  for other in "${site_apps[@]}"; do
    if [ "$other" = "$1" ] || ! systemctl is-enabled --quiet "$other@$domain" 2>/dev/null; then continue; fi
    refuse "$domain is a $other site already. Remove it first (scripts/remove-site.sh $domain keeps its data)."
  done
}

# A site that runs already has its port.
check_bridge() {
  local used
  used=$(sites_on_bridge)
  if [ "$(unit_state "$app@$domain")" = active ] || ! is_nearly_full "$used"; then return; fi
  ((used < bridge_ports)) || fail "This host runs $used sites, and its network (the bridge freehold0) has room for only"     "$bridge_ports: add $domain to another host, or stop a site here. Nothing was changed."
  say "This host runs $used sites. Its network has room for $bridge_ports: plan for another host." >&2
}

check_waiting() {
  local waiting
  waiting=$(deliveries "$domain")
  [ -z "$waiting" ] || fail "An import is pending already: ${waiting//$'\n'/ and }. Start the site with it" \
    "(add-site.sh without new data), or move it away."
}

check_room() {
  local folder
  check_waiting
  for folder in $(words_of Data "$app"); do
    [ ! -e "/data/domains/$domain/$folder" ] || fail "$domain has data in /data/domains/$domain/$folder, and an import changes" \
      "nothing there. Change the files in place, or remove the site with --delete-data first."
  done
}

has_index() { [ -e "$1/index.html" ] || [ -e "$1/index.htm" ]; }

# Of an app that serves pages. A tree has the folders that import knows; pages alone become one, and may well have a folder
# named static.
is_pages() {
  local pages
  pages=$(declared Pages "$app")
  [ -n "$pages" ] || return
  has_index "$1" && return
  [ ! -d "$1/$pages" ] || return
  [ ! -d "$1/TLS" ] || [ "$(pages_in "$1")" != "$1" ]
}

# The names that providers and tools give to the folder of the pages; packages/import/src/archive/arrange.ts has them too.
page_folders=(public_html httpdocs htdocs www html public _site dist build)

# pages_in FOLDER: the folder of the pages, which may lie deeper (repo-main/, public_html/); FOLDER itself if unclear.
pages_in() {
  local at=$1 name found inner
  until has_index "$at"; do
    found=()
    for name in "${page_folders[@]}"; do if has_index "$at/$name"; then found+=("$at/$name"); fi; done
    [ ${#found[@]} -le 1 ] || refuse "There are pages in ${found[*]}, but the site can have only one of these. Choose it with --from."
    if [ ${#found[@]} -eq 1 ]; then at=${found[0]}; break; fi
    mapfile -t inner < <(find "$at" -mindepth 1 -maxdepth 1 ! -name '.*' ! -name TLS ! -name __MACOSX ! -name Thumbs.db)
    if [ ${#inner[@]} -ne 1 ] || [ -L "${inner[0]}" ] || [ ! -d "${inner[0]}" ]; then at=$1; break; fi
    at=${inner[0]}
  done
  echo "$at"
}
