// Builds of machines that are interrupted at any moment: no machine, no result and no temporary file is left; what a killed one leaves, `reap` removes.
import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { type VmInstaller, vmInstaller } from "../servers/vm-installer.ts";
import { buildIn, fromDisk, type Place, placeFor, processesOf, remains, runIn } from "./qemu-build.ts";

const ROUNDS = 12;
/** Milliseconds in which a machine is up and being provisioned, where something helps the processor. */
const LONGEST = { kvm: 6000, tcg: 14_000 };
const seed = Number(process.env["PACKER_TS_SEED"] ?? 20261122);

/** Numbers from 0 to 1 that are the same for the same seed. */
function numbers(from: number): () => number {
  let state = from;
  return () => {
    state = (state * 48_271) % 0x7fffffff;
    return state / 0x7fffffff;
  };
}

function place(t: TestContext, vm: VmInstaller): Place {
  const builder = fromDisk(vm, {
    cd_content: { "a.txt": "a" },
    floppy_content: { "b.txt": "b" },
    http_content: { "/c.txt": "c" },
  });
  return placeFor(t, {
    "t.json": { builders: [builder], provisioners: [{ type: "shell", inline: ["echo up", "sleep 300"] }] },
  });
}

describe("e2e/qemu-interrupts", () => {
  it("leaves nothing of a machine", async (t) => {
    const vm = vmInstaller(t);
    if (vm === undefined) {
      return;
    }
    const random = numbers(seed);
    const reached = { machine: 0, provisioner: 0 };
    const plan = Array.from({ length: ROUNDS }, (_, i) => ({
      signal: i % 2 === 0 ? ("SIGINT" as const) : ("SIGTERM" as const),
      // Half of the moments early, when the most happens.
      delay: Math.floor(random() * (i % 4 < 2 ? 1500 : LONGEST[vm.accelerator])),
    })).values();
    const worker = async (): Promise<void> => {
      for (const { signal, delay } of plan) {
        const at = place(t, vm);
        const { code, stdout, stderr } = await buildIn(at, {
          started: (child) => void child.stdout?.once("data", () => setTimeout(() => child.kill(signal), delay)),
        });
        const what = `${signal} after ${delay} ms, seed ${seed}:\n${stdout}${stderr}`;
        assert.equal(code, 1, what);
        assert.match(
          stdout,
          new RegExp(`Cancelling build after receiving ${signal === "SIGINT" ? "interrupt" : "terminated"}\n`),
          what,
        );
        assert.match(stdout, /Cleanly cancelled builds after being interrupted\.\n$/, what);
        assert.doesNotMatch(stdout, /Some builds didn't complete|This is a bug|fault of the program/, what);
        assert.deepEqual(remains(at), [], what);
        if (stdout.includes("Starting VM")) {
          reached.machine++;
        }
        if (stdout.includes("Provisioning")) {
          reached.provisioner++;
        }
      }
    };
    await Promise.all([worker(), worker()]);
    t.diagnostic(
      `${ROUNDS} interrupted, ${reached.machine} of them with a machine, ${reached.provisioner} while provisioning; seed ${seed}`,
    );
    assert.ok(reached.machine > 0);
  });

  it("is removed by a later command when the program was killed", async (t) => {
    const vm = vmInstaller(t);
    if (vm === undefined) {
      return;
    }
    for (const words of ["Starting VM", "Provisioning with"]) {
      const at = place(t, vm);
      const killed = await buildIn(at, {
        started(child) {
          let said = "";
          child.stdout?.on("data", (chunk: Buffer) => {
            said += chunk;
            if (said.includes(words)) {
              setTimeout(() => child.kill("SIGKILL"), 500);
            }
          });
        },
      });
      assert.equal(killed.signal, "SIGKILL");
      const machines = [...processesOf(at.root).values()].filter((command) => command.includes("qemu-system"));
      assert.equal(machines.length, 1, `the machine goes on:\n${remains(at).join("\n")}`);
      const reaped = await runIn(at, ["reap", "-older-than=0s"]);
      assert.equal(reaped.code, 0, reaped.stdout + reaped.stderr);
      assert.match(reaped.stdout, /Removed the virtual machine of build 'qemu'/);
      assert.match(reaped.stdout, /Removed the output directory of build 'qemu'/);
      await wait(100);
      assert.deepEqual(remains(at), [], reaped.stdout);
    }
  });
});
