# shellcheck shell=sh disable=SC2034,SC2154 # variables are shared with the entrypoint
# What a new site begins with: Debian's theme and plugins, brought into a wp-content without. To be sourced.
#
# Copied whole into a hidden folder first, then renamed piece by piece. Killed before .whole is there, the next start
# begins again; after, it goes on with the renames.

bring_vanilla() {
  new=$content/.unpacking
  if [ ! -e "$new/.whole" ]; then
    rm -rf "$new"
    # No WordPress is without a theme; import has left an index.php.
    [ ! -e "$content/themes" ] || return 0
    mkdir "$new" || fail "$content cannot be written to by uid 10002: chown the folder that is mounted there."
    cp -R /vanilla/. "$new/"
    sync -f "$new"
    : >"$new/.whole"
    sync -f "$new"
  fi
  for piece in "$new"/*; do
    [ -e "$piece" ] || continue
    # What is there already, of a site that came without a theme, stays.
    [ -d "$content/${piece##*/}" ] || mv "$piece" "$content/"
  done
  sync -f "$content"
  rm -rf "$new"
  say "wp-content had no themes: WordPress' own themes and plugins were brought in."
}
