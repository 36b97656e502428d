BEGIN TRANSACTION;
CREATE TABLE alert_marks (
        project TEXT NOT NULL,
        findings INTEGER NOT NULL,
        decisions INTEGER NOT NULL,
        looks INTEGER NOT NULL,
        PRIMARY KEY (project),
        FOREIGN KEY(project) REFERENCES projects (name)
    );
INSERT INTO "alert_marks" VALUES('trips',1,2,1);
CREATE TABLE alerts (
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
    );
INSERT INTO "alerts" VALUES(1,'trips','trips/finding:f1/0','finding:f1','alarm','{"about":"finding","action":"","at":"2026-03-01T12:00:00Z","cause":"finding:f1","decision":null,"findings":[],"id":"trips/finding:f1/0","project":"trips","rows":"","schema":"millwright.alert/1","sentence":"trips are longer than before","severity":"alarm","title":"longer trips"}','2026-03-01T12:00:00.000000Z','2026-03-01T12:00:00.000000Z','2026-03-01T12:00:00.000000Z',1,1,NULL,'2026-03-01T13:00:00.000000Z','ada','the feed is being repaired');
CREATE TABLE aliases (
        project TEXT NOT NULL,
        name TEXT NOT NULL,
        version INTEGER NOT NULL,
        changed_at TEXT NOT NULL,
        PRIMARY KEY (project, name),
        FOREIGN KEY(project, version) REFERENCES versions (project, number),
        FOREIGN KEY(project) REFERENCES projects (name)
    );
INSERT INTO "aliases" VALUES('trips','champion',2,'2026-03-01T15:00:00.000000Z');
INSERT INTO "aliases" VALUES('trips','challenger',1,'2026-03-01T16:00:00.000000Z');
CREATE TABLE answered (
        asker TEXT NOT NULL,
        key TEXT NOT NULL,
        asked TEXT NOT NULL,
        status INTEGER,
        body TEXT,
        at TEXT NOT NULL,
        PRIMARY KEY (asker, key)
    );
INSERT INTO "answered" VALUES('ada','a key of a request','dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd',202,'{}','2026-03-01T12:00:00.000000Z');
CREATE TABLE audit (
        number INTEGER NOT NULL,
        at TEXT NOT NULL,
        actor TEXT NOT NULL,
        action TEXT NOT NULL,
        subject TEXT NOT NULL,
        detail TEXT NOT NULL,
        previous TEXT NOT NULL,
        digest TEXT NOT NULL,
        PRIMARY KEY (number)
    );
