// `build`: makes the images of a template. After https://developer.hashicorp.com/packer/docs/commands/build
import { hasErrors } from "../../diagnostic/diagnostic.ts";
import { option } from "../../sdk/option.ts";
import type { OnError } from "../../sdk/run.ts";
import { defineCommand, edge } from "../command.ts";
import { plan } from "../plan-template.ts";
import { formatOptions, load, refuse, selectionOptions, variableOptions } from "../template-options.ts";

const ON_ERROR = ["cleanup", "abort", "ask", "run-cleanup-provisioner"] as const;

export const build = defineCommand({
  name: "build",
  summary: "Builds the images of a template",
  description:
    "Runs the builds of a template in parallel and shows the artifacts they leave. When one fails the others go on, and the exit status is 1.",
  argument: "TEMPLATE",
  options: {
    debug: edge(option.bool({ default: false, description: "Run one build at a time and wait for the enter key after every step." }), {
      input: false,
    }),
    ...selectionOptions,
    force: option.bool({ default: false, description: "Delete artifacts of an earlier run that are in the way." }),
    on_error: option.string({
      default: "cleanup",
      oneOf: ON_ERROR,
      description: "What to do when a step fails: clean up, leave everything, ask, or only run the error-cleanup provisioner.",
    }),
    parallel_builds: edge(
      option.number({ default: 0, min: 0, description: "Number of builds that run at the same time; 0 for no limit." }),
      { placeholder: "N" },
    ),
    ...variableOptions,
    ...formatOptions,
    warn_on_undeclared_var: edge(
      option.bool({ default: false, description: "Warn about variables in files that an HCL2 template does not declare." }),
      { input: false },
    ),
  },
  async run(config, template, context) {
    const { face, host } = context;
    const loaded = await load(template, config, context);
    const refused = refuse(loaded, context);
    if (refused !== undefined) return refused;
    const asked = { force: config.force, debug: config.debug, onError: config.on_error as OnError };
    const planned = await plan(loaded, { only: config.only, except: config.except, settings: asked, evaluateDataSources: true }, context);
    face.diagnostics(planned.diagnostics, loaded.files);
    const invalid = hasErrors(planned.diagnostics);
    // As Packer: the builds that are valid run all the same. With none left there is nothing to say.
    if (invalid && planned.plan.builds.length === 0) return { exitCode: 1, diagnostics: planned.diagnostics };
    if (config.debug) face.say("Debug mode enabled. Builds will not be parallelized.");
    const [{ openJournal }, { runPlan }] = await Promise.all([import("../../core/journal.ts"), import("../../core/run-plan.ts")]);
    const runUuid = host.random.uuid();
    const journal = await openJournal(host, context.journalDir, runUuid);
    const run = await runPlan(planned.plan, {
      host,
      signal: context.signal,
      settings: planned.settings,
      parallelBuilds: config.parallel_builds,
      runUuid,
      sink: face.sink,
      ask: context.ask,
      journal,
      secrets: context.secrets,
    });
    for (const one of run.builds)
      face.diagnostics(
        one.diagnostics.filter((diagnostic) => diagnostic.subject !== undefined || diagnostic.hint !== undefined),
        loaded.files,
      );
    const failed = invalid || run.interrupted || run.builds.some(({ outcome }) => outcome !== "built");
    return { exitCode: failed ? 1 : 0, diagnostics: planned.diagnostics, run };
  },
});
