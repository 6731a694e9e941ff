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

# What its container answers to the edge.
own_status() {
  local address scheme=http
  [ ! -e "$certificates/$domain.pem" ] || scheme=https
  address=$(docker inspect --format '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}:{{range $port, $_ := .Config.ExposedPorts}}{{$port}}{{end}}' "$1-$domain")
  curl --silent --output /dev/null --max-time 5 --write-out '%{http_code}' --header "Host: $domain" \
    --header "X-Forwarded-Proto: $scheme" "http://${address%/tcp}/"
}

status_here() { if [ -e "$notes/held" ]; then own_status "$(cat "$notes/app")"; else served_status; fi; }

is_as_it_was() { [ "$(status_here)" = "$(cat "$notes/status")" ]; }

has_to_answer() {
  wait_for "$1" is_as_it_was \
    || fail "$domain does not answer here as it did there, with $(cat "$notes/status"), but with $(status_here)."
}

# Enabled only at the end of the move: should this host restart before that, the site is still the other one's.
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
}

announce() {
  rm -f "$notes/held"
  systemctl start "$(cat "$notes/app")@$domain" "discovery@$domain" \
    || fail "$domain was not announced here: see journalctl -u discovery@$domain, and run the move again."
  has_to_answer 60
}
