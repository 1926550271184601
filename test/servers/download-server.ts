// A server of one large file, which breaks off, changes its mind and ignores what it is asked, as a test wants.
import { createHash } from "node:crypto";
import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { TestContext } from "node:test";
import { serve } from "./listen.ts";

export interface DownloadServer {
  readonly url: string;
  readonly asked: { readonly method: string; readonly url: string; readonly headers: IncomingHttpHeaders }[];
  /** What is served from now on. */
  content: Buffer;
  /** Connections are cut behind so many bytes, one entry for each answer with a body. */
  readonly cuts: number[];
  /** What it answers to all requests, instead of the file. */
  instead: ((response: ServerResponse, url: string) => void) | undefined;
  knowsRanges: boolean;
  /** Whether it tells versions of the file apart. */
  tags: boolean;
}

export async function downloadServer(test: TestContext, content: Buffer): Promise<DownloadServer> {
  const state: { -readonly [Name in keyof DownloadServer]: DownloadServer[Name] } = {
    url: "",
    asked: [],
    content,
    cuts: [],
    instead: undefined,
    knowsRanges: true,
    tags: true,
  };
  const server = createServer((request, response) => {
    const { method = "", url = "", headers } = request;
    state.asked.push({ method, url, headers });
    if (state.instead !== undefined) {
      return state.instead(response, url);
    }
    const tag = `"${createHash("sha256").update(state.content).digest("hex").slice(0, 8)}"`;
    if (state.tags) {
      response.setHeader("etag", tag);
    }
    if (state.tags && headers["if-none-match"] === tag) {
      return void response.writeHead(304).end();
    }
    const asks = state.knowsRanges && (headers["if-range"] === undefined || headers["if-range"] === tag);
    const start = asks ? Number(/^bytes=(\d+)-$/.exec(headers.range ?? "")?.[1] ?? 0) : 0;
    if (start >= state.content.length && start > 0) {
      return void response.writeHead(416).end();
    }
    const body = state.content.subarray(start);
    if (start > 0) {
      response.setHeader("content-range", `bytes ${start}-${state.content.length - 1}/${state.content.length}`);
    }
    response.writeHead(start > 0 ? 206 : 200, { "content-length": body.length });
    if (method === "HEAD") {
      return void response.end();
    }
    const cut = state.cuts.shift();
    if (cut === undefined) {
      return void response.end(body);
    }
    // The bytes are on their way before the connection goes.
    response.write(body.subarray(0, cut), () => setTimeout(() => response.destroy(), 50));
  });
  state.url = await serve(test, server);
  return state;
}
