# shellcheck shell=bash disable=SC2154 # some variables are those of move-to.sh
# A site starts at its new host. A part of move-to.sh.
#
# Where both hosts have the same etcd, an announcement here leads every visitor here at once, and what is written then
# would be lost if the move failed after that. So there the site starts and has to answer, but is announced only once
# the other host has given it up.

# shares_etcd APP HOST BOOT: whether what a host has announced is in this one's etcd too.
shares_etcd() { by_etcdctl get --print-value-only "/services/$1/$domain/$2" | tr -d - | grep -qF "${3//-/}"; }

held_back() { echo "/run/systemd/system/discovery@$domain.service.d"; }

# Asked for ahead of the pause, as systemd takes a moment to read it.
hold_back() {
  touch "$notes/held" "$notes/together"
  mkdir -p "$(held_back)"
  printf '%s\n' '[Unit]' "ConditionPathExists=!$notes/held" >"$(held_back)/moving.conf"
  systemctl daemon-reload
}

# Where its container listens: IP PORT.
own_address() {
  docker inspect --format '{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}{{with index .Config.Labels "freehold.port"}}{{.}} {{end}}{{range $port, $_ := .Config.ExposedPorts}}{{$port}}{{end}}' "$1_$domain" \
    | sed 's|/tcp$||'
}

# What its container answers to the edge.
own_status() {
  local ip port scheme=http
  [ ! -e "$certificates/$domain.pem" ] || scheme=https
  read -r ip port _ < <(own_address "$1")
  curl --silent --output /dev/null --max-time 5 --write-out '%{http_code}' --header "Host: $domain" \
    --header "X-Forwarded-Proto: $scheme" "http://$ip:$port/"
}

status_here() { if [ -e "$notes/held" ]; then own_status "$(cat "$notes/app")"; else served_status "$domain"; fi; }

is_as_it_was() { [ "$(status_here)" = "$(cat "$notes/status")" ]; }

# Later, when its owner may have changed it there already.
is_served() { is_as_it_was || [[ $(status_here) == [23]?? ]]; }

has_to_be_served() {
  wait_for 90 is_served || fail "$domain is not served here: it answers with $(status_here) and not with $(cat "$notes/status")."
}

has_to_answer() {
  wait_for "$1" is_as_it_was \
    || fail "$domain does not answer here as it did there, with $(cat "$notes/status"), but with $(status_here)."
}

# Not enabled before the other host has given it up: should this one restart before that, the site is still the other's.
take_over() {
  local app
  app=$(cat "$notes/app")
  receive
  put_in_place
  systemctl start "$app@$domain" || {
    journalctl --no-pager --quiet --output cat --lines 10 --unit "import@$domain" --unit "$app@$domain" >&2
    fail "$app@$domain did not start here: above is what it said last."
  }
  has_to_answer 60
  : >"$notes/ready"
  sync "$notes/ready" "$notes" /data/domains /data/runtime/domains
}

# What discovery@ writes and will write again: its container takes as long to start as all the rest here.
put_record() {
  local app=$1 ip port
  read -r ip port _ < <(own_address "$app")
  by_etcdctl put "/services/$app/$domain/$(setting FREEHOLD_HOST)" \
    "{\"ip\":\"$ip\",\"port\":$port,\"boot\":\"$(boot_id)\"}" >/dev/null
}

# It is this host's from now on, also if it restarts before the move is finished.
announce() {
  local app
  [ -e "$notes/ready" ] || fail "$domain has not come here whole."
  app=$(cat "$notes/app")
  systemctl start "$app@$domain"
  [ ! -e "$notes/held" ] || put_record "$app"
  rm -f "$notes/held"
  systemctl start --no-block "discovery@$domain"
  systemctl enable --quiet "$app@$domain"
  has_to_be_served
}
