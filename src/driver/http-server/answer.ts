// What is asked of the HTTP server, and what it answers.
import type { FileHandle } from "node:fs/promises";
import type { IncomingHttpHeaders } from "node:http";

/** A GET or HEAD request. */
export interface Asked {
  /** Decoded, as it was sent otherwise. Starts with a slash. */
  readonly path: string;
  /** With its question mark, or empty. */
  readonly query: string;
  readonly headers: IncomingHttpHeaders;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** A text, or the bytes of an open file from `start` up to but not including `end`. The file is closed when they are sent. */
  readonly body?: string | { readonly file: FileHandle; readonly start: number; readonly end: number } | undefined;
}

/** Finds the answer to a request. */
export type Responder = (asked: Asked) => Promise<Answer>;

/** A line of text that says why there is nothing else. */
export function answerPlain(status: number, text: string): Answer {
  return {
    status,
    headers: { "Content-Type": "text/plain; charset=utf-8", "X-Content-Type-Options": "nosniff" },
    body: `${text}\n`,
  };
}

/** An answer that says more. */
export function withHeaders(answer: Answer, more: Answer["headers"]): Answer {
  return { ...answer, headers: { ...answer.headers, ...more } };
}

/** Sends the other side to a path that is relative to the one it asked for. */
export function answerMoved(location: string, { query }: Asked): Answer {
  return { status: 301, headers: { Location: location + query } };
}

/** A name as part of an address, relative to its folder. */
export function makeRelativeUrl(name: string): string {
  const escaped = encodeURIComponent(name)
    .replaceAll(/%(?:24|26|2B|2C|2F|3A|3B|3D|40)/g, decodeURIComponent)
    .replaceAll(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
  // What stands in front of a colon would be taken for a scheme.
  return /^[^/]*:/.test(escaped) ? `./${escaped}` : escaped;
}
