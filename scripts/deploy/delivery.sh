# shellcheck shell=bash disable=SC2154 # some variables are those of the scripts that source this
# Sends the data of a site, a folder or an archive on this machine, to a server. A part of import-site.sh and add-site.sh.

# send_data FOR: 'import', where the site's start imports it, or the app of a site that add-site.sh there is to add.
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
