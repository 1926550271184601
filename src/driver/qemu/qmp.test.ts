// QEMU's control socket: commands and their answers, and an other side that is not QEMU.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { fakeClock, fakeHost } from "../../../test/fakes/host.ts";
import { cancelled, rejectsWith } from "../../../test/rejects.ts";
import { connectQmp, type Qmp } from "./qmp.ts";

const never = new AbortController().signal;

async function connect(
  t: TestContext,
  answer: (socket: Socket, command: string | undefined) => void,
  signal = never,
): Promise<Qmp> {
  const folder = mkdtempSync(join(tmpdir(), "packer-ts-qmp-"));
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on("error", () => {}));
    answer(socket, undefined);
    socket.on("data", (bytes) => {
      for (const line of String(bytes).trim().split("\n")) {
        answer(socket, (JSON.parse(line) as { execute: string }).execute);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(join(folder, "s"), resolve));
  t.after(() => {
    server.close();
    for (const socket of sockets) {
      socket.destroy();
    }
    rmSync(folder, { recursive: true, force: true });
  });
  const { network } = fakeHost({ network: "real" });
  return connectQmp({ network, clock: fakeClock() }, join(folder, "s"), signal);
}

const GREETING = '{"QMP": {}}\r\n';

describe("driver/qemu/qmp", { skip: process.platform === "win32" }, () => {
  test("an answer is found among events, and a refusal is told in QEMU's words", async (t) => {
    const qmp = await connect(t, (socket, command) => {
      const events = '{"event": "RESET"}\n'.repeat(1000);
      const answers: Readonly<Record<string, string>> = {
        qmp_capabilities: '{"return": {}}\n',
        good: `${events}{"return": 5}\n`,
        bad: '{"error": {"desc": "no such thing"}}\n',
      };
      socket.write(command === undefined ? GREETING : (answers[command] ?? ""));
    });
    assert.equal(await qmp.execute("good"), 5);
    await rejectsWith(qmp.execute("bad"), {
      code: "qemu/control",
      message: /refused the command "bad"\nno such thing/,
    });
    qmp.close();
  });

  const odd: Readonly<Record<string, (socket: Socket) => void>> = {
    "a line that never ends": (socket) => {
      const more = (): void => {
        while (!socket.destroyed && socket.write("x".repeat(65_536))) {}
      };
      socket.on("drain", more);
      more();
    },
    "something else than QMP": (socket) => void socket.write("220 mail.test ESMTP\r\n"),
    "a number": (socket) => void socket.write("5\n"),
    "nothing, and closes": (socket) => void socket.end(),
    "nothing at all": () => {},
  };
  for (const [what, say] of Object.entries(odd)) {
    test(`another side that says ${what} is told`, async (t) => {
      const connecting = connect(t, (socket, command) => {
        if (command === undefined) {
          say(socket);
        }
      });
      await rejectsWith(connecting, { code: "qemu/control", message: /cannot be talked to/ });
    });
  }

  test("events without end are no answer either", async (t) => {
    const connecting = connect(t, (socket) => {
      const timer = setInterval(() => socket.write('{"event": "RESET"}\n'.repeat(100)), 1);
      socket.once("close", () => clearInterval(timer));
    });
    await rejectsWith(connecting, { code: "qemu/control", message: /did not answer within 60 s/ });
  });

  test("it ends at once when it is cancelled", async (t) => {
    const cancel = new AbortController();
    const connecting = connect(t, () => setImmediate(() => cancel.abort(cancelled())), cancel.signal);
    await assert.rejects(connecting, /cancelled/);
  });
});
