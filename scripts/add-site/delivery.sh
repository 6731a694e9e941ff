# shellcheck shell=bash disable=SC2154 # some variables are those of add-site.sh
# What a new site starts from: a folder, an archive or a repository's address, put where import looks. A part of
# add-site.sh.

# The archives that import knows, by the ends of their names.
archive_kind() {
  case "$1" in
    *.tar) echo .tar ;;
    *.tar.gz | *.tgz) echo .tar.gz ;;
    *.tar.zst) echo .tar.zst ;;
  esac
}

check_from() {
  [ -n "$1" ] || return 0
  [ -z "$git" ] || refuse "--from and --git cannot both be where the data comes from."
  if [ -f "$1" ]; then
    [ -n "$(archive_kind "$1")" ] || refuse "'$1' is neither a folder nor an archive that import knows: .tar, .tar.gz or .tar.zst."
  else
    check_folder "$1"
  fi
  check_room
}

check_folder() {
  [ -d "$1" ] || refuse "There is no folder or archive '$1' to bring data from."
  [ -n "$(ls -A "$1")" ] || refuse "The folder '$1' is empty."
  if [ "$app" = static ] && is_pages "$1" && [ -e "$1/TLS/$domain.pem" ]; then
    refuse "The folder '$1' has both pages and a key, which would be published with them: put the pages into" \
      "$1/static/www-content."
  fi
}

check_git() {
  if [ "$app" != static-git ]; then
    [ -z "$git" ] || refuse "--git is for --app static-git, but the app is $app."
    return 0
  fi
  if [ -n "$git" ]; then check_room; return; fi
  [ -n "$from" ] || [ -e "/data/domains/$domain/static-git/GITURL" ] || [ -n "$(deliveries "$domain")" ] \
    || refuse "Tell which repository: --git 'https://git.example.org/site.git main' (the branch, tag or commit may be left out)."
}

check_app() {
  local other
  [[ " ${site_apps[*]} " == *" $1 "* && -f /etc/systemd/system/$1@.service ]] \
    || refuse "'$1' is no app that this host knows; see ls /etc/systemd/system/*@.service."
  for other in "${site_apps[@]}"; do
    if [ "$other" = "$1" ] || ! systemctl is-enabled --quiet "$other@$domain" 2>/dev/null; then continue; fi
    refuse "$domain is a $other site already: remove it first (scripts/remove-site.sh $domain keeps its data)."
  done
}

check_waiting() {
  local waiting
  waiting=$(deliveries "$domain")
  [ -z "$waiting" ] || fail "$waiting waits to be imported already: start the site with it (add-site.sh without new data)," \
    "or take that away."
}

check_room() {
  check_waiting
  [ ! -e "/data/domains/$domain/$app" ] || fail "$domain has data in /data/domains/$domain/$app, and an import changes" \
    "nothing there. Change the files in place, or remove the site with --delete-data first."
}

# A tree has the folders that import knows; pages alone become one, and may well have a folder named static.
is_pages() { [ -e "$1/index.html" ] || [ -e "$1/index.htm" ] || ! { [ -d "$1/static/www-content" ] || [ -d "$1/TLS" ]; }; }

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
