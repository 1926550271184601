// The results of many runs as those of one.
import type { Diagnostic } from "../../diagnostic/diagnostic.ts";
import { listInput } from "../plan/matrix.ts";
import type { ResultArtifact, ResultBuild, ResultComparison, ResultUpload } from "../recorded-run.ts";
import type { ExpectedBuild } from "./expected.ts";
import type { RunResultFile } from "./result.ts";

/** An artifact with the run that made it. */
export interface CollectedArtifact {
  readonly artifact: ResultArtifact;
  readonly runUuid: string;
  readonly endedAt: number;
}

/** Everything that was built anywhere. */
export interface Merged {
  readonly builds: readonly ResultBuild[];
  readonly artifacts: readonly CollectedArtifact[];
  readonly uploaded: readonly ResultUpload[];
  readonly compared: readonly ResultComparison[];
  /** Of the run that ended last. */
  readonly runUuid: string;
  readonly diagnostics: readonly Diagnostic[];
}

interface Found {
  readonly build: ResultBuild;
  readonly artifacts: readonly CollectedArtifact[];
  readonly uploaded: readonly ResultUpload[];
  readonly compared: readonly ResultComparison[];
}

/** Merges results; with `expected`, builds come in that order, those without a result are named and others are left out. */
export function merge(results: readonly RunResultFile[], expected: readonly ExpectedBuild[] | undefined): Merged {
  // A build that was run again counts as it ended last.
  const inTime = [...results].sort((a, b) => a.endedAt - b.endedAt);
  const found = new Map<string, Found>();
  for (const result of inTime) {
    for (const build of result.builds) {
      found.set(nameKey(build.template, build.name), nameOrigin(result, build));
    }
  }
  const order = expected?.map(({ template, name }) => nameKey(template, name)) ?? [...found.keys()].sort();
  const missing = expected?.filter(({ template, name }) => !found.has(nameKey(template, name))) ?? [];
  const lost = new Map(missing.map((build) => [nameKey(build.template, build.name), reportLostBuild(build, inTime)]));
  const all = [...new Set(order)].flatMap((key) => found.get(key) ?? lost.get(key) ?? []);
  const empty = inTime.filter(
    ({ builds, outcome }) => builds.length === 0 && (outcome === "invalid" || outcome === "failed"),
  );
  return {
    builds: all.map(({ build }) => build),
    artifacts: all.flatMap(({ artifacts }) => artifacts),
    uploaded: all.flatMap(({ uploaded }) => uploaded),
    compared: all.flatMap(({ compared }) => compared),
    runUuid: inTime.at(-1)?.runUuid ?? "",
    diagnostics: [
      ...missing.map(({ name, template }) =>
        reportMissingBuild(name, template, lost.get(nameKey(template, name))?.build.error),
      ),
      ...(expected === undefined ? empty.map(reportEarlyEnd) : []),
    ],
  };
}

function nameKey(template: string, name: string): string {
  return JSON.stringify([template, name]);
}

function nameOrigin({ artifacts, uploaded, compared, runUuid, endedAt }: RunResultFile, build: ResultBuild): Found {
  const isOwn = (one: Pick<ResultUpload, "template" | "build">): boolean =>
    one.template === build.template && one.build === build.name;
  const own = artifacts.filter(isOwn).map((artifact) => ({ artifact, runUuid, endedAt }));
  return { build, artifacts: own, uploaded: uploaded.filter(isOwn), compared: compared.filter(isOwn) };
}

/** A build that nobody heard of again, with the reason if its job gave one. */
function reportLostBuild({ template, name, builder, only }: ExpectedBuild, results: readonly RunResultFile[]): Found {
  const ended = results.findLast(
    (result) => result.builds.length === 0 && result.templates.includes(template) && listInput(result.only) === only,
  );
  const why =
    ended?.errors[0] ?? (ended === undefined ? "its job left no result" : `its job ended as ${ended.outcome}`);
  const build: ResultBuild = {
    template,
    name,
    builderType: builder,
    startedAt: undefined,
    outcome: "failed",
    milliseconds: 0,
    error: `missing: ${why}`,
    failure: ended?.failureClass || "environment",
    failedIn: undefined,
    artifacts: [],
    spans: [],
  };
  return { build, artifacts: [], uploaded: [], compared: [] };
}

function reportMissingBuild(name: string, template: string, why: string | undefined): Diagnostic {
  return {
    code: "collect/missing",
    severity: "error",
    summary: `The build "${name}" of ${template} is ${why ?? "missing"}`,
    hint: "Look at the log of its job: it was cancelled, lost its machine, or ended before it began to build.",
  };
}

function reportEarlyEnd({ templates, outcome, errors }: RunResultFile): Diagnostic {
  return {
    code: "collect/failed",
    severity: "error",
    summary: `A job for ${templates.join(", ") || "no template"} ended as ${outcome} before it began to build`,
    detail: errors.length === 0 ? undefined : errors.join("\n"),
  };
}
