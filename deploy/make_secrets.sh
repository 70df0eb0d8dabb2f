#!/usr/bin/env bash
# Make the secrets of deploy/compose.yaml, once:  deploy/make_secrets.sh [FOLDER]
# The folder is closed to others. The files in it can be read, for containers run as users of their own.
set -euo pipefail
folder=${1:-$(cd "$(dirname "$0")" && pwd)/secrets}
umask 077
mkdir -p "$folder"
chmod 700 "$folder"

random() { od -An -N "$1" -tx1 /dev/urandom | tr -d ' \n'; }
# What is there stays: a second run must not lock anybody out.
keep() { if [[ -e $folder/$1 ]]; then cat > /dev/null; else cat > "$folder/$1"; fi; }

key=$(random 10)
secret=$(random 24)
if [[ -e $folder/storage-client && -e $folder/storage-server ]]; then
  echo "the bucket's key is there already, and stays" >&2
else
  rm -f "$folder/storage-client" "$folder/storage-server"  # halves of one key
fi
random 32 | keep ray-token
random 24 | keep database-password
keep storage-client << END
[default]
aws_access_key_id = $key
aws_secret_access_key = $secret
END
keep storage-server << END
{"identities": [{"name": "sekkei", "actions": ["Admin", "Read", "Write", "List", "Tagging"],
 "credentials": [{"accessKey": "$key", "secretKey": "$secret"}]}]}
END
chmod 444 "$folder"/*
echo "secrets are in $folder; keep a copy where backups are"
