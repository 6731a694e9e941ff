# shellcheck shell=bash
# What is to be known of the file of a backup. A part of back-up.sh and restore.sh.

# To its end: one that is damaged is none, and what was cut off has no such entry there.
is_whole() {
  local last
  last=$(tar --list --gzip --file "$1" 2>/dev/null | tail -n 1) && [ "$last" = .whole ]
}

# Lines of APP DOMAIN.
sites_in() { tar --extract --gzip --to-stdout --occurrence=1 --file "$1" backup/sites; }
