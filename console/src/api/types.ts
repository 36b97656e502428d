/** The records that the control plane answers with, as far as the console reads them. Moments are ISO 8601 texts in UTC. */

export interface Page<T> {
  items: T[];
  total: number | null;
  next: string | null;
}

export interface Interval {
  value: number | null;
  low: number | null;
  high: number | null;
  n: number;
  level?: number;
}

export interface MetricValue {
  name: string;
  goal: "max" | "min";
  interval: Interval;
}

export interface Comparison {
  against: "baseline" | "champion" | "before";
  version: string | null;
  metric: string;
  mine: Interval;
  theirs: Interval;
  difference: Interval;
  column: string | null;
  group: string | null;
}

export interface Figures {
  metric: MetricValue | null;
  champion: Comparison | null;
  baseline: Comparison | null;
  rows: number;
  size_bytes: number;
}

export interface Run {
  id: string;
  project: string;
  spec: string;
  state: "running" | "finished" | "failed" | "refused";
  as_of: string;
  started_at: string;
  finished_at: string | null;
  reason: string;
  version: number | null;
  actor: string;
}

export interface RunRow {
  run: Run;
  seconds: number;
  verdict: string | null;
  summary: string | null;
  figures: Figures | null;
}

export interface Step {
  run: string;
  name: string;
  inputs: string;
  output: string;
  started_at: string;
  finished_at: string;
  reused: boolean;
}

export interface Standing {
  place: number;
  number: number;
  config: string;
  family: string;
  params: Record<string, string | number | boolean>;
  state: string;
  score: number | null;
  spread: number | null;
  fold_scores: number[];
  train_score: number | null;
  folds: number;
  seconds: number;
  row_us: number | null;
  size: number | null;
  weight: number | null;
  on_front: boolean;
  reason: string;
}

export interface Leaderboard {
  metric: string;
  goal: "max" | "min";
  folds: number;
  full: number;
  seconds: number;
  standings: Standing[];
  best_so_far: { at: number; score: number; config: string }[];
}

export interface CurvePoint {
  predicted: number;
  observed: number;
  low: number;
  high: number;
  n: number;
}

export interface RunStory {
  run: Run;
  made_by: string | null;
  stages: string[];
  split: {
    method: string; folds: number; rows: number; train: number; holdout: number; unused: number;
    holdout_from: string | null; holdout_until: string | null; train_until: string | null; note: string;
  } | null;
  search: Leaderboard | null;
  note: string;
  importance: [string, number][];
  out_of_fold: { rows: number; calibration: CurvePoint[]; residuals: [number, number][] } | null;
  timings: Timings | null;
  size: number | null;
  version: string | null;
  verdict: string | null;
  summary: string;
}

export interface RunPage {
  story: RunStory;
  steps: Step[];
  seconds: number;
  going_on: boolean;
}

export interface Timings {
  row_p50_ms: number;
  row_p99_ms: number;
  batch_rows_per_second: number;
  rows: number;
  machine: string;
  evaluators: { name: string; equal: boolean; chosen: boolean; row_microseconds: number | null; why_not: string }[];
}

export interface Version {
  project: string;
  number: number;
  package: string;
  payload_digest: string;
  run: string;
  verdict: "passed" | "failed" | "inconclusive";
  summary: string;
  created_at: string;
}

export type StandingOf = "live" | "shadow" | "canary" | "was_live" | "never";

export interface VersionRow {
  version: Version;
  name: string;
  standing: StandingOf;
  aliases: string[];
  figures: Figures | null;
}

export interface Release {
  project: string;
  number: number;
  version: number;
  package: string;
  payload_digest: string;
  actor: string;
  reason: string;
  action: "promote" | "rollback" | "shadow" | "canary" | "abort" | "pause" | "resume";
  forced: boolean;
  event_at: string;
  known_at: string;
  challenger: number | null;
  share: number | null;
  paused: "pause" | "hold" | null;
}

export interface SliceValue {
  column: string;
  group: string;
  metric: string;
  interval: Interval;
}

