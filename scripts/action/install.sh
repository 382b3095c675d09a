#!/usr/bin/env bash
# Second step of the GitHub action: puts packer-cc and packer-c++ on the PATH of the job's further steps.
#
#   SETUP_BINARY     a directory that holds both; empty if they are to be built
#   SETUP_PROGRAMS   the directory to build them into, with cargo, unless the cache gave them back there
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=scripts/action/common.sh
source "$here/common.sh"

if [[ -n ${SETUP_BINARY:-} ]]; then
  bin=$(cd "$SETUP_BINARY" && pwd) || fail "binary: $SETUP_BINARY is no directory"
else
  bin=$SETUP_PROGRAMS/bin
  if ! "$bin/packer-cc" help >/dev/null 2>&1; then
    command -v cargo >/dev/null || fail "packer-cc is built with cargo, which this runner does not have; install Rust before, or name built programs as \`binary\`"
    # From the sources' own directory: its .cargo/config.toml says how they are linked.
    (cd "$here/../.." && cargo install --quiet --locked --path . --root "$SETUP_PROGRAMS")
    # cargo cannot name a program with a `+`.
    ln -sf packer-cxx "$bin/packer-c++"
  fi
fi
for program in packer-cc packer-c++; do
  [[ -x $bin/$program ]] || fail "there is no $program in $bin"
done
printf '%s\n' "$bin" >>"$GITHUB_PATH"
