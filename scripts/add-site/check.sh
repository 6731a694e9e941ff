# shellcheck shell=bash disable=SC2154 # some variables are those of add-site.sh
# Whether a site can be added here, and whether what it is to start from will do: a folder, an archive or a repository's
# address. A part of add-site.sh, and of what brings a site's data from a jump box.

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
  check_source "$1"
  check_room
}

check_source() {
  if [ ! -f "$1" ]; then check_folder "$1"; return; fi
  [ -n "$(archive_kind "$1")" ] || refuse "'$1' is neither a folder nor an archive that import knows: .tar, .tar.gz or .tar.zst."
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
    || refuse "Missing repository: --git 'https://git.example.org/site.git main' (the branch, tag or commit is optional)."
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
