/** The records that the control plane answers with: generated from its description (npm run types), under short names. What it
 * describes as plain data, such as a project's status, is written out here as far as the console reads it. */
import type { components } from "./openapi";

type Schemas = components["schemas"];

export type Interval = Schemas["Interval"];
export type MetricValue = Schemas["MetricValue"];
export type Comparison = Schemas["Comparison"];
export type Figures = Schemas["Figures"];
export type Run = Schemas["Run"];
export type RunRow = Schemas["RunRow"];
export type Step = Schemas["Step"];
export type Standing = Schemas["Standing"];
export type Leaderboard = Schemas["Leaderboard"];
export type CurvePoint = Schemas["CurvePoint"];
export type RunStory = Schemas["RunStory"];
export type RunPage = Schemas["RunPage"];
export type Training = Schemas["Training"];
export type Timings = Schemas["Timings"];
export type Version = Schemas["Version"];
export type VersionRow = Schemas["VersionRow"];
export type Release = Schemas["Release"];
export type SliceValue = Schemas["SliceValue"];
export type Evaluation = Schemas["Evaluation"];
export type GateResult = Schemas["GateResult"];
export type Verdict = Schemas["Verdict"];
export type ContractColumn = Schemas["ContractColumn"];
export type Contract = Schemas["Contract"];
export type Check = Schemas["Check"];
export type VersionPage = Schemas["VersionPage"];
export type Me = Schemas["Me"];
export type Term = Schemas["Term"];
export type Decision = Schemas["Decision"];
export type Loss = Schemas["Loss"];
export type ColumnChange = Schemas["Change-Output"];
export type Finding = Schemas["Finding"];
export type Cause = Schemas["Cause"];
export type Harm = Schemas["Harm"];
export type Trying = Schemas["Trying"];
export type PartQuality = Schemas["PartQuality"];
export type Trouble = Schemas["Trouble"];
export type StageStep = Schemas["StageStep"];
export type RolloutAction = Schemas["RolloutAction"];
export type Undo = Schemas["Undo"];
export type Moved = Schemas["Moved"];
export type Answers = Schemas["Answers"];
export type Rollout = Schemas["Rollout"];
export type DecisionRow = Schemas["DecisionRow"];
export type LookPoint = Schemas["LookPoint"];
export type QualityLine = Schemas["QualityLine"];
export type DriftedColumn = Schemas["DriftedColumn"];
export type Drift = Schemas["Drift"];
export type Volume = Schemas["Volume"];
export type Latency = Schemas["Latency"];
export type QualityOverTime = Schemas["QualityOverTime"];
export type Bias = Schemas["Bias"];
export type Attribution = Schemas["Attribution"];
export type QualityEstimate = Schemas["QualityEstimate"];
export type LabelLine = Schemas["LabelLine"];
export type LogRow = Schemas["LogRow"];
export type LogRows = Schemas["LogRows"];
export type LogEntry = Schemas["LogEntry"];
export type AlertRow = Schemas["AlertRow"];
export type AuditEntry = Schemas["AuditEntry"];
export type Explained = Schemas["Explained"];
export type SnapshotRow = Schemas["SnapshotRow"];
export type SnapshotPage = Schemas["SnapshotPage"];
export type ColumnRow = Schemas["ColumnRow"];
export type ColumnPage = Schemas["ColumnPage"];
export type ComparedColumn = Schemas["ComparedColumn"];
export type Mark = Schemas["Mark"];
export type SpecPage = Schemas["SpecPage"];
export type SpecDraft = Schemas["SpecDraft"];
export type SpecChange = Schemas["SpecChange"];
export type SpecCheck = Schemas["SpecCheck"];
export type PlanReport = Schemas["PlanReport"];
export type Side = Schemas["Side"];
export type Compared = Schemas["Compared"];
export type Advice = Schemas["Advice"];
export type RehearsalRow = Schemas["RehearsalRow"];
export type Person = Schemas["Person"];
export type KeyRow = Schemas["KeyRow"];

export interface Page<T> {
  items: T[];
  total: number | null;
  next: string | null;
}

export type StandingOf = "live" | "shadow" | "canary" | "was_live" | "never";

export type Role = "viewer" | "operator" | "approver" | "admin";

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

export interface ShortCause {
  id: string;
  kind: string;
  sentence: string;
  findings: string[];
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
  causes?: ShortCause[];
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

export type ActionName = "promote" | "promote_fully" | "pause" | "resume" | "abort" | "rollback" | "undo";

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

export type ColumnSummary = Partial<ColumnRow> & { count: number; missing: number };

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

export interface Won {
  metric: string;
  never: number | null;
  policy: number | null;
  oracle: number | null;
  closed: number | null;
  cap: number;
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
