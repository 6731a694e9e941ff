# shellcheck shell=bash
# A part of list-sites.sh.

# report_certificates FOLDER: prints what acme says of sites that are not as usual. As usual is a certificate that acme will
# renew, and one that a person installed until two weeks before it expires.
report_certificates() {
  local file line soon
  soon=$(date --utc --date '+14 days' +%F)
  for file in "$1"/*; do
    [ -f "$file" ] || continue
    line=$(<"$file")
    [[ $line =~ ^Valid\ until\ [0-9-]+,\ from\ .*\.\ Renewed:\ [0-9] ]] && continue
    [[ $line =~ ^(Installed|Managed)\ manually.*:\ valid\ until\ ([0-9-]+), ]] && [[ ${BASH_REMATCH[2]} > $soon ]] && continue
    echo "${file##*/}: $line"
  done
}
