// `if-unchanged`: builds that would make the same thing as last time are skipped, or refused.
import { relative, resolve } from "node:path";
import { createEmitter } from "../../core/emitter.ts";
import type { RunResult } from "../../core/run-plan.ts";
import { readMessage } from "../../diagnostic/build-error.ts";
import { type Diagnostic, hasErrors } from "../../diagnostic/diagnostic.ts";
import { freezeTime } from "../../recipe/timeless.ts";
import type { Plan, PlannedBuild } from "../../template/plan.ts";
import type { CommandContext } from "../command.ts";
import { planTemplate } from "../plan-template.ts";
import { gatherRecipeFacts, makeSalt } from "../recipe-facts.ts";
import { load, type TemplateConfig } from "../template-options.ts";
import { type Comparison, compare, recheck } from "./compare.ts";
import {
  type BuildFingerprint,
  collectFingerprints,
  type FingerprintRecord,
  type FingerprintStore,
  isUnusable,
} from "./fingerprint-record.ts";
import { openLook } from "./look-run.ts";

/** What becomes of a build that has not changed. */
export type IfUnchanged = "build" | "skip" | "fail";

export interface UnchangedRequest {
  readonly ifUnchanged: IfUnchanged;
  /** What an earlier run built is not looked for. */
  readonly isElsewhere: boolean;
  readonly store: FingerprintStore;
  readonly template: string;
  readonly config: TemplateConfig & { readonly only: readonly string[]; readonly except: readonly string[] };
  readonly context: CommandContext;
  readonly plan: Plan;
}

/** What is left to do. */
export interface Remaining {
  /** The builds that are to be made. */
  readonly plan: Plan;
  /** Why nothing is to be made at all. */
  readonly refusal?: Diagnostic | undefined;
  /** Keeps what the run made, for the next one to compare with. */
  save(run: RunResult | undefined): Promise<void>;
}

/** Compares all builds with those of the last run, tells what was found, and leaves out what need not be made again. */
export async function leaveOutUnchanged(request: UnchangedRequest): Promise<Remaining> {
  const { ifUnchanged, store, template, context } = request;
  const key = nameTemplate(template, context.host.cwd);
  const last = await findLastRecord(store, key, context);
  const salt = last?.salt ?? Buffer.from(makeSalt(context.host)).toString("hex");
  const compared = await findInOlder(request, key, last, await compareAll(request, salt, last));
  const emitter = createEmitter(context.face.sink, context.host.clock);
  for (const { planned, reasons, earlier } of compared) {
    const { name: build, builderType } = planned;
    emitter.emit({
      type: "build-compared",
      build,
      builderType,
      reasons,
      builtAt: earlier === undefined ? undefined : earlier.builtAt,
    });
  }
  const unchanged = compared.filter(({ reasons }) => reasons.length === 0);
  const save = (run: RunResult | undefined): Promise<void> => saveRecord(request, key, { salt, last, compared, run });
  if (ifUnchanged === "build") {
    return { plan: request.plan, save };
  }
  for (const { planned, earlier } of unchanged) {
    const { name: build, builderType } = planned;
    emitter.emit({
      type: "build-unchanged",
      build,
      builderType,
      artifacts: earlier?.artifacts ?? [],
      builtAt: earlier?.builtAt ?? "",
    });
  }
  if (ifUnchanged === "fail" && unchanged.length > 0) {
    return { plan: { builds: [] }, refusal: explainRefusal(unchanged), save: async () => {} };
  }
  return { plan: { builds: compared.filter(({ reasons }) => reasons.length > 0).map(({ planned }) => planned) }, save };
}

/** The same for the same template, however its path is written. */
function nameTemplate(template: string, cwd: string): string {
  if (template === "-") {
    return "-";
  }
  const path = relative(cwd, resolve(cwd, template));
  return path === "" ? "." : path.replaceAll("\\", "/");
}

async function findLastRecord(
  store: FingerprintStore,
  key: string,
  context: CommandContext,
): Promise<FingerprintRecord | undefined> {
  const last = await store.last(key);
  if (last === undefined || !isUnusable(last)) {
    return last;
  }
  const warning: Diagnostic = {
    code: "fingerprint/unreadable",
    severity: "warning",
    summary: `The fingerprints in ${store.where} cannot be used`,
    detail: last.problem,
    hint: "Everything is built, and they are written anew.",
  };
  context.face.diagnostics([warning], new Map());
  return undefined;
}