export interface Evaluation {
  payload_digest: string;
  snapshot: string;
  rows: number;
  block: string | null;
  blocks: number;
  metric: string;
  metrics: MetricValue[];
  comparisons: Comparison[];
  slices: SliceValue[];
  calibration: CurvePoint[];
  calibration_error: number | null;
  histogram: [number, number][];
  importance: [string, number][];
  train_score: number | null;
  validation_score: number | null;
  overfit_gap: number | null;
  size_bytes: number;
  holdout_from: string | null;
  holdout_until: string | null;
  tries: number;
  coverage: { level: number; realised: Interval; width: number | null } | null;
}

export interface GateResult {
  gate: string;
  state: "passed" | "failed" | "inconclusive";
  evidence: string;
  interval: Interval | null;
}

export interface Verdict {
  state: "passed" | "failed" | "inconclusive";
  gates: GateResult[];
  summary: string;
  champion: string | null;
}

export interface ContractColumn {
  name: string;
  kind: string;
  role: string;
  nullable: boolean;
  minimum: number | null;
  maximum: number | null;
  levels: string[] | null;
  date_format: string | null;
  pii: boolean;
  key: boolean;
}

export interface Contract {
  columns: ContractColumn[];
  zone: string;
  extra_columns: string;
}

export interface Check {
  code: string;
  severity: "stop" | "warning" | "note";
  columns: string[];
  count: number | null;
  message: string;
  fix: string;
  acknowledged: boolean;
}

export interface VersionPage extends Omit<VersionRow, "figures"> {
  signed: { ok: boolean; key: string; refused: string };
  releases: Release[];
  evaluation: Evaluation | null;
  verdict: Verdict | null;
  timings: Timings | null;
  contract: Contract | null;
  checks: Check[];
  card: string;
  provenance: Record<string, unknown> | null;
  environment: unknown;
  files: { path: string; size: number; sha256: string; part: "payload" | "attestation" }[];
  example: Record<string, unknown> | null;
}

export type Role = "viewer" | "operator" | "approver" | "admin";

export interface Me {
  user: string;
  roles: { project: string; role: Role }[];
  everywhere: Role | null;
  csrf: string;
  version: string;
  signed_in_at: string | null;
  key: string | null;
  has_password: boolean;
}

export interface Term {
  name: string;
  value: string;
  limit: string;
  holds: boolean;
}

export interface Decision {
  number: number;
  project: string;
  action: string;
  version: number | null;
  actor: string;
  rule: string;
  reason: string;
  evidence: { terms?: Term[]; findings?: string[]; live?: number | null } & Record<string, unknown>;
  event_at: string;
  known_at: string;
  mode: "advise" | "approve" | "auto" | null;
  of: number | null;
}

export interface Loss {
  share: number;
  metric: string;
  points: number | null;
  per_day: number | null;
  measured: boolean;
  page: boolean;
}

export interface ColumnChange {
  column: string;
  check: string;
  was: number | null;
  now: number | null;
  unit: string;
  effect: number;
  evidence: number | null;
  limit: number | null;
}

export interface Finding {
  id: string;
  project: string;
  kind: string;
  columns: string[];
  effect: number | null;
  sentence: string;
  since: string;
  event_at: string;
  known_at: string;
  check: string | null;
  version: number | null;
  start: string | null;
  rows: number;
  weight: number | null;
  changes: ColumnChange[];
  loss: Loss | null;
  until: string | null;
  slice: string;
}

export interface Cause {
  id: string;
  kind: string;
  feed: string;
  columns: string[];
  onset: { start: string; earliest: string; latest: string };
  start: string;
  event_at: string;
  version: number | null;
  findings: string[];
  title: string;
  sentence: string;
  weight: number | null;
  looks: number;
  loss: Loss | null;
  broken_until: string | null;
}

export interface Harm {
  what: string;
  rows: number;
  draws: number;
  worse: number | null;
  tolerated: number;
  evidence: number;
  largest: number;
  needed: number;
  shown_at: string | null;
  shown_after: number | null;
  cannot: string;
}

