# shellcheck shell=bash
# The address of a repository for --git: from an argument only if it holds no secret, since every user of the machine
# sees arguments (ps) and sudo logs them. A part of add-site.sh, here and on a control machine.

# has_secret ADDRESS: a user or password, or anything else that may be one. ssh takes a user's name only.
has_secret() {
  local name='[A-Za-z0-9_.+-]+'
  [[ $1 == *[@?]* && ! $1 =~ ^(ssh://)?$name@[^@?]+$ ]]
}

# read_address OPTION VALUE: sets `git`, for --git ADDRESS, --git - and --git-file FILE.
read_address() {
  case "$1 $2" in
    '--git -') git=$(head --bytes 4096) ;;
    '--git '*)
      ! has_secret "$2" || refuse "The address after --git contains a user, password or token. Every user of this machine can" \
        "see the arguments of a command, and sudo logs them. Replace this password or token at the git server." \
        "Then pass the new address on standard input (--git -) or in a file (--git-file FILE)."
      git=$2 ;;
    '--git-file '*)
      [ -f "$2" ] || refuse "Cannot read the repository's address from '$2': no such file."
      git=$(head --bytes 4096 -- "$2") ;;
  esac
  [ -n "$git" ] || refuse "The repository's address for $1 is empty. See '$0 --help'."
  [[ $git != *$'\n'* ]] || refuse "The repository's address for $1 has more than one line."
}
