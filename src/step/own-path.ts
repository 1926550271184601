// Checking in a template that what a build replaces is its own.
import { explainSparing, OWN_PATH_HINT } from "../driver/local-files/own-path.ts";
import type { PrepareContext } from "../sdk/component.ts";

/** Reports a path that others need; gives whether it may be replaced. What is only rendered during the run is checked then. */
export function checkOwnPath(option: string, path: string | undefined, context: PrepareContext): boolean {
  if (!path || path.includes("{{") || context.isPending(option)) {
    return true;
  }
  const reason = explainSparing(path, context.host, context.settings);
  if (reason === undefined) {
    return true;
  }
  context.problem(option, `"${path}" ${reason}`, { detail: "The build would replace it.", hint: OWN_PATH_HINT });
  return false;
}
