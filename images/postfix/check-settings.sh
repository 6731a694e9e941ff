# shellcheck shell=sh disable=SC2154 # some variables are those of configure.sh
# Detects settings in main.cf.local with which Postfix, or one of its daemons, would not start: `postconf` reports
# only unknown names. Part of configure.sh.

# A setting whose default is a number, a time, or yes or no, accepts nothing else.
check_kinds() {
  wrong=$({ postconf -c "$new" -dx; echo; postconf -c "$new" -nx; } 2>/dev/null | awk -F ' = ?' '
    $0 == "" { set = 1; next }
    !set { usual[$1] = $2; next }
    { value = substr($0, length($1) + 4) }
    usual[$1] ~ /^[0-9]+$/ && value !~ /^-?[0-9]+(\.[0-9]+)?$/ { print $1 " = " value ", but a whole number is required" }
    usual[$1] ~ /^[0-9]+[smhdw]$/ && value !~ /^[0-9]+[smhdw]?$/ { print $1 " = " value ", but a time such as 30s or 2h is required" }
    usual[$1] ~ /^(yes|no)$/ && tolower(value) !~ /^(yes|no)$/ { print $1 " = " value ", but yes or no is required" }' | head -n 3)
  [ -z "$wrong" ] || refuse "main.cf.local: $wrong"
}

# A table that cannot be opened would be noticed only when it is first needed, and would defer each message. Those on disk are
# opened here as Postfix would, by looking up a key that does not exist. (https:// in a greeting is not a table.)
check_tables() {
  for table in $(postconf -c "$new" -nx 2>/dev/null | grep -o '[a-z]*:/[^/ ,}][^ ,}]*' | grep -Ev '^(unix|inet|local):'); do
    check postmap -c "$new" -q nobody@nowhere.invalid "$(echo "$table" | sed "s|:$run/|:$new/|")"
  done
}

# smtpd reads all its settings before it answers a session, here on an empty standard input. It reports errors to the
# journal only.
check_settings() {
  check postconf -c "$new" -n
  check_kinds
  check_tables
  MAIL_CONFIG=$new /usr/lib/postfix/sbin/smtpd -S </dev/null >/dev/null 2>&1 \
    || refuse "smtpd does not start with the settings in main.cf.local. If Postfix runs, the reason is in: journalctl -u postfix"
}
