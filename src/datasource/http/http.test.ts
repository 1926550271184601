import assert from "node:assert/strict";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import { fakeClock, fakeHost } from "../../../test/fakes/host.ts";
import { configOf, prepareOptions } from "../../../test/fakes/prepare.ts";
import { fakeRun } from "../../../test/fakes/run.ts";
import { cancelled, rejectsWith } from "../../../test/rejects.ts";
import type { Json } from "../../sdk/run.ts";
import { http } from "./http.ts";

describe("datasource/http", () => {
  let answer: (request: IncomingMessage, response: ServerResponse, body: string) => void = () => {};
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => {
      body += String(chunk);
    });
    request.on("end", () => answer(request, response, body));
  });
  let url = "";
  before(async () => {
    await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });

  async function read(
    given: Readonly<Record<string, unknown>>,
    signal?: AbortSignal,
  ): Promise<Readonly<Record<string, Json>>> {
    const run = fakeRun({ host: fakeHost({ network: "real" }), signal });
    return http.read(await configOf(http, { url, ...given }), run);
  }

  test("gives the body and, under the name request_headers, the headers of the response", async () => {
    answer = (_request, response) =>
      response.writeHead(200, { "content-type": "text/plain; charset=utf-8", "x-own": "1" }).end("grüße");
    const { url: from, body, request_headers } = await read({});
    assert.equal(from, url);
    assert.equal(body, "grüße");
    assert.equal((request_headers as Record<string, string>)["X-Own"], "1");
    assert.equal((request_headers as Record<string, string>)["Content-Type"], "text/plain; charset=utf-8");
  });

  test("sends the method, headers and body it is told", async () => {
    answer = (request, response, body) =>
      response
        .writeHead(200, { "content-type": "application/json" })
        .end(JSON.stringify([request.method, request.headers["x-token"], body]));
    const { body } = await read({ method: "POST", request_headers: { "X-Token": "t" }, request_body: "data" });
    assert.equal(body, '["POST","t","data"]');
  });

  test("any status but 200 is a failure", async () => {
    answer = (_request, response) => response.writeHead(404, { "content-type": "text/plain" }).end("no");
    await rejectsWith(read({}), { code: "datasource/http-status", message: /404/ });
  });

  for (const type of ["image/png", "text/plain; charset=iso-8859-1", undefined]) {
    test(`an answer of type ${type} is refused`, async () => {
      answer = (_request, response) =>
        response.writeHead(200, type === undefined ? {} : { "content-type": type }).end("x");
      await rejectsWith(read({}), { code: "datasource/http-content-type" });
    });
  }

  test("an address that does not answer is named with the reason", async () => {
    const gone = createServer();
    await new Promise<void>((ready) => gone.listen(0, "127.0.0.1", ready));
    const { port } = gone.address() as AddressInfo;
    await new Promise((closed) => gone.close(closed));
    const error = await rejectsWith(read({ url: `http://127.0.0.1:${port}/` }), { code: "datasource/http-failed" });
    assert.match(error.message, /could not be fetched\n.* refuses connections/);
  });

  test("a cancelled run does not wait for the answer", async () => {
    const stop = new AbortController();
    answer = () => stop.abort(cancelled());
    await rejectsWith(read({}, stop.signal), { code: "host/cancelled" });
  });

  test("an unknown method is refused", async () => {
    const { problems } = await prepareOptions(http, { url, method: "GRAB" });
    assert.deepEqual(problems, ['option/value: "method" is "GRAB", which is not allowed']);
  });

  test("looks at status and type before it reads an answer that never ends", async () => {
    for (const [status, type, code] of [
      [404, "text/plain", "datasource/http-status"],
      [200, "application/octet-stream", "datasource/http-content-type"],
    ] as const) {
      answer = (_request, response) => void response.writeHead(status, { "content-type": type }).write("begin");
      await rejectsWith(read({}), { code });
    }
  });

  test("an answer without end is broken off, packed or not", async () => {
    const megabyte = Buffer.alloc(1024 * 1024, "a");
    const bomb = gzipSync(Buffer.alloc(200 * 1024 * 1024));
    answer = (_request, response) =>
      void response.writeHead(200, { "content-type": "text/plain", "content-encoding": "gzip" }).end(bomb);
    await rejectsWith(read({}), { code: "datasource/http-failed", message: /larger than 16 MiB/ });
    answer = (_request, response) => {
      response.writeHead(200, { "content-type": "text/plain" });
      const write = (): void => {
        while (!response.destroyed && response.write(megabyte)) {}
      };
      response.on("drain", write);
      write();
    };
    await rejectsWith(read({}), { code: "datasource/http-failed", message: /larger than 16 MiB/ });
  });

  test("a server that says nothing is given up", async () => {
    answer = () => {};
    const clock = fakeClock("skip");
    const run = fakeRun({ host: fakeHost({ network: "real", clock }) });
    await rejectsWith(http.read(await configOf(http, { url }), run), {
      code: "datasource/http-failed",
      failure: "timeout",
    });
  });

  test("a log-in in the address is sent, and shown to nobody", async () => {
    answer = (request, response) => response.writeHead(404).end(request.headers.authorization);
    const error = await rejectsWith(read({ url: url.replace("://", "://me:hidden@") }), {
      code: "datasource/http-status",
    });
    assert.doesNotMatch(error.message, /hidden/);
  });
});
