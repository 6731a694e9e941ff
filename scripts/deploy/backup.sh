# shellcheck shell=bash
# Reads what is in a backup. A part of back-up.sh and restore.sh.

# is_whole FILE [LISTING]: reads it to its end, since a damaged file is no backup, and one that was cut off lacks its last
# entry. The names of its entries go to the file LISTING.
is_whole() {
  local last
  last=$(tar --list --gzip --file "$1" 2>/dev/null | tee "${2:-/dev/null}" | tail -n 1) && [ "$last" = .whole ]
}

# sites_without_data FILE LISTING: the sites of a backup of whose folder it has no entry. One that is off may be empty.
sites_without_data() {
  awk 'part == 1 { if ($1 != "-") lacking[$2] } part == 2 && $1 == "domains" && $3 != "" { delete lacking[$2] }
    END { for (domain in lacking) print domain }' part=1 FS=' ' <(sites_in "$1") part=2 FS=/ "$2" | sort
}

# Lines of APP DOMAIN.
sites_in() { tar --extract --gzip --to-stdout --occurrence=1 --file "$1" backup/sites; }
