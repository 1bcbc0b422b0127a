"""The format of a journal file: its tables, what stands in them, and how a file is recognised.

One SQLite file in WAL mode holds all that must survive a crash, and all that an observer can ask for:

- `records`: every step, in order of `seq`; what all other history can be rebuilt from. `data` is JSON.
- `events`: an event with its payload, stored once however often it is delivered. `row` counts up.
- `deliveries`: where each delivery stands now, derived from its records in the same transaction. `pending`
  counts its planned sends that have not ended; `open` is 1 while it is not final or has such sends, and what
  is open is never pruned.
- `resources`: the shop as it is now; `number` is the order in which they were made. Never pruned.
- `integrations`: every registration there ever was; `document` is NULL for removed ones, which takes their
  secrets away.
- `meta`: values of the engine (JSON), such as the seed.
- `marks`: values of the journal itself: the highest numbers given out, so that none is given out twice after
  pruning.
- `tallies`: how many there are of a kind and name, so that a page's total does not cost a scan.

Texts are readable with any SQLite shell. Times are microseconds since the epoch.
"""

APPLICATION_ID = int.from_bytes(b"EPCJ")
FORMAT = 3
FILE_NAME = "journal.sqlite3"

OPEN_STATES = "('planned', 'held', 'sending', 'waiting')"

TABLES = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE marks (name TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE tallies (what TEXT, name TEXT, n INTEGER NOT NULL, PRIMARY KEY (what, name)) WITHOUT ROWID;

CREATE TABLE records (
  seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, kind TEXT NOT NULL, delivery INTEGER NOT NULL,
  integration TEXT, attempt INTEGER NOT NULL, copy INTEGER NOT NULL, state TEXT, due INTEGER, data TEXT);
CREATE INDEX records_of_delivery ON records (delivery) WHERE delivery > 0;
CREATE INDEX attempts_of_all ON records (seq) WHERE kind = 'attempted';
CREATE INDEX attempts_of_integration ON records (integration) WHERE kind = 'attempted';

CREATE TABLE events (
  row INTEGER PRIMARY KEY, identity TEXT NOT NULL UNIQUE, key TEXT NOT NULL, resource TEXT NOT NULL,
  resource_type TEXT NOT NULL, resource_id TEXT NOT NULL, at INTEGER NOT NULL, payload TEXT NOT NULL,
  deletion INTEGER NOT NULL, scopes TEXT NOT NULL, recorded TEXT);
CREATE INDEX events_of_resource ON events (resource);

CREATE TABLE deliveries (
  number INTEGER PRIMARY KEY, job_id TEXT NOT NULL, event INTEGER NOT NULL, event_key TEXT NOT NULL,
  integration TEXT NOT NULL, job INTEGER NOT NULL, state TEXT NOT NULL, due INTEGER,
  attempts INTEGER NOT NULL, pending INTEGER NOT NULL, open INTEGER NOT NULL,
  created_at INTEGER NOT NULL, last_at INTEGER NOT NULL);
CREATE INDEX deliveries_by_job_id ON deliveries (job_id);
CREATE INDEX deliveries_of_event ON deliveries (event);
CREATE INDEX deliveries_of_integration ON deliveries (integration);
CREATE INDEX deliveries_open ON deliveries (number) WHERE open = 1;
CREATE INDEX deliveries_in_state ON deliveries (state) WHERE state <> 'succeeded';

CREATE TABLE resources (
  number INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, type TEXT NOT NULL, id TEXT NOT NULL, parent TEXT,
  document TEXT NOT NULL, custom TEXT, hidden TEXT, occurrences TEXT, created_at INTEGER NOT NULL,
  touched_at INTEGER NOT NULL, deleted INTEGER NOT NULL);
CREATE INDEX resources_by_id ON resources (id);
CREATE INDEX resources_of_type ON resources (type) WHERE deleted = 0;
CREATE INDEX resources_of_parent ON resources (parent, type) WHERE parent IS NOT NULL AND deleted = 0;

CREATE TABLE integrations (
  place INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, id TEXT NOT NULL, scope TEXT NOT NULL, document TEXT);
"""


def creation() -> str:
    """The script that makes an empty journal, in one transaction."""
    return f"BEGIN; {TABLES}PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {FORMAT}; COMMIT;"
