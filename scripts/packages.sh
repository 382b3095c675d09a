# Sourced by the scripts: finds out which Debian packages are missing, and installs them when that is possible.

# need COMMAND-OR-PATH PACKAGE …: remembers PACKAGE as missing when the command or path is not there.
missing=()
need() {
  while (($# > 1)); do
    if [[ $1 == /* ]]; then
      [[ -e $1 ]] || missing+=("$2")
    else
      command -v "$1" >/dev/null 2>&1 || missing+=("$2")
    fi
    shift 2
  done
}

# install_missing: installs what `need` found, as root on a Debian; elsewhere says which and ends the script.
install_missing() {
  ((${#missing[@]})) || return 0
  if [[ $(id -u) != 0 ]] || ! command -v apt-get >/dev/null 2>&1; then
    echo "These Debian packages, or what they hold, are missing: ${missing[*]}" >&2
    echo "Install them (apt-get install ${missing[*]}) and start $0 again." >&2
    exit 1
  fi
  echo "Installing: ${missing[*]}" >&2
  export DEBIAN_FRONTEND=noninteractive
  local attempt
  # A package list that is too old names files that are gone, and a mirror may stumble: one more attempt with a fresh list.
  for attempt in 1 2; do
    if apt-get update -qq >&2 && apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2; then
      missing=()
      return 0
    fi
    echo "apt-get failed (attempt $attempt)" >&2
  done
  exit 1
}
