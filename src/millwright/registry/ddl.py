"""What the steps of the schema say to the database, word for word: a step that has been released never changes.

`tables` says what the tables are after the last step; a test compares the two. `{serial}` and `{false}` are the two words
that SQLite and Postgres write differently.
"""

DIALECTS = {
    "sqlite": {"serial": "INTEGER", "false": "0"},
    "postgresql": {"serial": "SERIAL", "false": "false"},
}

FIRST_SCHEMA = (
    """CREATE TABLE schema_steps (
        number {serial} NOT NULL,
        name TEXT NOT NULL,
        applied_at TEXT NOT NULL,
        PRIMARY KEY (number)
    )""",
    """CREATE TABLE projects (
        name TEXT NOT NULL,
        created_at TEXT NOT NULL,
        PRIMARY KEY (name)
    )""",
    """CREATE TABLE runs (
        id TEXT NOT NULL,
        project TEXT NOT NULL,
        spec TEXT NOT NULL,
        state TEXT NOT NULL,
        as_of TEXT NOT NULL,
        started_at TEXT NOT NULL,
        finished_at TEXT,
        reason TEXT NOT NULL,
        version INTEGER,
        actor TEXT NOT NULL,
        PRIMARY KEY (id),
        FOREIGN KEY(project) REFERENCES projects (name)
    )""",
    "CREATE INDEX runs_by_start ON runs (project, started_at, id)",
    "CREATE INDEX runs_by_state ON runs (project, state, started_at)",
    """CREATE TABLE steps (
        number {serial} NOT NULL,
        run TEXT NOT NULL,
        name TEXT NOT NULL,
        inputs TEXT NOT NULL,
        output TEXT NOT NULL,
        started_at TEXT NOT NULL,
        finished_at TEXT NOT NULL,
        reused BOOLEAN NOT NULL,
        lost BOOLEAN NOT NULL,
        PRIMARY KEY (number),
        FOREIGN KEY(run) REFERENCES runs (id)
    )""",
    "CREATE INDEX steps_of_run ON steps (run)",
    "CREATE INDEX steps_by_name ON steps (name, inputs)",
    "CREATE UNIQUE INDEX steps_count_once ON steps (name, inputs) WHERE reused IS {false} AND lost IS {false}",
    """CREATE TABLE trials (
        search TEXT NOT NULL,
        number INTEGER NOT NULL,
        run TEXT NOT NULL,
        trial TEXT NOT NULL,
        PRIMARY KEY (search, number),
        FOREIGN KEY(run) REFERENCES runs (id)
    )""",
    """CREATE TABLE versions (
        project TEXT NOT NULL,
        number INTEGER NOT NULL,
        package TEXT NOT NULL,
        payload_digest TEXT NOT NULL,
        run TEXT NOT NULL,
        verdict TEXT NOT NULL,
        summary TEXT NOT NULL,
        created_at TEXT NOT NULL,
        PRIMARY KEY (project, number),
        CONSTRAINT versions_by_package UNIQUE (project, package),
        FOREIGN KEY(project) REFERENCES projects (name),
        FOREIGN KEY(run) REFERENCES runs (id)
    )""",
    """CREATE TABLE aliases (
        project TEXT NOT NULL,
        name TEXT NOT NULL,
        version INTEGER NOT NULL,
        changed_at TEXT NOT NULL,
        PRIMARY KEY (project, name),
        FOREIGN KEY(project, version) REFERENCES versions (project, number),
        FOREIGN KEY(project) REFERENCES projects (name)
    )""",
    """CREATE TABLE releases (
        project TEXT NOT NULL,
        number INTEGER NOT NULL,
        version INTEGER NOT NULL,
        package TEXT NOT NULL,
        payload_digest TEXT NOT NULL,
        actor TEXT NOT NULL,
        reason TEXT NOT NULL,
        action TEXT NOT NULL,
        forced BOOLEAN NOT NULL,
        event_at TEXT NOT NULL,
        known_at TEXT NOT NULL,
        returns_to INTEGER,
        PRIMARY KEY (project, number),
        FOREIGN KEY(project, version) REFERENCES versions (project, number),
        FOREIGN KEY(project) REFERENCES projects (name)
    )""",
    "CREATE INDEX releases_by_time ON releases (project, event_at)",
    "CREATE INDEX releases_by_version ON releases (project, version, number)",
    """CREATE TABLE decisions (
        number INTEGER NOT NULL,
        project TEXT NOT NULL,
        action TEXT NOT NULL,
        version INTEGER,
        actor TEXT NOT NULL,
        rule TEXT NOT NULL,
        reason TEXT NOT NULL,
        evidence TEXT NOT NULL,
        event_at TEXT NOT NULL,
        known_at TEXT NOT NULL,
        PRIMARY KEY (number),
        FOREIGN KEY(project) REFERENCES projects (name)
    )""",
    "CREATE INDEX decisions_of_project ON decisions (project, number)",
    """CREATE TABLE findings (
        number INTEGER NOT NULL,
        id TEXT NOT NULL,
        project TEXT NOT NULL,
        kind TEXT NOT NULL,
        finding TEXT NOT NULL,
        known_at TEXT NOT NULL,
        PRIMARY KEY (number),
        UNIQUE (id),
        FOREIGN KEY(project) REFERENCES projects (name)
    )""",
    "CREATE INDEX findings_of_project ON findings (project, number)",
    """CREATE TABLE audit (
        number INTEGER NOT NULL,
        at TEXT NOT NULL,
        actor TEXT NOT NULL,
        action TEXT NOT NULL,
        subject TEXT NOT NULL,
        detail TEXT NOT NULL,
        previous TEXT NOT NULL,
        digest TEXT NOT NULL,
        PRIMARY KEY (number)
    )""",
    "CREATE INDEX audit_by_subject ON audit (subject)",
    """CREATE TABLE audit_head (
        one INTEGER NOT NULL,
        entries INTEGER NOT NULL,
        digest TEXT NOT NULL,
        PRIMARY KEY (one)
    )""",
)

