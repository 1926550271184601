// The files of the commit that a pull request is to be merged into, beside the checkout and without touching it.
import { mkdir, mkdtemp, realpath, rm } from "node:fs/promises";
import { join, relative } from "node:path";
import { failure } from "../../diagnostic/build-error.ts";
import type { Host, ProcessResult } from "../../host/host.ts";
import type { PullRequest } from "./pull-request.ts";

export interface BaseRequest {
  readonly host: Host;
  /** All of the environment. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly pull: PullRequest;
  /** For a repository whose checkout keeps no login. Empty for none. */
  readonly token: string;
  readonly signal: AbortSignal;
}

/** Both versions of the files. */
export interface BaseTree {
  readonly sha: string;
  /** Root of the files of the base; `headRoot` is the checkout's. */
  readonly root: string;
  readonly headRoot: string;
  /** The folder that is the current one in the checkout. */
  readonly cwd: string;
  /** Whether a file, by its path from the root, belongs to the repository before or after. */
  isTracked(path: string): boolean;
}

/** Writes the files of the base, lets `use` look at them, and removes them again. Throws `BuildError` when Git does not give them. */
export async function withBaseTree<T>(request: BaseRequest, use: (tree: BaseTree) => Promise<T>): Promise<T> {
  const { host, env } = request;
  const headRoot = await runGit(request, ["rev-parse", "--show-toplevel"]);
  const sha = await findBase(request);
  await ensureCommit(request, sha);
  const folder = await realpath(await mkdtemp(join(env["RUNNER_TEMP"] || host.tempDir, "packer-ts-base-")));
  try {
    const root = join(folder, "tree");
    await mkdir(root);
    // An index of its own: that of the checkout stays as it is, and nothing has to be taken back in the repository.
    const index = { GIT_INDEX_FILE: join(folder, "index") };
    await runGit(request, ["read-tree", sha], index);
    await runGit(request, ["checkout-index", "--all", "--force", `--prefix=${root}/`], index, headRoot);
    const tracked = new Set([
      ...(await listPaths(request, index, headRoot)),
      ...(await listPaths(request, {}, headRoot)),
    ]);
    const cwd = join(root, relative(headRoot, await realpath(host.cwd)));
    await mkdir(cwd, { recursive: true });
    return await use({ sha, root, headRoot, cwd, isTracked: (path) => tracked.has(path) });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * What the pull request is compared with. A checkout of GitHub's trial merge has the base as its first parent; in one of the
 * branch itself it is where the two parted, as far as that is known.
 */
async function findBase(request: BaseRequest): Promise<string> {
  const { pull } = request;
  const commit = await runGit(request, ["cat-file", "commit", "HEAD"]);
  const header = commit.split("\n\n", 1)[0] ?? "";
  const parents = [...header.matchAll(/^parent ([0-9a-f]+)$/gm)].map(([, sha]) => sha);
  if (parents.length === 2 && parents[1] === pull.headSha && parents[0] !== undefined) {
    return parents[0];
  }
  const fork = await attempt(request, ["merge-base", pull.baseSha, "HEAD"]);
  return fork.code === 0 ? fork.stdout.trim() : pull.baseSha;
}

/** A checkout usually holds one commit: the other one is fetched, alone. */
async function ensureCommit(request: BaseRequest, sha: string): Promise<void> {
  const isThere = async (): Promise<boolean> =>
    (await attempt(request, ["cat-file", "-e", `${sha}^{tree}`])).code === 0;
  if (await isThere()) {
    return;
  }
  const fetch = ["fetch", "--quiet", "--no-tags", "--depth=1", "--no-recurse-submodules", "origin", sha] as const;
  const plain = await attempt(request, fetch);
  const answer = plain.code === 0 || request.token === "" ? plain : await attempt(request, fetch, makeLogin(request));
  if (answer.code === 0 && (await isThere())) {
    return;
  }
  throw failure("environment", "github/no-base", `The commit ${sha} could not be fetched`, {
    detail: answer.stderr.trim(),
    hint: 'Give the checkout "fetch-depth: 0", or the job the permission "contents: read".',
  });
}

/** A header for Git, in the environment, where other processes do not see it. */
function makeLogin({ env, token }: BaseRequest): Record<string, string> {
  const server = (env["GITHUB_SERVER_URL"] || "https://github.com").replace(/\/+$/, "");
  return {
    GIT_CONFIG_COUNT: "1",
    GIT_CONFIG_KEY_0: `http.${server}/.extraheader`,
    GIT_CONFIG_VALUE_0: `AUTHORIZATION: basic ${Buffer.from(`x-access-token:${token}`).toString("base64")}`,
  };
}

async function listPaths(request: BaseRequest, env: Record<string, string>, cwd: string): Promise<readonly string[]> {
  return (await runGit(request, ["ls-files", "-z"], env, cwd)).split("\0");
}

async function runGit(
  request: BaseRequest,
  command: readonly string[],
  env: Record<string, string> = {},
  cwd?: string,
): Promise<string> {
  const { code, stdout, stderr } = await attempt(request, command, env, cwd);
  if (code === 0) {
    return stdout.trim();
  }
  throw failure("environment", "github/no-base", "The files of the base of the pull request could not be read", {
    detail: `git ${command[0]}: ${stderr.trim() || `exit status ${code}`}`,
    hint: "Check the repository out with actions/checkout before this step.",
  });
}

function attempt(
  { host, signal }: BaseRequest,
  command: readonly string[],
  env: Record<string, string> = {},
  cwd = host.cwd,
): Promise<ProcessResult> {
  // Nobody is there to type a password, and hooks of the repository are not to run.
  const quiet = { GIT_TERMINAL_PROMPT: "0", LC_ALL: "C", ...env };
  return host.processes.run(["git", "-c", "core.hooksPath=/dev/null", ...command], { cwd, env: quiet, signal });
}
