#!/bin/sh
# What the pipeline files run: deploys one file with the token that frogmint gave to this process.
set -eu

# By standard input, since everyone on the machine can read arguments.
printf 'Authorization: Bearer %s\n' "$JF_ACCESS_TOKEN" |
  curl --fail-with-body --silent --show-error --header @- --upload-file app.tar.gz "$JF_URL/artifactory/libs-local/app.tar.gz"