async function compareAll(
  request: UnchangedRequest,
  salt: string,
  last: FingerprintRecord | undefined,
): Promise<Comparison[]> {
  const { context, store, isElsewhere } = request;
  const twins = await planTimeless(request);
  const facts = gatherRecipeFacts(context, { salt: Buffer.from(salt, "hex"), skipped: store.files });
  using look = openLook(context);
  const { builds } = request.plan;
  return await Promise.all(
    builds.map((planned, i) => {
      // A name may hold the time; then the place among all builds tells which one it is.
      const twin =
        twins.find(({ name }) => name === planned.name) ?? (twins.length === builds.length ? twins[i] : undefined);
      return compare({ planned, timeless: twin, last, facts, search: { look, isElsewhere } });
    }),
  );
}

/** The same builds in a world without time and chance; their mistakes were reported for the real ones. */
async function planTimeless({ template, config, context }: UnchangedRequest): Promise<readonly PlannedBuild[]> {
  const world = freezeTime(context);
  const loaded = await load(template, config, world);
  if (hasErrors(loaded.diagnostics)) {
    return [];
  }
  const settings = { force: false, debug: false, onError: "cleanup" as const };
  const { only, except } = config;
  return (await planTemplate(loaded, { only, except, settings, evaluateDataSources: true }, world)).plan.builds;
}

/** A branch that goes back to what was built before the last time finds that again, where the store has kept it. */
async function findInOlder(
  { store, context, isElsewhere }: UnchangedRequest,
  key: string,
  last: FingerprintRecord | undefined,
  compared: readonly Comparison[],
): Promise<readonly Comparison[]> {
  if (store.older === undefined || last === undefined || compared.every(({ reasons }) => reasons.length === 0)) {
    return compared;
  }
  const fingerprints = {
    ...collectFingerprints(last),
    ...Object.fromEntries(compared.map((one) => [one.key, one.fingerprint])),
  };
  const record = await store.older(key, fingerprints);
  if (record === undefined) {
    return compared;
  }
  using look = openLook(context);
  return await Promise.all(compared.map((one) => recheck(one, record, { look, isElsewhere })));
}

function explainRefusal(unchanged: readonly Comparison[]): Diagnostic {
  const names = unchanged.map(({ planned }) => planned.name).join(", ");
  return {
    code: "fingerprint/unchanged",
    severity: "error",
    summary: `Nothing changed since the last build of ${names}`,
    detail: "Reasons to build: no change. Nothing was built.",
    hint: 'Use "skip" instead of "fail" to leave out what has not changed, or "build" to make it again all the same.',
  };
}

interface Outcome {
  readonly salt: string;
  readonly last: FingerprintRecord | undefined;
  readonly compared: readonly Comparison[];
  readonly run: RunResult | undefined;
}

async function saveRecord(
  { store, context }: UnchangedRequest,
  key: string,
  { salt, last, compared, run }: Outcome,
): Promise<void> {
  const made: Record<string, BuildFingerprint> = {};
  const builtAt = `${new Date(context.host.clock.now()).toISOString().slice(0, 19)}Z`;
  for (const { planned, key: name, recipe, fingerprint } of compared) {
    const result = run?.builds.find((one) => one.name === planned.name);
    if (result?.outcome !== "built" || recipe === undefined) {
      continue;
    }
    made[name] = {
      fingerprint,
      recipe,
      artifacts: result.artifacts.map((artifact) => ({ ...artifact, text: context.secrets.filter(artifact.text) })),
      builtAt,
    };
  }
  if (Object.keys(made).length === 0) {
    return;
  }
  try {
    await store.save(key, { salt, builds: { ...last?.builds, ...made } });
  } catch (thrown) {
    const warning: Diagnostic = {
      code: "fingerprint/unwritable",
      severity: "warning",
      summary: `The fingerprints could not be written to ${store.where}`,
      detail: readMessage(thrown),
      hint: "The next run builds again.",
    };
    context.face.diagnostics([warning], new Map());
  }
}
