# Sourced by the steps of the GitHub action.

# fail TEXT: ends the step with an error that the job shows.
fail() {
  printf '::error title=packer-cc::%s\n' "$1"
  exit 1
}

warn() { printf '::warning title=packer-cc::%s\n' "$1"; }

# put FILE NAME VALUE: one line of one of GitHub's files. A line break in a value would be further lines of the file.
put() {
  [[ $3 != *$'\n'* && $3 != *$'\r'* ]] || fail "the value of $2 holds a line break"
  printf '%s=%s\n' "$2" "$3" >>"$1"
}

# put_lines FILE NAME VALUE: a value that may have several lines, up to a mark that nobody can guess.
put_lines() {
  local mark
  mark=end-$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
  printf '%s<<%s\n%s\n%s\n' "$2" "$mark" "$3" "$mark" >>"$1"
}
