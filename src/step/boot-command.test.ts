// When a boot command is typed and how fast, and what is said of options that exclude one another.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fakeHost } from "../../test/fakes/host.ts";
import { prepareOptions } from "../../test/fakes/prepare.ts";
import { fakeRun } from "../../test/fakes/run.ts";
import { startVncServer } from "../../test/servers/vnc-server.ts";
import type { PrepareContext } from "../sdk/component.ts";
import type { ConfigOf } from "../sdk/option.ts";
import { bootStepsStep, readBootWait, readKeyInterval, typeAtBoot, vncBootCommandStep } from "./boot-command.ts";
import { checkAll } from "./step.ts";

const component = {
  kind: "builder",
  type: "machine",
  summary: "A machine.",
  options: vncBootCommandStep.options,
  prepare: vncBootCommandStep.check,
} as const;

describe("step/boot-command", () => {
  it("waits 10 seconds unless told otherwise, also for zero, and not at all for a negative time", async () => {
    const waits = [{}, { boot_wait: "0s" }, { boot_wait: "-1s" }, { boot_wait: "1m30s" }];
    const taken = await Promise.all(
      waits.map(async (given) => readBootWait((await prepareOptions(component, given)).config)),
    );
    assert.deepEqual(taken, [10_000, 10_000, 0, 90_000]);
  });

  it("types as fast as the template says, then the environment, then ten keys a second", () => {
    const cases: readonly (readonly [number | undefined, string | undefined, number])[] = [
      [undefined, undefined, 100],
      [undefined, "30ms", 30],
      [undefined, "0", 0],
      [undefined, "-1s", 0],
      [undefined, "fast", 100],
      [5, "30ms", 5],
      [0, "30ms", 30],
      [-5, undefined, 100],
    ];
    for (const [boot_key_interval, value, expected] of cases) {
      assert.equal(
        readKeyInterval({ boot_key_interval }, { PACKER_KEY_INTERVAL: value }),
        expected,
        `${boot_key_interval} with ${value}`,
      );
    }
  });

  it("refuses a boot command where VNC is disabled, even an empty one", async () => {
    const refused = await prepareOptions(component, { disable_vnc: true, boot_command: [""] });
    assert.deepEqual(refused.problems, ["boot_command: A boot command cannot be used when vnc is disabled."]);
    assert.deepEqual((await prepareOptions(component, { disable_vnc: true })).problems, []);
    assert.deepEqual((await prepareOptions(component, { boot_command: ["<enter>"] })).problems, []);
  });

  it("tells what is wrong inside a command, in a list of steps too, and that there can be but one of the two", async () => {
    const steps = { ...component, options: { ...vncBootCommandStep.options, ...bootStepsStep.options } };
    const both = {
      ...steps,
      prepare: (config: ConfigOf<typeof steps.options>, context: PrepareContext) =>
        checkAll([vncBootCommandStep, bootStepsStep], config, context),
    } as const;
    const long = "<wait9999999h>";
    const { problems } = await prepareOptions(both, { boot_command: [long], boot_steps: [[long, "a", "b"]] });
    assert.deepEqual(
      problems.map((problem) => problem.replace(/: .*longer than 292 years.*/s, ": too long")),
      [
        "boot_command: too long",
        "boot_steps: Both boot command and boot steps cannot be used.",
        "boot_steps: too long",
        "boot_steps: A boot step is a list of a command and a description",
      ],
    );
    const right = await prepareOptions(both, { boot_steps: [["<enter>"], ["a<wait>", "Leave the menu"]] });
    assert.deepEqual(right.problems, []);
  });

  it("types what it is given into the screen of any machine, step by step", async () => {
    await using server = await startVncServer();
    const run = fakeRun({ host: fakeHost({ network: "real" }) });
    const machine = { ended: new Promise<void>(() => {}), gone: new AbortController().signal };
    const { config } = await prepareOptions(component, { boot_wait: "-1s", boot_key_interval: "1ms" });
    const boot_steps = [["{{.Name}}", "Say who it is"], ["<enter>"]];
    const screen = { address: "0.0.0.0", port: server.port };
    await typeAtBoot({ ...config, boot_steps }, { machine, screen, data: { Name: "ab" } }, run);
    await server.keysCome(6);
    assert.deepEqual(server.keys, ["+61", "-61", "+62", "-62", "+ff0d", "-ff0d"]);
    assert.deepEqual(run.lines, [
      `==> Connecting to VM via VNC (0.0.0.0:${server.port})`,
      "==> Typing the boot commands over VNC...",
      "    Typing boot command for: Say who it is",
    ]);
  });
});
