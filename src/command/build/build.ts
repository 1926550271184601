// `build`: makes the images of a template. After https://developer.hashicorp.com/packer/docs/commands/build

import type { RunOptions, RunResult } from "../../core/run-plan.ts";
import { type Diagnostic, hasErrors } from "../../diagnostic/diagnostic.ts";
import type { ConfigOf } from "../../sdk/option.ts";
import { option } from "../../sdk/option.ts";
import type { OnError } from "../../sdk/run.ts";
import type { Plan } from "../../template/plan.ts";
import { type CommandContext, type CommandResult, defineCommand, edge } from "../command.ts";
import { putFaultsLast } from "../guarded-face.ts";
import { planTemplate } from "../plan-template.ts";
import { formatOptions, load, refuse, selectionOptions, variableOptions } from "../template-options.ts";
import type { FingerprintStore } from "./fingerprint-record.ts";
import { fingerprintPlace } from "./fingerprint-service.ts";
import type { IfUnchanged, Remaining } from "./unchanged.ts";

const IF_UNCHANGED = ["build", "skip", "fail"] as const;
const ON_ERROR = ["cleanup", "abort", "ask", "run-cleanup-provisioner"] as const;

const buildCommand = defineCommand({
  name: "build",
  summary: "Builds the images of a template",
  description:
    "Runs the builds of a template in parallel and shows the artifacts they leave. When one fails the others go on, and the exit status is 1.",
  argument: "TEMPLATE",
  templateUse: "build",
  tellsFailureByExitCode: true,
  options: {
    debug: edge(
      option.bool({
        default: false,
        description: "Run one build at a time and wait for the enter key after every step.",
      }),
      {
        input: false,
      },
    ),
    ...selectionOptions,
    fingerprint_file: edge(
      option.string({
        description:
          "File that keeps what each build was made from and what it made, so that a later run can tell what changed. Written after every successful build.",
        example: "packer-fingerprints.json",
      }),
      { placeholder: "PATH" },
    ),
    force: option.bool({ default: false, description: "Delete artifacts of an earlier run that are in the way." }),
    if_unchanged: option.string({
      default: "build",
      oneOf: IF_UNCHANGED,
      description:
        "What to do with a build that would make the same thing as last time: build it all the same, skip it, or fail before anything is built.",
    }),
    stored_elsewhere: option.bool({
      default: false,
      description:
        "Do not look whether what an earlier run built is still here before `if-unchanged` leaves a build out: it is stored elsewhere, such as in a release or as a workflow artifact.",
    }),
    on_error: option.string({
      default: "cleanup",
      oneOf: ON_ERROR,
      description:
        "What to do when a step fails: clean up, leave everything, ask, or only run the error-cleanup provisioner.",
    }),
    parallel_builds: edge(
      option.number({ default: 0, min: 0, description: "Number of builds that run at the same time; 0 for no limit." }),
      { placeholder: "N" },
    ),
    ...variableOptions,
    ...formatOptions,
    warn_on_undeclared_var: edge(
      option.bool({
        default: false,
        description: "Warn about variables in files that an HCL2 template does not declare.",
      }),
      { input: false },
    ),
  },
  async run(config, template, given) {
    const place = await openStore(config, given);
    if ("refusal" in place) {
      return refuseWith(place.refusal, given);
    }
    const context = place.store === undefined ? given : (await import("./remembering.ts")).rememberAnswers(given);
    const { face } = context;
    const loaded = await load(template, config, context, { warnUndeclaredVars: config.warn_on_undeclared_var });
    const refused = refuse(loaded, context);
    if (refused !== undefined) {
      return refused;
    }
    const planned = await planTemplate(loaded, choosePlan(config, context), context);
    face.diagnostics(planned.diagnostics, loaded.files);
    const invalid = hasErrors(planned.diagnostics);
    // As Packer: the builds that are valid run all the same. With none left there is nothing to say.
    if (invalid && planned.plan.builds.length === 0) {
      return { exitCode: 1, diagnostics: planned.diagnostics };
    }
    const left = await countRemaining(planned.plan, { config, template, context, store: place.store });
    if (left.refusal !== undefined) {
      return { ...refuseWith(left.refusal, context), outcome: "refused" };
    }
    if (left.plan.builds.length === 0) {
      return { exitCode: invalid ? 1 : 0, outcome: "built", diagnostics: planned.diagnostics };
    }
    if (config.debug) {
      face.say("Debug mode enabled. Builds will not be parallelized.");
    }
    const run = await runBuilds(
      left.plan,
      { settings: planned.settings, parallelBuilds: config.parallel_builds },
      context,
    );
    await left.save(run);
    for (const one of run.builds) {
      face.diagnostics(
        one.diagnostics.filter((diagnostic) => diagnostic.subject !== undefined || diagnostic.hint !== undefined),
        loaded.files,
      );
    }
    const failed = invalid || run.interrupted || run.builds.some(({ outcome }) => outcome !== "built");
    return { exitCode: failed ? 1 : 0, outcome: "built", diagnostics: planned.diagnostics, run };
  },
});

