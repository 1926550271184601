#!/bin/sh
# Says how large the artifact is.
set -eu
wc -c output-shell-local/data.txt
