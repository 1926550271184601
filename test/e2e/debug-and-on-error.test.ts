// What a build asks on a terminal: -debug after every step, -on-error=ask after a failure, and what the answers do.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { stripVTControlCharacters } from "node:util";
import { needs } from "../needs.ts";
import { cliPath, folderWith, packerTs } from "../packer-ts.ts";

const local = (...inline: readonly string[]): object => ({ type: "shell-local", inline });
const QUESTION =
  "[c] Clean up and exit, [a] abort without cleanup, or [r] retry step (build may fail even if retry succeeds)?";

interface Talk {
  readonly code: number | null;
  /** Everything that stood on the terminal. */
  readonly screen: string;
  readonly cwd: string;
}

/** Builds on a terminal and gives the answers one after another, each when a question stands there. */
async function onTerminal(
  t: TestContext,
  flags: readonly string[],
  template: object,
  { question = QUESTION, answers }: { readonly question?: string; readonly answers: readonly string[] },
): Promise<Talk | undefined> {
  if (!needs(t, "script")) {
    return undefined;
  }
  const cwd = folderWith(t, { "t.json": JSON.stringify(template) });
  const command = [process.execPath, cliPath, "build", "-color=false", ...flags, "t.json"]
    .map((word) => `'${word}'`)
    .join(" ");
  const child = spawn("script", ["-qec", command, "/dev/null"], {
    cwd,
    env: { ...process.env, TMPDIR: cwd },
    stdio: ["pipe", "pipe", "inherit"],
  });
  let screen = "";
  let given = 0;
  child.stdout.on("data", (chunk: Buffer) => {
    screen += chunk;
    const asked = screen.split(question).length - 1;
    for (; given < asked; given++) {
      child.stdin.write(answers[given] ?? "\n");
    }
  });
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  child.stdin.destroy();
  return { code, screen: stripVTControlCharacters(screen).replaceAll("\r", ""), cwd };
}

const failing = {
  builders: [{ type: "null", communicator: "none" }],
  provisioners: [local("echo x >> tries; test $(wc -l < tries) -ge 2"), local("echo through")],
  "error-cleanup-provisioner": local("echo cleaned > cleaned"),
};

describe("e2e/debug and on-error", { concurrency: 2 }, () => {
  it("cleans up when the answer is c, or nothing", async (t) => {
    for (const answer of ["c\n", "\n"]) {
      const talk = await onTerminal(t, ["-on-error=ask"], failing, { answers: [answer] });
      if (talk === undefined) {
        return;
      }
      assert.match(talk.screen, /Step "StepProvision" failed/);
      assert.ok(existsSync(join(talk.cwd, "cleaned")), talk.screen);
      assert.equal(talk.code, 1);
    }
  });

  it("leaves everything when the answer is a", async (t) => {
    const talk = await onTerminal(t, ["-on-error=ask"], failing, { answers: ["a\n"] });
    if (talk === undefined) {
      return;
    }
    assert.match(talk.screen, /Step "StepProvision" failed, aborting\.\.\./);
    assert.ok(!existsSync(join(talk.cwd, "cleaned")));
    assert.equal(talk.code, 1);
  });

  it("runs the step again when the answer is r, and asks again after nonsense", async (t) => {
    const talk = await onTerminal(t, ["-on-error=ask"], failing, { answers: ["what\n", "r\n"] });
    if (talk === undefined) {
      return;
    }
    assert.match(talk.screen, /Incorrect input: "what"/);
    assert.match(talk.screen, /null: through/);
    assert.match(talk.screen, /Build 'null' finished/);
    assert.equal(readFileSync(join(talk.cwd, "tries"), "utf8"), "x\nx\n");
    assert.equal(talk.code, 0);
  });

  it("cleans up when it is interrupted while it asks", async (t) => {
    const talk = await onTerminal(t, ["-on-error=ask"], failing, { answers: ["\u0003"] });
    if (talk === undefined) {
      return;
    }
    assert.match(talk.screen, /Cancelling build after receiving interrupt/);
    assert.match(talk.screen, /Cleanly cancelled builds after being interrupted\./);
    assert.equal(talk.code, 1);
  });

  it("waits after every step with -debug, one build after the other", async (t) => {
    const template = {
      builders: ["one", "two"].map((name) => ({ type: "null", communicator: "none", name })),
      provisioners: [local("echo work")],
    };
    const talk = await onTerminal(t, ["-debug"], template, { question: "Press enter to continue.", answers: [] });
    if (talk === undefined) {
      return;
    }
    assert.match(talk.screen, /^Debug mode enabled\. Builds will not be parallelized\.$/m);
    const told = talk.screen
      .split("\n")
      .flatMap(
        (line) =>
          /^(?:==>| {3}) (\w+): (Pausing after[^.]*|Pausing before the[^.]*|work)/.exec(line)?.slice(1, 3).join(" ") ??
          [],
      );
    const pauses = (name: string): string[] => [
      `${name} Pausing after run of step 'StepConnect'`,
      `${name} Pausing before the next provisioner `,
      `${name} work`,
      `${name} Pausing after run of step 'StepProvision'`,
    ];
    assert.deepEqual(told, [...pauses("one"), ...pauses("two")]);
    assert.equal(talk.code, 0);
  });

  it("asks one build after the other when several fail", async (t) => {
    const builders = ["one", "two", "three"].map((name) => ({ type: "null", communicator: "none", name }));
    const template = { builders, provisioners: [local("exit 1")] };
    const talk = await onTerminal(t, ["-on-error=ask"], template, { answers: ["c\n", "x\n", "c\n", "c\n"] });
    if (talk === undefined) {
      return;
    }
    const asked = [...talk.screen.matchAll(/==> (\w+): \[c\] Clean up/g)].map(([, name]) => name);
    assert.equal(asked.length, 4, talk.screen);
    assert.deepEqual([...new Set(asked)].sort(), ["one", "three", "two"]);
    assert.equal(talk.screen.match(/Incorrect input/g)?.length, 1);
    assert.equal(talk.code, 1);
  });

  it("goes on at once where nobody can answer", async (t) => {
    const cwd = folderWith(t, { "t.json": JSON.stringify(failing) });
    const asked = await packerTs(["build", "-on-error=ask", "t.json"], { cwd });
    assert.ok(existsSync(join(cwd, "cleaned")), asked.stdout);
    assert.equal(asked.code, 1);
    assert.equal((await packerTs(["build", "-debug", "t.json"], { cwd })).code, 0);
  });
});