export interface Trying {
  version: number;
  stage: "shadow" | "canary";
  since: string;
  answered: number;
  failed: number;
  failures: Harm | null;
  quality: Harm | null;
  paused: "pause" | "hold" | null;
}

export interface PartQuality {
  part: string;
  predictions: number;
  judged: number;
  labelled: number;
  acts: Interval | null;
  metrics: MetricValue[];
  cannot: string;
}

export interface Trouble {
  level: "broken" | "worse" | "attention" | "waits";
  about: string;
  sentence: string;
  ref: string;
  fix: string;
}

export interface LiveQuality {
  version: number;
  window: { start: string; end: string; known_at: string; predictions: number; labelled: number; complete_until: string | null };
  metrics: MetricValue[];
  promised: MetricValue[];
  lines?: string[];
}

export interface ShortDecision {
  number: number;
  action: string;
  version: number | null;
  actor: string;
  rule: string;
  reason: string;
  event_at: string;
  mode: string | null;
}

export interface ProjectStatus {
  live?: { number: number; version: number; event_at: string; actor: string; reason: string } | null;
  live_version?: Omit<Version, "project"> | null;
  newest_version?: Omit<Version, "project"> | null;
  last_run?: Run | null;
  decisions?: ShortDecision[];
  challenger?: { version: number; share?: number; stage?: string; paused?: string | null } | null;
  pending?: ShortDecision[];
  watched_until?: string | null;
  causes?: Cause[];
  findings?: Finding[];
  cannot?: string[];
  window?: { start: string; end: string; rows: number } | null;
  alerts?: { open: { number: number; severity: string; title: string }[] };
  [more: string]: unknown;
}

export interface ProjectRow {
  name: string;
  role: Role;
  state: "broken" | "worse" | "attention" | "trying" | "fine" | "nothing_live";
  badness: number;
  troubles: Trouble[];
  status: ProjectStatus;
  server: Record<string, unknown> | null;
  quality: LiveQuality | null;
  promised: Figures | null;
  traffic: { seconds: number; per_second: number; p95_ms: number | null; p99_ms: number | null; failed: number | null; per_minute: number[] } | null;
  last_retrain: string | null;
  spec_fault: string;
  age_s: number | null;
}

export interface StageStep {
  stage: "shadow" | "canary" | "live";
  share: number;
  lasts: string;
  state: "done" | "now" | "next" | "left_out";
  began_at: string | null;
  ends_at: string | null;
}

export type ActionName = "promote" | "promote_fully" | "pause" | "resume" | "abort" | "rollback" | "undo";

export interface RolloutAction {
  name: ActionName;
  allowed: boolean;
  why_not: string;
  needs: Role;
  command: string;
  confirm: string;
}

export interface Undo {
  [more: string]: unknown;
}

export interface Rollout {
  project: string;
  release: Release | null;
  live: Version | null;
  live_since: string | null;
  challenger: Version | null;
  stages: StageStep[];
  min_rows: number;
  deadline: string;
  harm_alpha: number;
  tried: Trying | null;
  looked_at: string | null;
  back_to: Version[];
  actions: RolloutAction[];
  undo: Undo | null;
  undo_for_s: number;
  approvals: number;
  expected: number;
}

export interface DecisionRow {
  decision: Decision;
  scored: unknown;
  waits: boolean;
}

export interface Downsampled<T> {
  points: T[];
  shown: number;
  of: number;
}

export interface Aged<T> {
  value: T;
  age_s: number;
  seconds: number;
}

export interface LookPoint {
  version: number;
  window: { start: string; end: string; predictions?: number; known_at?: string };
  quality: { version?: number; window: { start: string; end: string; labelled?: number; complete_until?: string | null }; metrics: MetricValue[]; promised: MetricValue[] } | null;
  findings: string[];
  late_rows: number;
}

export interface QualityLine {
  metric: string | null;
  metrics: string[];
  series: Downsampled<LookPoint>;
  promised: MetricValue[];
  complete_until: string | null;
}

