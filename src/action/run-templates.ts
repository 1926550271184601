// A command over the templates that were found: at once where it takes several, else one after another.
import { resolve } from "node:path";
import type { CommandContext } from "../command/command.ts";
import { guardFace } from "../command/guarded-face.ts";
import { guard } from "../core/emitter.ts";
import type { ActionContext } from "./action-context.ts";
import type { ActionState } from "./action-state.ts";
import { findTemplates, isTakenBy } from "./input/find-templates.ts";
import type { Inputs } from "./input/inputs.ts";
import { selectAmong, type TemplateRun } from "./input/selection.ts";
import { readTemplateTexts } from "./input/template-texts.ts";
import { recordInto } from "./result/run-record.ts";

/** What is run, as the inputs chose it. */
export interface TemplatesRequest {
  readonly inputs: Inputs;
  readonly context: CommandContext;
}

/** Finds the templates and keeps in clear what stands in them; false, and told, when one is missing. */
export async function lookForTemplates(action: ActionContext, state: ActionState, inputs: Inputs): Promise<boolean> {
  const { host, secrets } = action;
  const takesNone = inputs.command.templateUse === "none";
  const found = takesNone ? { templates: [], diagnostics: [] } : findTemplates(inputs.templates, host.cwd);
  state.templates = found.templates;
  for (const path of found.templates) {
    secrets.keepPath(path);
    for (const text of await readTemplateTexts(resolve(host.cwd, path))) {
      secrets.showInClear(text);
    }
  }
  secrets.announce();
  return !state.verdict.refuses(found.diagnostics);
}

/** Runs the command over all of them; false when it came to no end. */
export async function runTemplates(
  action: ActionContext,
  state: ActionState,
  request: TemplatesRequest,
): Promise<boolean> {
  const { inputs, context } = request;
  const { command, config } = inputs;
  if (command.templateUse === "none") {
    await runOne(action, state, request, { template: "", config });
    return true;
  }
  if (command.severalArguments === true) {
    const [template, ...moreArguments] = isTakenBy(command, state.templates, inputs.templates);
    if (template !== undefined) {
      await runOne(action, state, { inputs, context: { ...context, moreArguments } }, { template, config });
    }
    return true;
  }
  const { runs, diagnostics } = await selectAmong(state.templates, config, context);
  if (state.verdict.refuses(diagnostics)) {
    return false;
  }
  for (const run of runs) {
    if (action.signal.aborted) {
      return false;
    }
    if (runs.length > 1) {
      action.log.now(`${command.name} ${run.template}`);
    }
    await runOne(action, state, request, run);
  }
  return true;
}

async function runOne(
  { log }: ActionContext,
  state: ActionState,
  request: TemplatesRequest,
  { template, config }: TemplateRun,
): Promise<void> {
  const { inputs, context } = request;
  const { verdict, record } = state;
  const broken = (thrown: unknown): void => verdict.broken(thrown);
  // Each by itself: what cannot be shown is recorded all the same.
  const note = guard(recordInto(record, template), broken);
  const shown = guardFace(context.face, broken);
  const listened = state.debug === undefined ? shown.sink : guard(state.debug.listen(shown.sink), broken);
  const sink: typeof shown.sink = (event) => {
    note(event);
    listened(event);
  };
  log.annotations.about(template === "" ? undefined : template);
  try {
    const result = await inputs.command.run(config, template, { ...context, face: { ...shown, sink } });
    state.results.push(result);
    verdict.take(result);
    if (result.recorded !== undefined) {
      state.recorded = result.recorded;
      state.templates = (await import("./result/recorded.ts")).takeRecorded(record, result.recorded);
    }
  } catch (thrown) {
    broken(thrown);
  } finally {
    log.annotations.about(undefined);
  }
}
