// What a command may see of the machine when it only looks at templates: nobody knows who wrote them.
import { resolve } from "node:path";
import type { CommandContext, TemplateUse } from "../../command/command.ts";
import { openFileGate } from "../../host/file-gate.ts";
import type { Host } from "../../host/host.ts";
import { readText } from "../input/decode-inputs.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** The context of a command: for one that only looks, no file outside of the workspace and nobody to ask. */
export function confineFiles(
  context: CommandContext,
  use: TemplateUse,
  request: { env: Environment; allowOutside: boolean },
): CommandContext {
  // A build may read whatever the job may.
  if (use === "build" || use === "none") {
    return context;
  }
  const files = request.allowOutside ? context.host.files : openGateWithin(listWorkspaces(request.env, context.host));
  return { ...context, lookups: undefined, host: { ...context.host, files } };
}

/** Only what lies in these folders may be read. */
export function openGateWithin(folders: readonly string[]): Host["files"] {
  return openFileGate({ within: folders, hint: 'Move it into the workspace, or set "allow-files-outside" to true.' });
}

/** The workspace, and the folder that the workflow has chosen outside of it. A link in the workspace chooses nothing. */
function listWorkspaces(env: Environment, { cwd }: Pick<Host, "cwd">): readonly string[] {
  const workspace = env["GITHUB_WORKSPACE"];
  if (!workspace) {
    return [cwd];
  }
  const chosen = resolve(workspace, readText(env, "working-directory"));
  const isInside = chosen === workspace || chosen.startsWith(workspace.replace(/[\\/]*$/, "/"));
  return isInside ? [workspace] : [workspace, cwd];
}
