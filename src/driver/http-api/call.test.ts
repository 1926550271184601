// Calls that are made again, and calls that are broken off.
import assert from "node:assert/strict";
import { createServer, type RequestListener } from "node:http";
import { describe, type TestContext, test } from "node:test";
import { gzipSync } from "node:zlib";
import { fakeHost } from "../../../test/fakes/host.ts";
import { rejectsWith } from "../../../test/rejects.ts";
import { type Answer, httpServer } from "../../../test/servers/http.ts";
import { freePort, serve } from "../../../test/servers/listen.ts";
import { type ApiCall, callApi } from "./call.ts";

const never = new AbortController().signal;

async function call(more: ApiCall, signal = never): Promise<string> {
  const { status, text } = await callApi(fakeHost({ network: "real" }), more, signal);
  return `${status} ${text}`;
}

async function server(t: TestContext, listener: RequestListener): Promise<string> {
  return serve(t, createServer(listener));
}

describe("driver/http-api", () => {
  for (const status of [408, 425, 429, 500, 502, 503, 504]) {
    test(`asks again after status ${status}`, async (t) => {
      const answers: Answer[] = [{ status }, { status }, { body: "well" }];
      const { url, asked } = await httpServer(t, () => answers[asked.length - 1] ?? {});
      assert.equal(await call({ url }), "200 well");
      assert.equal(asked.length, 3);
    });
  }

  for (const status of [400, 401, 403, 404, 410, 422, 501]) {
    test(`takes status ${status} for an answer`, async (t) => {
      const { url, asked } = await httpServer(t, () => ({ status, body: "no" }));
      assert.equal(await call({ url }), `${status} no`);
      assert.equal(asked.length, 1);
    });
  }

  test("gives the last answer when none is better", async (t) => {
    const { url, asked } = await httpServer(t, () => ({ status: 503, body: "busy" }));
    assert.equal(await call({ url }), "503 busy");
    assert.equal(asked.length, 3);
  });

  test("waits as long as the server wants, unless that is too long", async (t) => {
    const answers: Answer[] = [{ status: 503, headers: { "retry-after": "7" } }, { body: "well" }];
    const { url } = await httpServer(t, () => answers.shift() ?? { status: 429, headers: { "retry-after": "3600" } });
    const host = fakeHost({ network: "real" });
    await callApi(host, { url }, never);
    assert.deepEqual(host.clock.sleeps, [7000]);
    assert.equal((await callApi(host, { url }, never)).status, 429);
    assert.deepEqual(host.clock.sleeps, [7000]);
  });

  test("does not do twice what may do harm, but asks again where nothing was sent", async (t) => {
    const { url, asked } = await httpServer(t, () => ({ status: 500 }));
    assert.equal(await call({ url, method: "POST" }), "500 ");
    assert.equal(asked.length, 1);
    assert.equal(await call({ url, method: "POST", isRepeatable: true }), "500 ");
    assert.equal(asked.length, 4);
    const host = fakeHost({ network: "real" });
    const closed = { url: `http://127.0.0.1:${await freePort()}/`, method: "POST" };
    await rejectsWith(callApi(host, closed, never), { code: "http/connect" });
    assert.equal(host.clock.sleeps.length, 2);
  });

  test("does not try again what cannot pass, and an unknown name once", async (t) => {
    const plain = await server(t, (_, response) => response.end());
    const circle = await server(t, (_, response) => response.writeHead(302, { location: "/" }).end());
    for (const [url, tries] of [
      [plain.replace("http:", "https:"), 0],
      [circle, 0],
      ["ftp://mirror.test/", 0],
      ["http://127.0.0.1:99999/", 0],
      ["http://no-such-host.invalid/", 1],
    ] as const) {
      const host = fakeHost({ network: "real" });
      await assert.rejects(callApi(host, { url }, never));
      assert.equal(host.clock.sleeps.length, tries, url);
    }
  });

  test("breaks off an answer that is too large, whether it says so, streams or is packed", async (t) => {
    const chunk = Buffer.alloc(64 * 1024);
    const said = await server(t, (_, response) => response.writeHead(200, { "content-length": 2 ** 40 }).write(chunk));
    const endless = await server(t, (_, response) => {
      const write = (): void => {
        while (!response.destroyed && response.write(chunk)) {}
      };
      response.on("drain", write);
      write();
    });
    const bomb = gzipSync(Buffer.alloc(50 * 1024 * 1024));
    const packed = await server(t, (_, response) => response.writeHead(200, { "content-encoding": "gzip" }).end(bomb));
    for (const url of [said, endless, packed]) {
      await rejectsWith(call({ url, mostBytes: 1024 * 1024 }), {
        code: "http/too-large",
        message: /larger than 1 MiB/,
      });
    }
  });

  test("gives up a server that falls silent, before its answer and within it", async (t) => {
    const silent = await server(t, () => {});
    const slow = await server(t, (_, response) => response.writeHead(200).write("a"));
    for (const url of [silent, slow]) {
      const asked = call({ url, limits: { silence: 150 }, attempts: 1 });
      await rejectsWith(asked, { code: "http/silent", failure: "timeout" });
    }
  });

  test("gives up an answer that comes drop by drop", async (t) => {
    const url = await server(t, (_, response) => {
      const drip = setInterval(() => response.write("a"), 20);
      response.on("close", () => clearInterval(drip));
    });
    await rejectsWith(call({ url, limits: { silence: 5000, whole: 400 } }), {
      code: "http/timeout",
      failure: "timeout",
    });
  });

  test("looks at the head before it reads the body", async (t) => {
    const url = await server(t, (_, response) => response.writeHead(200, { "x-kind": "wrong" }).write("a"));
    const check: ApiCall["check"] = ({ headers }) => {
      if (headers.get("x-kind") === "wrong") {
        throw new Error("the wrong kind");
      }
    };
    await assert.rejects(call({ url, check }), /the wrong kind/);
  });

  test("ends at once when it is cancelled, also between two attempts", async (t) => {
    const silent = await server(t, () => {});
    const cancel = new AbortController();
    setTimeout(() => cancel.abort(new Error("enough")), 50);
    await assert.rejects(call({ url: silent }, cancel.signal), /enough/);
    const pausing = new AbortController();
    const { url } = await httpServer(t, () => {
      setTimeout(() => pausing.abort(new Error("enough")), 20);
      return { status: 503, headers: { "retry-after": "30" } };
    });
    await assert.rejects(call({ url }, pausing.signal), /enough/);
  });
});
