// A command over the templates that were found: at once where it takes several, else one after another.
import { resolve } from "node:path";
import type { CommandContext } from "../command/command.ts";
import { guardFace } from "../command/guarded-face.ts";
import { guard } from "../core/emitter.ts";
import type { Diagnostic } from "../diagnostic/diagnostic.ts";
import type { ActionContext } from "./action-context.ts";
import type { ActionState } from "./action-state.ts";
import { findTemplates, isTakenBy } from "./input/find-templates.ts";
import type { Inputs } from "./input/inputs.ts";
import { selectAmong, type TemplateRun } from "./input/selection.ts";
import { joinFolders } from "./input/template-folders.ts";
import { readTemplateTexts } from "./input/template-texts.ts";
import { recordInto } from "./result/run-record.ts";

/** What is run, as the inputs chose it. */
export interface TemplatesRequest {
  readonly inputs: Inputs;
  readonly context: CommandContext;
}

/** Finds the templates and keeps in clear what stands in them; false, and told, when one is missing that a build needs. */
export async function lookForTemplates(action: ActionContext, state: ActionState, inputs: Inputs): Promise<boolean> {
  const { host, secrets, log } = action;
  const { command } = inputs;
  if (command.templateUse === "none") {
    state.templates = [];
    secrets.announce();
    return true;
  }
  const found = findTemplates(inputs.templates, host.cwd);
  tellUnreadable(found.unreadable, log);
  const takesTemplates = command.severalArguments !== true;
  const { templates, leftOut } = takesTemplates
    ? joinFolders(found.templates, inputs.templates, host.cwd)
    : { templates: found.templates, leftOut: [] };
  if (leftOut.length > 0) {
    log.notice("Files that are no templates", `The input template finds them as well: ${shorten(leftOut)}.`);
  }
  state.templates = templates;
  for (const path of templates) {
    secrets.keepPath(path);
    for (const text of await readTemplateTexts(resolve(host.cwd, path))) {
      secrets.showInClear(text);
    }
  }
  secrets.announce();
  const nothing = templates.length === 0 && found.diagnostics.length === 0 ? [noTemplateAmong(leftOut)] : [];
  const isRefused = state.verdict.refuses([...found.diagnostics, ...nothing]);
  // A build waits until everything is there; what only looks tells all it finds.
  return !isRefused || (templates.length > 0 && command.templateUse !== "build");
}

function tellUnreadable(folders: readonly string[], log: ActionContext["log"]): void {
  if (folders.length > 0) {
    log.notice("Folders that could not be read", `No templates were looked for in ${shorten(folders)}.`);
  }
}

function shorten(paths: readonly string[]): string {
  return `${paths.slice(0, 5).join(", ")}${paths.length > 5 ? ` and ${paths.length - 5} more` : ""}`;
}

function noTemplateAmong(leftOut: readonly string[]): Diagnostic {
  return {
    code: "action/no-template",
    severity: "error",
    summary: "The input template finds no template",
    detail: `It finds ${shorten(leftOut)}.`,
    hint: "Templates end in .pkr.hcl, .pkr.json, .json, .yaml or .yml; a folder is one when such HCL2 files are in it.",
  };
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
    if (template === undefined) {
      state.verdict.refuses([noTemplateAmong(state.templates)]);
      return false;
    }
    await runOne(action, state, { inputs, context: { ...context, moreArguments } }, { template, config });
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
