// When a boot command is typed and how fast, and what is said of options that exclude one another.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { prepareOptions } from "../../test/fakes/prepare.ts";
import { bootWait, keyInterval, vncBootCommandStep } from "./boot-command.ts";

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
      waits.map(async (given) => bootWait((await prepareOptions(component, given)).config)),
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
        keyInterval({ boot_key_interval }, { PACKER_KEY_INTERVAL: value }),
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
});
