#!/usr/bin/env bash
# Lists the sites of servers in one table. Its columns are the server and those of scripts/list-sites.sh.
#
#   scripts/deploy/list-sites.sh SERVER…
#
#   SERVER   HOST or USER@HOST, as for ssh, or all: the servers in ~/.config/freehold/servers
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=../lib.sh
source "$here/../lib.sh"
# shellcheck source-path=SCRIPTDIR source=servers.sh
source "$here/servers.sh"

keep_list() { on "$1" "$on_host/list-sites.sh" | harmless >"$notes/list-$1"; }

# The head of the first list, then all without theirs.
table() {
  local server lists=()
  for server in "${servers[@]}"; do
    if [ -e "$notes/done-$server" ]; then lists+=("$notes/list-$server"); fi
  done
  [ ${#lists[@]} -gt 0 ] || return 0
  awk 'FNR == 1 && NR > 1 { next }
    { server = FILENAME; sub(/.*\/list-/, "", server)
      rows++; cell[rows, 1] = FNR == 1 ? "SERVER" : server
      for (i = 1; i <= NF; i++) cell[rows, i + 1] = $i
      for (i = 1; i <= NF + 1; i++) if (length(cell[rows, i]) > width[i]) width[i] = length(cell[rows, i])
      columns = NF + 1 }
    END { for (r = 1; r <= rows; r++) { for (i = 1; i < columns; i++) printf "%-" width[i] "s  ", cell[r, i]; print cell[r, columns] } }' \
    "${lists[@]}"
}

main() {
  local word servers
  for word in "$@"; do
    case "$word" in
      --help) print_help "$0"; return ;;
      -*) refuse "Unknown option '$word'. See '$0 --help'." ;;
    esac
  done
  name_servers "$@"
  # What there is to say goes beside the table, so that the table can be piped on.
  on_each keep_list >"$notes/said" 2>/dev/null || true
  table
  sed '/ s\] Done: /d' "$notes/said" >&2
  sum_up >/dev/null
}

main "$@"
