#!/bin/sh
# Runs once in a new ledger database: the role of the workers, which the migrations allow to insert and read, and nothing else.
set -eu
psql --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" --set ON_ERROR_STOP=1 --set password="$OPS_LEDGER_PASSWORD" <<'SQL'
create role ops_ledger login password :'password';
SQL
