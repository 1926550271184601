// No connection: commands succeed without running, copying says why it cannot.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fakeRun } from "../../../test/fakes/run.ts";
import { none } from "./none.ts";

describe("communicator/none", () => {
  test("commands succeed and nothing is run", async () => {
    const nowhere = await none.connect({}, {}, fakeRun());
    const silent = { stdout: () => assert.fail("output"), stderr: () => assert.fail("output") };
    assert.deepEqual(await nowhere.exec("exit 3", silent, new AbortController().signal), { end: "exited", code: 0 });
    await nowhere.close();
  });

  test("copying fails in Packer's words", async () => {
    const nowhere = await none.connect({}, {}, fakeRun());
    const { signal } = new AbortController();
    const words = (operation: string) =>
      new RegExp(`^BuildError: ${operation} is not implemented when communicator = 'none'`);
    const { content } = { content: (async function* () {})() };
    await assert.rejects(nowhere.upload({ content }, "/x", signal), words("Upload"));
    await assert.rejects(nowhere.uploadDir("x", "/x", signal), words("UploadDir"));
    await assert.rejects(nowhere.downloadDir("/x", "x", signal), words("DownloadDir"));
    await assert.rejects(async () => {
      for await (const _ of nowhere.download("/x", signal)) {
        assert.fail("content");
      }
    }, words("Download"));
  });
});
