// A small HTTP server of the test's own: answers by a function and remembers what it was asked.
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { TestContext } from "node:test";
import { serve } from "./listen.ts";

/** One request as it came. */
export interface Asked {
  readonly method: string;
  /** Path and query, not decoded. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** What to answer: 200 unless it says otherwise; a body that is no string goes out as JSON. */
export interface Answer {
  readonly status?: number | undefined;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

export interface HttpServer {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string;
  readonly asked: readonly Asked[];
  /** Stops listening before the test ends. */
  close(): Promise<void>;
}

/** Listens on a free port of the loopback until the test ends. */
export async function httpServer(test: TestContext, answer: (asked: Asked) => Answer): Promise<HttpServer> {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const one = {
        method: request.method ?? "",
        url: request.url ?? "",
        headers: request.headers,
        body: Buffer.concat(chunks).toString("utf8"),
      };
      asked.push(one);
      const { status = 200, body = "", headers = {} } = answer(one);
      response.writeHead(status, headers).end(typeof body === "string" ? body : JSON.stringify(body));
    });
  });
  const url = await serve(test, server);
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.closeAllConnections();
      server.close(() => resolve());
    });
  return { close, url, asked };
}
