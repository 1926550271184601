import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fakeHost } from "../../../test/fakes/host.ts";
import { fakeRun } from "../../../test/fakes/run.ts";
import { rejectsWith } from "../../../test/rejects.ts";
import { downloadServer } from "../../../test/servers/download-server.ts";
import { sourceFacts } from "./source-facts.ts";

describe("driver/download facts", () => {
  const run = fakeRun({ host: fakeHost({ network: "real" }) });

  test("change with the file on the server, which is not fetched for it", async (t) => {
    const server = await downloadServer(t, Buffer.from("old"));
    const first = await sourceFacts([server.url], run);
    assert.equal(await sourceFacts([server.url], run), first);
    server.content = Buffer.from("new");
    assert.notEqual(await sourceFacts([server.url], run), first);
    assert.ok(server.asked.every(({ method }) => method === "HEAD"));
  });

  test("are none where a server tells no versions apart", async (t) => {
    const server = await downloadServer(t, Buffer.from("old"));
    server.tags = false;
    assert.equal(await sourceFacts([server.url], run), undefined);
  });

  test("come from a server that does not answer to HEAD too", async (t) => {
    const server = await downloadServer(t, Buffer.from("old"));
    server.instead = (response) => {
      const isHead = server.asked.at(-1)?.method === "HEAD";
      response.writeHead(isHead ? 405 : 200, { etag: '"1"' }).end();
    };
    assert.match((await sourceFacts([server.url], run)) ?? "", /"1"/);
  });

  test("come from the first source that answers, and are the content's where that is local", async (t) => {
    const folder = mkdtempSync(join(tmpdir(), "packer-ts-facts-"));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const [file, gone] = [join(folder, "a.iso"), join(folder, "gone.iso")];
    writeFileSync(file, "iso");
    assert.match((await sourceFacts([gone, file], run)) ?? "", /^sha256:[0-9a-f]{64}$/);
    await rejectsWith(sourceFacts([gone], run), { code: "download/failed", message: /gone\.iso is not there/ });
  });
});
