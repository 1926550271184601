// Which lines a pull request changes, to tell what its author is to look at from what was there before.
import { type GitHub, listChangedLines } from "../../driver/github/github.ts";
import type { ActionContext } from "../action-context.ts";
import type { Changes } from "../log/log.ts";
import { explainFailure, openGitHub, type PullRequest } from "./pull-request.ts";

/** Asks GitHub for the changes. Throws `BuildError` when it does not tell. */
export async function fetchChanges(github: GitHub, number: number): Promise<Changes> {
  const files = await github.pullRequestFiles(number);
  const patches = new Map(
    files.map(({ path, patch }) => [path, patch === undefined ? undefined : listChangedLines(patch)]),
  );
  return {
    nearness(path, first, last) {
      if (!patches.has(path)) {
        return "elsewhere";
      }
      const lines = patches.get(path);
      // Of a change that is too large to be listed, every line may be part.
      if (lines === undefined) {
        return "changed";
      }
      for (let line = first; line <= last; line++) {
        if (lines.has(line)) {
          return "changed";
        }
      }
      return "same-file";
    },
  };
}

/** The changes of the pull request; `undefined`, with a notice, when GitHub does not tell them. */
export async function findChanges(
  { env, host, log, signal }: ActionContext,
  pull: PullRequest,
  token: string,
): Promise<Changes | undefined> {
  if (signal.aborted) {
    return undefined;
  }
  try {
    const github = await openGitHub(env, token, host, signal);
    return github === undefined ? undefined : await fetchChanges(github, pull.number);
  } catch (thrown) {
    if (signal.aborted) {
      return undefined;
    }
    log.notice("Annotations do not begin with what the pull request changes", explainFailure(thrown));
    return undefined;
  }
}
