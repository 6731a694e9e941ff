export const help = `
gitpuller: publishes the content of a site's git repository atomically.

Usage: gitpuller DOMAIN [--to COMMIT] | gitpuller --hook

  DOMAIN            Asks the repository in GITURL for its newest commit. A new commit is fetched and
                    checked out beside the current one; then a symbolic link is swapped.
  --to COMMIT       Publishes this commit immediately: a full id, or the beginning of the id of a
                    local commit, such as the previous one. It stays until the repository has a
                    newer commit than the one that was rolled back.
  --hook            Answers one webhook call, an HTTP request on standard input. A valid signature
                    requests a pull.
  -h, --help        Prints this help.

Example:

  docker run --rm --network freehold --read-only --tmpfs /tmp --volume /data:/data:ro \\
    --volume /data/runtime/domains/example.com/static-git:/data/runtime/domains/example.com/static-git \\
    freehold/gitpuller example.com

Reads in /data/domains/DOMAIN/static-git:

  GITURL            one line: the URL, optionally followed by a space and a branch, tag or commit.
                    https://HOST/PATH  ssh://USER@HOST/PATH  USER@HOST:PATH
                    or a path in the domain's own folder
  id_ed25519        (or id_ecdsa, id_rsa) the key for ssh, without a passphrase
  known_hosts       the keys of ssh servers, which are always checked
  WEBHOOK_SECRET    one line of at least 16 characters

Writes in /data/runtime/domains/DOMAIN/static-git:

  www-content, previous        links to the current and the previous worktree
  worktrees, repository.git    the worktrees, and the repository that they are checked out from
  submodules                   the repositories of submodules
  failed-commit                the newest commit and the reason, if it was refused
  rolled-back                  the commit that --to has rolled back
  check                        data with which check.sh determines whether a pull is needed
  webhook                      exists while the domain has a valid WEBHOOK_SECRET
  lock                         allows one run at a time

If a pull fails, the current content stays online, and the last line states the reason.

Settings (environment):
  FREEHOLD_DATA                 the folder of all data (/data)
  FREEHOLD_GIT_DEPTH            the number of commits to fetch; 0 means all (1)
  FREEHOLD_GIT_SUBMODULES       on or off (off)
  FREEHOLD_GIT_STALL_SECONDS    a pull fails after this long without data from the remote (60)
  FREEHOLD_GIT_MAX_MB           the maximum size of a checked-out commit (2000)
  FREEHOLD_GIT_MAX_FILES        its maximum number of files and folders (100000)
  FREEHOLD_GIT_REPOSITORIES     a folder of repositories that every site may use (none)
  FREEHOLD_DISK_RESERVE_MB      the disk space reserved for the host (5 % of the disk, at most 1000)
  FREEHOLD_PULL_REQUESTS        the folder where --hook stores its requests (/run/freehold/pull-requests)

Exit codes: 0 success, 1 failure (the last line states the reason), 2 invalid arguments or settings.
`;
