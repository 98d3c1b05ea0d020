#!/bin/sh
# Fills the configuration templates from the environment and starts one part: `server`, `schema` or `ui`.
set -eu

ip=$(hostname -i | cut -d' ' -f1)
dir=$HOME/config
mkdir -p "$dir"

fill() {
  sed -e "s|@IP@|$ip|g" -e "s|@DIR@|$dir|g" \
    -e "s|@PG_HOST@|$POSTGRES_HOST|g" -e "s|@PG_PORT@|5432|g" \
    -e "s|@PG_USER@|$POSTGRES_USER|g" -e "s|@PG_PASSWORD@|$POSTGRES_PASSWORD|g" \
    "/etc/temporal/templates/$1" >"$dir/$1"
}

schema() {
  database=$1
  name=$2
  run() {
    SQL_PASSWORD=$POSTGRES_PASSWORD temporal-sql-tool --plugin postgres12 --endpoint "$POSTGRES_HOST" --port 5432 \
      --user "$POSTGRES_USER" --database "$database" "$@"
  }
  # Both say what is there already and change nothing then.
  run create || true
  run setup-schema -v 0.0 || true
  run update-schema --schema-name "postgresql/v12/$name"
}

case "${1:-server}" in
schema)
  schema temporal temporal
  schema temporal_visibility visibility
  ;;
server)
  fill server-postgres.yaml
  fill dynamic.yaml
  exec temporal-server --config-file "$dir/server-postgres.yaml" --allow-no-auth start
  ;;
ui)
  printf 'temporalGrpcAddress: %s\nhost: 0.0.0.0\nport: 8233\nenableUi: true\n' "$TEMPORAL_ADDRESS" >"$dir/ui.yaml"
  exec temporal-ui --root "$HOME" --config config --env ui start
  ;;
*)
  echo "unknown part: $1 (server, schema, ui)" >&2
  exit 64
  ;;
esac
