#!/bin/sh
# Says who ran it and where.
set -eu
echo "$GREETING, in build $PACKER_BUILD_NAME, as $(id -un)"
