// act's server for workflow artifacts, made to understand what the toolkit's client sends by now (https://github.com/nektos/act/issues/6022).
import { writeFileSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import type { TestContext } from "node:test";
import { freePort, serve } from "./listen.ts";

/** What act and the steps in it are told, so that workflow artifacts are kept in a folder. */
export interface ActArtifacts {
  readonly args: readonly string[];
  readonly folder: string;
}

/** Stands before the server: takes away a field that it does not know, and gives a signature the padding that it wants. */
export async function actArtifacts(test: TestContext, folder: string): Promise<ActArtifacts> {
  const behind = await freePort();
  const server = createHttpServer(async (request, response) => {
    const body = await buffer(request);
    const isJson = request.headers["content-type"]?.startsWith("application/json") === true;
    const { mime_type: _, ...known } = isJson ? (JSON.parse(body.toString()) as Record<string, unknown>) : {};
    const url = new URL(request.url ?? "", `http://127.0.0.1:${behind}`);
    const signature = url.searchParams.get("sig");
    if (signature !== null) {
      url.searchParams.set("sig", signature.padEnd(Math.ceil(signature.length / 4) * 4, "="));
    }
    const method = request.method ?? "GET";
    const sent = isJson ? JSON.stringify(known) : new Uint8Array(body);
    const answer = await fetch(url, {
      method,
      headers: Object.entries(request.headers).flatMap(([name, value]) =>
        /^(host|connection|content-length|transfer-encoding)$/.test(name) || typeof value !== "string"
          ? []
          : [[name, value]],
      ),
      body: method === "GET" || method === "HEAD" ? null : sent,
    });
    const type = answer.headers.get("content-type") ?? "text/plain";
    const content = Buffer.from(await answer.arrayBuffer());
    const text = /json|text/.test(type)
      ? Buffer.from(content.toString().replaceAll(`:${behind}/`, `:${new URL(origin).port}/`))
      : content;
    response.writeHead(answer.status, { "content-type": type }).end(text);
  });
  const origin = await serve(test, server);
  // Act lets nobody change the address itself.
  const front = join(folder, "front.mjs");
  writeFileSync(front, `process.env.ACTIONS_RESULTS_URL &&= "${origin}/";\n`);
  const kept = join(folder, "artifacts");
  const flags = [
    "--artifact-server-path",
    kept,
    "--artifact-server-addr",
    "127.0.0.1",
    "--artifact-server-port",
    String(behind),
  ];
  return { args: [...flags, "--env", `NODE_OPTIONS=--import ${front}`], folder: kept };
}
