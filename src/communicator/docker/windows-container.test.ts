import assert from "node:assert/strict";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import { fakeHost } from "../../../test/fakes/host.ts";
import { fakeRun } from "../../../test/fakes/run.ts";
import { rejectsWith } from "../../../test/rejects.ts";
import type { DockerContainer, ExecRequest } from "../../driver/docker/container.ts";
import type { Communicator } from "../../sdk/communicator.ts";
import { openWindowsContainer } from "./windows-container.ts";

const never = new AbortController().signal;

describe("communicator/docker with a Windows container", () => {
  let folder = "";
  let requests: ExecRequest[] = [];
  /** What PowerShell does in the container; sees the shared folder as it is at that moment. */
  let inside: (command: string) => number = () => 0;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "windows-"));
    mkdirSync(join(folder, "shared"));
    requests = [];
    inside = () => 0;
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  function open(): Communicator {
    const container: DockerContainer = {
      ...{ id: "c1", over: "program" as const },
      facts: async () => ({
        id: "c1",
        running: true,
        image: "",
        user: "",
        address: "",
        mounts: [],
        tmpfs: [],
        mayMount: false,
        isForeign: false,
      }),
      image: async () => undefined,
      async exec(request, io) {
        requests.push(request);
        await io.stderr(Buffer.from("said by PowerShell"));
        return inside(request.command[1] ?? "");
      },
      copyIn: () => assert.fail("docker cannot copy into a running Windows container"),
      copyOut: () => assert.fail("docker cannot copy out of a running Windows container"),
      sizeAt: async () => undefined,
      isFolderItself: async () => false,
      commit: async () => "",
      remove: async () => {},
    };
    const target = {
      ...{ id: "c1", executable: "docker", execUser: "", pty: false, windows: true, fixUploadOwner: true },
      ...{ hostDir: join(folder, "shared"), containerDir: "c:/packer-files" },
    };
    return openWindowsContainer(container, target, fakeRun({ host: fakeHost() }));
  }

  /** The commands, with N for the number in the name of a shared file. */
  const commands = (): readonly string[] =>
    requests.map(({ command }) => command.join(" ").replaceAll(/(upload|download)\d+/g, "$1N"));

  test("commands are PowerShell's", async () => {
    await open().exec("Get-Item C:/", { stdout: () => {}, stderr: () => {} }, never);
    assert.deepEqual(requests[0]?.command, ["powershell", "(Get-Item C:/)"]);
  });

  test("a file is put into the shared folder and copied from there", async () => {
    const seen: string[] = [];
    inside = () => {
      for (const name of readdirSync(join(folder, "shared"))) {
        seen.push(readFileSync(join(folder, "shared", name), "utf8"));
      }
      return 0;
    };
    const content = (async function* () {
      yield Buffer.from("hello");
    })();
    await open().upload({ content }, "C:/dir/file.txt", never);
    await open().upload({ content: (async function* () {})() }, "C:/it's here/f", never);
    assert.deepEqual(commands(), [
      "powershell (Copy-Item -Path c:/packer-files/uploadN -Destination C:/dir/file.txt)",
      "powershell (Copy-Item -Path c:/packer-files/uploadN -Destination 'C:/it''s here/f')",
    ]);
    assert.deepEqual(seen, ["hello", ""]);
    assert.deepEqual(readdirSync(join(folder, "shared")), []);
  });

  test("a folder goes under its name, or its content alone with a slash", async () => {
    mkdirSync(join(folder, "up/sub"), { recursive: true });
    writeFileSync(join(folder, "up/sub/f"), "x");
    inside = () => {
      const [name = ""] = readdirSync(join(folder, "shared"));
      assert.ok(existsSync(join(folder, "shared", name, "sub/f")));
      return 0;
    };
    await open().uploadDir(join(folder, "up"), "C:/to", never);
    await open().uploadDir(`${join(folder, "up")}/`, "C:/to/", never);
    const copy = (to: string): string =>
      `powershell (New-Item -ItemType Directory -Force -Path ${to} | Out-Null; Copy-Item c:/packer-files/diruploadN/* -Destination ${to} -Recurse -Force)`;
    assert.deepEqual(commands(), [copy("C:/to/up"), copy("C:/to/")]);
    assert.deepEqual(readdirSync(join(folder, "shared")), []);
  });

  test("a file and a folder come back through the shared folder", async () => {
    mkdirSync(join(folder, "there/dir"), { recursive: true });
    writeFileSync(join(folder, "there/dir/f"), "content");
    inside = (command) => {
      const name = /packer-files\/(\w+)/.exec(command)?.[1] ?? "";
      cpSync(
        join(folder, command.includes("dirdownload") ? "there/dir" : "there/dir/f"),
        join(folder, "shared", name),
        {
          recursive: true,
        },
      );
      return 0;
    };
    const chunks: Uint8Array[] = [];
    for await (const chunk of open().download("C:/dir/f", never)) {
      chunks.push(chunk);
    }
    assert.equal(String(Buffer.concat(chunks)), "content");
    await open().downloadDir("C:\\x\\dir", join(folder, "back"), never);
    await open().downloadDir("C:/x/dir/", join(folder, "content"), never);
    assert.equal(readFileSync(join(folder, "back/dir/f"), "utf8"), "content");
    assert.equal(readFileSync(join(folder, "content/f"), "utf8"), "content");
    assert.deepEqual(commands(), [
      "powershell (Copy-Item -Path C:/dir/f -Destination c:/packer-files/downloadN)",
      "powershell (Copy-Item C:\\x\\dir -Destination c:/packer-files/dirdownloadN -Recurse)",
      "powershell (Copy-Item C:/x/dir -Destination c:/packer-files/dirdownloadN -Recurse)",
    ]);
    assert.deepEqual(readdirSync(join(folder, "shared")), []);
  });

  test("what PowerShell cannot do is an error in its words, and nothing stays in the shared folder", async () => {
    inside = () => 1;
    const content = (async function* () {
      yield Buffer.from("x");
    })();
    await rejectsWith(open().upload({ content }, "Q:/f", never), {
      code: "docker/copy",
      message: /Q:\/f' in container\nsaid by PowerShell/,
    });
    const download = async (): Promise<void> => {
      for await (const _ of open().download("Q:/f", never)) {
        assert.fail("nothing comes");
      }
    };
    await rejectsWith(download(), { code: "docker/copy", message: /Error downloading 'Q:\/f'/ });
    assert.deepEqual(readdirSync(join(folder, "shared")), []);
  });
});
