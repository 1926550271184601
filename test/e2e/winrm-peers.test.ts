// Independent programs as peers: they prove the test machine, and one of them our NTLM.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHash, randomBytes, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { describe, it, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { hashChannelBindings } from "../../src/driver/winrm/ntlm/channel-bindings.ts";
import { type NtlmContext, startNtlmExchange } from "../../src/driver/winrm/ntlm/client.ts";
import { compact } from "../../src/driver/winrm/powershell.ts";
import { downloadScript, uploadScript } from "../../src/driver/winrm/transfer/scripts.ts";
import { nodeHost } from "../../src/host/node.ts";
import { wrapInline } from "../../src/provisioner/powershell/commands.ts";
import { writeElevatedScript } from "../../src/step/elevated-task.ts";
import { needs } from "../needs.ts";
import { selfSigned } from "../servers/winrm-certificate.ts";
import { needsPython, peerCommand } from "../servers/winrm-python.ts";
import { startWinrmServer } from "../servers/winrm-server.ts";

/** Runs a peer to its end and reads the JSON that it prints. */
async function results(command: [string, ...string[]]): Promise<unknown> {
  const { code, stdout, stderr } = await nodeHost().processes.run(command);
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout);
}

interface Acceptor {
  ask(line: string): Promise<string>;
}

