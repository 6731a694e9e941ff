# shellcheck shell=bash disable=SC2034,SC2154 # some variables are those of host-lib.sh, some for those who source it
# What both ends of a site's move share. A part of move-from.sh and move-to.sh.
#
# /data/moving/DOMAIN holds the notes of a move while it lasts, and at its new host the copy. What is sent is relative to
# /data: domains/DOMAIN, runtime/domains/DOMAIN and, in moving/DOMAIN/sent, what the other end has to know.

start_moving() {
  domain=$1
  check_domain "$domain"
  need_root
  check_host
  notes=/data/moving/$domain
}

# Whether this host is a member of a cluster, whose mail routes no host may write.
is_member() { [ -n "$(setting FREEHOLD_ETCD_CERT)" ]; }

# The app of a site that runs or starts with the host; nothing if there is none.
app_here() {
  local app
  for app in "${site_apps[@]}"; do
    if systemctl is-enabled --quiet "$app@$domain" 2>/dev/null || [ "$(unit_state "$app@$domain")" != inactive ]; then
      echo "$app"
      return
    fi
  done
}

# Folders with settings for the site's own units. Not by *@DOMAIN.*: example.com.au begins with example.com.
unit_settings() {
  local kind
  for kind in service timer path socket; do compgen -G "/etc/systemd/system/*@$domain.$kind.d" || true; done
}

# Which of the site's folders there are, in /data or in a copy of it.
folders_in() {
  local folder
  for folder in "domains/$domain" "runtime/domains/$domain"; do
    if [ -d "$1/$folder" ]; then echo "$folder"; fi
  done
}

# In lines, what there is to be the same at both ends: kind, mode, owner, size and time of each entry. A folder's size and
# time are its own disk's.
list_tree() {
  local folders
  mapfile -t folders < <(folders_in "$1")
  (cd "$1" && find "${folders[@]}" \( -type d -printf '%p\0%y %m %U %G\0' -o -printf '%p\0%y %m %U %G %s %Ts %l\0' \)) \
    | LC_ALL=C sort --zero-terminated | sha256sum
}

mariadb_version() { docker run --rm --network none --entrypoint mariadbd freehold/mysql --version | grep -o '[0-9]*\.[0-9]*\.[0-9]*' | head -n 1; }
