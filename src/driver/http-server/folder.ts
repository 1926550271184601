// Serves the files of a folder as Go's http.FileServer does: lists of folders, index.html, ranges, links followed.
import type { Stats } from "node:fs";
import { type FileHandle, open, readdir, stat } from "node:fs/promises";
import { extname, join, posix } from "node:path";
import {
  type Answer,
  type Asked,
  answerMoved,
  answerPlain,
  makeRelativeUrl,
  type Responder,
  withHeaders,
} from "./answer.ts";
import { findContentType } from "./content-type.ts";
import { parseRange } from "./range.ts";

/** Answers with what lies below `root`; no path leads out of it, only links that lie in it do. */
export function serveFolder(root: string): Responder {
  return async (asked) => {
    try {
      return await find(root, asked);
    } catch (thrown) {
      return refuse(thrown);
    }
  };
}

async function find(root: string, asked: Asked): Promise<Answer> {
  const { path } = asked;
  if (path.endsWith("/index.html")) {
    return answerMoved("./", asked);
  }
  // On Windows these lead to other folders, drives and streams; elsewhere they are characters as any.
  if (process.platform === "win32" && /[\\:]/.test(path)) {
    return notFound();
  }
  const name = posix.normalize(`${path}/`).slice(0, -1);
  const full = join(root, name);
  const facts = await stat(full);
  if (facts.isDirectory()) {
    if (!path.endsWith("/")) {
      return answerMoved(`${makeRelativeUrl(posix.basename(path))}/`, asked);
    }
    const index = join(full, "index.html");
    const indexFacts = await stat(index).catch(() => undefined);
    return indexFacts?.isFile() ? answerFile(index, asked) : list(full, facts, asked);
  }
  if (!facts.isFile() || name === "") {
    return notFound();
  }
  return path.endsWith("/")
    ? answerMoved(`../${makeRelativeUrl(posix.basename(name))}`, asked)
    : answerFile(full, asked);
}

async function list(folder: string, facts: Stats, asked: Asked): Promise<Answer> {
  if (isUnchanged(asked, facts)) {
    return { status: 304, headers: {} };
  }
  const entries = await readdir(folder, { withFileTypes: true });
  const lines = entries
    .map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name))
    .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    .map((name) => `<a href="${makeRelativeUrl(name)}">${escapeHtml(name)}</a>\n`);
  const body = `<pre>\n${lines.join("")}</pre>\n`;
  return {
    status: 200,
    headers: { "Content-Type": "text/html; charset=utf-8", "Last-Modified": facts.mtime.toUTCString() },
    body,
  };
}

async function answerFile(path: string, asked: Asked): Promise<Answer> {
  const file = await open(path);
  let answer: Answer | undefined;
  try {
    answer = await answerContent(file, path, asked);
    return answer;
  } finally {
    if (typeof answer?.body !== "object") {
      await file.close();
    }
  }
}

async function answerContent(file: FileHandle, path: string, asked: Asked): Promise<Answer> {
  const facts = await file.stat();
  const size = facts.size;
  const lastModified = { "Last-Modified": facts.mtime.toUTCString() };
  const since = Date.parse(asked.headers["if-unmodified-since"] ?? "");
  if (countSeconds(facts.mtimeMs) > countSeconds(since)) {
    return { status: 412, headers: lastModified };
  }
  if (isUnchanged(asked, facts)) {
    return { status: 304, headers: lastModified };
  }
  const headers = {
    "Accept-Ranges": "bytes",
    "Content-Type": await findContentType(extname(path), file),
    ...lastModified,
  };
  const range = isStillThat(asked, facts) ? parseRange(asked.headers.range, size) : "whole";
  if (range === "whole") {
    return { status: 200, headers, body: { file, start: 0, end: size } };
  }
  if (range === "wrong") {
    return withHeaders(answerPlain(416, "invalid range"), lastModified);
  }
  if (range === "beyond") {
    return withHeaders(answerPlain(416, "invalid range: failed to overlap"), {
      ...lastModified,
      "Content-Range": `bytes */${size}`,
    });
  }
  const contentRange = { "Content-Range": `bytes ${range.start}-${range.end - 1}/${size}` };
  return { status: 206, headers: { ...headers, ...contentRange }, body: { file, ...range } };
}

function isUnchanged({ headers }: Asked, { mtimeMs }: Stats): boolean {
  if (headers["if-none-match"] !== undefined) {
    return false;
  }
  return countSeconds(mtimeMs) <= countSeconds(Date.parse(headers["if-modified-since"] ?? ""));
}

/** Whether the part that is asked for belongs to what the other side has got of the file before. */
function isStillThat({ headers }: Asked, { mtimeMs }: Stats): boolean {
  const condition = headers["if-range"];
  return condition === undefined || countSeconds(Date.parse(String(condition))) === countSeconds(mtimeMs);
}

/** Dates of HTTP have no fractions of a second. */
function countSeconds(milliseconds: number): number {
  return Math.floor(milliseconds / 1000);
}

function refuse(thrown: unknown): Answer {
  const { code } = thrown as NodeJS.ErrnoException;
  if (code === "ENOENT" || code === "ENOTDIR" || code === "ENAMETOOLONG" || code === "ERR_INVALID_ARG_VALUE") {
    return notFound();
  }
  if (code === "EACCES" || code === "EPERM") {
    return answerPlain(403, "403 Forbidden");
  }
  return answerPlain(500, "500 Internal Server Error");
}

function notFound(): Answer {
  return answerPlain(404, "404 page not found");
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&#34;",
  "'": "&#39;",
};

function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}