export interface DriftedColumn {
  column: string;
  importance: number;
  gauges: { name: string; evidence: number; series: Downsampled<{ start: string; value: number; rows: number }> }[];
  changes: ColumnChange[];
  findings: string[];
}

export interface Drift {
  columns: DriftedColumn[];
  windows: number;
  total: number;
  until: string | null;
}

export interface Volume {
  step_s: number;
  series: Downsampled<{ start: string; answered: number; canary: number; shadow: number; flagged: number }>;
  total: number;
}

export interface Latency {
  series: Downsampled<{ start: string; end: string; requests: number; failed: number; p99_ms: number | null }>;
  lately: ProjectRow["traffic"];
  limit_ms: number | null;
  error_rate: number;
}

export interface QualityOverTime {
  by: string;
  start: string;
  end: string;
  complete_until: string | null;
  one_sided: string | null;
  parts: PartQuality[];
}

export interface Bias {
  by: string | null;
  columns: string[];
  groups: Aged<QualityOverTime> | null;
}

export interface Attribution {
  metric: string;
  goal: "max" | "min";
  before: Interval;
  now: Interval;
  change: Interval;
  changed: boolean;
  rows: number;
  reference_rows: number;
  leading: string | null;
  kinds: { kind: string; part: Interval }[];
  columns: { column: string; kind: string; part: Interval; evidence: number; sentence: string }[];
  slices: { column: string; group: string; rows: number; gap: Interval; part: Interval }[];
  cannot: string[];
  look: string[];
  sentence: string;
}

export interface QualityEstimate {
  start: string | null;
  end: string | null;
  overlap: { rows: number; reference_rows: number; effective_rows: number; outside: number; thin: string };
  reference: MetricValue[];
  estimators: { name: string; assumes: string; metrics: MetricValue[]; cannot: string }[];
  best: string | null;
  blind: string;
}

export interface LabelLine {
  prediction: string | null;
  key: string | null;
  value: string | number | boolean | null;
  source: string;
  event_at: string;
  known_at: string;
  version: number;
  state: string;
}

export interface LogRow {
  id: string;
  event_at: string;
  known_at: string;
  version: number;
  role: string;
  key: string | null;
  client_id: string | null;
  caller: string | null;
  answer: Record<string, unknown>;
  score: number | null;
  flags: string[];
  request: Record<string, unknown>;
  label: LabelLine | null;
}

export interface LogRows {
  items: LogRow[];
  total: number | null;
  next: string | null;
  hidden: string[];
  looked_back_to: string | null;
  begins: string | null;
}

export interface LogEntry {
  row: LogRow;
  labels: { found: number; parked: number; given_up: number; rows: LabelLine[] };
  hidden: string[];
  explanation: Record<string, unknown> | null;
  cannot_explain: string;
}

export interface AlertRow {
  entry: {
    number: number;
    alert: { title: string; sentence: string; about: string; cause: string; action: string; at: string; severity: string };
    severity: string;
    raised_at: string;
    seen_at: string;
    times: number;
    ended_at: string | null;
    acknowledged_at: string | null;
    acknowledged_by: string | null;
    reason: string | null;
  };
  state: "open" | "acknowledged" | "ended";
  deliveries: { channel: string; state: string; said: string }[];
}

export interface AuditEntry {
  number: number;
  at: string;
  actor: string;
  action: string;
  subject: string;
  detail: string;
  digest: string;
}

export interface Explained {
  explanation: {
    decision: Decision;
    findings: Finding[];
    terms: Term[];
    origin: Decision | null;
    following: Decision[];
    gone: string;
  };
  lines: string[];
}

export interface SnapshotRow {
  id: string;
  run: string;
  as_of: string;
  digest: string | null;
  rows: number | null;
  columns: number | null;
  size: number | null;
  sources: string[];
  set_aside: number;
}

export interface SnapshotPage {
  row: SnapshotRow;
  set_aside: { file: string; reason: string; count: number; lines: number[] }[];
  notes: string[];
  checks: Check[];
  contract: Contract | null;
  periods: [string, number][];
  grain: string | null;
}

