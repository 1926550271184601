// The builds of a plan against the record of the last run: which of them would make the same thing again?
import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import type { ArtifactFacts } from "../../core/build-event.ts";
import { BuildError, readMessage } from "../../diagnostic/build-error.ts";
import { compareRecipes, speakDifference } from "../../recipe/differences.ts";
import { type BuildRecipe, computeFingerprint, type RecipeFacts, writeRecipe } from "../../recipe/recipe.ts";
import type { Builder, LookRun } from "../../sdk/builder.ts";
import type { PlannedBuild, PlannedComponent } from "../../template/plan.ts";
import type { BuildFingerprint, FingerprintRecord } from "./fingerprint-record.ts";

/** What was found out about one build. */
export interface Comparison {
  readonly planned: PlannedBuild;
  /** The name under which it is kept; the build's own but for what changes from run to run. */
  readonly key: string;
  /** `undefined` when the build cannot be described, so that it cannot be skipped next time either. */
  readonly recipe: BuildRecipe | undefined;
  readonly fingerprint: string;
  /** Why it has to be built; empty when it would make the same thing again. */
  readonly reasons: readonly string[];
  /** How it was last made. */
  readonly earlier: BuildFingerprint | undefined;
}

export interface CompareRequest {
  readonly planned: PlannedBuild;
  /** The same build in a timeless world; `undefined` when it has none there. */
  readonly timeless: PlannedBuild | undefined;
  readonly last: FingerprintRecord | undefined;
  readonly facts: RecipeFacts;
  readonly search: Search;
}

/** How to find out whether something is there. */
export interface Search {
  readonly look: LookRun;
  /** What an earlier run built is stored elsewhere, and not looked for. */
  readonly isElsewhere: boolean;
}

/** Describes a build and compares it. Never throws for what cannot be found out: that is a reason to build. */
export async function compare(request: CompareRequest): Promise<Comparison> {
  const { planned, timeless, last, facts, search } = request;
  const { look } = search;
  const key = timeless?.name ?? planned.name;
  const earlier = last !== undefined && Object.hasOwn(last.builds, key) ? last.builds[key] : undefined;
  if (timeless === undefined) {
    const reasons = ["it could not be evaluated apart from the time, so it cannot be compared"];
    return { planned, key, recipe: undefined, fingerprint: "", reasons, earlier };
  }
  const { base, problem } = await findBase(timeless.builder, look);
  const recipe = await writeRecipe(timeless, { ...facts, base });
  const fingerprint = computeFingerprint(recipe);
  const known = { planned, key, recipe, fingerprint, earlier };
  if (earlier === undefined) {
    return { ...known, reasons: ["no earlier build of it is known", ...problem] };
  }
  const found = compareRecipes(earlier.recipe, recipe).map(speakDifference);
  // The fingerprint has the last word: a record that was tampered with is no reason to skip.
  const other =
    found.length === 0 && earlier.fingerprint !== fingerprint ? ["the record's fingerprint is another one"] : [];
  const reasons = [...found, ...other, ...problem];
  return { ...known, reasons: reasons.length > 0 ? reasons : await findWhatIsGone(earlier, timeless.builder, search) };
}

async function findBase(
  builder: PlannedComponent<Builder>,
  look: LookRun,
): Promise<{
  readonly base?: Awaited<ReturnType<NonNullable<Builder["base"]>>> | undefined;
  readonly problem: readonly string[];
}> {
  const { component } = builder;
  if (component.base === undefined) {
    return { problem: [] };
  }
  try {
    const { config } = await builder.prepare();
    return { base: await component.base(config, look), problem: [] };
  } catch (thrown) {
    return { problem: [`what it starts from could not be looked up: ${explainCause(thrown)}`] };
  }
}

/** The same comparison with an older record, if the build was made like this before. */
export async function recheck(
  comparison: Comparison,
  { builds }: FingerprintRecord,
  search: Search,
): Promise<Comparison> {
  const { key, fingerprint, reasons, planned } = comparison;
  const older = Object.hasOwn(builds, key) ? builds[key] : undefined;
  if (reasons.length === 0 || fingerprint === "" || older?.fingerprint !== fingerprint) {
    return comparison;
  }
  const gone = await findWhatIsGone(older, planned.builder, search);
  return gone.length > 0 ? comparison : { ...comparison, reasons: [], earlier: older };
}

/** What later steps would get from the earlier build is its last artifact: that one has to be there. */
async function findWhatIsGone(
  { artifacts }: BuildFingerprint,
  builder: PlannedComponent<Builder>,
  { look, isElsewhere }: Search,
): Promise<readonly string[]> {
  const last = findResult(artifacts);
  if (last === undefined || isElsewhere) {
    return [];
  }
  for (const path of last.files) {
    if ((await stat(resolve(look.host.cwd, path)).catch(() => undefined)) === undefined) {
      return [`its file ${path} is gone`];
    }
  }
  const { component } = builder;
  if (component.exists === undefined) {
    return [];
  }
  try {
    const { config } = await builder.prepare();
    return (await component.exists(last, config, look)) === false ? [`its artifact ${last.id} is gone`] : [];
  } catch (thrown) {
    return [`its artifact ${last.id} could not be looked up: ${explainCause(thrown)}`];
  }
}

/** The artifact that is a build's result. */
export function findResult(artifacts: readonly ArtifactFacts[]): ArtifactFacts | undefined {
  return artifacts.findLast(({ nil, gone }) => nil !== true && gone !== true);
}

/** In one line. */
function explainCause(thrown: unknown): string {
  const [first] = thrown instanceof BuildError ? thrown.diagnostics : [];
  const text = first === undefined ? readMessage(thrown) : [first.summary, first.detail ?? ""].join(": ");
  return text.replace(/\s+/g, " ").replace(/[:\s]+$/, "");
}
