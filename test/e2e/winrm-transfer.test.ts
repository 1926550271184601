// Files and folders over WinRM: whole, checked, taken up again, and in few requests.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { gzipSync } from "node:zlib";
import { pack, type SentEntry } from "../../src/driver/winrm/transfer/container.ts";
import { download } from "../../src/driver/winrm/transfer/download.ts";
import { listEntries, writeEntries } from "../../src/driver/winrm/transfer/local-folder.ts";
import { upload } from "../../src/driver/winrm/transfer/upload.ts";
import { cancelled } from "../rejects.ts";
import { rejection, type WinrmFixture, winrmFixture } from "../servers/winrm-fixture.ts";
import type { Exchange } from "../servers/winrm-server.ts";

async function temporary(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "winrm-test-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

async function* file(content: Uint8Array): AsyncGenerator<SentEntry> {
  yield {
    name: "",
    content: (async function* () {
      yield content;
    })(),
  };
}

/** Uploads one file with its compressed stream in a folder that must be empty afterwards. */
async function send(
  t: TestContext,
  fixture: Pick<WinrmFixture, "client" | "signal">,
  content: Uint8Array,
  destination: string,
): Promise<number[]> {
  const tempDir = await temporary(t);
  const shares: number[] = [];
  try {
    await upload(
      fixture.client,
      { entries: file(content), destination, tempDir, onProgress: (share) => shares.push(share) },
      fixture.signal,
    );
  } finally {
    assert.deepEqual(await readdir(tempDir), [], "nothing is left on this machine");
  }
  return shares;
}

async function fetched(fixture: WinrmFixture, path: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const { content } of download(fixture.client, path, false, fixture.signal)) {
    for await (const chunk of content ?? []) {
      chunks.push(chunk);
    }
  }
  return Buffer.concat(chunks);
}

function parts(fixture: WinrmFixture): string[] {
  return [...fixture.server.machine.files.keys()].filter((path) => path.endsWith(".part"));
}

/** Intercepts the nth request with an action. */
function nth(action: string, number: number, body: (exchange: Exchange) => { cut: "before" | "after" } | undefined) {
  let seen = 0;
  return (exchange: Exchange) => (exchange.action === action && ++seen === number ? body(exchange) : undefined);
}

