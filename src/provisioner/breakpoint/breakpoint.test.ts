import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { configOf } from "../../../test/fakes/prepare.ts";
import { type FakeRunOptions, fakeProvisionRun } from "../../../test/fakes/run.ts";
import { cancelled, rejectsWith } from "../../../test/rejects.ts";
import { breakpoint } from "./breakpoint.ts";

describe("provisioner/breakpoint", () => {
  async function linesOf(
    given: Readonly<Record<string, unknown>>,
    options: FakeRunOptions = {},
  ): Promise<readonly string[]> {
    const run = fakeProvisionRun(options);
    await breakpoint.provision(await configOf(breakpoint, given), run);
    return run.lines;
  }

  test("asks and goes on when somebody presses enter", async () => {
    assert.deepEqual(await linesOf({}, { answers: [""] }), [
      "==> Pausing at breakpoint provisioner.",
      "ask: Press enter to continue.",
    ]);
  });

  test("shows its note", async () => {
    const lines = await linesOf({ note: "look now" }, { answers: [""] });
    assert.equal(lines[0], '==> Pausing at breakpoint provisioner with note "look now".');
  });

  test("does not ask when it is disabled", async () => {
    assert.deepEqual(await linesOf({ disable: true }), ["==> Breakpoint provisioner disabled; continuing..."]);
    assert.deepEqual(await linesOf({ disable: true, note: "N" }), [
      '==> Breakpoint provisioner with note "N" disabled; continuing...',
    ]);
  });

  test("fails with advice where nobody can answer", async () => {
    const error = await rejectsWith(linesOf({}), { code: "provisioner/no-answer", message: /no available tty/ });
    assert.match(error.diagnostics[0]?.hint ?? "", /"disable"/);
  });

  test("a cancelled run does not wait for the answer", async () => {
    const stop = new AbortController();
    const run = fakeProvisionRun({ signal: stop.signal });
    const asked = { ...run.ui, ask: () => new Promise<undefined>(() => setImmediate(() => stop.abort(cancelled()))) };
    const pausing = breakpoint.provision(
      await configOf(breakpoint, {}),
      Object.defineProperty(run, "ui", { value: asked }),
    );
    await rejectsWith(pausing, { code: "host/cancelled" });
  });
});
