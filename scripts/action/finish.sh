#!/usr/bin/env bash
# The last step of a job: trims the store, which is saved when the job has ended, and writes the job's summary. Nothing
# here fails a job: a build is worth more than a small store or a summary.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=scripts/action/common.sh
source "$here/common.sh"

command -v packer-cc >/dev/null || { warn "packer-cc is not on PATH: did its first step fail?"; exit 0; }

# looked_up: whether this job compiled anything. If it stopped before that, it used nothing of the store, and trimming would
# remove everything.
looked_up() { packer-cc stats --json | grep -qE '"(hits|misses)": *[1-9]'; }

case ${SETUP_PACKER_CC_EVICT:-} in
  '') ;;
  job)
    if looked_up; then
      packer-cc trim --unused-since zero || warn "the store could not be trimmed"
    else
      printf 'nothing was compiled: the store stays as it is\n'
    fi
    ;;
  *) packer-cc trim --unused-since "$SETUP_PACKER_CC_EVICT" || warn "the store could not be trimmed" ;;
esac
if [[ ${PACKER_CC_MAX_SIZE:-0} != 0 ]]; then
  # The job may have taken a smaller bound than the one before it.
  packer-cc trim --max-size "$PACKER_CC_MAX_SIZE" || warn "the store could not be trimmed"
fi
packer-cc stats
if [[ ${SETUP_SUMMARY:-true} == true && -n ${GITHUB_STEP_SUMMARY:-} ]]; then
  packer-cc stats --markdown >>"$GITHUB_STEP_SUMMARY" || warn "the summary could not be written"
fi
exit 0
