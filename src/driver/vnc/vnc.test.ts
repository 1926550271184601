// Typing over VNC: every version of the protocol, servers that break off or are none, and QEMU's own server with a password.
import assert from "node:assert/strict";
import { createServer } from "node:net";
import { describe, it } from "node:test";
import { cancelled, rejectsWith } from "../../../test/rejects.ts";
import { startKeyLogger } from "../../../test/servers/key-logger.ts";
import { freePort, serve } from "../../../test/servers/listen.ts";
import { startVncServer, type VncServerOptions } from "../../../test/servers/vnc-server.ts";
import { nodeHost } from "../../host/node.ts";
import { connectVnc, type VncConnection } from "./vnc.ts";

const { network, clock } = nodeHost();
const { signal: never } = new AbortController();

function connect(port: number, password?: string, signal = never): Promise<VncConnection> {
  return connectVnc(network, { host: "127.0.0.1", port, password }, signal);
}

/** What connecting to a server like this fails with. */
async function failing(options: VncServerOptions, code: string, message: RegExp, password?: string): Promise<void> {
  await using server = await startVncServer(options);
  await rejectsWith(connect(server.port, password), { code, message });
}

const versions: readonly (readonly [offered: string, spoken: string])[] = [
  ["RFB 003.003\n", "RFB 003.003"],
  ["RFB 003.005\n", "RFB 003.003"],
  ["RFB 003.007\n", "RFB 003.007"],
  ["RFB 003.008\n", "RFB 003.008"],
  ["RFB 003.889\n", "RFB 003.008"],
  ["RFB 004.001\n", "RFB 003.008"],
];

