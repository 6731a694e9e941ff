# shellcheck shell=bash disable=SC2154 # some variables are those of add-site.sh
# What a new site starts from is put where import looks. A part of add-site.sh.

# Each of these makes the delivery beside its place first, so that import never finds half of it.
bring_data() {
  local partial="/data/import/.$domain.$$"
  # shellcheck disable=SC2064 # the folder of now
  trap "rm -rf '$partial'" EXIT
  if [ -n "$git" ]; then
    bring_address "$git"
  elif [ -f "$1" ]; then
    bring_archive "$1"
  else
    bring_folder "$1"
  fi
}

bring_folder() {
  local into=$partial
  if [ "$app" = static ] && is_pages "$1"; then into=$partial/static/www-content; fi
  mkdir -p "$into"
  if [ "$take" = yes ]; then
    mv --no-target-directory "$1" "$into"
  else
    say "Copying $1 to /data/import/$domain, from where the site's start imports it"
    cp --recursive --preserve=mode,timestamps,links "$1/." "$into/" || fail "$1 was not copied whole: nothing is imported."
  fi
  mv --no-target-directory "$partial" "/data/import/$domain"
}

bring_archive() {
  local target
  target=/data/import/$domain$(archive_kind "$1")
  if [ "$take" = yes ]; then
    mv --no-target-directory "$1" "$partial"
  else
    say "Copying $1 to $target, from where the site's start imports it"
    # It may hold a private key.
    install --mode 600 "$1" "$partial" || fail "$1 was not copied whole: nothing is imported."
  fi
  mv --no-target-directory "$partial" "$target"
}

# The address may hold a password: nobody else reads it, and nothing prints it.
bring_address() {
  say "Writing the repository's address to /data/import/$domain/static-git/GITURL"
  mkdir -p "$partial/static-git"
  (umask 077 && printf '%s\n' "$1" >"$partial/static-git/GITURL")
  mv --no-target-directory "$partial" "/data/import/$domain"
}

# What import refused would keep the next run from bringing something better. Its source is as it was.
take_back_refused_data() {
  local delivery
  delivery=$(deliveries "$domain")
  [ -n "$delivery" ] && [ "$(unit_state "import@$domain")" = failed ] || return 0
  [[ $(systemctl show --property ExecMainStatus --value "import@$domain") == [12] ]] || return 0
  rm -rf "$delivery"
  say "$delivery is taken away again. Once the data is as import wants it, run this again." >&2
}
