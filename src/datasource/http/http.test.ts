import assert from "node:assert/strict";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, test } from "node:test";
import { fakeHost } from "../../../test/fakes/host.ts";
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

  async function read(given: Readonly<Record<string, unknown>>, signal?: AbortSignal): Promise<Readonly<Record<string, Json>>> {
    const run = fakeRun({ host: fakeHost({ network: "real" }), ...(signal === undefined ? {} : { signal }) });
    return http.read(await configOf(http, { url, ...given }), run);
  }

  test("gives the body and, under the name request_headers, the headers of the response", async () => {
    answer = (_request, response) => response.writeHead(200, { "content-type": "text/plain; charset=utf-8", "x-own": "1" }).end("grüße");
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
      answer = (_request, response) => response.writeHead(200, type === undefined ? {} : { "content-type": type }).end("x");
      await rejectsWith(read({}), { code: "datasource/http-content-type" });
    });
  }

  test("an address that does not answer is named with the reason", async () => {
    const gone = createServer();
    await new Promise<void>((ready) => gone.listen(0, "127.0.0.1", ready));
    const { port } = gone.address() as AddressInfo;
    await new Promise((closed) => gone.close(closed));
    const error = await rejectsWith(read({ url: `http://127.0.0.1:${port}/` }), { code: "datasource/http-failed" });
    assert.match(error.message, /could not be fetched\n.*ECONNREFUSED/);
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
});