describe("e2e/winrm/transfer", () => {
  it("sends a file and fetches it again, byte by byte", async (t) => {
    await using fixture = await winrmFixture({ allowUnencrypted: false }, { ntlm: true });
    const content = randomBytes(1_500_000);
    const shares = await send(t, fixture, content, "C:\\data\\deep\\file name's.bin");
    assert.ok(fixture.server.machine.read("C:\\data\\deep\\file name's.bin")?.equals(content));
    assert.ok((await fetched(fixture, "C:\\data\\deep\\file name's.bin")).equals(content));
    assert.deepEqual(parts(fixture), []);
    assert.ok(shares.length > 2 && shares.at(-1) === 1);
    assert.deepEqual(
      shares,
      [...shares].sort((a, b) => a - b),
    );
  });

  it("sends and fetches an empty file", async (t) => {
    await using fixture = await winrmFixture();
    await send(t, fixture, new Uint8Array(), "C:\\empty");
    assert.equal(fixture.server.machine.read("C:\\empty")?.length, 0);
    assert.equal((await fetched(fixture, "C:\\empty")).length, 0);
  });

  it("needs five requests for a small file", async (t) => {
    await using fixture = await winrmFixture();
    await send(t, fixture, Buffer.from("echo hello"), "%TEMP%\\script.bat");
    assert.deepEqual(fixture.server.actions, ["Create", "Command", "Send", "Receive", "Delete"]);
  });

  it("sends 200 files of 1.4 MB in less than 60 requests", async (t) => {
    await using fixture = await winrmFixture({}, { ntlm: true });
    const folder = await temporary(t);
    for (let number = 0; number < 200; number++) {
      await mkdir(join(folder, `d${number % 10}`), { recursive: true });
      await writeFile(join(folder, `d${number % 10}`, `${number}.bin`), randomBytes(7_000));
    }
    await upload(
      fixture.client,
      { entries: listEntries(folder, "", () => {}), destination: "C:\\many", tempDir: await temporary(t) },
      fixture.signal,
    );
    assert.ok(fixture.server.requests < 60, `${fixture.server.requests} requests`);
    const names = fixture.server.machine.below("C:\\many").filter((name) => !name.endsWith("\\"));
    assert.equal(names.length, 200);
    for (const name of names) {
      assert.deepEqual(
        fixture.server.machine.read(`C:\\many\\${name}`),
        await readFile(join(folder, name.replaceAll("\\", "/"))),
      );
    }
  });

  it("uses what the machine says about its largest request, and little where it may not ask", async (t) => {
    const content = randomBytes(600_000);
    const sends = async (options: { maxEnvelopeKb: number; administrator?: boolean }): Promise<number> => {
      await using fixture = await winrmFixture(options);
      await send(t, fixture, content, "C:\\x");
      assert.ok(fixture.server.machine.read("C:\\x")?.equals(content));
      return fixture.server.actions.filter((action) => action === "Send").length;
    };
    assert.equal(await sends({ maxEnvelopeKb: 2000 }), 1);
    assert.equal(await sends({ maxEnvelopeKb: 500 }), 3);
    assert.equal(await sends({ maxEnvelopeKb: 500, administrator: false }), 8);
  });

  for (const cut of ["before", "after"] as const) {
    it(`goes on when a connection is cut ${cut} the machine has taken a piece`, async (t) => {
      const content = randomBytes(1_500_000);
      await using fixture = await winrmFixture({ intercept: nth("Send", 2, () => ({ cut })) }, { ntlm: true });
      await send(t, fixture, content, "C:\\x");
      assert.ok(fixture.server.machine.read("C:\\x")?.equals(content));
      assert.equal(fixture.server.actions.filter((action) => action === "Create").length, 1, "in the same shell");
    });
  }

  it("goes on in another shell, from where the machine is, when the first is lost", async (t) => {
    const content = randomBytes(1_500_000);
    let lost = false;
    await using fixture = await winrmFixture({
      intercept({ action, number }) {
        if (lost || action !== "Send" || number < 5) {
          return undefined;
        }
        lost = true;
        for (const shell of fixture.server.protocol.shells.values()) {
          shell.close();
        }
        fixture.server.protocol.shells.clear();
        return { cut: "before" };
      },
    });
    await send(t, fixture, content, "C:\\x");
    assert.ok(fixture.server.machine.read("C:\\x")?.equals(content));
    assert.equal(fixture.server.actions.filter((action) => action === "Create").length, 2);
    const sends = fixture.server.actions.filter((action) => action === "Send").length;
    assert.ok(sends === 8, `${sends} pieces: what had arrived is not sent again`);
  });

  it("skips a line that came only in part and is sent again", async (t) => {
    const content = randomBytes(900_000);
    let torn = false;
    await using fixture = await winrmFixture({
      intercept({ action, message }) {
        if (torn || action !== "Send") {
          return undefined;
        }
        torn = true;
        const [shell] = fixture.server.protocol.shells.values();
        const [command] = shell?.commands.values() ?? [];
        const data = Buffer.from(/<rsp:Stream[^>]*>([^<]*)</.exec(message)?.[1] ?? "", "base64");
        command?.send(data.subarray(0, 1000), false);
        return { cut: "before" };
      },
    });
    await send(t, fixture, content, "C:\\x");
    assert.ok(fixture.server.machine.read("C:\\x")?.equals(content));
  });

  it("notices a damaged upload by its hash", async (t) => {
    let altered = false;
    await using fixture = await winrmFixture({
      async intercept({ action, message }) {
        if (altered || action !== "Send") {
          return undefined;
        }
        altered = true;
        const [shell] = fixture.server.protocol.shells.values();
        const [command] = shell?.commands.values() ?? [];
        const line = Buffer.from(/<rsp:Stream[^>]*>([^<]*)</.exec(message)?.[1] ?? "", "base64").toString("latin1");
        command?.send(
          Buffer.from(`${line.slice(0, 100)}${line[100] === "A" ? "B" : "A"}${line.slice(101)}`, "latin1"),
          false,
        );
        return { cut: "before" };
      },
    });
    const { code, text } = await rejection(send(t, fixture, randomBytes(900_000), "C:\\x"));
    assert.equal(code, "communicator/winrm-upload");
    assert.match(text, /could not write C:\\x\nThe upload arrived damaged/);
    assert.deepEqual(parts(fixture), []);
  });

  it("passes on what the machine says when it cannot write", async (t) => {
    await using fixture = await winrmFixture();
    fixture.server.machine.addFolder("C:\\there");
    const { text } = await rejection(send(t, fixture, Buffer.from("x"), "C:\\there"));
    assert.match(text, /could not write C:\\there\nC:\\there is a folder/);
    assert.deepEqual(parts(fixture), [], "nothing is left on the machine");
  });

  it("passes on what PowerShell says when it does not even start", async (t) => {
    await using fixture = await winrmFixture();
    fixture.server.machine.program(/^powershell/, ({ stderr }) => {
      stderr("This program is blocked by group policy.\r\n");
      return 1;
    });
    const { text } = await rejection(send(t, fixture, randomBytes(900_000), "C:\\x"));
    assert.match(text, /blocked by group policy/);
  });

  it("gives up when the machine does not come back, and says how far it came", async (t) => {
    await using fixture = await winrmFixture({
      intercept: ({ action, number }) => (number > 4 && action !== "Get" ? { cut: "before" } : undefined),
    });
    const { code, text } = await rejection(send(t, fixture, randomBytes(2_000_000), "C:\\x"));
    assert.equal(code, "communicator/winrm-upload");
    assert.match(text, /\d+ of 2\d+ compressed bytes had arrived/);
  });

  it("stops when it is cancelled and leaves nothing behind", async (t) => {
    const stop = new AbortController();
    const reason = cancelled();
    await using fixture = await winrmFixture({
      intercept({ action }) {
        if (action === "Send") {
          stop.abort(reason);
        }
        return undefined;
      },
    });
    const stoppable = { client: fixture.client, signal: stop.signal };
    await assert.rejects(send(t, stoppable, randomBytes(2_000_000), "C:\\x"), (thrown) => thrown === reason);
    assert.deepEqual(parts(fixture), []);
    assert.equal(fixture.server.protocol.shells.size, 0);
  });

  it("sends a folder with links followed, but not in circles, and fetches it again", async (t) => {
    await using fixture = await winrmFixture({}, { ntlm: true });
    const folder = await temporary(t);
    await mkdir(join(folder, "sub", "empty"), { recursive: true });
    await writeFile(join(folder, "sub", "ünïcode.txt"), "text");
    await writeFile(join(folder, ".DS_Store"), "no");
    await symlink(join(folder, "sub", "ünïcode.txt"), join(folder, "link.txt"));
    await symlink("..", join(folder, "sub", "up"));
    let bytes = 0;
    const entries = listEntries(folder, "top", (read) => {
      bytes += read;
    });
    await upload(fixture.client, { entries, destination: "C:\\d", tempDir: await temporary(t) }, fixture.signal);
    assert.equal(bytes, 8);
    assert.deepEqual(fixture.server.machine.below("C:\\d"), [
      "top\\",
      "top\\link.txt",
      "top\\sub\\",
      "top\\sub\\empty\\",
      "top\\sub\\ünïcode.txt",
    ]);
    const back = await temporary(t);
    await writeEntries(download(fixture.client, "C:\\d\\top", true, fixture.signal), back, fixture.signal);
    assert.deepEqual((await readdir(back, { recursive: true })).sort(), [
      "link.txt",
      "sub",
      "sub/empty",
      "sub/ünïcode.txt",
    ]);
    assert.equal(await readFile(join(back, "sub", "ünïcode.txt"), "utf8"), "text");
  });

  it("says what cannot be fetched", async () => {
    await using fixture = await winrmFixture();
    fixture.server.machine.addFolder("C:\\there");
    assert.match(
      (await rejection(fetched(fixture, "C:\\nowhere.txt"))).text,
      /could not read C:\\nowhere\.txt\nCould not find file 'C:\\nowhere\.txt'/,
    );
    assert.match((await rejection(fetched(fixture, "C:\\there"))).text, /C:\\there is a folder/);
    assert.equal(fixture.server.protocol.shells.size, 0);
  });

  it("writes nothing outside the folder, whatever names a machine sends", async (t) => {
    for (const name of ["../evil.txt", "a/../../evil.txt", "/etc/evil.txt"]) {
      await using fixture = await winrmFixture();
      const chunks: Buffer[] = [];
      const entries = (async function* (): AsyncGenerator<SentEntry> {
        yield { name, content: (async function* () {})() };
      })();
      for await (const chunk of pack(entries)) {
        chunks.push(chunk);
      }
      fixture.server.machine.program(/^powershell/, ({ stdout }) => {
        stdout(`${gzipSync(Buffer.concat(chunks)).toString("base64")}\r\ndone\r\n`);
        return 0;
      });
      const folder = join(await temporary(t), "inner");
      const { code, text } = await rejection(
        writeEntries(download(fixture.client, "C:\\d", true, fixture.signal), folder, fixture.signal),
      );
      assert.equal(code, "communicator/winrm-download");
      assert.match(text, /leads out of the folder/);
      assert.deepEqual(await readdir(folder), []);
    }
  });

  it("notices a download that is cut short or no longer what was sent", async () => {
    for (const printed of [
      "AAAA\r\ndone\r\n",
      "H4sIAAAAAAAAA\r\n",
      `${gzipSync(Buffer.from([2, 255, 255, 255, 127])).toString("base64")}\r\ndone\r\n`,
    ]) {
      await using fixture = await winrmFixture();
      fixture.server.machine.program(/^powershell/, ({ stdout }) => {
        stdout(printed);
        return 0;
      });
      assert.equal((await rejection(fetched(fixture, "C:\\x"))).code, "communicator/winrm-download");
    }
  });
});
