# What the scripts of this folder share. Sourced, not run.
# shellcheck shell=bash

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# Tools and the daemon's files live outside the checkout, and stay for the next run on the same machine.
state="${XDG_CACHE_HOME:-$HOME/.cache}/frogmint-ci"
mkdir -p "$state/bin"
export GOBIN="$state/bin" PATH="$state/bin:$PATH"

# Images that stand in for what a machine with a registry would pull; .ci/images makes them. A tag says what is in it.
go_version=$(go env GOVERSION)
recipe=$(cat go.mod go.sum .ci/images cmd/frogmint/build.flags | sha256sum)
export FROGMINT_BUILDER="frogmint-ci-builder:$go_version-${recipe:0:12}"
export FROGMINT_JOB_IMAGE="frogmint-ci-job:${recipe:0:12}"

die() {
  echo "$0: $*" >&2
  exit 1
}

# as_root runs a command as root, also for a user who may only sudo.
as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

# need PROGRAM PACKAGE... installs Debian packages unless the program is there.
need() {
  local program=$1
  shift
  command -v "$program" >/dev/null && return
  echo "installing $* for $program"
  if [ ! -e "$state/apt-updated" ]; then
    as_root apt-get update -qq
    touch "$state/apt-updated"
  fi
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >"$state/apt.log" 2>&1 || {
    tail -20 "$state/apt.log" >&2
    die "apt-get install $* failed"
  }
}
