# shellcheck shell=bash disable=SC2154 # some variables are those of add-site.sh
# Puts what a new site starts from where import finds it, and undoes that if it is not imported. A part of add-site.sh.
#
# With --take, a source on the disk of /data/import is renamed, which takes no space, and renamed back if it is not
# imported. Any other source is copied, and removed once the site has the data.

partial='' # a copy that is not complete yet
placed=''  # what import is to find
moved=''   # where that was before, if it was renamed
copied=''  # what was copied, and how it was then
copied_state=''

bring_data() {
  partial="/data/import/.$domain.$$"
  trap leave EXIT
  mkdir -p /data/import
  if [ -n "$git" ]; then
    bring_address "$git"
  elif [ -f "$1" ]; then
    bring "$1" "/data/import/$domain$(archive_ending "$1")"
  elif is_pages "$1"; then
    local pages
    pages=$(pages_in "$1")
    bring "$pages" "/data/import/$domain/$(declared Pages "$app")"
  else
    bring "$1" "/data/import/$domain"
  fi
}

bring() {
  if [ "$take" = yes ] && [ "$(place_of "$1")" = "$(place_of /data/import)" ]; then
    mkdir -p "${2%/*}"
    moved=$1 placed=$2
    mv --no-target-directory "$1" "$2"
  else
    copy "$1" "$2"
  fi
}

# The device and mount of a path: within one, a file is renamed and not copied.
place_of() { stat --format '%d %m' "$1"; }

# Changes with each file that is added, removed, renamed or written to.
state_of() { find "$1" -printf '%P %D:%i %y %m %s %T@ %C@ %l\0' | sort --zero-terminated | sha256sum; }

# Import never finds half of it: the copy is made under a hidden name.
copy() {
  local top=/data/import/$domain into=$partial
  check_disk "$(du --bytes --summarize "$1" | cut -f 1)"
  say "Copying $1 to $2, which the site's start imports"
  copied=$1 copied_state=$(state_of "$1")
  if [ -f "$1" ]; then
    top=$2
    # It may hold a private key.
    install --mode 600 "$1" "$partial" || fail "Cannot copy $1. Nothing was imported or changed."
  else
    into=$partial${2#"$top"}
    mkdir -p "$into"
    cp --recursive --preserve=mode,timestamps,links "$1/." "$into/" \
      || fail "Cannot copy $1. Nothing was imported or changed."
  fi
  [ "$(state_of "$1")" = "$copied_state" ] \
    || fail "$1 changed while it was copied, so its upload may not have ended. Nothing was imported. Run this again once it is complete."
  mv --no-target-directory "$partial" "$top"
  placed=$top
}

# The address may hold a password: nobody else reads it, and nothing prints it.
bring_address() {
  local file
  file=$(declared Address "$app")
  say "Writing the repository's address to /data/import/$domain/$file"
  mkdir -p "$partial/${file%/*}"
  (umask 077 && printf '%s\n' "$1" >"$partial/$file")
  placed=/data/import/$domain
  mv --no-target-directory "$partial" "$placed"
}

# What was not imported would keep the next run from bringing something better. Nothing imports it at this time.
put_back() {
  [ -n "$placed" ] && [ -e "$placed" ] || return 0
  if [[ $moved == /data/import/.add-* ]]; then
    rm -rf "$placed"
    say "The upload in $placed was deleted. Correct the data, then run this again." >&2
  elif [ -n "$moved" ]; then
    mv --no-target-directory "$placed" "$moved"
    say "$moved was not imported and is in its place again. Correct it, then run this again." >&2
  else
    rm -rf "$placed"
    say "${copied:-The address} was not imported${copied:+ or changed}. Correct it, then run this again." >&2
  fi
  # The folders that were made around it.
  if [ -d "/data/import/$domain" ]; then find "/data/import/$domain" -depth -type d -empty -delete; fi
  placed=''
}

# The site has the data: a source that was copied is removed, unless somebody has written to it since.
remove_source() {
  placed=''
  if [ "$take" != yes ] || [ -z "$copied" ]; then return; fi
  [ "$(state_of "$copied")" = "$copied_state" ] \
    || fail "The site has its data, but $copied changed after it was copied, so it was not removed. Compare it with /data/domains/$domain."
  rm -rf "$copied" || fail "The site has its data, but removing $copied failed."
}

# However this script ends, it tells where the data is.
leave() {
  rm -rf "$partial"
  if [ -z "$placed" ] || [ ! -e "$placed" ]; then return; fi
  say "The data is in $placed${moved:+ (before: $moved)}. The next start of the site imports it." >&2
}
