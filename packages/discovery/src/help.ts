export const help = `
discovery: writes the address of a site's backend to etcd, so that HAProxy sends visitors there.

Usage: discovery announce DOMAIN | discovery withdraw DOMAIN [--forget] | discovery serve

  announce DOMAIN   Reads the output of 'docker inspect' on standard input, waits until the
                    container answers over HTTP for DOMAIN, then writes its address to etcd.
  withdraw DOMAIN   Removes the address from etcd and waits until HAProxy has finished the requests
                    in progress. The domain stays known: visitors get 'back soon' (503).
  serve             Does the same for discovery@ on a socket from systemd, and exits after a minute
                    without a call.

Options of announce:
  --app APP --address IP --port PORT
                    The backend, instead of docker inspect.
  --deadline SECONDS
                    Time limit for the backend and etcd together (FREEHOLD_PROBE_SECONDS, 60).

Options of withdraw:
  --app APP         Only this app's record; by default all records of the domain on this host.
  --forget          Removes the record: the domain is unknown afterwards (404).
  --deadline SECONDS
                    Time limit for etcd (15).

  -h, --help        Prints this help.

Example, for a container named static_example.com with the labels freehold.app=static and
freehold.site=example.com:

  docker inspect static_example.com | docker run --rm --interactive --network host \\
    --env-file /etc/freehold/host.env freehold/discovery announce example.com

  docker run --rm --network host --env-file /etc/freehold/host.env \\
    freehold/discovery withdraw example.com

The address is the container's on the network 'freehold', or on its only network. The port is the
label freehold.port, or the only TCP port that its image exposes. A backend is up when it answers GET /
for 'Host: DOMAIN' with any status except 421, which means that the container does not serve DOMAIN.
If it still answers with a server error (5xx) after 10 s, the site is announced with a warning in the log.

Settings (environment):
  FREEHOLD_HOST             this host's name in etcd (the machine's)
  FREEHOLD_ETCD             etcd's URLs, separated by commas (http://127.0.0.1:2379)
  FREEHOLD_BOOT_ID          this boot's id (the kernel's)
  FREEHOLD_PROBE_SECONDS    announce: the deadline (60)
  FREEHOLD_DRAIN_SECONDS    withdraw: seconds that requests in progress have to finish (2, at most 40)
  FREEHOLD_HAPROXY_SOCKETS  withdraw: the folder of HAProxy's admin.sock (/run/haproxy). withdraw ends
                            early once HAProxy has no request in progress; without it, it waits the whole time

Exit codes: 0 success, 1 failure (the last line states the reason), 2 invalid arguments or settings.
`;