INSERT INTO "audit" VALUES(1,'2026-03-01T12:00:00.000000Z','ada','run.start','run run of trips','6d4bb122be11ce10dffd789dd45057cbaebb0b3f27b5edf0eecfcf89bf760f00','0000000000000000000000000000000000000000000000000000000000000000','cf162c8cd9135e818033c87e8a8394a12b8c6c43c673daffe7eb62cfc639eeee');
INSERT INTO "audit" VALUES(2,'2026-03-01T12:00:00.000000Z','ada','version.add','version trips v1','7850de4b77812c176d0af25dfe302ea34f5dde36d4ba33cd5c2aecb002c3ca91','cf162c8cd9135e818033c87e8a8394a12b8c6c43c673daffe7eb62cfc639eeee','8419daac2b48aceb25585d95a8ab4a51d0334de13fb14e89dd8d96d813f515d4');
INSERT INTO "audit" VALUES(3,'2026-03-01T12:00:00.000000Z','ada','version.add','version trips v2','be0bce3e7569f83082644617f66ee23818d2dca2e8337cb132227e8f118f2a6e','8419daac2b48aceb25585d95a8ab4a51d0334de13fb14e89dd8d96d813f515d4','ea89170477cb5d40edf3854c59cb921f26930d475ac501cb676127a7be9d59ce');
INSERT INTO "audit" VALUES(4,'2026-03-01T12:00:00.000000Z','ada','release.promote','release trips 1','a7fa0659916c48c0f8a02e6a3b730ad617b024304cd7c94591292d5f3654ace3','ea89170477cb5d40edf3854c59cb921f26930d475ac501cb676127a7be9d59ce','03caf03b4f8cef8c9004333736cbbcd4df721895fcf3aafd44854cfe869b2b43');
INSERT INTO "audit" VALUES(5,'2026-03-01T13:00:00.000000Z','ada','release.shadow','release trips 2','ccdfc915351bced3674a5aadbfa95ffb65196405b015ba12189191e8f73060b6','03caf03b4f8cef8c9004333736cbbcd4df721895fcf3aafd44854cfe869b2b43','9a6cc95d35e94b0eb09b923571d9311167759f70f88375b10902215c1ce8963e');
INSERT INTO "audit" VALUES(6,'2026-03-01T14:00:00.000000Z','ada','release.canary','release trips 3','cd92d157943af063d1c53270c62f631cddcd1d2b83221324a31c588f14361bec','9a6cc95d35e94b0eb09b923571d9311167759f70f88375b10902215c1ce8963e','133236f01180162c42c946d81fc1476b7e170d65018807f5eb17aa1e0b453545');
INSERT INTO "audit" VALUES(7,'2026-03-01T15:00:00.000000Z','ada','release.promote','release trips 4','dfe9c7b0969bb7bbb63618cd90b0a1caa3819ad923c435b38b346d69bb99f322','133236f01180162c42c946d81fc1476b7e170d65018807f5eb17aa1e0b453545','f535146921b4a8f8ce57bc1ef95bc9397366ec0a8a96178cfb6174376664da29');
INSERT INTO "audit" VALUES(8,'2026-03-01T16:00:00.000000Z','ada','release.shadow','release trips 5','97f74b9f7f073bc83dfb76d5e43d0eb10fca3382b2c7f7f9e46723e9c2f752fb','f535146921b4a8f8ce57bc1ef95bc9397366ec0a8a96178cfb6174376664da29','901d95a2908fd0ab0f8ea347b958a7e6a0c2a96581f14e2d6b060a2d67ab7586');
INSERT INTO "audit" VALUES(9,'2026-03-01T17:00:00.000000Z','ada','release.pause','release trips 6','2eef3bc057575fd1858c65360137a6a5608bf90bd8807248210019c6df945b01','901d95a2908fd0ab0f8ea347b958a7e6a0c2a96581f14e2d6b060a2d67ab7586','e92709298cc60d55dfbd3ab7416afa700d5271552c52cd99cd39e22d371e50cc');
INSERT INTO "audit" VALUES(10,'2026-03-01T17:00:00.000000Z','ada','release.abort','release trips 7','a86dced177904beb23278e3c66043be6c576d0e7cf57d92624b9433dda863973','e92709298cc60d55dfbd3ab7416afa700d5271552c52cd99cd39e22d371e50cc','cc73e7e6c105e6f7abc7021b877576cc9ab3b184749122ec4affe375f060bde2');
INSERT INTO "audit" VALUES(11,'2026-03-01T12:00:00.000000Z','millwright','decision.retrain','decision 1','b815cee34caa9d60c524d5376ec1317826bb92d7396002871254a385533f2130','cc73e7e6c105e6f7abc7021b877576cc9ab3b184749122ec4affe375f060bde2','5e2c3de3bc0ba57446a567704184ff0d375d820898686c650b54199adc271400');
INSERT INTO "audit" VALUES(12,'2026-03-01T12:00:00.000000Z','millwright','decision.approve','decision 2','8722ff2b121773d0e119cde9743d271447b47f67e6855cc16842df84034a6dea','5e2c3de3bc0ba57446a567704184ff0d375d820898686c650b54199adc271400','f7ffec2f5acd4a2b5e5bd1b4b5c0edcc58b9b34fbed352d32425ed619e802a0d');
INSERT INTO "audit" VALUES(13,'2026-03-01T12:00:00.000000Z','ada','person.add','person ada','9837edb7d9e32ec18a3312f223c8b74c0f10c737ef58e3ca1e4414bd54d92b22','f7ffec2f5acd4a2b5e5bd1b4b5c0edcc58b9b34fbed352d32425ed619e802a0d','84ac7782d818089ddf4e51713418de1efc13fed0610035d6b410e0ee71763876');
INSERT INTO "audit" VALUES(14,'2026-03-01T12:00:00.000000Z','ada','person.role','person ada','7701d9ffbdc96d5f6fbba2cf816b503d118f29636b9c5a4964ca6b461f51034a','84ac7782d818089ddf4e51713418de1efc13fed0610035d6b410e0ee71763876','eaaf4efc8f2a2c5ba3041a5cce4e0ab5a1fb7d8f2843ec47a0424dd7441ff8bb');
INSERT INTO "audit" VALUES(15,'2026-03-01T12:00:00.000000Z','ada','person.password','person ada','9837edb7d9e32ec18a3312f223c8b74c0f10c737ef58e3ca1e4414bd54d92b22','eaaf4efc8f2a2c5ba3041a5cce4e0ab5a1fb7d8f2843ec47a0424dd7441ff8bb','5a3e97482504ca1117dc4e45c578b9129b122284da5597e3ed4d61b97a542233');
INSERT INTO "audit" VALUES(16,'2026-03-01T12:00:00.000000Z','ada','link.make','person ada','ec011555d6e086b13b442e1ed675eadc751932a69bcba8ca369accb5ae0c860e','5a3e97482504ca1117dc4e45c578b9129b122284da5597e3ed4d61b97a542233','767db3e76c3ee8117d9f01d0c0cf49f0858cca7161a00d37c306fad3a780dd86');
INSERT INTO "audit" VALUES(17,'2026-03-01T12:00:00.000000Z','ada','key.make','control key k1','e6cbf047f2b1c4ca24355ddd5ffcc8446f3ad35800ba0d568f62d3592596fdd1','767db3e76c3ee8117d9f01d0c0cf49f0858cca7161a00d37c306fad3a780dd86','d89999888084fc4dacc44f432fb3cae1427ff4709054d4ac6db513baa9a7a969');
CREATE TABLE audit_head (
        one INTEGER NOT NULL,
        entries INTEGER NOT NULL,
        digest TEXT NOT NULL,
        PRIMARY KEY (one)
    );
