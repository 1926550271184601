// GitHub's REST interface, as far as a pull request is concerned: its files and its comments.
// https://docs.github.com/rest
import type { CallHost } from "../http-api/call.ts";
import { asObject } from "../http-api/json.ts";
import { type Asking, type GitHubAccess, request } from "./request.ts";

export type { GitHubAccess } from "./request.ts";

/** Files of a page, and pages of files: GitHub lists no more than 3,000 files of one pull request. */
const PER_PAGE = 100;
export const MOST_FILES = 3000;
/** Pages of comments that are looked through. */
const MOST_COMMENT_PAGES = 50;

/** A file that a pull request touches. */
export interface ChangedFile {
  /** From the root of the repository, with `/`. */
  readonly path: string;
  /** Of a file that was renamed or copied. */
  readonly previousPath?: string | undefined;
  /** `added`, `modified`, `removed`, `renamed`, `copied`, `changed` or `unchanged`. */
  readonly status: string;
  /** The hunks of its unified diff; missing for binary files and very large changes. */
  readonly patch?: string | undefined;
}

/** A comment below a pull request or an issue. */
export interface Comment {
  readonly id: number;
  readonly body: string;
  /** The page that shows it. */
  readonly url: string;
  /** True when a bot, or somebody who belongs to the repository, wrote it. */
  readonly isTrusted: boolean;
}

/** One repository. Everything may throw a `BuildError` that says what was refused and which permission it takes. */
export interface GitHub {
  /** The files that a pull request touches: the first 3,000 of them. */
  pullRequestFiles(number: number): Promise<readonly ChangedFile[]>;
  /** The comments below a pull request or an issue, oldest first. */
  comments(number: number): Promise<readonly Comment[]>;
  createComment(number: number, body: string): Promise<Comment>;
  updateComment(id: number, body: string): Promise<Comment>;
}

/** The repository as the owner of a token sees it. */
export function openGitHub(access: GitHubAccess, host: CallHost, signal: AbortSignal): GitHub {
  const ask = (asking: Asking) => request(access, asking, host, signal);
  const repository = `/repos/${access.repository.split("/").map(encodeURIComponent).join("/")}`;
  const comment = async (asking: Omit<Asking, "permission" | "purpose">): Promise<Comment> => {
    const { body } = await ask({
      ...asking,
      permission: "pull-requests: write",
      purpose: "write a comment on the pull request",
    });
    return readComment(body);
  };
  const pages = async (asking: Omit<Asking, "method">, most: number): Promise<readonly unknown[]> => {
    const items: unknown[] = [];
    for (let page = 1; page <= most; page++) {
      const { body, hasNext } = await ask({
        ...asking,
        method: "GET",
        path: `${asking.path}?per_page=${PER_PAGE}&page=${page}`,
      });
      if (Array.isArray(body)) {
        items.push(...(body as unknown[]));
      }
      if (!hasNext) {
        break;
      }
    }
    return items;
  };
  return {
    async pullRequestFiles(number) {
      const path = `${repository}/pulls/${number}/files`;
      const asking = { path, permission: "pull-requests: read", purpose: "list the files of the pull request" };
      return (await pages(asking, MOST_FILES / PER_PAGE)).map(readFile);
    },
    async comments(number) {
      const path = `${repository}/issues/${number}/comments`;
      const asking = { path, permission: "pull-requests: read", purpose: "list the comments of the pull request" };
      return (await pages(asking, MOST_COMMENT_PAGES)).map(readComment);
    },
    createComment: (number, body) =>
      comment({ method: "POST", path: `${repository}/issues/${number}/comments`, body: { body } }),
    updateComment: (id, body) =>
      comment({ method: "PATCH", path: `${repository}/issues/comments/${id}`, body: { body } }),
  };
}

/** The numbers of the lines that a patch adds or changes, on the new side. */
export function listChangedLines(patch: string): ReadonlySet<number> {
  const lines = new Set<number>();
  let next = 0;
  for (const line of patch.split("\n")) {
    const [, from] = /^@@ -\d+(?:,\d+)? \+(\d+)(?:,\d+)? @@/.exec(line) ?? [];
    if (from !== undefined) {
      next = Number(from);
    } else if (line.startsWith("+")) {
      lines.add(next++);
    }
    // A removed line and the note about a missing line end stand in no place of the new file.
    else if (!line.startsWith("-") && !line.startsWith("\\")) {
      next++;
    }
  }
  return lines;
}

function readFile(answer: unknown): ChangedFile {
  const { filename, previous_filename: previousPath, status, patch } = asValues(answer);
  return {
    path: asText(filename),
    status: asText(status),
    previousPath: typeof previousPath === "string" ? previousPath : undefined,
    patch: typeof patch === "string" ? patch : undefined,
  };
}

const INSIDERS = ["OWNER", "MEMBER", "COLLABORATOR"];

function readComment(answer: unknown): Comment {
  const { id, body, html_url: url, user, author_association: association } = asValues(answer);
  const isTrusted = asValues(user)["type"] === "Bot" || INSIDERS.includes(asText(association));
  return { id: Number(id), body: asText(body), url: asText(url), isTrusted };
}

function asValues(value: unknown): Readonly<Record<string, unknown>> {
  return asObject(value) ?? {};
}

function asText(value: unknown): string {
  return typeof value === "string" ? value : "";
}
