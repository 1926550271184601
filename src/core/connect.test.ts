import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fakeCommunicator } from "../../test/fakes/communicator.ts";
import { fakeClock, fakeHost } from "../../test/fakes/host.ts";
import { aBuilder, aCommunicator, aProvisioner, planOf, runFakePlan } from "../../test/fakes/plan.ts";
import { failure } from "../diagnostic/build-error.ts";
import type { GeneratedData } from "../sdk/artifact.ts";

describe("core/connect", () => {
  test("says whom it connects to when the address is known, the user's own first", async () => {
    const builder = aBuilder(async (run) => void (await run.connect({ host: async () => "10.0.0.1" })) as undefined);
    const known = await runFakePlan(planOf({ builder }));
    assert.deepEqual(known.lines, ["==> test: Using fake communicator to connect: 10.0.0.1"]);
    const chosen = await runFakePlan(
      planOf({ builder, communicator: aCommunicator(undefined, { host: () => "example.org" }) }),
    );
    assert.deepEqual(chosen.lines, ["==> test: Using fake communicator to connect: example.org"]);
    const unknown = aBuilder(
      async (run) => void (await run.connect({ host: () => Promise.reject(new Error("booting")) })) as undefined,
    );
    assert.deepEqual((await runFakePlan(planOf({ builder: unknown }))).lines, []);
  });

  test("pause_before_connecting connects, hangs up, waits and connects again", async () => {
    const story: string[] = [];
    const communicator = aCommunicator(
      async () => {
        const number = story.filter((each) => each === "open").length + 1;
        story.push("open");
        return { ...fakeCommunicator(), close: async () => void story.push(`close ${number}`) };
      },
      { pauseBeforeConnecting: 600_000 },
    );
    const host = fakeHost();
    const provisioner = aProvisioner(async () => void story.push("provision"));
    const { lines } = await runFakePlan(planOf({ communicator, provisioners: [provisioner] }), { host });
    assert.deepEqual(story, ["open", "close 1", "open", "provision", "close 2"]);
    assert.deepEqual(lines.slice(1), ["==> test: Pausing 10m0s before connecting..."]);
    assert.ok(host.clock.sleeps.includes(600_000));
  });

  test("a cancel ends the pause before connecting", async () => {
    const cancel = new AbortController();
    let opened = 0;
    const communicator = aCommunicator(
      async () => {
        opened++;
        return fakeCommunicator();
      },
      { pauseBeforeConnecting: 600_000 },
    );
    const { builds } = await runFakePlan(planOf({ communicator }), {
      host: fakeHost({ clock: fakeClock("manual") }),
      signal: cancel.signal,
      watch: (event) => event.type === "said" && event.text.startsWith("Pausing") && setImmediate(() => cancel.abort()),
    });
    assert.equal(builds[0]?.outcome, "cancelled");
    assert.equal(opened, 1);
  });

  test("a machine that is gone ends the waiting for it, and the failure says why", async () => {
    const gone = new AbortController();
    const builder = aBuilder(async (run) => void (await run.connect({ gone: gone.signal })) as undefined);
    const communicator = aCommunicator(async (run) => {
      const waiting = run.host.clock.sleep(600_000, run.signal);
      gone.abort(failure("environment", "qemu/ended", "The machine is not running any more"));
      await waiting;
      return fakeCommunicator();
    });
    const { builds } = await runFakePlan(planOf({ builder, communicator }), {
      host: fakeHost({ clock: fakeClock("manual") }),
    });
    assert.equal(builds[0]?.error, "The machine is not running any more");
    assert.equal(builds[0]?.failure, "environment");
  });

  test("communicator none is neither announced nor paused for, and commands succeed over it", async () => {
    const communicator = aCommunicator(async () => fakeCommunicator({ type: "none" }), {
      type: "none",
      connects: false,
      pauseBeforeConnecting: 5000,
    });
    const host = fakeHost();
    const { lines, builds } = await runFakePlan(planOf({ communicator }), { host });
    assert.deepEqual([lines, builds[0]?.outcome], [[], "built"]);
    assert.ok(!host.clock.sleeps.includes(5000));
  });

  test("a build without a machine runs commands that do nothing and refuses files", async () => {
    const builder = aBuilder(async (run) => void (await run.provision(undefined)) as undefined);
    const ends: unknown[] = [];
    const runs = aProvisioner(async (run) => void ends.push(await run.execute(run.communicator, "ls")));
    const uploads = aProvisioner((run) =>
      run.communicator.upload({ content: (async function* () {})() }, "/x", run.signal),
    );
    const { builds } = await runFakePlan(planOf({ builder, provisioners: [runs, uploads] }));
    assert.deepEqual(ends, [{ end: "exited", code: 0 }]);
    assert.equal(builds[0]?.error, "Upload is not implemented when communicator = 'none'");
    assert.equal(builds[0]?.diagnostics[0]?.code, "run/no-machine");
    assert.equal(builds[0]?.failure, "template");
  });

  test("what the connection knows becomes the build's data, and its password a secret", async () => {
    const seen: GeneratedData[] = [];
    const generated = { Host: "10.0.0.1", Port: 22, User: "root", Password: "hunter2!" };
    const builder = aBuilder(async (run) => {
      run.publish({ ID: "i-1", Extra: "more" });
      await run.provision(await run.connect({}));
      return undefined;
    });
    const provisioner = aProvisioner(async (run) => {
      seen.push(run.generated);
      run.ui.say(run.render("{{build `Host`}} {{.Path}} {{build `Password`}}", { Path: "/tmp/x" }));
    });
    const communicator = aCommunicator(async () => fakeCommunicator({ generated }));
    const run = planOf({ builder, communicator, provisioners: [provisioner] });
    const { lines, secrets } = await runFakePlan(run, { runUuid: "u-u" });
    assert.deepEqual(seen, [
      {
        ID: "i-1",
        Extra: "more",
        ...generated,
        ConnType: "fake",
        PackerRunUUID: "u-u",
        SSHPublicKey: "",
        SSHPrivateKey: "",
        SSHPrivateKeyFile: "",
        SSHAgentAuth: false,
        WinRMPassword: "",
      },
    ]);
    assert.deepEqual(
      lines.map((line) => secrets.filter(line)),
      ["==> test: 10.0.0.1 /tmp/x <sensitive>"],
    );
  });

  test("a connection that fails ends the build and points at the template", async () => {
    const range = {
      filename: "t.json",
      start: { line: 3, column: 1, offset: 9 },
      end: { line: 3, column: 5, offset: 13 },
    };
    const communicator = aCommunicator(
      async () => {
        throw failure("auth", "test/auth", "Nobody lets us in");
      },
      { range },
    );
    const { builds, lines } = await runFakePlan(planOf({ communicator }));
    assert.deepEqual(
      [builds[0]?.failure, builds[0]?.failedIn, builds[0]?.diagnostics[0]?.subject],
      ["auth", "Connect", range],
    );
    assert.equal(lines.at(-1), "!!! test: Nobody lets us in");
  });
});