INSERT INTO "audit_head" VALUES(1,17,'d89999888084fc4dacc44f432fb3cae1427ff4709054d4ac6db513baa9a7a969');
CREATE TABLE control_keys (
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
    );
INSERT INTO "control_keys" VALUES('k1','13534d71940d3a811ce461e83f32f549840c8a034368412955ee3133365feb57','ci','ada','trips','viewer','2026-03-01T12:00:00.000000Z',NULL,NULL,NULL);
CREATE TABLE decisions (
        number INTEGER NOT NULL,
        project TEXT NOT NULL,
        action TEXT NOT NULL,
        version INTEGER,
        actor TEXT NOT NULL,
        rule TEXT NOT NULL,
        reason TEXT NOT NULL,
        evidence TEXT NOT NULL,
        event_at TEXT NOT NULL,
        known_at TEXT NOT NULL, mode TEXT, "of" INTEGER REFERENCES decisions (number),
        PRIMARY KEY (number),
        FOREIGN KEY(project) REFERENCES projects (name)
    );
INSERT INTO "decisions" VALUES(1,'trips','retrain',2,'millwright','cooldown','too soon','{"hours":1}','2026-03-01T11:00:00.000000Z','2026-03-01T12:00:00.000000Z','approve',NULL);
INSERT INTO "decisions" VALUES(2,'trips','approve',NULL,'millwright','cooldown','too soon','{"hours":1}','2026-03-01T11:00:00.000000Z','2026-03-01T12:00:00.000000Z',NULL,1);
CREATE TABLE deliveries (
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
    );
INSERT INTO "deliveries" VALUES(1,'team','first',1,'trips','waiting','2026-03-01T12:00:00.000000Z',0,NULL,NULL,NULL,'');
CREATE TABLE findings (
        number INTEGER NOT NULL,
        id TEXT NOT NULL,
        project TEXT NOT NULL,
        kind TEXT NOT NULL,
        finding TEXT NOT NULL,
        known_at TEXT NOT NULL, event_at TEXT,
        PRIMARY KEY (number),
        UNIQUE (id),
        FOREIGN KEY(project) REFERENCES projects (name)
    );