_KEPT = "project, number, version, package, payload_digest, actor, reason, action, forced, event_at, known_at, returns_to"

THE_LOOP = (
    # SQLite cannot add a key over two columns to a table that is there: the releases move to a new one.
    "CREATE TABLE first_releases AS SELECT * FROM releases",
    "DROP TABLE releases",
    """CREATE TABLE releases (
        project TEXT NOT NULL,
        number INTEGER NOT NULL,
        version INTEGER NOT NULL,
        package TEXT NOT NULL,
        payload_digest TEXT NOT NULL,
        actor TEXT NOT NULL,
        reason TEXT NOT NULL,
        action TEXT NOT NULL,
        forced BOOLEAN NOT NULL,
        event_at TEXT NOT NULL,
        known_at TEXT NOT NULL,
        returns_to INTEGER,
        challenger INTEGER,
        share FLOAT,
        PRIMARY KEY (project, number),
        FOREIGN KEY(project, version) REFERENCES versions (project, number),
        FOREIGN KEY(project, challenger) REFERENCES versions (project, number),
        FOREIGN KEY(project) REFERENCES projects (name)
    )""",
    f"INSERT INTO releases ({_KEPT}) SELECT {_KEPT} FROM first_releases",  # noqa: S608
    "DROP TABLE first_releases",
    "CREATE INDEX releases_by_time ON releases (project, event_at)",
    "CREATE INDEX releases_by_version ON releases (project, version, number)",
    "CREATE INDEX releases_by_action ON releases (project, action, number)",
    "ALTER TABLE decisions ADD COLUMN mode TEXT",
    'ALTER TABLE decisions ADD COLUMN "of" INTEGER REFERENCES decisions (number)',
    'CREATE INDEX decisions_by_cause ON decisions ("of")',
    "CREATE INDEX decisions_by_action ON decisions (project, action, number)",
    "CREATE INDEX decisions_by_time ON decisions (project, known_at, number)",
    "ALTER TABLE findings ADD COLUMN event_at TEXT",
    "CREATE INDEX findings_by_window ON findings (project, event_at, number)",
    """CREATE TABLE leases (
        project TEXT NOT NULL,
        holder TEXT NOT NULL,
        token INTEGER NOT NULL,
        renewed_at TEXT NOT NULL,
        expires_at TEXT NOT NULL,
        PRIMARY KEY (project)
    )""",
    """CREATE TABLE watched (
        project TEXT NOT NULL,
        number INTEGER NOT NULL,
        version INTEGER NOT NULL,
        start_at TEXT NOT NULL,
        end_at TEXT NOT NULL,
        known_at TEXT NOT NULL,
        watched TEXT NOT NULL,
        PRIMARY KEY (project, number),
        CONSTRAINT watched_once UNIQUE (project, end_at, version),
        FOREIGN KEY(project) REFERENCES projects (name)
    )""",
)

PAUSES = ("ALTER TABLE releases ADD COLUMN paused TEXT",)

