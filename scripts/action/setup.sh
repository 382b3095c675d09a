#!/usr/bin/env bash
# First step of the GitHub action: where everything is and under which keys it is kept. Nothing is installed yet.
#
# Reads the action's inputs as SETUP_*, and what GitHub sets for every step. Writes PACKER_CC_* for the job's further steps,
# and the outputs store-path, cache-key, restore-keys, programs and programs-key.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=scripts/action/common.sh
source "$here/common.sh"

for switch in SETUP_APPEND_TIMESTAMP SETUP_SAVE; do
  [[ ${!switch} == true || ${!switch} == false ]] || fail "expected true or false: ${!switch}"
done
evict=${SETUP_EVICT_OLD_FILES:-}
[[ -z $evict || $evict == job || $evict =~ ^([0-9]+[wdhms])+$ ]] ||
  fail "evict-old-files: expected job or an age such as 7d or 3600s: $evict"
[[ ${SETUP_KEY:-} != *[,$'\n']* ]] || fail "key: GitHub takes no comma and no line break in a key"

dir=${SETUP_DIR:-$RUNNER_TEMP/packer-cc}
put "$GITHUB_ENV" PACKER_CC_DIR "$dir"
put "$GITHUB_ENV" PACKER_CC_ROOT "${SETUP_ROOT:-$GITHUB_WORKSPACE}"
put "$GITHUB_ENV" PACKER_CC_MAX_SIZE "$SETUP_MAX_SIZE"
# Not a PACKER_CC_ name: those are packer-cc's own, and one it does not know is an error.
put "$GITHUB_ENV" SETUP_PACKER_CC_EVICT "$evict"
put "$GITHUB_OUTPUT" store-path "$dir/store"

# The compiler is no part of the key: its content is part of every key in the store.
prefix=packer-cc-$RUNNER_OS-$RUNNER_ARCH-
own=$prefix${SETUP_KEY:+$SETUP_KEY-}
if [[ $SETUP_APPEND_TIMESTAMP == true ]]; then
  # The run's number tells apart two jobs that start in the same second. A job that is started again keeps the number, so
  # the attempt stands there as well.
  put "$GITHUB_OUTPUT" cache-key "$own$(date -u +%Y-%m-%dT%H-%M-%SZ)-${GITHUB_RUN_ID:-0}-${GITHUB_RUN_ATTEMPT:-0}"
else
  put "$GITHUB_OUTPUT" cache-key "${own%-}"
fi
restore=$own
while read -r key; do
  [[ -z $key ]] || restore+=$'\n'$prefix$key-
done <<<"${SETUP_RESTORE_KEYS:-}"
put_lines "$GITHUB_OUTPUT" restore-keys "$restore"

# What the programs are built of.
root=$(cd "$here/../.." && pwd)
sources=$(cd "$root" && find Cargo.toml Cargo.lock .cargo src -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum | cut -c 1-32)
put "$GITHUB_OUTPUT" programs "$RUNNER_TEMP/packer-cc-programs"
put "$GITHUB_OUTPUT" programs-key "packer-cc-programs-$RUNNER_OS-$RUNNER_ARCH-$sources"
