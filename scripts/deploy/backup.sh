# shellcheck shell=bash
# What is to be known of the file of a backup. A part of restore.sh.

# is_whole FILE: reads it to its end, since a damaged file is no backup, and one that was cut off lacks its last entry.
is_whole() {
  local last
  last=$(tar --list --gzip --file "$1" 2>/dev/null | tail -n 1) && [ "$last" = .whole ]
}

# Lines of APP DOMAIN.
sites_in() { tar --extract --gzip --to-stdout --occurrence=1 --file "$1" backup/sites; }