ALERTS = (
    """CREATE TABLE alerts (
        number INTEGER NOT NULL,
        project TEXT NOT NULL,
        id TEXT NOT NULL,
        cause TEXT NOT NULL,
        severity TEXT NOT NULL,
        alert TEXT NOT NULL,
        raised_at TEXT NOT NULL,
        seen_at TEXT NOT NULL,
        told_at TEXT NOT NULL,
        times INTEGER NOT NULL,
        told INTEGER NOT NULL,
        ended_at TEXT,
        acknowledged_at TEXT,
        acknowledged_by TEXT,
        reason TEXT,
        PRIMARY KEY (number),
        UNIQUE (id),
        FOREIGN KEY(project) REFERENCES projects (name)
    )""",
    "CREATE INDEX alerts_of_project ON alerts (project, number)",
    "CREATE INDEX alerts_not_ended ON alerts (project, ended_at, number)",
    "CREATE INDEX alerts_by_cause ON alerts (project, cause, number)",
    """CREATE TABLE deliveries (
        alert INTEGER NOT NULL,
        channel TEXT NOT NULL,
        occasion TEXT NOT NULL,
        told INTEGER NOT NULL,
        project TEXT NOT NULL,
        state TEXT NOT NULL,
        due_at TEXT NOT NULL,
        tries INTEGER NOT NULL,
        message TEXT,
        claimed_until TEXT,
        done_at TEXT,
        said TEXT NOT NULL,
        PRIMARY KEY (alert, channel, occasion, told),
        FOREIGN KEY(alert) REFERENCES alerts (number),
        FOREIGN KEY(project) REFERENCES projects (name)
    )""",
    "CREATE INDEX deliveries_by_state ON deliveries (project, state, channel, due_at)",
    """CREATE TABLE alert_marks (
        project TEXT NOT NULL,
        findings INTEGER NOT NULL,
        decisions INTEGER NOT NULL,
        looks INTEGER NOT NULL,
        PRIMARY KEY (project),
        FOREIGN KEY(project) REFERENCES projects (name)
    )""",
)

SCORES = (
    """CREATE TABLE scores (
        decision INTEGER NOT NULL,
        project TEXT NOT NULL,
        scored TEXT NOT NULL,
        known_at TEXT NOT NULL,
        PRIMARY KEY (decision),
        FOREIGN KEY(decision) REFERENCES decisions (number),
        FOREIGN KEY(project) REFERENCES projects (name)
    )""",
    "CREATE INDEX scores_of_project ON scores (project, decision)",
)

PEOPLE = (
    """CREATE TABLE people (
        name TEXT NOT NULL,
        password TEXT,
        created_at TEXT NOT NULL,
        ended_at TEXT,
        PRIMARY KEY (name)
    )""",
    """CREATE TABLE grants (
        person TEXT NOT NULL,
        project TEXT NOT NULL,
        role TEXT NOT NULL,
        PRIMARY KEY (person, project),
        FOREIGN KEY(person) REFERENCES people (name)
    )""",
    """CREATE TABLE sign_in_links (
        digest TEXT NOT NULL,
        person TEXT NOT NULL,
        made_by TEXT NOT NULL,
        made_at TEXT NOT NULL,
        ends_at TEXT NOT NULL,
        used_at TEXT,
        PRIMARY KEY (digest),
        FOREIGN KEY(person) REFERENCES people (name)
    )""",
    """CREATE TABLE sessions (
        id TEXT NOT NULL,
        digest TEXT NOT NULL,
        before TEXT,
        person TEXT NOT NULL,
        began_at TEXT NOT NULL,
        seen_at TEXT NOT NULL,
        rotated_at TEXT NOT NULL,
        ends_at TEXT NOT NULL,
        agent TEXT NOT NULL,
        PRIMARY KEY (id),
        UNIQUE (digest),
        FOREIGN KEY(person) REFERENCES people (name)
    )""",
    "CREATE INDEX sessions_before ON sessions (before)",
    "CREATE INDEX sessions_of_person ON sessions (person)",
    """CREATE TABLE control_keys (
        id TEXT NOT NULL,
        digest TEXT NOT NULL,
        name TEXT NOT NULL,
        person TEXT NOT NULL,
        project TEXT NOT NULL,
        role TEXT NOT NULL,
        created_at TEXT NOT NULL,
        expires_at TEXT,
        used_at TEXT,
        revoked_at TEXT,
        PRIMARY KEY (id),
        UNIQUE (digest),
        FOREIGN KEY(person) REFERENCES people (name)
    )""",
    "CREATE INDEX control_keys_of_person ON control_keys (person, created_at)",
    "CREATE INDEX runs_by_version ON runs (project, version)",
    "CREATE INDEX versions_by_time ON versions (project, created_at, number)",
    "CREATE INDEX audit_by_actor ON audit (actor, number)",
    "CREATE INDEX audit_by_action ON audit (action, number)",
)

DOOR = (
    """CREATE TABLE identities (
        issuer TEXT NOT NULL,
        subject TEXT NOT NULL,
        person TEXT NOT NULL,
        bound_at TEXT NOT NULL,
        PRIMARY KEY (issuer, subject),
        FOREIGN KEY(person) REFERENCES people (name)
    )""",
    "CREATE INDEX identities_of_person ON identities (person)",
    """CREATE TABLE answered (
        asker TEXT NOT NULL,
        key TEXT NOT NULL,
        asked TEXT NOT NULL,
        status INTEGER,
        body TEXT,
        at TEXT NOT NULL,
        PRIMARY KEY (asker, key)
    )""",
    "CREATE INDEX answered_by_time ON answered (at)",
    "CREATE INDEX decisions_by_event ON decisions (project, event_at, number)",
)