describe("driver/vnc", () => {
  for (const [version, spoken] of versions) {
    it(`types on a server that begins with ${version.trim()}, with and without a password`, async () => {
      for (const security of [1, 2]) {
        await using server = await startVncServer({ version, security: [security], slowly: true });
        const vnc = await connect(server.port, "secret");
        await vnc.key(0x61, true);
        await vnc.key(0xffe1, false);
        await server.keysCome(2);
        vnc.close();
        assert.deepEqual(server.keys, ["+61", "-ffe1"]);
        assert.equal(server.heard[0], spoken);
        assert.equal(server.heard[1], `security ${security}`);
        assert.equal(server.heard.at(-1), "shared 1");
      }
    });
  }

  it("gives every key that was sent before it closes", async () => {
    await using server = await startVncServer();
    const vnc = await connect(server.port);
    for (let index = 0; index < 500; index++) {
      vnc.key(index, true);
    }
    vnc.close();
    await server.keysCome(500);
    assert.equal(server.keys.at(-1), "+1f3");
    await rejectsWith(vnc.key(1, true), { code: "vnc/lost" });
  });

  it("takes the log-in without a password where both are offered and there is none", async () => {
    await using server = await startVncServer({ security: [16, 2, 1] });
    (await connect(server.port)).close();
    assert.equal(server.heard[1], "security 1");
  });

  it("is not confused by what the server says unasked", async () => {
    await using server = await startVncServer({ chatter: Buffer.alloc(3_000_000, "\u0002") });
    const vnc = await connect(server.port);
    for (const keysym of [1, 2, 3]) {
      await vnc.key(keysym, true);
    }
    await server.keysCome(3);
    vnc.close();
  });

  it("says why a server refuses, in whichever version", async () => {
    for (const version of ["RFB 003.003\n", "RFB 003.007\n", "RFB 003.008\n"]) {
      await failing(
        { version, security: [0], reason: "Too many\r\n\u001b[31mfailures" },
        "vnc/refused",
        /It said: Too many \[31mfailures$/,
      );
    }
    await failing(
      { result: 1, reason: "You are not on the list" },
      "vnc/refused",
      /did not let us in\nIt said: You are not on the list$/,
    );
  });

  it("says when the password is wrong or missing", async () => {
    const wrong = { security: [2], result: 1, reason: "Authentication failure" };
    await failing(wrong, "vnc/password", /did not take the password\nIt said: Authentication failure$/, "wrong");
    await failing({ ...wrong, version: "RFB 003.003\n" }, "vnc/password", /did not take the password$/, "wrong");
    await failing(
      { ...wrong, version: "RFB 003.007\n", result: 2 },
      "vnc/password",
      /did not take the password$/,
      "wrong",
    );
    await failing({ security: [2, 16] }, "vnc/password", /wants a password, and there is none$/);
  });

  it("names the ways of logging in that it cannot take", async () => {
    await failing(
      { security: [19, 99] },
      "vnc/security",
      /It offers: VeNCrypt, type 99\. Supported are: none, VNC password\.$/,
      "x",
    );
    await failing({ version: "RFB 003.003\n", security: [18] }, "vnc/security", /It offers: TLS\./);
  });

  it("does not wait for the end of a name that has none", async (t) => {
    const server = createServer((socket) => {
      socket.on("error", () => {});
      const size = Buffer.alloc(20);
      const length = Buffer.from([0xff, 0xff, 0xff, 0xff]);
      socket.write(Buffer.concat([Buffer.from("RFB 003.003\n"), Buffer.from([0, 0, 0, 1]), size, length]));
    });
    const url = new URL(await serve(t, server));
    await rejectsWith(connect(Number(url.port)), { code: "vnc/protocol", message: /a name of 4294967295 bytes/ });
  });

  it("tells a server of another kind, also one that says little and waits", async () => {
    for (const version of ["SSH-2.0-OpenSSH_9.2\r\n", "220 x\r\n", "RFB 3.8\n", "RFB 002.001\n", "RFB 003:008\n"].map(
      (one) => one.padEnd(12, "."),
    )) {
      const said = version.startsWith("220") ? "220 x\r\n" : version;
      await failing({ version: said }, "vnc/protocol", /answers, but not as a VNC server\nIt sent: "/);
    }
  });

  it("notices a connection that ends at any point before keys", async () => {
    for (const version of ["RFB 003.003\n", "RFB 003.007\n", "RFB 003.008\n"]) {
      for (const security of [[1], [2]]) {
        let cutAfter = 0;
        for (; ; cutAfter++) {
          await using server = await startVncServer({ version, security, cutAfter });
          const outcome = await connect(server.port, "secret").catch((thrown: unknown) => thrown);
          if (!(outcome instanceof Error)) {
            break;
          }
          await rejectsWith(Promise.reject(outcome), {
            code: "vnc/closed",
            failure: "network",
            message: /closed the connection before/,
          });
        }
        // Version, at least one byte of security, the size of the screen and the length and text of its name.
        assert.ok(cutAfter >= 12 + 1 + 24 + "a machine".length, `${version} was in after ${cutAfter} bytes`);
      }
    }
  });

  it("says what the server owed when it closed", async () => {
    await failing({ cutAfter: 1 }, "vnc/closed", /It should have sent its version\.$/);
    await failing({ cutAfter: 12 }, "vnc/closed", /It should have sent the ways of logging in\.$/);
    await failing({ cutAfter: 14 }, "vnc/closed", /It should have sent whether the log-in worked\.$/);
    await failing({ cutAfter: 20 }, "vnc/closed", /It should have sent the size of its screen\.$/);
    await failing(
      { cutAfter: 14, security: [2] },
      "vnc/closed",
      /It should have sent the challenge for the password\.$/,
      "x",
    );
  });

  it("fails with the next key when the connection is lost while typing", async () => {
    await using server = await startVncServer();
    const vnc = await connect(server.port);
    await vnc.key(0x61, true);
    await server.keysCome(1);
    server.cut();
    const typing = async (): Promise<void> => {
      for (;;) {
        await vnc.key(0x62, true);
        await clock.sleep(1);
      }
    };
    await rejectsWith(typing(), {
      code: "vnc/lost",
      failure: "network",
      message: /127\.0\.0\.1:\d+ was lost while keys were being sent/,
    });
  });

  it("says when nothing listens", async () => {
    await rejectsWith(connect(await freePort()), {
      code: "vnc/unreachable",
      failure: "network",
      message: /ECONNREFUSED/,
    });
  });

  it("gives up at once when it is cancelled, at whatever the server keeps silent about", async () => {
    // An empty list of ways of logging in is to be followed by a reason, which never comes.
    for (const odd of [{ version: "" }, { version: "RFB 003." }, { security: [] }]) {
      await using server = await startVncServer(odd);
      const controller = new AbortController();
      const connecting = connect(server.port, undefined, controller.signal);
      clock.sleep(50).then(() => controller.abort(cancelled()));
      await rejectsWith(connecting, { code: "host/cancelled", failure: "cancelled" });
    }
    await assert.rejects(connect(1, undefined, AbortSignal.abort(cancelled())), /cancelled/);
  });

  it("logs in to QEMU with its password and without one", async (t) => {
    for (const password of [undefined, "se-cret!", "longer than eight", "short", ""]) {
      const machine = await startKeyLogger(t, password === undefined ? {} : { password });
      if (machine === undefined) {
        return;
      }
      const vnc = await connect(machine.port, password);
      for (const down of [true, false]) {
        await vnc.key(0xffc9, down);
      }
      assert.equal(await machine.typed(), "58d8");
      vnc.close();
    }
  });

  it("is refused by QEMU with a wrong password, and with none", async (t) => {
    const machine = await startKeyLogger(t, { password: "right" });
    if (machine === undefined) {
      return;
    }
    await rejectsWith(connect(machine.port, "wrong"), {
      code: "vnc/password",
      message: /It said: Authentication failed$/,
    });
    await rejectsWith(connect(machine.port), { code: "vnc/password", message: /there is none$/ });
  });
});
