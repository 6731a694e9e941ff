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

# One step at a time. What an earlier run began may go on here for a while after that run was cut off.
take_turn() {
  exec 7>>"/run/freehold-moving-$domain.step"
  flock --timeout 120 7 || fail "$domain: a step of an earlier move is still at work here. Run this again in some minutes."
}

# One run at a time, from whichever jump box. It holds the site for as long as it is heard of here; a connection that is
# lost without a word may never end, so after 30 s of silence the run is over, and what is under way for it.
hold() {
  local lock=/run/freehold-moving-$domain.run
  exec 5>>"$lock"
  flock --timeout 5 5 || { [ -s "$lock" ] && flock --timeout 120 5; } \
    || fail "$domain is being moved already, by another run, from your jump box or another one."
  : >"$lock"
  end_transfer
  (take_turn)
  echo held
  # Nobody may be there to read it any more.
  exec >/dev/null 2>&1
  while read -r -t 30 _; do :; done
  echo "is being cleaned up" >"$lock"
  end_transfer
  take_turn
}

transfer_unit() { echo "freehold-transfer-$domain"; }

end_transfer() { systemctl stop "$(transfer_unit)" 2>/dev/null || true; }

# Gone at once, whatever becomes of the deleting.
drop_notes() {
  rm -rf "/data/moving/.$domain"
  [ ! -e "$notes" ] || mv --no-target-directory "$notes" "/data/moving/.$domain"
  rm -rf "/data/moving/.$domain"
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

# database_version APP: that of the server which its databases here would start with.
database_version() {
  local image program
  read -r image _ program <<<"$(declared Database "$1")"
  docker run --rm --network none --entrypoint "$program" --pull never "freehold/$image" --version \
    | grep -o '[0-9]*\.[0-9]*\.[0-9]*' | head -n 1
}
