// The first step of the action: the inputs are read, and what is secret in them is hidden before anything is said about them.
import type { Command } from "../../command/command.ts";
import { hideText } from "../../template/given-secrets.ts";
import type { ActionContext } from "../action-context.ts";
import { nameSecret } from "../log/weak-secrets.ts";
import { readPullRequest } from "../pull-request/pull-request.ts";
import { runnersEnvironment } from "../runner/own-environment.ts";
import { readText } from "./decode-inputs.ts";
import { type Inputs, readInputs } from "./inputs.ts";
import { findVarFiles } from "./var-files.ts";

/** The inputs; `undefined`, and told, when they cannot be used. */
export async function takeInputs(context: ActionContext, commands: readonly Command[]): Promise<Inputs | undefined> {
  const { env, log, secrets } = context;
  // Before anybody reads them: what is wrong with a text is told together with it.
  secrets.register(readText(env, "github-token"), { name: 'input "github-token"' });
  const { inputs: read, diagnostics } = await readAll(context, commands);
  log.diagnostics(diagnostics, new Map());
  const inputs = read === undefined ? undefined : withVarFiles(read, context);
  if (inputs === undefined) {
    return undefined;
  }
  if (inputs.timestamps) {
    log.showTimes();
  }
  for (const secret of inputs.secretValues) {
    secrets.register(secret, { name: nameSecret(secret, inputs.config["var"]) });
  }
  preferChanged(context, inputs.githubToken);
  return inputs;
}

/** The same inputs with the files that patterns among the files of variables fit; `undefined`, and told, when one fits none. */
function withVarFiles(inputs: Inputs, { host, log }: ActionContext): Inputs | undefined {
  const patterns = inputs.config["var_file"] as readonly string[] | undefined;
  if (patterns === undefined || patterns.length === 0) {
    return inputs;
  }
  const { files, diagnostics } = findVarFiles(patterns, host.cwd);
  log.diagnostics(diagnostics, new Map());
  return diagnostics.length > 0 ? undefined : { ...inputs, config: { ...inputs.config, var_file: files } };
}

/** What cannot be read of the secrets is hidden as it was given, before anything is said about it. */
async function readAll({ env, secrets }: ActionContext, commands: readonly Command[]): ReturnType<typeof readInputs> {
  let isRead = false;
  try {
    const found = await readInputs(env, { commands, inherited: runnersEnvironment() });
    isRead = found.inputs !== undefined && found.diagnostics.length === 0;
    return found;
  } finally {
    if (!isRead) {
      hideText(readText(env, "secret-vars"), (secret) => secrets.register(secret));
    }
  }
}

/** In a run for a pull request, messages about the lines it changes are annotations before all others. */
function preferChanged(context: ActionContext, token: string): void {
  const pull = readPullRequest(context.env);
  if (pull === undefined || token === "") {
    return;
  }
  context.log.annotations.prefer(async () =>
    (await import("../pull-request/changed-lines.ts")).findChanges(context, pull, token),
  );
}