INSERT INTO "findings" VALUES(1,'f1','trips','covariate','{"changes":[],"check":null,"columns":["distance","dest"],"effect":0.3,"event_at":"2026-03-01T17:00:00Z","id":"f1","kind":"covariate","known_at":"2026-03-01T18:00:00Z","loss":null,"project":"trips","rows":0,"sentence":"trips are longer","since":"2026-03-01T12:00:00Z","slice":"","start":null,"until":null,"version":null,"weight":null}','2026-03-01T18:00:00.000000Z','2026-03-01T17:00:00.000000Z');
CREATE TABLE grants (
        person TEXT NOT NULL,
        project TEXT NOT NULL,
        role TEXT NOT NULL,
        PRIMARY KEY (person, project),
        FOREIGN KEY(person) REFERENCES people (name)
    );
INSERT INTO "grants" VALUES('ada','*','admin');
CREATE TABLE identities (
        issuer TEXT NOT NULL,
        subject TEXT NOT NULL,
        person TEXT NOT NULL,
        bound_at TEXT NOT NULL,
        PRIMARY KEY (issuer, subject),
        FOREIGN KEY(person) REFERENCES people (name)
    );
INSERT INTO "identities" VALUES('https://login.example.com','subject 1','ada','2026-03-01T12:00:00.000000Z');
CREATE TABLE leases (
        project TEXT NOT NULL,
        holder TEXT NOT NULL,
        token INTEGER NOT NULL,
        renewed_at TEXT NOT NULL,
        expires_at TEXT NOT NULL,
        PRIMARY KEY (project)
    );
INSERT INTO "leases" VALUES('trips','host 1',1,'2026-03-01T12:00:00.000000Z','2026-03-01T13:00:00.000000Z');
CREATE TABLE people (
        name TEXT NOT NULL,
        password TEXT,
        created_at TEXT NOT NULL,
        ended_at TEXT,
        PRIMARY KEY (name)
    );
INSERT INTO "people" VALUES('ada','$argon2id$v=19$not-a-digest','2026-03-01T12:00:00.000000Z',NULL);
CREATE TABLE projects (
        name TEXT NOT NULL,
        created_at TEXT NOT NULL,
        PRIMARY KEY (name)
    );
INSERT INTO "projects" VALUES('trips','2026-03-01T12:00:00.000000Z');
CREATE TABLE releases (
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
        share FLOAT, paused TEXT,
        PRIMARY KEY (project, number),
        FOREIGN KEY(project, version) REFERENCES versions (project, number),
        FOREIGN KEY(project, challenger) REFERENCES versions (project, number),
        FOREIGN KEY(project) REFERENCES projects (name)
    );
INSERT INTO "releases" VALUES('trips',1,1,'0000000000000000000000000000000000000000000000000000000000001001','0000000000000000000000000000000000000000000000000000000000000001','ada','it is better','promote',0,'2026-03-01T12:00:00.000000Z','2026-03-01T12:00:00.000000Z',NULL,NULL,NULL,NULL);
INSERT INTO "releases" VALUES('trips',2,1,'0000000000000000000000000000000000000000000000000000000000001001','0000000000000000000000000000000000000000000000000000000000000001','ada','it passed','shadow',0,'2026-03-01T13:00:00.000000Z','2026-03-01T13:00:00.000000Z',NULL,2,0.0,NULL);
INSERT INTO "releases" VALUES('trips',3,1,'0000000000000000000000000000000000000000000000000000000000001001','0000000000000000000000000000000000000000000000000000000000000001','ada','no harm seen','canary',0,'2026-03-01T14:00:00.000000Z','2026-03-01T14:00:00.000000Z',NULL,2,0.1,NULL);
INSERT INTO "releases" VALUES('trips',4,2,'0000000000000000000000000000000000000000000000000000000000001002','0000000000000000000000000000000000000000000000000000000000000002','ada','it is better','promote',0,'2026-03-01T15:00:00.000000Z','2026-03-01T15:00:00.000000Z',3,NULL,NULL,NULL);
INSERT INTO "releases" VALUES('trips',5,2,'0000000000000000000000000000000000000000000000000000000000001002','0000000000000000000000000000000000000000000000000000000000000002','ada','it passed','shadow',0,'2026-03-01T16:00:00.000000Z','2026-03-01T16:00:00.000000Z',3,1,0.0,NULL);
INSERT INTO "releases" VALUES('trips',6,2,'0000000000000000000000000000000000000000000000000000000000001002','0000000000000000000000000000000000000000000000000000000000000002','ada','wait for May','pause',0,'2026-03-01T17:00:00.000000Z','2026-03-01T17:00:00.000000Z',3,1,0.0,'pause');
INSERT INTO "releases" VALUES('trips',7,2,'0000000000000000000000000000000000000000000000000000000000001002','0000000000000000000000000000000000000000000000000000000000000002','ada','it does worse','abort',0,'2026-03-01T17:00:00.000000Z','2026-03-01T17:00:00.000000Z',3,NULL,NULL,NULL);
CREATE TABLE runs (
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
    );
