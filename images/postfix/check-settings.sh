# shellcheck shell=sh disable=SC2154 # some variables are those of configure.sh
# What an operator may have set in main.cf.local that Postfix, or one of its daemons, would not start on: `postconf` says
# only what has a name that it does not know. A part of configure.sh.

# A setting whose value is a number, a time, or yes or no unless it is set, takes nothing else.
check_kinds() {
  wrong=$({ postconf -c "$new" -dx; echo; postconf -c "$new" -nx; } 2>/dev/null | awk -F ' = ?' '
    $0 == "" { set = 1; next }
    !set { usual[$1] = $2; next }
    { value = substr($0, length($1) + 4) }
    usual[$1] ~ /^[0-9]+$/ && value !~ /^-?[0-9]+(\.[0-9]+)?$/ { print $1 " = " value ", where a whole number is needed" }
    usual[$1] ~ /^[0-9]+[smhdw]$/ && value !~ /^[0-9]+[smhdw]?$/ { print $1 " = " value ", where a time as 30s or 2h is needed" }
    usual[$1] ~ /^(yes|no)$/ && tolower(value) !~ /^(yes|no)$/ { print $1 " = " value ", where yes or no is needed" }' | head -n 3)
  [ -z "$wrong" ] || refuse "main.cf.local: $wrong"
}

# A table that cannot be opened is found out when it is first needed: each message would be put off. Those on disk are
# opened here as Postfix would, by a look for what nobody has. (https:// in a greeting is none.)
check_tables() {
  for table in $(postconf -c "$new" -nx 2>/dev/null | grep -o '[a-z]*:/[^/ ,}][^ ,}]*' | grep -Ev '^(unix|inet|local):'); do
    check postmap -c "$new" -q nobody@nowhere.invalid "$(echo "$table" | sed "s|:$run/|:$new/|")"
  done
}

# smtpd reads all its settings before it answers a session, here on an empty standard input. It says what is wrong to the
# journal only.
check_settings() {
  check postconf -c "$new" -n
  check_kinds
  check_tables
  MAIL_CONFIG=$new /usr/lib/postfix/sbin/smtpd -S </dev/null >/dev/null 2>&1 \
    || refuse "smtpd does not start on the settings in main.cf.local: journalctl -u postfix has the reason if Postfix runs"
}
