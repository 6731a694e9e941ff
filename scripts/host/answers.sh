# shellcheck shell=bash disable=SC2154 # some variables are those of host-lib.sh
# What the sites of this host answer, and whether they still do after a change. A part of switch-version.sh and moving.sh.

# served_status DOMAIN: what a visitor of the front page gets, by https where the site has a certificate: the edge itself
# answers for http then.
served_status() {
  local url=http://$1:80/
  [ ! -e "$certificates/$1.pem" ] || url=https://$1:443/
  curl --silent --insecure --output /dev/null --max-time 5 --write-out '%{http_code}' \
    --resolve "$1:80:127.0.0.1" --resolve "$1:443:127.0.0.1" "$url"
}

# Whose units are up.
sites_up() {
  local unit
  for unit in $(systemctl list-units --plain --no-legend --state active "${site_apps[@]/%/@*.service}" | awk '{ print $1 }'); do
    unit=${unit#*@}
    echo "${unit%.service}"
  done
}

is_answer() { [[ $1 =~ ^[1-4] ]]; }

# Lines of DOMAIN STATUS, all asked at once.
answers() {
  local domain
  for domain in $(sites_up); do
    (echo "$domain $(served_status "$domain")") &
  done
  wait
}

# Sites that answer; a failure of their own is nobody's else.
answering() {
  local domain status
  while read -r domain status; do ! is_answer "$status" || echo "$domain"; done < <(answers)
}

# lost DOMAIN …: of these, as DOMAIN STATUS, those that are up and do not answer.
lost() {
  local domain status
  while read -r domain status; do
    if [[ " $* " == *" $domain "* ]] && ! is_answer "$status"; then echo "$domain $status"; fi
  done < <(answers)
}

none_lost() { [ -z "$(lost "$@")" ]; }

# still_answer DOMAIN …: within half a minute, else it is said which do not.
still_answer() {
  local domain status
  wait_for 30 none_lost "$@" && return
  while read -r domain status; do say "$domain was served before, and answers $status now." >&2; done < <(lost "$@")
  return 1
}
