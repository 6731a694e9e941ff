# shellcheck shell=sh disable=SC2034,SC2154 # variables are shared with the entrypoint
# The initial files of a new site: Debian's themes and plugins, copied into a wp-content without themes. To be sourced.
#
# Copied completely into a hidden folder first, then renamed piece by piece. If it is killed before .whole exists, the next start
# begins again; afterwards, it continues with the renames.

bring_vanilla() {
  new=$content/.unpacking
  if [ ! -e "$new/.whole" ]; then
    rm -rf "$new"
    # Every WordPress has a theme; import has left an index.php.
    [ ! -e "$content/themes" ] || return 0
    mkdir "$new" || fail "uid 10002 cannot write to $content. Run chown on the folder that is mounted there."
    cp -R /vanilla/. "$new/"
    sync -f "$new"
    : >"$new/.whole"
    sync -f "$new"
  fi
  for piece in "$new"/*; do
    [ -e "$piece" ] || continue
    # Existing files of a site that was imported without a theme stay.
    [ -d "$content/${piece##*/}" ] || mv "$piece" "$content/"
  done
  sync -f "$content"
  rm -rf "$new"
  say "wp-content had no themes: copied WordPress's own themes and plugins."
}
