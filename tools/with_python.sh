#!/bin/sh
# Runs its arguments with the newest Python that the locks cover: `sh tools/with_python.sh FILE ARGUMENT...`.
# PYTHON=... names another one. It is plain sh because nothing else can be relied on yet.

suits() {
    # A name on PATH may be a shim that only complains, so ask it to run.
    "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))' </dev/null >/dev/null 2>&1
}

if [ -n "$PYTHON" ]; then
    if ! suits "$PYTHON"; then
        echo "PYTHON=$PYTHON is not a Python from 3.11 to 3.14 that runs. Name another, or leave PYTHON out." >&2
        exit 1
    fi
    exec "$PYTHON" "$@"
fi

for name in python3.14 python3.13 python3.12 python3.11 python3 python; do
    if suits "$name"; then
        exec "$name" "$@"
    fi
done

echo "pilotzone needs a Python from 3.11 to 3.14, and none is on PATH." >&2
echo "Install one from your distribution, or name it: make PYTHON=/path/to/python3 ..." >&2
exit 1
