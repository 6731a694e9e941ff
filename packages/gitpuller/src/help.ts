export const help = `
gitpuller: publishes what a site's repository has, as a whole, from one moment to the next.

Usage: gitpuller DOMAIN [--to COMMIT] | gitpuller --hook

  DOMAIN            Asks the repository that GITURL names. If it has something new, that is fetched
                    and checked out beside what is served; then a symbolic link is swapped.
  --to COMMIT       Publishes this commit at once: a whole id, or the beginning of one that is here,
                    such as the previous one. It stays until the repository has something newer
                    than what was taken back by it.
  --hook            Answers one webhook, an HTTP request on standard input. A good signature leaves
                    a request for a pull.
  -h, --help        This text.

Example:

  docker run --rm --network freehold --read-only --tmpfs /tmp --volume /data:/data:ro \\
    --volume /data/runtime/domains/example.com/static-git:/data/runtime/domains/example.com/static-git \\
    freehold/gitpuller example.com

Reads in /data/domains/DOMAIN/static-git:

  GITURL            one line: the URL, then perhaps a space and a branch, tag or commit.
                    https://HOST/PATH  ssh://USER@HOST/PATH  USER@HOST:PATH
                    or a path in the domain's own folder
  id_ed25519        (or id_ecdsa, id_rsa) the key for ssh, without a passphrase
  known_hosts       the keys of ssh servers, which are always checked
  WEBHOOK_SECRET    one line of at least 16 characters

Writes in /data/runtime/domains/DOMAIN/static-git:

  www-content, previous        links to what is served, and to what was before
  worktrees, repository.git    what they lead to, and what that is made from
  submodules                   the repositories of submodules
  failed-commit                the newest commit, if it was refused, and why
  rolled-back                  the commit that --to has taken back
  check                        what check.sh compares, to find out whether a pull is needed
  webhook                      there while the domain has a good WEBHOOK_SECRET
  lock                         one run at a time

When a pull fails, what was served goes on being served, and the last line says why.

Settings (environment):
  FREEHOLD_DATA                 the folder of all data (/data)
  FREEHOLD_GIT_DEPTH            how many commits are fetched; 0 is all (1)
  FREEHOLD_GIT_SUBMODULES       on or off (off)
  FREEHOLD_GIT_STALL_SECONDS    a pull fails when the remote is silent for this long (60)
  FREEHOLD_GIT_MAX_MB           how much disk a checked out commit may take (2000)
  FREEHOLD_GIT_MAX_FILES        how many files and folders it may have (100000)
  FREEHOLD_GIT_REPOSITORIES     a folder of repositories from which every site may be pulled (none)
  FREEHOLD_DISK_RESERVE_MB      how much disk stays free for the host (5 % of it, at most 1000)
  FREEHOLD_PULL_REQUESTS        where --hook leaves its requests (/run/freehold/pull-requests)

Exit codes: 0 done, 1 failed (the last line says why), 2 wrong arguments or settings.
`;
