import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fakeHost } from "../../../test/fakes/host.ts";
import { configOf, prepareOptions } from "../../../test/fakes/prepare.ts";
import { fakeProvisionRun } from "../../../test/fakes/run.ts";
import { shellLocal } from "./shell-local.ts";

type Given = Readonly<Record<string, unknown>>;

describe("provisioner/shell-local", () => {
  test("runs on this machine and leaves the other one alone", async () => {
    const run = fakeProvisionRun({ host: fakeHost({ programs: "real" }), build: { name: "web" } });
    await shellLocal.provision(await configOf(shellLocal, { inline: ["echo for $PACKER_BUILD_NAME"] }), run);
    await run.finish();
    assert.deepEqual(run.lines.slice(1), ["    for web"]);
    assert.deepEqual(run.communicator.calls, []);
  });

  test("execute_command may be one text with commas", async () => {
    const run = fakeProvisionRun({ host: fakeHost({ programs: "real" }) });
    await shellLocal.provision(
      await configOf(shellLocal, { inline: ["x"], execute_command: "/bin/echo,ran,{{.Script}}" }),
      run,
    );
    await run.finish();
    assert.match(run.lines[1] ?? "", /^ {4}ran .*inline$/);
  });

  const nothing = ": Command, Inline, Script and Scripts options cannot all be empty.";
  const linux =
    "use_linux_pathing: Packer is unable to use the Command and Inline features with the Windows Linux Subsystem. " +
    "Please use the Script or Scripts options instead";
  const cases: readonly [string, Given, readonly string[]][] = [
    ["something to run is needed", {}, [nothing]],
    [
      "command and inline exclude each other",
      { command: "x", inline: ["x"] },
      ['option/conflict: Only one of "inline" and "command" can be set'],
    ],
    [
      "inline and script exclude each other",
      { inline: ["x"], script: "/" },
      ['option/conflict: Only one of "script" and "inline" can be set'],
    ],
    ["a missing script is reported", { script: "no" }, ["script: Bad script 'no': stat no: no such file or directory"]],
    [
      "an unknown system is refused",
      { inline: ["x"], only_on: ["beos"] },
      ['option/value: "only_on" is "beos", which is not allowed'],
    ],
    ["inline scripts cannot have Linux paths", { inline: ["x"], use_linux_pathing: true }, [linux]],
    [
      "a variable needs a value",
      { inline: ["x"], environment_vars: ["A"] },
      ["environment_vars: Environment variable not in format 'key=value': A"],
    ],
  ];
  for (const [name, given, problems] of cases) {
    test(name, async () => assert.deepEqual((await prepareOptions(shellLocal, given)).problems, problems));
  }
});
