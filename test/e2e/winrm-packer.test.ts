// Debian's packer and this project against the same test machine: what the machine is told to run must be the same.
import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { winrm } from "../../src/communicator/winrm/winrm.ts";
import { openFileGate } from "../../src/host/file-gate.ts";
import { nodeHost } from "../../src/host/node.ts";
import { powershell } from "../../src/provisioner/powershell/powershell.ts";
import { windowsRestart } from "../../src/provisioner/windows-restart/windows-restart.ts";
import { windowsShell } from "../../src/provisioner/windows-shell/windows-shell.ts";
import type { OptionSchema } from "../../src/sdk/option.ts";
import type { Provisioner, ProvisionRun } from "../../src/sdk/provisioner.ts";
import { configOf } from "../fakes/prepare.ts";
import { fakeRun } from "../fakes/run.ts";
import { needs } from "../needs.ts";
import { quickHost } from "../servers/winrm-fixture.ts";
import { startWinrmServer, type WinrmServer } from "../servers/winrm-server.ts";

type Given = Readonly<Record<string, unknown>>;

const UUID = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;
const OURS: readonly Provisioner<OptionSchema>[] = [
  powershell,
  windowsShell,
  windowsRestart,
] as unknown as readonly Provisioner<OptionSchema>[];

async function workspace(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "winrm-packer-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, "script.ps1"), 'Write-Output "hi $env:FOO"\nexit 3\n');
  await writeFile(join(folder, "script.bat"), "echo batch %FOO%\nexit /b 0\n");
  return folder;
}

/** A machine whose `shutdown` restarts at once: the second question whether it is restarting finds it away. */
async function machine(): Promise<WinrmServer> {
  const server = await startWinrmServer({ schemes: ["Basic"] });
  server.machine.program(/^shutdown /, ({ commandLine }) => (commandLine.includes("/t 60") ? 1 : 0));
  return server;
}

/** What was run, without transfers and clean-ups, with every UUID as `ID` and scripts in clear. */
function story(server: WinrmServer): string[] {
  return server.machine.history
    .map((line) => {
      const encoded = /-EncodedCommand\s+(\S+)/i.exec(line)?.[1];
      return encoded === undefined ? line : `script: ${Buffer.from(encoded, "base64").toString("utf16le")}`;
    })
    .filter(
      (line) => !/^echo \S+ >> |tmp_file_path|packer-cleanup-|packer-[\w-]+\.part|Remove-Item|connected\./.test(line),
    )
    .map((line) =>
      line.replaceAll(UUID, "ID").replace("script: $ProgressPreference = 'SilentlyContinue'\n", "script: "),
    );
}

async function withPacker(
  folder: string,
  provisioners: readonly Given[],
): Promise<{ server: WinrmServer; output: string }> {
  const server = await machine();
  const builder = {
    type: "null",
    communicator: "winrm",
    winrm_host: "127.0.0.1",
    winrm_port: server.port,
    winrm_username: "vagrant",
    winrm_password: "vagrant",
    winrm_timeout: "30s",
  };
  await writeFile(join(folder, "template.json"), JSON.stringify({ builders: [builder], provisioners }));
  const env = {
    PACKER_CACHE_DIR: join(folder, "cache"),
    PACKER_CONFIG_DIR: folder,
    CHECKPOINT_DISABLE: "1",
    PACKER_NO_COLOR: "1",
  };
  const host = nodeHost();
  const { code, stdout } = await host.processes.run(["packer", "build", "-color=false", "template.json"], {
    cwd: folder,
    env,
  });
  assert.equal(code, 0, stdout);
  return { server, output: stdout };
}

async function withOurs(folder: string, provisioners: readonly Given[]): Promise<WinrmServer> {
  const server = await machine();
  const given = {
    winrm_host: "127.0.0.1",
    winrm_port: server.port,
    winrm_username: "vagrant",
    winrm_password: "vagrant",
  };
  const run = fakeRun({ host: { ...quickHost(), cwd: folder }, build: { name: "null", builderType: "null" } });
  const communicator = await winrm.connect(await configOf(winrm, given), {}, run);
  for (const { type, ...options } of provisioners) {
    const provisioner = OURS.find((candidate) => candidate.type === type);
    assert.ok(provisioner !== undefined, String(type));
    const config = await configOf(provisioner, options, {
      host: {
        platform: "linux",
        cwd: folder,
        env: {},
        homeDir: folder,
        files: openFileGate(),
        tempDir: "/nowhere/tmp",
        cacheDir: "/nowhere/cache",
      },
    });
    await provisioner.provision(config, Object.assign(run, { communicator }) as unknown as ProvisionRun);
  }
  await communicator.close();
  return server;
}

describe("e2e/winrm/packer", () => {
  it("Debian's packer moves files to and from the test machine", async (t) => {
    if (!needs(t, "packer")) {
      return;
    }
    const folder = await workspace(t);
    await mkdir(join(folder, "tree", "sub"), { recursive: true });
    await writeFile(join(folder, "tree", "sub", "file.txt"), "x".repeat(20_000));
    const { server } = await withPacker(folder, [
      { type: "file", source: "tree", destination: "C:/data" },
      { type: "file", source: "script.bat", destination: "C:/data/with blank.bat" },
      { type: "file", source: "C:/data/with blank.bat", destination: "back.bat", direction: "download" },
    ]);
    assert.equal(server.machine.read("C:\\data\\tree\\sub\\file.txt")?.toString(), "x".repeat(20_000));
    assert.equal(await readFile(join(folder, "back.bat"), "utf8"), await readFile(join(folder, "script.bat"), "utf8"));
    await server.close();
  });

  it("both tell the machine the same", async (t) => {
    if (!needs(t, "packer")) {
      return;
    }
    const folder = await workspace(t);
    const script = { type: "powershell", script: "script.ps1", valid_exit_codes: [3] };
    const provisioners = [
      { ...script, environment_vars: ["FOO=b$r'q\"`x", "BAR=two words"] },
      { ...script, execution_policy: "remotesigned", debug_mode: 1 },
      { ...script, elevated_user: "Administrator", elevated_password: "p$w'" },
      { ...script, elevated_user: "SYSTEM", elevated_password: "" },
      { ...script, execute_command: "powershell -File {{.Path}} # {{.Vars}}", remote_path: "c:/own.ps1" },
      { type: "windows-shell", script: "script.bat", environment_vars: ["FOO=bar baz"] },
      { type: "windows-restart", check_registry: true },
      { type: "windows-restart", restart_command: "exit 0", restart_check_command: "echo checked" },
    ].map((each) =>
      each.type === "powershell" && "execute_command" in each
        ? { ...each, execute_command: "powershell -File {{.Path}}" }
        : each,
    );
    const theirs = await withPacker(folder, provisioners);
    const ours = await withOurs(folder, provisioners);
    assert.deepEqual(story(ours), story(theirs.server));
    assert.match(theirs.output, /null: hi b\$r'q"`x/);
    await theirs.server.close();
    await ours.close();
  });
});
