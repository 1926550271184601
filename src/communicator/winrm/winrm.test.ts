// The WinRM communicator: what it asks of a template, what it says while it waits, and what it can do once connected.
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { prepareOptions } from "../../../test/fakes/prepare.ts";
import { fakeRun } from "../../../test/fakes/run.ts";
import { rejectsWith } from "../../../test/rejects.ts";
import { quickHost } from "../../../test/servers/winrm-fixture.ts";
import { startWinrmServer, type WinrmServer, type WinrmServerOptions } from "../../../test/servers/winrm-server.ts";
import { failure } from "../../diagnostic/build-error.ts";
import type { Communicator } from "../../sdk/communicator.ts";
import type { ConnectTarget } from "../../sdk/communicator-kind.ts";
import { winrm } from "./winrm.ts";

const credentials = { winrm_username: "vagrant", winrm_password: "vagrant" };

interface Connected extends AsyncDisposable {
  readonly server: WinrmServer;
  readonly communicator: Communicator;
  readonly lines: readonly string[];
  readonly hidden: readonly string[];
  readonly signal: AbortSignal;
}

/** Connects to a test machine with the options of a template. */
async function connected(
  options: WinrmServerOptions = {},
  given: Readonly<Record<string, unknown>> = {},
  target: (server: WinrmServer) => ConnectTarget = () => ({}),
): Promise<Connected> {
  const server = await startWinrmServer(options);
  const run = fakeRun({ host: quickHost() });
  const { config } = await prepareOptions(winrm, {
    ...credentials,
    winrm_host: "127.0.0.1",
    winrm_port: server.port,
    ...given,
  });
  const communicator = await winrm.connect(config, target(server), run);
  return {
    server,
    communicator,
    lines: run.lines,
    hidden: run.hidden,
    signal: run.signal,
    async [Symbol.asyncDispose]() {
      await communicator.close();
      await server.close();
    },
  };
}

