// How a machine is ended, whichever program runs it.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fakeCommunicator } from "../../test/fakes/communicator.ts";
import { fakeRun } from "../../test/fakes/run.ts";
import { rejectsWith } from "../../test/rejects.ts";
import type { Communicator } from "../sdk/communicator.ts";
import type { RunningMachine } from "./running-machine.ts";
import { shutDown } from "./shut-down.ts";

/** A machine that ends when told to. */
function startMachine(): RunningMachine & { end(): void } {
  const gone = new AbortController();
  let end = (): void => {};
  const ended = new Promise<void>((resolve) => {
    end = () => {
      gone.abort(new Error("It is gone"));
      resolve();
    };
  });
  return { ended, gone: gone.signal, end: () => end() };
}

const config = { shutdown_command: "sudo poweroff", shutdown_timeout: 60_000 };
const without = { ...config, shutdown_command: undefined };

describe("step/shut-down", () => {
  it("tells the machine to switch itself off, and is through when it has, though the command never ends", async () => {
    const machine = startMachine();
    const communicator = fakeCommunicator().on("sudo poweroff", () => {
      machine.end();
      return new Promise(() => {});
    });
    const run = fakeRun();
    await shutDown(config, { machine }, communicator, run);
    assert.deepEqual(communicator.commands, ["sudo poweroff"]);
    assert.deepEqual(run.lines, ["==> Gracefully halting virtual machine..."]);
  });

  it("fails with what the command said when the machine is still there after the time", async () => {
    const communicator = fakeCommunicator().on("sudo poweroff", { code: 1, stderr: "sudo: a password is required\n" });
    const run = fakeRun();
    const error = await rejectsWith(shutDown(config, { machine: startMachine() }, communicator, run), {
      code: "qemu/shutdown",
      failure: "timeout",
      message: /^Timeout while waiting for machine to shut down\./,
    });
    assert.equal(
      error.diagnostics[0]?.detail,
      "The shutdown command ended with status 1. It said:\nsudo: a password is required",
    );
    assert.deepEqual(run.host.clock.sleeps, [60_000]);
  });

  it("waits for a machine that nobody can talk to, and switches off one without a command", async () => {
    const machine = startMachine();
    const none: Communicator = { ...fakeCommunicator(), type: "none" };
    const run = fakeRun();
    queueMicrotask(() => machine.end());
    await shutDown(config, { machine }, none, run);
    await rejectsWith(shutDown(config, { machine: startMachine() }, none, run), {
      code: "qemu/shutdown",
      failure: "timeout",
      message: /^Failed to shutdown/,
    });
    await shutDown(without, { machine: startMachine() }, fakeCommunicator(), run);
    assert.deepEqual(run.lines, [
      "==> Waiting for shutdown...",
      "==> Waiting for shutdown...",
      "==> Halting the virtual machine...",
    ]);
  });
});
