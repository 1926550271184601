import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fakeHost } from "../../../test/fakes/host.ts";
import { configOf } from "../../../test/fakes/prepare.ts";
import { fakeRun } from "../../../test/fakes/run.ts";
import { rejectsWith } from "../../../test/rejects.ts";
import type { Artifact } from "../../sdk/artifact.ts";
import { shellLocal } from "./shell-local.ts";

describe("post-processor/shell-local", () => {
  const input: Artifact = {
    builderId: "packer.file",
    id: "File",
    files: ["out.bin"],
    describe: () => "Stored file: out.bin",
    state: () => undefined,
    destroy: () => assert.fail("The artifact was destroyed"),
  };

  test("hands the artifact on and insists that it is kept", async () => {
    const run = fakeRun({ host: fakeHost({ programs: "real" }) });
    const result = await shellLocal.postProcess(
      await configOf(shellLocal, { inline: ["echo $PACKER_BUILDER_TYPE"] }),
      input,
      run,
    );
    await run.finish();
    assert.deepEqual(run.lines.slice(1), ["    null"]);
    assert.equal(result.artifact, input);
    assert.equal(result.input, "must-keep");
  });

  test("a single execute_command is a command line for a shell", async () => {
    const run = fakeRun({ host: fakeHost({ programs: "real" }) });
    const config = await configOf(shellLocal, {
      inline: ["echo $A"],
      execute_command: ["{{.Vars}} sh {{.Script}} | tr a-z A-Z"],
      env: { A: "loud" },
    });
    await shellLocal.postProcess(config, input, run);
    await run.finish();
    assert.deepEqual(run.lines.slice(1), ["    LOUD"]);
  });

  test("a script that fails fails the post-processor", async () => {
    const run = fakeRun({ host: fakeHost({ programs: "real" }) });
    await rejectsWith(shellLocal.postProcess(await configOf(shellLocal, { inline: ["exit 2"] }), input, run), {
      code: "provisioner/exit-status",
    });
    await run.finish();
  });
});