describe("communicator/winrm", () => {
  it("says the address that the template gives, if it gives one", async () => {
    const { config } = await prepareOptions(winrm, { winrm_username: "u", winrm_host: "winbox" });
    assert.equal(winrm.host?.(config), "winbox");
    assert.equal(winrm.host?.((await prepareOptions(winrm, { winrm_username: "u" })).config), undefined);
  });

  it("connects and says so in Packer's words", async () => {
    await using session = await connected({ allowUnencrypted: false }, { winrm_use_ntlm: true });
    assert.deepEqual(session.lines, [
      "==> Waiting for WinRM to become available...",
      "    WinRM connected.",
      "==> Connected to WinRM!",
    ]);
    assert.deepEqual(session.hidden, ["vagrant"]);
    const { Host, User, Password, ConnType, WinRMPassword } = session.communicator.generated;
    assert.deepEqual(
      [Host, User, Password, ConnType, WinRMPassword],
      ["127.0.0.1", "vagrant", "vagrant", "winrm", "vagrant"],
    );
  });

  it("asks the builder for what the template does not say", async () => {
    const target = (server: WinrmServer): ConnectTarget => ({
      host: async () => "127.0.0.1",
      port: async () => server.port,
      password: "from the builder",
    });
    const users = { users: { vagrant: "from the builder" } };
    await using session = await connected(users, { winrm_host: "", winrm_port: 5985, winrm_password: "" }, target);
    assert.deepEqual(session.hidden, ["from the builder"]);
  });

  it("requires a user", async () => {
    assert.match((await prepareOptions(winrm, {})).problems.join(), /winrm_username must be specified\./);
    assert.deepEqual((await prepareOptions(winrm, credentials)).problems, []);
  });

  it("changes to NTLM by itself where only that is offered, and says so", async () => {
    await using session = await connected({ allowUnencrypted: false });
    assert.deepEqual(session.lines.slice(1, 2), [
      "    Still waiting: The machine offers Negotiate and not Basic: using NTLM",
    ]);
    assert.match(
      (await session.communicator.exec("exit 0", { stdout() {}, stderr() {} }, session.signal)).end,
      /exited/,
    );
  });

  it("says what it waits for, once for each reason, until the machine is ready", async () => {
    let port = 0;
    let asked = 0;
    let server: WinrmServer | undefined;
    const run = fakeRun({ host: quickHost() });
    const { config } = await prepareOptions(winrm, credentials);
    const shut = await startWinrmServer();
    port = shut.port;
    await shut.close();
    const target: ConnectTarget = {
      port: async () => port,
      async host() {
        asked += 1;
        if (asked <= 2) {
          throw new Error("no lease yet");
        }
        if (asked === 5) {
          server = await startWinrmServer({ users: { vagrant: "later" }, schemes: ["Basic"] });
          port = server.port;
        }
        if (asked === 7) {
          await server?.close();
          server = await startWinrmServer({ maxShells: 0 });
          port = server.port;
        }
        if (asked === 8) {
          await server?.close();
          let powershell = 0;
          server = await startWinrmServer();
          server.machine.program(/^powershell/, ({ stdout, stderr }) => {
            if (++powershell > 1) {
              stdout("WinRM connected.\r\n");
            } else {
              stderr("Loading managed Windows PowerShell failed\r\n");
            }
            return powershell > 1 ? 0 : 1;
          });
          port = server.port;
        }
        return "127.0.0.1";
      },
    };
    const communicator = await winrm.connect(config, target, run);
    const said = run.lines.slice(1, -2).map((line) => line.replaceAll(/:\d{4,5}\b/g, ":PORT"));
    assert.deepEqual(said, [
      "    Still waiting: The machine's address is not known yet: no lease yet",
      "    Still waiting: 127.0.0.1:PORT refuses connections. The machine is there, but nothing listens on this port (yet).",
      '    Still waiting: http://127.0.0.1:PORT/wsman did not accept "vagrant" with Basic (401). It offers: Basic.',
      "    Still waiting: 127.0.0.1 refused to open a shell. This user is allowed a maximum number of 0 concurrent shells, which has been exceeded. Close existing shells or raise the quota for this user. (0x803381a5)",
      "    Still waiting: WinRM answers, but PowerShell does not run yet. It ended with exit code 1. Loading managed Windows PowerShell failed",
    ]);
    await communicator.close();
    await server?.close();
  });

  it("says after the time-out what stood in the way last, and what to try", async () => {
    const { config } = await prepareOptions(winrm, {
      ...credentials,
      winrm_host: "127.0.0.1",
      winrm_port: 1,
      winrm_timeout: "4s",
    });
    const thrown = await rejectsWith(winrm.connect(config, {}, fakeRun({ host: quickHost() })), {
      code: "communicator/winrm-timeout",
      failure: "timeout",
      message: /^Timeout waiting for WinRM\.\n127\.0\.0\.1:1 refuses connections/,
    });
    assert.match(thrown.diagnostics[0]?.hint ?? "", /winrm quickconfig/);
  });

  it("says after the time-out that it is the log-in where that was refused to the end", async () => {
    const server = await startWinrmServer({ users: { vagrant: "another" }, schemes: ["Basic"] });
    const { config } = await prepareOptions(winrm, {
      ...credentials,
      winrm_host: "127.0.0.1",
      winrm_port: server.port,
      winrm_timeout: "4s",
    });
    await rejectsWith(winrm.connect(config, {}, fakeRun({ host: quickHost() })), {
      code: "communicator/winrm-timeout",
      failure: "auth",
    });
    await server.close();
  });

  it("does not wait for a mistake in the template to mend itself", async () => {
    const { config } = await prepareOptions(winrm, credentials);
    await rejectsWith(winrm.connect(config, {}, fakeRun({ host: quickHost() })), { code: "communicator/winrm-option" });
    const broken = { host: () => Promise.reject(failure("template", "option/unknown", "Broken")) };
    await rejectsWith(winrm.connect(config, broken, fakeRun({ host: quickHost() })), { code: "option/unknown" });
  });

  it("stops waiting when the run is cancelled", async () => {
    const stop = new AbortController();
    const run = fakeRun({ host: quickHost(), signal: stop.signal });
    const { config } = await prepareOptions(winrm, { ...credentials, winrm_host: "127.0.0.1", winrm_port: 1 });
    const waiting = winrm.connect(config, {}, run);
    stop.abort(failure("cancelled", "host/cancelled", "The build was cancelled"));
    await rejectsWith(waiting, { code: "host/cancelled" });
  });

  it("moves files and folders by the paths that templates use", async () => {
    await using session = await connected();
    const { communicator, server, signal } = session;
    const local = await mkdtemp(join(tmpdir(), "winrm-test-"));
    await writeFile(join(local, "a.txt"), "A");
    let sent = 0;
    const content = async function* (): AsyncGenerator<Uint8Array> {
      yield Buffer.from("0123456789");
    };
    const onProgress = (bytes: number): void => {
      sent += bytes;
    };
    await communicator.upload({ content: content(), size: 10, onProgress }, "$env:TEMP/sub dir/x.txt", signal);
    assert.equal(sent, 10);
    assert.equal(server.machine.read("%TEMP%\\sub dir\\x.txt")?.toString(), "0123456789");
    await communicator.uploadDir(local, "C:/whole", signal);
    await communicator.uploadDir(`${local}/`, "C:/contents", signal);
    assert.deepEqual(server.machine.below("C:\\whole").length, 2);
    assert.deepEqual(server.machine.below("C:\\contents"), ["a.txt"]);
    const chunks: Uint8Array[] = [];
    for await (const chunk of communicator.download("'C:/contents/a.txt'", signal)) {
      chunks.push(chunk);
    }
    assert.equal(Buffer.concat(chunks).toString(), "A");
    await communicator.downloadDir("C:/contents", join(local, "back"), signal);
    await communicator.downloadDir("C:/contents/", join(local, "back"), signal);
    assert.equal(await readFile(join(local, "back", "contents", "a.txt"), "utf8"), "A");
    assert.equal(await readFile(join(local, "back", "a.txt"), "utf8"), "A");
    await rejectsWith(communicator.upload({ content: content() }, "C:/folder/", signal), {
      code: "communicator/winrm-path",
    });
    await rm(local, { recursive: true });
  });
});
