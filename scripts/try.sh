#!/usr/bin/env bash
# Shows freehold with one command, on Debian or Ubuntu: installs missing packages, builds the images of a static site, boots a
# throw-away server (a container with its own systemd, Docker and etcd), sets up freehold in it, starts a site and fetches its
# page. The server keeps running: http://hello.localhost:8080, https on 8443, mail on 2525, on this machine's loopback only.
# The images of mail and of the other apps are built in the background and loaded into it. Run again, also after an
# interruption, it continues and updates the server.
#
#   scripts/try.sh          start the server, or update it
#   scripts/try.sh --wait   wait until the background work has ended
#   scripts/try.sh --down   remove the server and all its data; the images stay
#
# If the name or a port is in use, set others: FREEHOLD_TRY_HOST (freehold-host), FREEHOLD_TRY_HTTP (8080), FREEHOLD_TRY_HTTPS
# (8443) and FREEHOLD_TRY_SMTP (2525).
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$here/lib.sh"
# shellcheck source-path=SCRIPTDIR source=setup/images.sh
source "$here/setup/images.sh"
# shellcheck source-path=SCRIPTDIR source=try/background.sh
source "$here/try/background.sh"

host=${FREEHOLD_TRY_HOST:-freehold-host}
http=${FREEHOLD_TRY_HTTP:-8080}
https=${FREEHOLD_TRY_HTTPS:-8443}
smtp=${FREEHOLD_TRY_SMTP:-2525}
site=hello.localhost
log=$(log_folder)/try-$host.log
url=http://$site:$http/

fetch() { curl --silent --show-error --fail --max-time 5 --resolve "$site:$http:127.0.0.1" "$url"; }

start_site() {
  quietly "Starting the site: systemctl enable --now static@$site" \
    docker exec "$host" systemctl enable --now "static@$site.service"
  wait_for 60 fetch && return
  docker exec "$host" \
    systemctl status --no-pager --lines 20 "static@$site" "discovery@$site" haproxy haproxy-confd >&2 || true
  fail "$url is not served after 60 s. The status of its units is above."
}

show() {
  say "The page at $url:"
  echo
  fetch | sed 's/^/    /' | head -n 40
  cat <<EOT

freehold runs in the container $host. What to try next:

  see it                          $url  or  https://$site:$https/ (its certificate is self-signed)
  the units of the site           docker exec -it $host systemctl status 'static@$site' 'discovery@$site'
  what they did, in sentences     docker exec -it $host journalctl -u 'discovery@$site' -u haproxy-confd
  what etcd knows                 docker exec -it $host etcdctl get --prefix /services/
  all sites and their state       docker exec -it $host /opt/freehold/scripts/list-sites.sh
  another site                    docker exec -it $host systemctl enable --now static@second.localhost
                                  curl --header 'Host: second.localhost' http://127.0.0.1:$http/
  change its page                 docker exec -it $host nano /data/domains/$site/static/www-content/index.html
  stop it, and read 503           docker exec -it $host systemctl stop static@$site
  look around                     docker exec -it $host bash
  remove it all                   scripts/try.sh --down

The images of mail and of the other apps are now being built and loaded in the background. They can be
started already; a start waits for its image. When all of it is ready: scripts/try.sh --wait; meanwhile: tail -f $log
EOT
}

main() {
  case "${1:-}" in
    '') ;;
    --help) print_help "$0"; return ;;
    --wait) wait_for_background; return ;;
    --down)
      ensure_docker
      stop_background
      "$here/throwaway-host.sh" down "$host"
      say "Removed $host."
      return
      ;;
    *) refuse "Unknown option '$1'. See 'try.sh --help'." ;;
  esac
  ensure_docker
  ensure_command curl curl
  stop_background
  "$here/build-images.sh" --no-sizes "${edge_images[@]}" test-host-prepared
  "$here/throwaway-host.sh" up "$host" --edge-only --prepared --http "$http" --https "$https" --smtp "$smtp"
  start_site
  start_background
  show
}

main "$@"
