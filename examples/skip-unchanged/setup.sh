#!/bin/sh
set -e
test -n "$TOKEN"
mkdir -p /site