function choosePlan(
  { only, except, force, debug, on_error: onError }: Config,
  { labels }: CommandContext,
): Parameters<typeof planTemplate>[1] {
  const settings = { force, debug, onError: onError as OnError, labels };
  return { only, except, settings, evaluateDataSources: true };
}

async function runBuilds(
  plan: Plan,
  how: Pick<RunOptions, "settings" | "parallelBuilds">,
  { host, signal, journalDir, labels, face, ask, secrets }: CommandContext,
): Promise<RunResult> {
  const [{ openJournal }, { runPlan }] = await Promise.all([
    import("../../core/journal.ts"),
    import("../../core/run-plan.ts"),
  ]);
  const runUuid = host.random.uuid();
  const journal = await openJournal(host, journalDir, runUuid, labels);
  return runPlan(plan, { ...how, host, signal, runUuid, sink: face.sink, ask, journal, secrets });
}

/** What cannot be shown is a fault of ours, and no reason to end what is being built. */
export const build = putFaultsLast(buildCommand);

type Config = ConfigOf<typeof buildCommand.options>;

/** Where fingerprints are kept: nowhere unless they are asked for. */
async function openStore(
  config: Pick<Config, "if_unchanged" | "fingerprint_file" | "only" | "except">,
  context: CommandContext,
): Promise<{ readonly store: FingerprintStore | undefined } | { readonly refusal: Diagnostic }> {
  const { if_unchanged: ifUnchanged, fingerprint_file: path } = config;
  if (path) {
    return { store: (await import("./fingerprint-file.ts")).openFingerprintFile(path, context.host) };
  }
  if (ifUnchanged === "build") {
    return { store: undefined };
  }
  const place = context.services?.find(fingerprintPlace);
  if (place !== undefined) {
    return { store: await place(config) };
  }
  const refusal: Diagnostic = {
    code: "fingerprint/nowhere",
    severity: "error",
    summary: `-if-unchanged=${ifUnchanged} needs a file that tells what was built`,
    hint: "Name one with -fingerprint-file=PATH. It need not exist yet: the first run builds everything and writes it.",
  };
  return { refusal };
}

interface RemainingRequest {
  readonly config: Config;
  readonly template: string;
  readonly context: CommandContext;
  readonly store: FingerprintStore | undefined;
}

/** Everything, unless fingerprints are kept and tell that some of it was built already. */
async function countRemaining(plan: Plan, { config, template, context, store }: RemainingRequest): Promise<Remaining> {
  if (store === undefined) {
    return { plan, save: async () => {} };
  }
  const { leaveOutUnchanged } = await import("./unchanged.ts");
  const ifUnchanged = config.if_unchanged as IfUnchanged;
  const isElsewhere = config.stored_elsewhere;
  return leaveOutUnchanged({ ifUnchanged, isElsewhere, store, template, config, context, plan });
}

function refuseWith(refusal: Diagnostic, { face }: CommandContext): CommandResult {
  face.diagnostics([refusal], new Map());
  return { exitCode: 1, diagnostics: [refusal] };
}
