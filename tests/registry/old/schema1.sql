BEGIN TRANSACTION;
CREATE TABLE aliases (
	project TEXT NOT NULL, 
	name TEXT NOT NULL, 
	version INTEGER NOT NULL, 
	changed_at TEXT NOT NULL, 
	PRIMARY KEY (project, name), 
	FOREIGN KEY(project, version) REFERENCES versions (project, number), 
	FOREIGN KEY(project) REFERENCES projects (name)
);
INSERT INTO "aliases" VALUES('trips','champion',2,'2026-03-01T13:00:00.000000Z');
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
INSERT INTO "audit" VALUES(5,'2026-03-01T13:00:00.000000Z','ada','release.promote','release trips 2','04719b9650cde8a0658d5a0e4c814cdea98ada02c621ea2413e09aa8d1d19293','03caf03b4f8cef8c9004333736cbbcd4df721895fcf3aafd44854cfe869b2b43','d525728219f3d65001b5b1d6d9b4ca060e05319e4f0b65fbf2e6a8216f7c5dd8');
INSERT INTO "audit" VALUES(6,'2026-03-01T12:00:00.000000Z','millwright','decision.hold','decision 1','1413ac6ae617a5ebde86d914b72e1d68296add0ec5c452ce2745f20eee514076','d525728219f3d65001b5b1d6d9b4ca060e05319e4f0b65fbf2e6a8216f7c5dd8','895cf1259f232408de9036ac220d9a4277cb3a7d10d15277984dcbbd3362c731');
CREATE TABLE audit_head (
	one INTEGER NOT NULL, 
	entries INTEGER NOT NULL, 
	digest TEXT NOT NULL, 
	PRIMARY KEY (one)
);
INSERT INTO "audit_head" VALUES(1,6,'895cf1259f232408de9036ac220d9a4277cb3a7d10d15277984dcbbd3362c731');
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
	known_at TEXT NOT NULL, 
	PRIMARY KEY (number), 
	FOREIGN KEY(project) REFERENCES projects (name)
);
INSERT INTO "decisions" VALUES(1,'trips','hold',2,'millwright','cooldown','too soon','{"hours":1}','2026-03-01T12:00:00.000000Z','2026-03-01T12:00:00.000000Z');
CREATE TABLE findings (
	number INTEGER NOT NULL, 
	id TEXT NOT NULL, 
	project TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	finding TEXT NOT NULL, 
	known_at TEXT NOT NULL, 
	PRIMARY KEY (number), 
	UNIQUE (id), 
	FOREIGN KEY(project) REFERENCES projects (name)
);
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
	PRIMARY KEY (project, number), 
	FOREIGN KEY(project, version) REFERENCES versions (project, number), 
	FOREIGN KEY(project) REFERENCES projects (name)
);
INSERT INTO "releases" VALUES('trips',1,1,'0000000000000000000000000000000000000000000000000000000000001001','0000000000000000000000000000000000000000000000000000000000000001','ada','it is better','promote',0,'2026-03-01T12:00:00.000000Z','2026-03-01T12:00:00.000000Z',NULL);
INSERT INTO "releases" VALUES('trips',2,2,'0000000000000000000000000000000000000000000000000000000000001002','0000000000000000000000000000000000000000000000000000000000000002','ada','it is better','promote',0,'2026-03-01T13:00:00.000000Z','2026-03-01T13:00:00.000000Z',1);
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
INSERT INTO "schema_steps" VALUES(1,'0001_first_schema','2026-11-21T09:07:58.167678Z');
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
INSERT INTO "trials" VALUES('q1',0,'run of trips','{"config":{"family":"linear","name":"linear","params":{"folds":3,"l2":0.1,"scale":true}},"fold_scores":[0.25,0.3333333333333333],"iterations":null,"number":0,"predictions":null,"reason":"","schema":"millwright.trial/1","score":0.25,"seconds":1.5,"state":"finished","train_score":null}');
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
CREATE INDEX audit_by_subject ON audit (subject);
CREATE INDEX runs_by_state ON runs (project, state, started_at);
CREATE INDEX runs_by_start ON runs (project, started_at, id);
CREATE INDEX decisions_of_project ON decisions (project, number);
CREATE INDEX findings_of_project ON findings (project, number);
CREATE UNIQUE INDEX steps_count_once ON steps (name, inputs) WHERE reused IS 0 AND lost IS 0;
CREATE INDEX steps_by_name ON steps (name, inputs);
CREATE INDEX steps_of_run ON steps (run);
CREATE INDEX releases_by_time ON releases (project, event_at);
CREATE INDEX releases_by_version ON releases (project, version, number);
COMMIT;
