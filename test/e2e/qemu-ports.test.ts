// Fixed ports of this machine, which people open by hand in a firewall: several builds of one run share them one after the other.
import assert from "node:assert/strict";
import { chmodSync, readdirSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, it } from "node:test";
import { needs } from "../needs.ts";
import { freePort } from "../servers/listen.ts";
import { vmInstaller } from "../servers/vm-installer.ts";
import { buildIn, fromDisk, type Place, placeFor, remains, switchedOff } from "./qemu-build.ts";

/** A machine that is switched off two seconds after it was started. */
const FILES = { machine: "#!/bin/sh\nexec sleep 2\n" };

function twoMachines(options: object): object {
  const common = { qemu_binary: "./machine", shutdown_timeout: "20s", ...options };
  return { builders: ["one", "two"].map((name) => switchedOff({ name, output_directory: `made-${name}`, ...common })) };
}

function made({ folder }: Place): readonly string[] {
  return readdirSync(folder).filter((name) => name.startsWith("made-"));
}

describe("e2e/qemu-ports", () => {
  for (const [what, options] of [
    ["the HTTP server", (port: number) => ({ http_content: { "/a": "b" }, http_port_min: port, http_port_max: port })],
    [
      "its screen",
      (port: number) => ({ disable_vnc: false, vnc_port_min: port, vnc_port_max: port, boot_wait: "-1s" }),
    ],
  ] as const) {
    it(`builds two machines that have one port for ${what} one after the other`, async (t) => {
      if (!needs(t, "qemu-img")) {
        return;
      }
      const port = await freePort();
      const place = placeFor(t, { ...FILES, "t.json": twoMachines(options(port)) });
      chmodSync(join(place.folder, "machine"), 0o755);
      const { code, stdout } = await buildIn(place);
      assert.equal(code, 0, stdout);
      const said = new RegExp(
        ` {4}(one|two): Waiting for port ${port} for ${what}, until the build "(one|two)" no longer`,
      );
      assert.match(stdout, said);
      assert.deepEqual(made(place), ["made-one", "made-two"]);
    });
  }

  it("lets two real machines be reached by one port, one after the other", async (t) => {
    const vm = vmInstaller(t);
    if (vm === undefined) {
      return;
    }
    const port = await freePort();
    const builders = ["one", "two"].map((name) =>
      fromDisk(vm, {
        ...{ name, output_directory: `made-${name}`, skip_compaction: true, disable_vnc: true },
        ...{ host_port_min: port, host_port_max: port },
      }),
    );
    const provisioners = [{ type: "shell", inline: ["echo $PACKER_BUILD_NAME"] }];
    const place = placeFor(t, { "t.json": { builders, provisioners } });
    const { code, stdout } = await buildIn(place);
    assert.equal(code, 0, stdout);
    assert.match(stdout, new RegExp(` {4}(one|two): Waiting for port ${port} for its communicator, until the build`));
    assert.match(stdout, / {4}one: one\n/);
    assert.match(stdout, / {4}two: two\n/);
  });

  it("waits for no stranger", async (t) => {
    if (!needs(t, "qemu-img")) {
      return;
    }
    const stranger = createServer();
    await new Promise<void>((done) => stranger.listen(0, "0.0.0.0", done));
    t.after(() => stranger.close());
    const { port } = stranger.address() as { port: number };
    const options = { http_content: { "/a": "b" }, http_port_min: port, http_port_max: port };
    const place = placeFor(t, { ...FILES, "t.json": { builders: [switchedOff(options)] } });
    const { code, stdout } = await buildIn(place);
    assert.equal(code, 1, stdout);
    assert.match(stdout, new RegExp(`No port from ${port} to ${port} is free on \\S+ for the HTTP server`));
    assert.doesNotMatch(stdout, /Waiting for port/);
    assert.deepEqual(remains(place), []);
  });

  it("goes on when the build that has the port fails, or leaves its machine in place", async (t) => {
    if (!needs(t, "qemu-img")) {
      return;
    }
    const port = await freePort();
    const options = { http_content: { "/a": "b" }, http_port_min: port, http_port_max: port, shutdown_timeout: "1s" };
    const place = placeFor(t, { machine: "#!/bin/sh\nexec sleep 600\n", "t.json": twoMachines(options) });
    chmodSync(join(place.folder, "machine"), 0o755);
    const { code, stdout } = await buildIn(place, {}, "-on-error=abort");
    assert.equal(code, 1, stdout);
    assert.equal(stdout.match(/==> (one|two): Failed to shutdown/g)?.length, 2, stdout);
  });
});
