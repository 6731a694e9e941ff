# shellcheck shell=bash disable=SC2154 # some variables are those of setup.sh
# Starts mail through its units, and limits the mail of sites. Part of setup.sh.

# shellcheck disable=SC2016 # the inner shell expands it
mail_answers() { timeout 2 bash -c 'exec 3<>/dev/tcp/127.0.0.1/25 && read -r greeting <&3 && [[ $greeting == 220* ]]'; }

# Sites that started before there were files with their addresses for Postfix can still send.
let_sites_send() {
  local unit domain file
  for unit in $(systemctl list-units --plain --no-legend --state active "${site_apps[@]/%/@*.service}" | awk '{ print $1 }'); do
    unit=${unit#*@}
    domain=${unit%.service}
    file=/run/freehold/senders/$domain
    [ ! -e "$file" ] || continue
    docker ps --quiet --filter "label=freehold.site=$domain" | xargs --no-run-if-empty docker inspect \
      --format '{{range .NetworkSettings.Networks}}{{println .IPAddress}}{{end}}' >"$file"
    # Postfix reads it as the user nobody.
    chmod 644 "$file"
  done
}

# SRS creates addresses in this domain, which other servers look up.
warn_of_short_name() {
  [[ $1 == *.* ]] || say "'$1' has no dot: other mail servers refuse mail from a host of such a name, so forwards will not" \
    "arrive. Give the host a name that resolves in DNS, such as h1.example.com." >&2
}

keep_from_mail_servers() {
  local rule='--in-interface freehold0 --protocol tcp --dport 25 --jump'
  install_rules mail-barrier "security FORWARD $rule DROP" "security INPUT $rule DROP" "filter INPUT $rule REJECT" \
    || fail "Cannot install the egress rules for mail. See journalctl -u mail-barrier."
}

# postfix keeps accepting mail while postfix-config is restarted.
start_mail() {
  local units=/etc/systemd/system
  let_sites_send
  restart_outdated postfix-config freehold/postfix-config "$units/postfix-config.service" "$host_env"
  restart_outdated postfix freehold/postfix "$units/postfix.service"
  # The previous folder of the sites' addresses.
  repeat rm -f /data/runtime/postfix/senders
  if systemctl is-enabled --quiet postfix 2>/dev/null && mail_answers; then
    say "Postfix: accepts mail."
    return
  fi
  say "Starting Postfix, and postfix-config with it"
  change systemctl enable --quiet --now postfix
  wait_for 30 mail_answers || fail "Postfix does not answer on port 25 after 30 s. See journalctl -u postfix -u postfix-config."
}
