// Starting a container without the program, and when the program is asked all the same. The engine is one of the test's own.
import assert from "node:assert/strict";
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { type FakeHost, type FakeHostOptions, fakeHost } from "../../../test/fakes/host.ts";
import { cancelled, rejectsWith } from "../../../test/rejects.ts";
import { runContainer } from "./run-container.ts";

const never = new AbortController().signal;
const failed = { kind: "environment", code: "docker/run", summary: "Error running container" } as const;
const ID = "c0".repeat(32);
const ARGS = ["-e", "TOKEN=s3cret", "-d", "-i", "-t", "--entrypoint=/bin/sh", "--", "image"];

interface Engine {
  readonly asked: string[];
  readonly bodies: string[];
  readonly host: FakeHost;
  run(args?: readonly string[], signal?: AbortSignal): Promise<string>;
}

type Answer = (response: ServerResponse, socket: Socket) => void;

interface Setting extends FakeHostOptions {
  /** Answers by the beginning of a request; everything else works. */
  readonly answers?: Readonly<Record<string, Answer>> | undefined;
  /** What stands on the PATH as `docker`; a program unless given. */
  readonly client?: "script" | "none" | undefined;
  readonly settings?: string | undefined;
}

function json(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
}

async function startEngine(
  t: TestContext,
  { answers = {}, client, settings, ...options }: Setting = {},
): Promise<Engine> {
  const home = mkdtempSync(join(tmpdir(), "packer-ts-engine-"));
  const sockets = new Set<Socket>();
  const asked: string[] = [];
  const bodies: string[] = [];
  const reply = (request: IncomingMessage, response: ServerResponse): void => {
    const line = `${request.method} ${request.url?.replace(/\?.*/, "")}`;
    const [, own] = Object.entries(answers).find(([beginning]) => line.startsWith(beginning)) ?? [];
    if (own !== undefined) {
      return void own(response, request.socket);
    }
    if (line === "POST /containers/create") {
      return void json(response, 201, { Id: ID, Warnings: [] });
    }
    response.writeHead(line.startsWith("GET /_ping") ? 200 : 204).end();
  };
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    let body = "";
    request.on("data", (chunk) => (body += String(chunk)));
    request.on("end", () => {
      bodies.push(body);
      reply(request, response);
    });
  });
  server.on("connection", (socket: Socket) => sockets.add(socket.on("error", () => {})));
  await new Promise<void>((resolve) => server.listen(join(home, "engine"), resolve));
  t.after(() => {
    server.close();
    for (const socket of sockets) {
      socket.destroy();
    }
    rmSync(home, { recursive: true, force: true });
  });
  mkdirSync(join(home, "bin"));
  mkdirSync(join(home, ".docker"));
  const program = join(home, "bin", "docker");
  if (client === "script") {
    writeFileSync(program, "#!/bin/sh\nexec podman\n");
    chmodSync(program, 0o755);
  } else if (client === undefined) {
    copyFileSync("/bin/true", program);
  }
  if (settings !== undefined) {
    writeFileSync(join(home, ".docker", "config.json"), settings);
  }
  const host = fakeHost({
    network: "real",
    programs: { docker: () => ({ stdout: "by the program\n" }) },
    homeDir: home,
    ...options,
    env: { PATH: `/nowhere:${join(home, "bin")}`, DOCKER_HOST: `unix://${join(home, "engine")}`, ...options.env },
  });
  return {
    ...{ asked, bodies, host },
    run: (args = ARGS, signal = never) =>
      runContainer({ host, executable: "docker" }, { mark: ["--name", "mine"], args, cwd: home }, failed, signal),
  };
}