INSERT INTO "runs" VALUES('run of trips','trips','ssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssss','running','2026-03-01T12:00:00.000000Z','2026-03-01T12:00:00.000000Z',NULL,'',NULL,'ada');
CREATE TABLE schema_steps (
        number INTEGER NOT NULL,
        name TEXT NOT NULL,
        applied_at TEXT NOT NULL,
        PRIMARY KEY (number)
    );
INSERT INTO "schema_steps" VALUES(1,'0001_first_schema','2026-11-29T04:49:44.727074Z');
INSERT INTO "schema_steps" VALUES(2,'0002_the_loop','2026-11-29T04:49:45.203086Z');
INSERT INTO "schema_steps" VALUES(3,'0003_pauses','2026-11-29T04:49:45.203707Z');
INSERT INTO "schema_steps" VALUES(4,'0004_alerts','2026-11-29T04:49:45.325026Z');
INSERT INTO "schema_steps" VALUES(5,'0005_scores','2026-11-29T04:49:45.325716Z');
INSERT INTO "schema_steps" VALUES(6,'0006_people','2026-11-29T04:49:45.326658Z');
INSERT INTO "schema_steps" VALUES(7,'0007_door','2026-11-29T04:49:45.327125Z');
CREATE TABLE scores (
        decision INTEGER NOT NULL,
        project TEXT NOT NULL,
        scored TEXT NOT NULL,
        known_at TEXT NOT NULL,
        PRIMARY KEY (decision),
        FOREIGN KEY(decision) REFERENCES decisions (number),
        FOREIGN KEY(project) REFERENCES projects (name)
    );
INSERT INTO "scores" VALUES(1,'trips','{"chosen":2,"comparison":null,"decision":1,"end":"2026-03-01T16:00:00Z","instead":1,"known_at":"2026-03-01T17:00:00Z","project":"trips","proved":"right","schema":"millwright.scored/1","sentence":"better","start":"2026-03-01T12:00:00Z"}','2026-03-01T17:00:00.000000Z');
CREATE TABLE sessions (
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
    );
INSERT INTO "sessions" VALUES('s1','984ca5162200734c592148f1820b71057f098573d138666b48663e4e30cd8d3a',NULL,'ada','2026-03-01T12:00:00.000000Z','2026-03-01T12:00:00.000000Z','2026-03-01T12:00:00.000000Z','2026-03-08T12:00:00.000000Z','a browser');
CREATE TABLE sign_in_links (
        digest TEXT NOT NULL,
        person TEXT NOT NULL,
        made_by TEXT NOT NULL,
        made_at TEXT NOT NULL,
        ends_at TEXT NOT NULL,
        used_at TEXT,
        PRIMARY KEY (digest),
        FOREIGN KEY(person) REFERENCES people (name)
    );
INSERT INTO "sign_in_links" VALUES('5a3464444d33a68463513f5da667da8e38aaab130f7eeed4b4387644bcada617','ada','ada','2026-03-01T12:00:00.000000Z','2026-03-01T12:15:00.000000Z',NULL);
CREATE TABLE steps (
        number INTEGER NOT NULL,
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
    );
INSERT INTO "steps" VALUES(1,'run of trips','snapshot','i1','o1','2026-03-01T12:00:00.000000Z','2026-03-01T13:00:00.000000Z',0,0);
CREATE TABLE trials (
        search TEXT NOT NULL,
        number INTEGER NOT NULL,
        run TEXT NOT NULL,
        trial TEXT NOT NULL,
        PRIMARY KEY (search, number),
        FOREIGN KEY(run) REFERENCES runs (id)
    );
