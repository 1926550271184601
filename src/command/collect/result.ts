// What a run leaves for `collect`: a file with its builds, written where they ran and read in another job.
import type { Diagnostic } from "../../diagnostic/diagnostic.ts";
import type { ResultArtifact, ResultBuild, ResultComparison, ResultUpload } from "../recorded-run.ts";

/** The first word of the file; its value is the version of the format. */
const MARK = "packer-ts-result";
const VERSION = 1;
const OUTCOMES = ["built", "unchanged", "failed", "cancelled"] as const;

/** All of one run. */
export interface RunResultFile {
  readonly outcome: string;
  readonly failureClass: string;
  readonly endedAt: number;
  readonly runUuid: string;
  readonly templates: readonly string[];
  /** The patterns by which builds were selected. */
  readonly only: readonly string[];
  readonly builds: readonly ResultBuild[];
  readonly artifacts: readonly ResultArtifact[];
  /** The workflow artifacts that its files went into. */
  readonly uploaded: readonly ResultUpload[];
  readonly compared: readonly ResultComparison[];
  /** What was wrong, in a line each. */
  readonly errors: readonly string[];
}

/** The text of the file. */
export function formatResult(result: RunResultFile): string {
  return `${JSON.stringify({ [MARK]: VERSION, ...result })}\n`;
}

/** A file that was read: a result, something else, or one that cannot be used. */
export type Reading =
  | { readonly is: "result"; readonly result: RunResultFile }
  | { readonly is: "foreign" }
  | { readonly is: "broken"; readonly diagnostic: Diagnostic };

/** Reads the file. It comes from another machine: nothing in it is believed. */
export function readResult(text: string, path: string): Reading {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (thrown) {
    return reportBroken(path, `It is not JSON: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
  }
  if (!isRecord(value) || value[MARK] === undefined) {
    return { is: "foreign" };
  }
  if (value[MARK] !== VERSION) {
    return reportBroken(path, `Its format is ${JSON.stringify(value[MARK])}; this version reads ${VERSION}.`);
  }
  const wrong = findFirstWrong(value);
  if (wrong !== undefined) {
    return reportBroken(path, `It has no usable ${JSON.stringify(wrong)}.`);
  }
  const file = value as unknown as RunResultFile;
  return { is: "result", result: { ...file, builds: file.builds.map(complete) } };
}

function reportBroken(path: string, detail: string): Reading {
  const summary = `${path} cannot be read as the result of a build`;
  const hint = "Was it cut off while it was uploaded, or made by another version of this action?";
  return { is: "broken", diagnostic: { code: "collect/unreadable", severity: "error", summary, detail, hint } };
}

type Check = (value: unknown) => boolean;

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const text: Check = (value) => typeof value === "string";
const number: Check = (value) => typeof value === "number" && Number.isFinite(value);
const date: Check = (value) => typeof value === "string" && !Number.isNaN(Date.parse(value));
const maybe =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);
const listOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);
const shape =
  (checks: Readonly<Record<string, Check>>): Check =>
  (value) =>
    isRecord(value) && Object.entries(checks).every(([name, check]) => check(value[name]));
const word = (...words: readonly string[]): Check => maybe((value) => words.includes(value as string));

const span = shape({
  id: number,
  kind: text,
  title: text,
  componentType: maybe(text),
  parent: maybe(number),
  startedAt: number,
  milliseconds: maybe(number),
  outcome: word("done", "failed", "cancelled"),
});
const build = shape({
  template: text,
  name: text,
  builderType: text,
  startedAt: maybe(number),
  outcome: word(...OUTCOMES),
  milliseconds: number,
  error: maybe(text),
  failure: maybe(text),
  failedIn: maybe(text),
  artifacts: listOf(shape({ builderId: text, id: text, text: text, files: listOf(text) })),
  builtAt: maybe(date),
  spans: listOf(span),
  lastLines: maybe(listOf(text)),
});
const artifact = shape({
  template: text,
  build: text,
  builder: text,
  builder_id: text,
  id: text,
  description: text,
  files: listOf(shape({ path: text, size: number, sha256: maybe(text) })),
  unchanged_since: maybe(date),
});
const fields: Readonly<Record<keyof RunResultFile, Check>> = {
  outcome: text,
  failureClass: text,
  endedAt: number,
  runUuid: text,
  templates: listOf(text),
  only: listOf(text),
  builds: listOf(build),
  artifacts: listOf(artifact),
  uploaded: listOf(shape({ template: text, build: text, name: text })),
  compared: listOf(shape({ template: text, build: text, reasons: listOf(text), builtAt: maybe(text) })),
  errors: listOf(text),
};

function findFirstWrong(value: Readonly<Record<string, unknown>>): string | undefined {
  return Object.entries(fields).find(([name, check]) => !check(value[name]))?.[0];
}

/** JSON leaves out what is undefined. */
function complete(given: ResultBuild): ResultBuild {
  const { startedAt, outcome, error, failure, failedIn } = given;
  return { ...given, startedAt, outcome, error, failure, failedIn };
}
