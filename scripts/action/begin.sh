#!/usr/bin/env bash
# Third step of the GitHub action, after the store was restored: what is counted and used from here on is this job's.
#
# Reads SETUP_STORE and the PACKER_CC_* of the job. Writes the output cache-hit.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=scripts/action/common.sh
source "$here/common.sh"

store=$SETUP_STORE
# In a container that runs as root, tar gave the files back to whoever saved them. They came from this repository's own
# cache into a directory of this job, so they are made root's; links are not followed.
if [[ $(id -u) == 0 && -d $store ]]; then
  chown -hR 0:0 "$store"
fi
hit=false
if [[ -n $(find "$store" -path '*/m/*' -type f -print -quit 2>/dev/null) ]]; then hit=true; fi
put "$GITHUB_OUTPUT" cache-hit "$hit"
# Says what is wrong, if anything is. The build then goes on without the cache, and nobody would notice.
packer-cc config || warn "packer-cc will not be used: see above, or run \`packer-cc config\`"
packer-cc stats --zero || warn "nothing is counted: see above"