INSERT INTO "trials" VALUES('q1',0,'run of trips','{"config":{"family":"linear","features":"all","members":[],"name":"linear","params":{"folds":3,"l2":0.1,"scale":true}},"fits":[],"fold_scores":[0.25,0.3333333333333333],"iterations":null,"number":0,"on_folds":null,"predictions":null,"reason":"","schema":"millwright.trial/1","score":0.25,"seconds":1.5,"state":"finished","train_score":null}');
CREATE TABLE versions (
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
    );
INSERT INTO "versions" VALUES('trips',1,'0000000000000000000000000000000000000000000000000000000000001001','0000000000000000000000000000000000000000000000000000000000000001','run of trips','passed','AUC 0.71','2026-03-01T12:00:00.000000Z');
INSERT INTO "versions" VALUES('trips',2,'0000000000000000000000000000000000000000000000000000000000001002','0000000000000000000000000000000000000000000000000000000000000002','run of trips','passed','AUC 0.71','2026-03-01T12:00:00.000000Z');
CREATE TABLE watched (
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
    );
INSERT INTO "watched" VALUES('trips',1,2,'2026-02-28T17:00:00.000000Z','2026-03-01T17:00:00.000000Z','2026-03-01T18:00:00.000000Z','{"against_before":null,"amended_at":null,"arrivals":null,"beside":"rows","cannot":["no traffic"],"causes":[],"detectors":null,"findings":["f1"],"late_rows":0,"parity":null,"payload_digest":"0000000000000000000000000000000000000000000000000000000000000002","profile":null,"project":"trips","quality":null,"schema":"millwright.watched/1","serving":null,"trying":null,"version":2,"window":{"begins":null,"complete_until":null,"end":"2026-03-01T17:00:00Z","event_at":null,"known_at":"2026-03-01T18:00:00Z","labelled":0,"labels":{"conflicting":0,"joined":0,"late":0,"received":0,"repeated":0,"unknown":0},"predictions":0,"project":"trips","start":"2026-02-28T17:00:00Z"}}');
CREATE INDEX runs_by_start ON runs (project, started_at, id);
CREATE INDEX runs_by_state ON runs (project, state, started_at);
CREATE INDEX steps_of_run ON steps (run);
CREATE INDEX steps_by_name ON steps (name, inputs);
CREATE UNIQUE INDEX steps_count_once ON steps (name, inputs) WHERE reused IS 0 AND lost IS 0;
CREATE INDEX decisions_of_project ON decisions (project, number);
CREATE INDEX findings_of_project ON findings (project, number);
CREATE INDEX audit_by_subject ON audit (subject);
CREATE INDEX releases_by_time ON releases (project, event_at);
CREATE INDEX releases_by_version ON releases (project, version, number);
CREATE INDEX releases_by_action ON releases (project, action, number);
CREATE INDEX decisions_by_cause ON decisions ("of");
CREATE INDEX decisions_by_action ON decisions (project, action, number);
CREATE INDEX decisions_by_time ON decisions (project, known_at, number);
CREATE INDEX findings_by_window ON findings (project, event_at, number);
CREATE INDEX alerts_of_project ON alerts (project, number);
CREATE INDEX alerts_not_ended ON alerts (project, ended_at, number);
CREATE INDEX alerts_by_cause ON alerts (project, cause, number);
CREATE INDEX deliveries_by_state ON deliveries (project, state, channel, due_at);
CREATE INDEX scores_of_project ON scores (project, decision);
CREATE INDEX sessions_before ON sessions (before);
CREATE INDEX sessions_of_person ON sessions (person);
CREATE INDEX control_keys_of_person ON control_keys (person, created_at);
CREATE INDEX runs_by_version ON runs (project, version);
CREATE INDEX versions_by_time ON versions (project, created_at, number);
CREATE INDEX audit_by_actor ON audit (actor, number);
CREATE INDEX audit_by_action ON audit (action, number);
CREATE INDEX identities_of_person ON identities (person);
CREATE INDEX answered_by_time ON answered (at);
CREATE INDEX decisions_by_event ON decisions (project, event_at, number);
COMMIT;
