#!/bin/sh
# Runs the tests and the bench of cyclegan-webgpu on this machine's GPU: ./run.sh --help
#
# Beside the archive it first unpacks that, with xz or else Python 3. In the unpacked folder it starts at once.
set -eu
name=cyclegan-webgpu-linux-x64
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
archive=$here/$name.tar.xz

if [ ! -e "$here/bin/node" ]; then
  here=$here/$name
  # An archive copied here since the last time takes the place of what that left.
  if [ ! -e "$here/unpacked" ] || [ "$archive" -nt "$here/unpacked" ]; then
    if [ ! -e "$archive" ]; then
      echo "run.sh: expected $archive beside this script, got none. Copy it there." >&2
      exit 1
    fi
    echo "unpacking $archive" >&2
    rm -rf "$here"
    mkdir "$here"
    if command -v xz >/dev/null; then
      xz -dc "$archive" | tar -xf - --no-same-owner -C "$here" --strip-components=1
    elif command -v python3 >/dev/null; then
      python3 -c 'import lzma, shutil, sys; shutil.copyfileobj(lzma.open(sys.argv[1]), sys.stdout.buffer)' "$archive" |
        tar -xf - --no-same-owner -C "$here" --strip-components=1
    else
      echo "run.sh: expected xz or python3 to unpack with, got neither. Install one of them." >&2
      exit 1
    fi
    touch "$here/unpacked"
  fi
fi

PATH=$here/bin:$here/node_modules/.bin:${PATH:-/usr/bin:/bin}
export PATH
exec node "$here/node_modules/tsx/dist/cli.mjs" "$here/scripts/bundle-gpu/run.ts" "$@"
