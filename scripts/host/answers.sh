# shellcheck shell=bash disable=SC2154 # some variables are those of host-lib.sh
# What the sites of this host answer, and whether they still do after a change. A part of switch-version.sh.

# served_status DOMAIN: what a visitor of the front page gets, by https where the site has a certificate: the edge itself
# answers for http then.
served_status() {
  local url=http://$1:80/
  [ ! -e "$certificates/$1.pem" ] || url=https://$1:443/
  curl --silent --insecure --output /dev/null --max-time 5 --write-out '%{http_code}' \
    --resolve "$1:80:127.0.0.1" --resolve "$1:443:127.0.0.1" "$url"
}

# Whose units are not off: also one that has failed, or is started again and again.
sites_on() {
  local unit
  for unit in $(systemctl list-units --plain --no-legend --state active,activating,deactivating,reloading,failed "${site_apps[@]/%/@*.service}" | awk '{ print $1 }'); do
    unit=${unit#*@}
    echo "${unit%.service}"
  done
}

is_answer() { [[ $1 =~ ^[1-4] ]]; }

# worse BEFORE NOW: also 404 instead of a page, as the edge itself says it of a name that it has lost.
worse() { ! is_answer "$2" || [[ $1 == [23]* && $2 == 4* ]]; }

# Lines of DOMAIN STATUS, some sites asked at once.
answers() {
  local domain
  for domain in $(sites_on); do
    while (($(jobs -rp | wc -l) >= 16)); do wait -n || true; done
    (echo "$domain $(served_status "$domain")") &
  done
  wait
}

# note_answers: into `served`, by domain. Sites that do not answer do not count: a failure of their own is nobody's else.
note_answers() {
  local domain status
  declare -gA served=()
  while read -r domain status; do
    if is_answer "$status"; then served[$domain]=$status; fi
  done < <(answers)
}

# In lines, DOMAIN BEFORE NOW of the sites that are on and answer worse than was noted.
lost() {
  local domain status
  while read -r domain status; do
    if [ -n "${served[$domain]:-}" ] && worse "${served[$domain]}" "$status"; then echo "$domain ${served[$domain]} $status"; fi
  done < <(answers)
}

none_lost() { [ -z "$(lost)" ]; }

# still_answer: within half a minute; otherwise logs the sites that do not.
still_answer() {
  local domain before now
  wait_for 30 none_lost && return
  while read -r domain before now; do say "$domain answered with status $before before, and answers with $now now." >&2; done < <(lost)
  return 1
}