export interface ColumnRow {
  name: string;
  rule: ContractColumn | null;
  kind: string;
  count: number;
  missing: number;
  distinct: number | null;
  minimum: number | null;
  maximum: number | null;
  mean: number | null;
  sd: number | null;
  top: [string, number][];
  histogram: [number, number, number][];
}

export interface ColumnPage {
  row: ColumnRow;
  profile: { count: number; missing: number; distinct: number | null; other: number; top: [string, number][]; violations: [string, number][]; infinite: number; unparsed: number };
  periods: Record<string, unknown>[];
  hidden: boolean;
}

export interface ComparedColumn {
  name: string;
  before: ColumnSummary | null;
  after: ColumnSummary | null;
  distance: number | null;
  kind_changed: boolean;
}

export type ColumnSummary = Partial<ColumnRow> & { count: number; missing: number };

export interface Mark {
  line: number;
  column: number;
  message: string;
  fix: string;
  source: string;
}

export interface SpecPage {
  name: string;
  text: string;
  digest: string;
  parsed: Record<string, unknown> | null;
  marks: Mark[];
  in_force: boolean;
}

export interface SpecChange {
  setting: string;
  before: unknown;
  after: unknown;
}

export interface SpecCheck {
  ok: boolean;
  marks: Mark[];
  changes: SpecChange[];
}

export interface PlanReport {
  project: string;
  steps: { name: string; action: string; seconds: string; why: string }[];
  total: string;
  settings: string;
}

export interface Side {
  name: string;
  run: string;
  version: string | null;
  state: string;
  verdict: Verdict | null;
  rows: number | null;
  snapshot: string | null;
  metrics: MetricValue[];
  slices: SliceValue[];
  calibration: CurvePoint[];
  calibration_error: number | null;
  importance: [string, number][];
  timings: Timings | null;
  size_bytes: number | null;
  seconds: number | null;
}

export interface Compared {
  sides: Side[];
  differs: { setting: string; values: unknown[] }[];
  equal: number;
  metrics: { name: string; goal: "max" | "min"; values: (Interval | null)[] }[];
  paired: { of: string; against: string; comparison: Comparison }[];
  same_rows: boolean;
}

export interface WayOf {
  name: string;
  title: string;
  retrains: number;
  months: { month: string; n: number; metrics: Record<string, number | null> }[];
  overall: Record<string, Interval>;
}

export interface ReplayStory {
  project: string;
  start: string;
  end: string;
  predictions: number;
  labels: number;
  failed: number;
  seconds: number;
  label_delay: string;
  window: string;
  injected: [string, string, string][];
  lives: { version: number; start: string; until: string | null; actor: string; reason: string }[];
  trials: { version: number; stage: string; start: string; until: string | null }[];
  ways: WayOf[];
  gaps: { against: string; metric: string; difference: Interval }[];
  goals: Record<string, string>;
  titles: Record<string, string>;
  decisions: Decision[];
  findings: Finding[];
}

export interface Advice {
  name: string;
  lines: string[];
  retrains: number;
  value: number | null;
  difference: Interval | null;
  advised: boolean;
}

export interface Won {
  metric: string;
  never: number | null;
  policy: number | null;
  oracle: number | null;
  closed: number | null;
  cap: number;
}

export interface RehearsalRow {
  id: string;
  at: number;
  share: Won | null;
  advice: Advice[];
  faults: number;
  remarks: string[];
}

export interface Rehearsal {
  story: ReplayStory;
  history: number;
  faults: { text: string; start: string; end: string; found_at: string | null; sentence: string; held: boolean; retrains: number }[];
  share: Won | null;
  seconds: Record<string, number>;
  remarks: string[];
  changed: string[];
  advice: Advice[];
}

export interface Person {
  name: string;
  created_at: string;
  has_password: boolean;
  grants: { project: string; role: Role }[];
  ended_at: string | null;
}

export interface KeyRow {
  key: { id: string; name: string; person: string; project: string; role: Role; created_at: string; expires_at: string | null; used_at: string | null };
  state: "active" | "expired" | "revoked";
}
