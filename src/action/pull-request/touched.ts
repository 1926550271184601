// The files that a pull request or a push changes, for `touched-only`.
import { readFileSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { readMessage } from "../../diagnostic/build-error.ts";
import { MOST_FILES } from "../../driver/github/github.ts";
import type { Host } from "../../host/host.ts";
import { explainFailure, openGitHub, readPullRequest } from "./pull-request.ts";

/** Where to ask. */
export interface ChangeSource {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly host: Host;
  readonly token: string;
  readonly signal: AbortSignal;
}

/** Absolute paths of all changed files, or why they are not known. */
export type Changed = { readonly paths: readonly string[] } | { readonly unknown: string };

/** Asks GitHub about a pull request, and git about a push. */
export async function findChangedFiles(source: ChangeSource): Promise<Changed> {
  const { env, host, signal } = source;
  const root = await findRoot(source);
  const pull = readPullRequest(env);
  const found = pull === undefined ? await findPushed(source, root) : await findPulled(source, pull.number);
  if (signal.aborted || "unknown" in found) {
    return "unknown" in found ? found : { unknown: "The run was cancelled." };
  }
  return { paths: found.paths.map((path) => join(root, path)).map((path) => isSameFolder(path, root, host.cwd)) };
}

async function findPulled({ env, host, token, signal }: ChangeSource, number: number): Promise<Changed> {
  try {
    const github = await openGitHub(env, token, host, signal);
    if (github === undefined) {
      return { unknown: "GitHub was not asked for the files of the pull request, as there is no token." };
    }
    const files = await github.pullRequestFiles(number);
    if (files.length >= MOST_FILES) {
      return { unknown: `The pull request touches more than the ${MOST_FILES} files that GitHub lists.` };
    }
    return {
      paths: files.flatMap(({ path, previousPath }) => (previousPath === undefined ? [path] : [path, previousPath])),
    };
  } catch (thrown) {
    return { unknown: explainFailure(thrown) };
  }
}

async function findPushed({ env, host, signal }: ChangeSource, root: string): Promise<Changed> {
  const { before, after } = readEvent(env);
  if (!isSha(before) || !isSha(after)) {
    return { unknown: "The run is for no pull request and no push." };
  }
  if (/^0+$/.test(before)) {
    return { unknown: "The push made a new branch, which has nothing to be compared with." };
  }
  try {
    const command = ["git", "-C", root, "diff", "--name-only", "--no-renames", "-z", before, after, "--"] as const;
    const { code, stdout, stderr } = await host.processes.run([...command], { signal });
    if (code === 0) {
      return { paths: stdout.split("\0").filter((path) => path !== "") };
    }
    return {
      unknown: `git does not know the commit before the push; check out with "fetch-depth: 0". ${stderr.trim().split("\n")[0]}`,
    };
  } catch (thrown) {
    return { unknown: readMessage(thrown) };
  }
}

/** The folder of the checkout: what paths of changed files begin in. */
async function findRoot({ env, host, signal }: ChangeSource): Promise<string> {
  try {
    const { code, stdout } = await host.processes.run(["git", "rev-parse", "--show-toplevel"], {
      cwd: host.cwd,
      signal,
    });
    if (code === 0) {
      return stdout.trim();
    }
  } catch {
    // Without git there is no other checkout than the runner's.
  }
  return env["GITHUB_WORKSPACE"] || host.cwd;
}

/** git tells the root without links, the runner may have led here over one. */
function isSameFolder(path: string, root: string, cwd: string): string {
  try {
    const real = realpathSync(cwd);
    return real !== cwd && real.startsWith(root) && path.startsWith(real) ? cwd + path.slice(real.length) : path;
  } catch {
    return path;
  }
}

function readEvent(env: ChangeSource["env"]): { readonly before?: unknown; readonly after?: unknown } {
  try {
    return JSON.parse(readFileSync(env["GITHUB_EVENT_PATH"] ?? "", "utf8")) as object;
  } catch {
    return {};
  }
}

function isSha(value: unknown): value is string {
  return typeof value === "string" && /^[0-9a-f]{40,64}$/.test(value);
}
