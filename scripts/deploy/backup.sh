# shellcheck shell=bash
# What is to be known of the file of a backup. A part of back-up.sh and restore.sh.

# To its end; what was cut off has no such entry there.
is_whole() { [ "$(tar --list --gzip --file "$1" 2>/dev/null | tail -n 1)" = .whole ]; }

# Lines of APP DOMAIN.
sites_in() { tar --extract --gzip --to-stdout --occurrence=1 --file "$1" backup/sites; }