/** Starts pyspnego's acceptor, which knows one user. */
async function startAcceptor(t: TestContext, bindings?: Buffer): Promise<Acceptor> {
  const folder = await mkdtemp(join(tmpdir(), "ntlm-test-"));
  await writeFile(join(folder, "users"), "WINBOX:vagrant:pässword\n");
  const [file, ...args] = peerCommand(
    "ntlm_acceptor.py",
    ...(bindings === undefined ? [] : [bindings.toString("hex")]),
  );
  const child = spawn(file, args, {
    env: { ...process.env, NTLM_USER_FILE: join(folder, "users") },
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  t.after(async () => {
    child.stdin.end();
    child.kill();
    await rm(folder, { recursive: true });
  });
  return {
    async ask(line) {
      child.stdin.write(`${line}\n`);
      const { value, done } = await lines.next();
      return done ? "" : value;
    },
  };
}

/** The PowerShell in the guide to Windows machines. */
function guideScripts(): string[] {
  const guide = readFileSync(join(import.meta.dirname, "../../docs/guides/windows-winrm.md"), "utf8");
  return [...guide.matchAll(/^```powershell\n([\s\S]*?)^```$/gm)].map(([, text = ""]) => text);
}

/** Goes through an exchange and gives the acceptor's verdict. */
async function authenticate(acceptor: Acceptor, password: string, more: Partial<NtlmContext> = {}) {
  const context: NtlmContext = { targetName: "HTTP/winbox", sealed: true, random: randomBytes, now: Date.now, ...more };
  const exchange = startNtlmExchange({ username: "WINBOX\\vagrant", password }, context);
  const answer = exchange.answer(Buffer.from(await acceptor.ask(exchange.token.toString("hex")), "hex"));
  assert.ok(answer.ok);
  return { verdict: await acceptor.ask(answer.token.toString("hex")), session: answer.session };
}

describe("e2e/winrm/peers", () => {
  it("pyspnego accepts our NTLM exchange and opens what we seal, and we what it seals", async (t) => {
    if (!needsPython(t, "spnego")) {
      return;
    }
    const acceptor = await startAcceptor(t);
    const { verdict, session } = await authenticate(acceptor, "pässword");
    assert.equal(verdict, "ok WINBOX\\vagrant");
    for (const text of ["first", "", "ü".repeat(100_000), "last"]) {
      const { signature, data } = session.seal(Buffer.from(text));
      const [header = "", reply = ""] = (
        await acceptor.ask(`${signature.toString("hex")}:${data.toString("hex")}`)
      ).split(":");
      assert.equal(
        session.open({ signature: Buffer.from(header, "hex"), data: Buffer.from(reply, "hex") })?.toString(),
        `got: ${text}`,
      );
    }
  });

  it("pyspnego refuses a wrong password and a message that was altered", async (t) => {
    if (!needsPython(t, "spnego")) {
      return;
    }
    assert.match((await authenticate(await startAcceptor(t), "password")).verdict, /^error /);
    const acceptor = await startAcceptor(t);
    const { session } = await authenticate(acceptor, "pässword");
    const { signature, data } = session.seal(Buffer.from("text"));
    data[0] = (data[0] ?? 0) ^ 1;
    assert.match(await acceptor.ask(`${signature.toString("hex")}:${data.toString("hex")}`), /^error /);
  });

  for (const [kind, hash] of [
    ["rsa-sha256", "sha256"],
    ["ecdsa-sha384", "sha384"],
  ] as const) {
    it(`pyspnego finds our channel bindings right (${kind})`, async (t) => {
      if (!needsPython(t, "spnego") || !needs(t, "openssl")) {
        return;
      }
      const certificate = new X509Certificate(selfSigned(kind).cert).raw;
      const application = Buffer.concat([
        Buffer.from("tls-server-end-point:"),
        createHash(hash).update(certificate).digest(),
      ]);
      const right = { channelBindings: hashChannelBindings(certificate) };
      assert.match((await authenticate(await startAcceptor(t, application), "pässword", right)).verdict, /^ok/);
      const wrong = { channelBindings: randomBytes(16) };
      assert.match((await authenticate(await startAcceptor(t, application), "pässword", wrong)).verdict, /^error/);
    });
  }

  for (const transport of ["basic", "ntlm"]) {
    it(`pywinrm runs commands on the test machine (${transport})`, async (t) => {
      if (!needsPython(t, "winrm")) {
        return;
      }
      const server = await startWinrmServer({ maxTimeoutMs: 200, allowUnencrypted: transport === "basic" });
      server.machine.program(/^quiet$/, async ({ stdout }) => {
        await sleep(700);
        stdout("done");
        return 0;
      });
      assert.deepEqual(await results(peerCommand("pywinrm_client.py", String(server.port), transport)), [
        ["hällo wörld\r\n", "", 0],
        ["", "", 7],
        [
          "",
          "'nonesuch' is not recognized as an internal or external command,\r\noperable program or batch file.\r\n",
          9009,
        ],
        ["from stdin", "", 0],
        ["done", "", 0],
      ]);
      assert.equal(server.allSealed, transport === "ntlm");
      assert.equal(server.protocol.shells.size, 0);
      await server.close();
    });
  }

  for (const [auth, tls] of [
    ["basic", false],
    ["ntlm", false],
    ["ntlm", true],
  ] as const) {
    it(`pypsrp runs commands on the test machine (${auth}${tls ? " bound to its certificate" : ""})`, async (t) => {
      if (!needsPython(t, "pypsrp") || (tls && !needs(t, "openssl"))) {
        return;
      }
      const options = tls
        ? { tls: selfSigned("ecdsa-sha384"), strictBindings: true }
        : { allowUnencrypted: auth === "basic" };
      const server = await startWinrmServer(options);
      assert.deepEqual(await results(peerCommand("pypsrp_client.py", String(server.port), auth, tls ? "1" : "0")), [
        ["blue hällo\r\n", "", 0],
        ["", "", 5],
        [`${"x".repeat(300_000)}\r\n`, "", 0],
      ]);
      assert.equal(server.allSealed, auth === "ntlm" && !tls);
      await server.close();
    });
  }

  it("tree-sitter finds nothing wrong with the PowerShell that is sent", async (t) => {
    if (!needsPython(t, "tree_sitter", "tree_sitter_powershell")) {
      return;
    }
    const task = { id: "1", user: "o'b", password: "p'$", command: 'echo "<a>" & b', scriptPath: "C:/it's.ps1" };
    const scripts = {
      upload: compact(uploadScript({ id: "0-1", sha256: "A".repeat(64), destination: "C:\\it's" })),
      "download of a file": compact(downloadScript("C:\\it's", false)),
      "download of a folder": compact(downloadScript("C:\\x", true)),
      "elevated task": writeElevatedScript(task),
      "elevated task without a password": writeElevatedScript({ ...task, password: "" }),
      "inline script": wrapInline("Write-Output 'a'\nexit 3", '$env:A="1"; ', 1),
      ...Object.fromEntries(guideScripts().map((text, index) => [`script ${index + 1} of the guide`, text])),
      "not PowerShell": "if (",
    };
    assert.ok(Object.keys(scripts).length >= 10);
    const [file, ...args] = peerCommand("powershell_syntax.py");
    const { stdout } = await nodeHost().processes.run([file, ...args], {
      input: JSON.stringify(Object.values(scripts)),
    });
    const wrong = JSON.parse(stdout) as number[][];
    assert.deepEqual(
      Object.keys(scripts).filter((_, index) => wrong[index]?.length !== 0),
      ["not PowerShell"],
    );
  });

  it("winrm-client runs commands on the test machine with Basic and NTLM", async (t) => {
    const name = "winrm-client";
    const client = await import(name).catch(() => undefined);
    if (client === undefined) {
      if (process.env["CI"] === "true") {
        throw new Error(`This test needs ${name}, which is a development dependency`);
      }
      return t.skip(`needs ${name}`);
    }
    // It makes the same message id for every request, so the machine must not mind.
    const server = await startWinrmServer({ repeatedIds: true });
    for (const user of ["vagrant", "WINBOX\\vagrant"]) {
      const output = await client.runCommand("echo from winrm-client", "127.0.0.1", user, "vagrant", server.port);
      assert.equal(String(output).trim(), "from winrm-client");
    }
    await server.close();
  });
});
