// Links from the page of a run: to files as they were at the commit of the run, and to what was uploaded.
import { isAbsolute, relative, resolve, sep } from "node:path";

type Environment = Readonly<Record<string, string | undefined>>;

/** Something that people can open. */
export interface Page {
  readonly name: string;
  readonly url: string;
}

export interface PageLinks {
  /** The page of a file, as it was; `undefined` for what is not in the repository. */
  file(path: string, line?: number): string | undefined;
  readonly uploaded: readonly (Page & { readonly build: string })[];
  readonly log: Page | undefined;
}

/** The repository at the commit of the run; links to nothing where the runner does not say which that is. */
export function linkFiles(env: Environment, cwd: string): PageLinks["file"] {
  const { GITHUB_REPOSITORY: repository, GITHUB_SHA: commit, GITHUB_WORKSPACE: workspace } = env;
  const server = env["GITHUB_SERVER_URL"] || "https://github.com";
  return (path, line) => {
    if (!repository || !commit || !workspace || /^<.*>$/.test(path)) {
      return undefined;
    }
    const inside = relative(workspace, resolve(cwd, path));
    if (inside === "" || inside.startsWith("..") || isAbsolute(inside)) {
      return undefined;
    }
    const place = line === undefined ? "" : `#L${line}`;
    return `${server}/${repository}/blob/${commit}/${inside.split(sep).map(encodeURIComponent).join("/")}${place}`;
  };
}

/** What the outputs name as uploaded. */
export function linkUploads(
  outputs: Readonly<Record<string, string | undefined>>,
): Pick<PageLinks, "uploaded" | "log"> {
  const uploaded = JSON.parse(outputs["uploaded-artifacts"] || "[]") as PageLinks["uploaded"];
  const url = outputs["log-url"];
  return { uploaded, log: url ? { name: "Debug log", url } : undefined };
}