describe("driver/docker: starting a container", { skip: process.platform === "win32" }, () => {
  test("no program is started where the engine can be asked", async (t) => {
    const engine = await startEngine(t);
    assert.equal(await engine.run(), ID);
    assert.deepEqual(engine.host.started, []);
    assert.deepEqual(engine.asked, [
      ...["GET /_ping", "POST /containers/create?name=mine", `POST /containers/${ID}/start`],
    ]);
    const { Image, Env } = JSON.parse(engine.bodies[1] ?? "") as Record<string, unknown>;
    assert.deepEqual([Image, Env], ["image", ["TOKEN=s3cret"]]);
  });

  for (const [what, setting, args] of [
    ["an argument says more than the engine is told", {}, ["-d", "--network=x", "image"]],
    ["a script stands in its place", { client: "script" }, ARGS],
    ["there is none, which it tells best", { client: "none" }, ARGS],
    ["its settings name a proxy for containers", { settings: '{"proxies":{"default":{}}}' }, ARGS],
    ["images have to be signed", { env: { DOCKER_CONTENT_TRUST: "1" } }, ARGS],
    ["another platform is the usual one", { env: { DOCKER_DEFAULT_PLATFORM: "linux/arm64" } }, ARGS],
    ["the engine is far", { env: { DOCKER_HOST: "ssh://far" } }, ARGS],
    ["no engine is there", { env: { DOCKER_HOST: "unix:///nowhere/engine" } }, ARGS],
  ] satisfies readonly [string, Setting, readonly string[]][]) {
    test(`the program does it where ${what}`, async (t) => {
      const engine = await startEngine(t, setting);
      assert.equal(await engine.run(args), "by the program");
      assert.deepEqual(engine.host.started, [["docker", "run", "--name", "mine", ...args]]);
      assert.deepEqual(engine.asked, []);
    });
  }

  test("what the engine refuses to create, the program is asked for: it says why, or fetches the image", async (t) => {
    const refuse: Answer = (response) => json(response, 404, { message: "No such image: image:latest" });
    const engine = await startEngine(t, { answers: { "POST /containers/create": refuse } });
    assert.equal(await engine.run(), "by the program");
    assert.equal(engine.asked.length, 2);
  });

  test("what could not be started goes before the program tries, under the same name", async (t) => {
    const refuse: Answer = (response) => json(response, 400, { message: "no such device" });
    const engine = await startEngine(t, { answers: { [`POST /containers/${ID}/start`]: refuse } });
    assert.equal(await engine.run(), "by the program");
    assert.equal(engine.asked.at(-1), `DELETE /containers/${ID}?force=1&v=1`);
  });

  test("what can neither be started nor removed is told in the engine's words", async (t) => {
    const refuse: Answer = (response) => json(response, 500, { message: "the disk is gone" });
    const answers = { [`POST /containers/${ID}/start`]: refuse, "DELETE /": refuse };
    const engine = await startEngine(t, { answers });
    await rejectsWith(engine.run(), { code: "docker/run", message: "Error running container\nthe disk is gone" });
    assert.deepEqual(engine.host.started, []);
  });

  const breaks: Readonly<Record<string, Answer>> = {
    "closes the connection": (_, socket) => void socket.destroy(),
    "breaks off in its answer": (response, socket) => {
      response.writeHead(201, { "content-length": 1000 }).write('{"Id"', () => socket.destroy());
    },
    "answers without end": (response) => {
      const more = (): void => {
        while (!response.destroyed && response.write("x".repeat(65_536))) {}
      };
      response.on("drain", more);
      more();
    },
    "answers with something else": (response) => void response.end("<html>a web page</html>"),
    "answers with another kind of value": (response) => json(response, 201, { Id: 5 }),
  };
  for (const [what, answer] of Object.entries(breaks)) {
    test(`an engine that ${what} is not taken for one that said no`, async (t) => {
      const engine = await startEngine(t, { answers: { "POST /containers/create": answer } });
      await rejectsWith(engine.run(), { code: "docker/unreachable" });
      assert.deepEqual(engine.host.started, []);
    });
  }

  test("an engine that is slow is waited for, and not when the run is cancelled", async (t) => {
    const slow: Answer = (response) => void setTimeout(() => json(response, 201, { Id: ID }), 300);
    assert.equal(await (await startEngine(t, { answers: { "POST /containers/create": slow } })).run(), ID);
    const cancel = new AbortController();
    const silent: Answer = () => setImmediate(() => cancel.abort(cancelled()));
    const engine = await startEngine(t, { answers: { "POST /containers/create": silent } });
    await rejectsWith(engine.run(ARGS, cancel.signal), { code: "host/cancelled" });
    assert.deepEqual(engine.host.started, []);
  });
});
