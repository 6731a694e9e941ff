export const help = `
discovery: says in etcd where a site's backend is, so that HAProxy sends visitors there.

Usage: discovery announce DOMAIN | discovery withdraw DOMAIN [--forget] | discovery serve

  announce DOMAIN   Reads the output of 'docker inspect' on standard input, waits until the
                    container answers over HTTP for DOMAIN, then writes its address into etcd.
  withdraw DOMAIN   Takes the address out of etcd and waits until HAProxy has let running requests
                    end. The domain stays known: visitors read 'back soon' (503).
  serve             Does the same for discovery@, at a socket of systemd's, and ends after a minute without
                    a call.

Options of announce:
  --app APP --address IP --port PORT
                    The backend, in place of docker inspect.
  --deadline SECONDS
                    How long the backend and etcd may take together (FREEHOLD_PROBE_SECONDS, 60).

Options of withdraw:
  --app APP         Only this app's record; all of the domain's on this host unless told.
  --forget          Removes the record: the domain is unknown afterwards (404).
  --deadline SECONDS
                    How long etcd may take (15).

  -h, --help        This text.

Example, for a container named static_example.com with the labels freehold.app=static and
freehold.site=example.com:

  docker inspect static_example.com | docker run --rm --interactive --network host \\
    --env-file /etc/freehold/host.env freehold/discovery announce example.com

  docker run --rm --network host --env-file /etc/freehold/host.env \\
    freehold/discovery withdraw example.com

The address is the container's on the network 'freehold', or on its only network. The port is the
label freehold.port, or the only TCP port that its image exposes. A backend answers when GET / with
'Host: DOMAIN' has any status except 421, by which a container says that it does not serve DOMAIN.
A server error (5xx) has 10 s to pass; after that the site is announced with a warning in the log.

Settings (environment):
  FREEHOLD_HOST             this host's name in etcd (the machine's)
  FREEHOLD_ETCD             etcd's URLs, separated by commas (http://127.0.0.1:2379)
  FREEHOLD_BOOT_ID          this boot's id (the kernel's)
  FREEHOLD_PROBE_SECONDS    announce: the deadline (60)
  FREEHOLD_DRAIN_SECONDS    withdraw: how long requests in progress get to end (2, at most 40)
  FREEHOLD_HAPROXY_SOCKETS  withdraw: the folder of HAProxy's admin.sock (/run/haproxy). HAProxy tells when no
                            request is in progress; without it, the whole time is waited

Exit codes: 0 done, 1 failed (the last line says why), 2 wrong arguments or settings.
`;
