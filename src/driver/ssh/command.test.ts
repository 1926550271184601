// Commands whose whole story arrives in one piece.
import assert from "node:assert/strict";
import { connect, createServer, type Socket } from "node:net";
import { describe, it, type TestContext } from "node:test";
import { connectSshTo, hear } from "../../../test/servers/ssh-run.ts";
import { type Sshd, startSshd } from "../../../test/servers/sshd.ts";

/** Hands on what the server says once it has been silent for a while, in one piece; gives its port. */
async function gatheringProxy(t: TestContext, sshd: Sshd): Promise<number> {
  const open = new Set<Socket>();
  const proxy = createServer((client) => {
    const server = connect(sshd.port, sshd.host);
    for (const socket of [client, server]) open.add(socket.on("error", () => {}).on("close", () => client.destroy()));
    client.pipe(server);
    let gathered: Buffer[] = [];
    let timer: NodeJS.Timeout | undefined;
    const handOn = (): void => {
      client.write(Buffer.concat(gathered));
      gathered = [];
    };
    server.on("data", (chunk: Buffer) => {
      gathered.push(chunk);
      clearTimeout(timer);
      timer = setTimeout(handOn, 250);
    });
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => proxy.once("listening", resolve));
  t.after(() => {
    for (const socket of open) socket.destroy();
    proxy.close();
  });
  const address = proxy.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

describe("driver/ssh command", () => {
  it("hears how a command ended when its end comes together with its beginning", async (t) => {
    // Without a home no start-up file of the user's shell makes the command slow.
    const sshd = await startSshd(t, { config: ["SetEnv HOME=/nonexistent"] });
    if (sshd === undefined) return;
    const port = await gatheringProxy(t, sshd);
    const machine = await connectSshTo(t, {
      ssh_host: "127.0.0.1",
      ssh_port: port,
      ssh_username: sshd.user,
      ssh_private_key_file: sshd.keyFile,
    });
    for (const code of [0, 7, 0]) {
      const heard = await hear(machine, `echo out; echo err >&2; exit ${code}`);
      assert.deepEqual(heard, { end: "exited", code, stdout: "out\n", stderr: "err\n" });
    }
  });
});
