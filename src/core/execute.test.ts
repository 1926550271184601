import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fakeCommunicator } from "../../test/fakes/communicator.ts";
import { fakeRun } from "../../test/fakes/run.ts";
import { BuildError } from "../diagnostic/build-error.ts";
import { nodeHost } from "../host/node.ts";
import { execute } from "./execute.ts";
import { splitOutput } from "./output-lines.ts";

function linesOf(...chunks: readonly (string | Uint8Array)[]): string[] {
  const lines: string[] = [];
  const reader = splitOutput((line) => lines.push(line));
  for (const chunk of chunks) {
    reader.write(Buffer.from(chunk));
  }
  reader.end();
  return lines;
}

describe("core/output-lines", () => {
  const table: readonly (readonly [string, readonly (string | Uint8Array)[], readonly string[]])[] = [
    ["lines are whole however they arrive", ["a", "b\nc", "\n", "d"], ["ab", "c", "d"]],
    ["blank lines are kept", ["a\n\n\nb\n"], ["a", "", "", "b"]],
    ["white space at the end goes, at the beginning stays", ["  a \t\r\n"], ["  a"]],
    ["of a line that was redrawn the last state is left", [" 10%\r 50%\r100%\ndone\r\n"], ["100%", "done"]],
    ["a line redrawn at the very end keeps its text", ["10%\r100%\r"], ["100%"]],
    [
      "characters are whole however their bytes arrive",
      [Buffer.from("ä").subarray(0, 1), Buffer.from("ä\n").subarray(1)],
      ["ä"],
    ],
    ["no output is no line", [""], []],
  ];
  for (const [name, chunks, lines] of table) {
    test(name, () => assert.deepEqual(linesOf(...chunks), lines));
  }

  test("a progress bar that never ends its line takes no memory", () => {
    const bar = Buffer.from(`\r${"#".repeat(1000)}`);
    assert.deepEqual(linesOf(...Array.from({ length: 5000 }, () => bar)), ["#".repeat(1000)]);
  });

  test("a line without end is handed over in pieces", () => {
    const lines = linesOf(...Array.from({ length: 30 }, () => "x".repeat(100_000)));
    assert.equal(lines.join(""), "x".repeat(3_000_000));
    assert.ok(lines.length > 1 && lines.length < 5);
  });
});

describe("core/execute", () => {
  test("output becomes messages, errors errors, and a stream that is taken over is not shown", async () => {
    const machine = fakeCommunicator().on("go", { stdout: "one\ntwo", stderr: "bad\n", code: 3 });
    const run = fakeRun();
    assert.deepEqual(await run.execute(machine, "go"), { end: "exited", code: 3 });
    assert.deepEqual(run.lines, ["    one", "!!! bad", "    two"]);
    const quiet = fakeRun();
    const taken: string[] = [];
    await quiet.execute(machine, "go", { stdout: (chunk) => void taken.push(Buffer.from(chunk).toString()) });
    assert.deepEqual([quiet.lines, taken], [["!!! bad"], ["one\ntwo"]]);
  });

  test("who takes a stream over can hold the output back", async () => {
    const story: string[] = [];
    const machine = fakeCommunicator().on("go", async (_command, io) => {
      for (const part of ["1", "2"]) {
        await io.stdout(Buffer.from(part));
        story.push(`sent ${part}`);
      }
      return { end: "exited", code: 0 };
    });
    const slow = async (chunk: Uint8Array): Promise<void> => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      story.push(`read ${Buffer.from(chunk).toString()}`);
    };
    await fakeRun().execute(machine, "go", { stdout: slow });
    assert.deepEqual(story, ["read 1", "sent 1", "read 2", "sent 2"]);
  });

  test("a cancel ends the wait at once, and what comes later is not shown", async () => {
    let late = (): void | Promise<void> => {};
    const machine = fakeCommunicator().on("hang", (_command, io) => {
      late = () => io.stdout(Buffer.from("late\n"));
      return new Promise(() => {});
    });
    const cancel = new AbortController();
    const said: string[] = [];
    const ui = { message: (text: string) => void said.push(text), error: (text: string) => void said.push(text) };
    const running = execute(machine, "hang", { ui, signal: cancel.signal, clock: nodeHost().clock });
    cancel.abort();
    await assert.rejects(running, (thrown) => thrown instanceof BuildError && thrown.failure === "cancelled");
    await late();
    assert.deepEqual(said, []);
  });
});
