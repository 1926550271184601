// What an engine refuses is told in its own words.
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { rejectsWith } from "../../../test/rejects.ts";
import { nodeHost } from "../../host/node.ts";
import type { DockerContainer } from "./container-contract.ts";
import { openContainerOverSocket } from "./container-over-socket.ts";

const never = new AbortController().signal;

/** A container of an engine that refuses everything. */
async function refusedContainer(t: TestContext): Promise<DockerContainer> {
  const folder = mkdtempSync(join(tmpdir(), "packer-ts-engine-"));
  const path = join(folder, "engine");
  const server = createServer((_, response) => {
    response.writeHead(500, { "content-type": "application/json" }).end('{"message":"the disk is gone"}');
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return openContainerOverSocket({ host: nodeHost(), address: { path }, shown: path }, "c1");
}

describe("driver/docker/container-over-socket", { skip: process.platform === "win32" }, () => {
  test("facts that are refused", async (t) => {
    const container = await refusedContainer(t);
    await rejectsWith(container.facts(never), { code: "docker/engine", message: /\nthe disk is gone$/ });
  });

  test("a removal that is refused", async (t) => {
    const container = await refusedContainer(t);
    await rejectsWith(container.remove(never), { code: "docker/remove", message: /c1 could not be removed\nthe disk/ });
  });
});
