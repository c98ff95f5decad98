#!/bin/sh
# Serves S3-compatible storage from memory on a free port of this machine, for tests: says `ready PORT` and ends when its
# input does. The server (moto, pinned) is installed once.
# usage: s3-server.sh            serves
#        s3-server.sh --install  installs only
set -eu
folder=${NETGAIN_BUILD_CACHE:-$HOME/.cache/netgain}/s3-server-5.2.5
if [ ! -f "$folder/ready" ]; then
    mkdir -p "$(dirname "$folder")"
    # several tests may begin at once; the first installs
    exec 9>"$folder.lock"
    if command -v flock >/dev/null; then flock 9; fi
    if [ ! -f "$folder/ready" ]; then
        python3 -m venv "$folder" >&2
        "$folder/bin/python" -m pip install --quiet --disable-pip-version-check \
            'moto[s3]==5.2.5' 'flask==3.1.3' 'flask-cors==6.0.5' >&2
        touch "$folder/ready"
    fi
    exec 9>&-
fi
[ "${1:-}" != --install ] || exit 0
exec "$folder/bin/python" -c '
import logging, sys
from moto.server import ThreadedMotoServer
logging.getLogger("werkzeug").setLevel(logging.ERROR)
server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
server.start()
print("ready", server.get_host_and_port()[1], flush=True)
sys.stdin.read()
server.stop()
'
