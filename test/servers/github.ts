// A small GitHub: the files and the comments of pull requests, in the shape of its REST interface.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { TestContext } from "node:test";
import type { Asked } from "./http.ts";
import { serve } from "./listen.ts";

/** A file of the pull request, as the REST interface names its parts. */
export interface FileOfPullRequest {
  readonly filename: string;
  readonly status?: string | undefined;
  readonly previous_filename?: string | undefined;
  readonly patch?: string | undefined;
}

export interface CommentOfPullRequest {
  readonly id: number;
  body: string;
  readonly user: { readonly login: string; readonly type: "Bot" | "User" };
  readonly author_association: string;
}

export interface GitHubServerOptions {
  /** The token it takes; `token-of-the-job` unless set. */
  readonly token?: string | undefined;
  /** `owner/name`; `octo/images` unless set. */
  readonly repository?: string | undefined;
  /** Number of the only pull request; 7 unless set. */
  readonly number?: number | undefined;
  readonly files?: readonly FileOfPullRequest[] | undefined;
  /** What the token may do; everything unless set. */
  readonly may?: readonly ("read" | "write")[] | undefined;
  /** Answers before anything else looks at the request; `undefined` lets it pass. */
  readonly before?: ((asked: Asked, times: number) => BadAnswer | undefined) | undefined;
}

export interface BadAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: unknown;
}

export interface GitHubServer {
  /** Value for `GITHUB_API_URL`. */
  readonly url: string;
  readonly asked: readonly Asked[];
  readonly comments: CommentOfPullRequest[];
  /** Variables of a runner whose job was started by this repository. */
  readonly env: Readonly<Record<string, string>>;
}

/** The number of characters that a comment may have. */
export const LONGEST_COMMENT = 65_536;

/** Listens on a free port of the loopback until the test ends. */
export async function githubServer(test: TestContext, options: GitHubServerOptions = {}): Promise<GitHubServer> {
  const { repository = "octo/images", before } = options;
  const asked: Asked[] = [];
  const comments: CommentOfPullRequest[] = [];
  const server = createServer((request, response) => {
    void read(request).then((one) => {
      asked.push(one);
      const times = asked.filter(({ method, url }) => method === one.method && url === one.url).length;
      const { status, headers = {}, body } = before?.(one, times) ?? answer(one, options, comments, url);
      send(response, status, headers, body);
    });
  });
  const url = await serve(test, server);
  const env = {
    GITHUB_API_URL: url,
    GITHUB_REPOSITORY: repository,
    GITHUB_SERVER_URL: "https://github.com",
    GITHUB_RUN_ID: "4711",
  };
  return { url, asked, comments, env };
}

async function read(request: IncomingMessage): Promise<Asked> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) {
    chunks.push(chunk as Buffer);
  }
  return {
    method: request.method ?? "",
    url: request.url ?? "",
    headers: request.headers,
    body: Buffer.concat(chunks).toString("utf8"),
  };
}

function send(
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>>,
  body: unknown,
): void {
  const text = typeof body === "string" ? body : JSON.stringify(body ?? {});
  response.writeHead(status, { "content-type": "application/json; charset=utf-8", ...headers }).end(text);
}

const DOCUMENTATION = "https://docs.github.com/rest";

function refusal(status: number, message: string, more: object = {}): BadAnswer {
  return { status, body: { message, ...more, documentation_url: DOCUMENTATION, status: `${status}` } };
}

/** What GitHub would say. */
function answer(
  asked: Asked,
  options: GitHubServerOptions,
  comments: CommentOfPullRequest[],
  address: string,
): BadAnswer {
  const {
    token = "token-of-the-job",
    repository = "octo/images",
    number = 7,
    files = [],
    may = ["read", "write"],
  } = options;
  if (asked.headers.authorization !== `Bearer ${token}`) {
    return refusal(401, "Bad credentials");
  }
  const { pathname, searchParams } = new URL(asked.url, address);
  const path = pathname.replace(`/repos/${repository}`, "");
  const isWrite = asked.method !== "GET";
  const [, theirs, comment] =
    new RegExp(`^/(pulls/${number}/files|issues/${number}/comments|issues/comments/(\\d+))$`).exec(path) ?? [];
  if (theirs === undefined || path === pathname) {
    return refusal(404, "Not Found");
  }
  if (!may.includes(isWrite ? "write" : "read")) {
    return refusal(403, "Resource not accessible by integration");
  }
  if (!isWrite) {
    const items = theirs.startsWith("pulls")
      ? files.slice(0, 3000).map(fileAnswer)
      : comments.map((each) => commentAnswer(each, number));
    return page(items, searchParams, address + pathname);
  }
  const { body } = JSON.parse(asked.body) as { body: string };
  if ([...body].length > LONGEST_COMMENT) {
    return refusal(422, "Validation Failed", {
      errors: [
        {
          resource: "IssueComment",
          code: "unprocessable",
          field: "data",
          message: "Body is too long (maximum is 65536 characters)",
        },
      ],
    });
  }
  if (asked.method === "PATCH") {
    return update(comments, Number(comment), body, number);
  }
  const user = { login: "github-actions[bot]", type: "Bot" as const };
  const made = { id: 1000 + comments.length, body, user, author_association: "NONE" };
  comments.push(made);
  return { status: 201, body: commentAnswer(made, number) };
}

function update(comments: readonly CommentOfPullRequest[], id: number, body: string, number: number): BadAnswer {
  const found = comments.find((each) => each.id === id);
  if (found === undefined) {
    return refusal(404, "Not Found");
  }
  found.body = body;
  return { status: 200, body: commentAnswer(found, number) };
}

/** One page, with the links to the others in a header. */
function page(items: readonly unknown[], search: URLSearchParams, address: string): BadAnswer {
  const size = Math.min(100, Number(search.get("per_page") ?? 30));
  const at = Number(search.get("page") ?? 1);
  const last = Math.max(1, Math.ceil(items.length / size));
  const link = (to: number, rel: string): string => `<${address}?per_page=${size}&page=${to}>; rel="${rel}"`;
  const links = [
    ...(at > 1 ? [link(at - 1, "prev"), link(1, "first")] : []),
    ...(at < last ? [link(at + 1, "next"), link(last, "last")] : []),
  ];
  const headers = links.length === 0 ? {} : { link: links.join(", ") };
  return { status: 200, headers, body: items.slice((at - 1) * size, at * size) };
}

function fileAnswer(file: FileOfPullRequest): unknown {
  const additions = file.patch?.match(/^\+/gm)?.length ?? 0;
  const deletions = file.patch?.match(/^-/gm)?.length ?? 0;
  return {
    sha: "bbcd538c8e72b8c175046e27cc8f907076331401",
    status: "modified",
    additions,
    deletions,
    changes: additions + deletions,
    ...file,
  };
}

function commentAnswer({ id, body, user, author_association }: CommentOfPullRequest, number: number): unknown {
  const url = `https://github.com/octo/images/pull/${number}#issuecomment-${id}`;
  return {
    id,
    html_url: url,
    body,
    user,
    author_association,
    created_at: "2026-01-02T03:04:05Z",
    updated_at: "2026-01-02T03:04:05Z",
  };
}
