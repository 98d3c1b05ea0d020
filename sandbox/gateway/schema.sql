-- What the gateway writes about its use: sessions, requests, tool calls.
-- PostgreSQL 15. Run as a superuser or the database's owner, on the primary only;
-- running it again changes nothing:
--   psql -v ON_ERROR_STOP=1 -d opencode_db -f schema.sql
-- No text of a prompt, an answer or a tool's input is stored, so a dump holds
-- nothing private.

BEGIN;

-- pg_roles is shared by all databases of the cluster, hence the guard.
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'opencode_gateway') THEN
    CREATE ROLE opencode_gateway LOGIN;
  END IF;
END
$$;

-- One row per OpenCode session. `run` is the gateway process that opened it last:
-- when another process becomes the writer it closes what its predecessor left open.
CREATE TABLE IF NOT EXISTS sessions (
  id         text PRIMARY KEY,
  opened_at  timestamptz NOT NULL,
  closed_at  timestamptz,
  closed_by  text CHECK (closed_by IN ('request', 'disconnect', 'gateway')),
  connection integer NOT NULL,
  gateway    text NOT NULL,
  run        uuid NOT NULL
);
CREATE INDEX IF NOT EXISTS sessions_open ON sessions (run) WHERE closed_at IS NULL;
CREATE INDEX IF NOT EXISTS sessions_opened_at ON sessions (opened_at);

-- One row per answered ACP request. The id is made by the gateway, so that a batch
-- sent again after a lost acknowledgement adds no row twice.
CREATE TABLE IF NOT EXISTS requests (
  id          uuid PRIMARY KEY,
  at          timestamptz NOT NULL,
  method      text NOT NULL,
  duration_ms real NOT NULL,
  outcome     text NOT NULL CHECK (outcome IN ('ok', 'client_error', 'error')),
  code        integer,
  session     text,
  connection  integer NOT NULL,
  gateway     text NOT NULL
);
CREATE INDEX IF NOT EXISTS requests_at ON requests (at);
CREATE INDEX IF NOT EXISTS requests_session ON requests (session, at) WHERE session IS NOT NULL;

-- One row per tool call, with its latest status. `at` is when it was first seen.
CREATE TABLE IF NOT EXISTS tool_calls (
  session text NOT NULL,
  id      text NOT NULL,
  at      timestamptz NOT NULL,
  title   text,
  status  text NOT NULL,
  PRIMARY KEY (session, id)
);
CREATE INDEX IF NOT EXISTS tool_calls_at ON tool_calls (at);

GRANT USAGE ON SCHEMA public TO opencode_gateway;
GRANT SELECT, INSERT ON requests TO opencode_gateway;
GRANT SELECT, INSERT, UPDATE ON sessions, tool_calls TO opencode_gateway;

COMMIT;
