# shellcheck shell=bash disable=SC2154 # some variables are those of the scripts that source this
# Sends the data of a site, a folder or an archive on this machine, to a server. A part of import-site.sh.

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

# The names that providers and tools give to the folder of the pages; packages/core/src/uploads.ts has them too.
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

# send_data FOR: 'import', where the site's start imports it.
send_data() {
  local kind size
  say "Sending $path to $server"
  if [ -f "$path" ]; then
    kind=$(archive_ending "$path") size=$(stat --format %s "$path")
    receive "$1" "$kind" "$size" <"$path"
  else
    send_folder "$1"
  fi
}

receive() { tell "$server" "$on_host/host/receive-delivery.sh" "$domain" "$@"; }

# pack FOLDER PREFIX: an interrupted upload lacks .whole at its end, and is deleted there.
pack() {
  local code=0
  : >"$notes/.whole"
  tar --create --owner 0 --group 0 --numeric-owner --transform "s,^\.,$2,SH" --directory "$1" . \
    --transform "s,^$2/\.whole\$,./.whole," --directory "$notes" ./.whole || code=$?
  # What tar says with 1: files changed while it read them, as those of a site that is served may.
  [ "$code" = 1 ] || return "$code"
  : >"$notes/changed"
}

send_folder() {
  local folder=$path prefix=.
  if is_pages "$path"; then
    folder=$(pages_in "$path")
    prefix=./$(declared Pages "$app")
  fi
  pack "$folder" "$prefix" | receive "$1" folder
  [ ! -e "$notes/changed" ] || say "Files changed while they were read; tar lists them above. Each was sent with its content of" \
    "that moment. If one of them may be damaged, remove the site's data there, and run this again." >&2
}
