import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import { fakeCommunicator } from "../../../test/fakes/communicator.ts";
import { fakeHost } from "../../../test/fakes/host.ts";
import { configOf, prepareOptions } from "../../../test/fakes/prepare.ts";
import { type FakeProvisionRun, fakeProvisionRun } from "../../../test/fakes/run.ts";
import { cancelled, rejectsWith } from "../../../test/rejects.ts";
import { failure } from "../../diagnostic/build-error.ts";
import { openFileGate } from "../../host/file-gate.ts";
import { file } from "./file.ts";

type Given = Readonly<Record<string, unknown>>;

describe("provisioner/file", () => {
  let folder = "";
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "file-test-"));
    await writeFile(join(folder, "a.txt"), "aaa");
    await mkdir(join(folder, "dir/sub"), { recursive: true });
    await writeFile(join(folder, "dir/one"), "1");
    await writeFile(join(folder, "dir/sub/two"), "22");
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const here = () => ({
    host: {
      platform: "linux" as const,
      cwd: folder,
      env: {},
      homeDir: folder,
      files: openFileGate(),
      tempDir: "/nowhere/tmp",
      cacheDir: "/nowhere/cache",
    },
  });

  async function provision(
    given: Given,
    options: Parameters<typeof fakeProvisionRun>[0] = {},
  ): Promise<FakeProvisionRun> {
    const run = fakeProvisionRun({ host: fakeHost({ cwd: folder }), ...options });
    await file.provision(await configOf(file, given, here()), run);
    return run;
  }

  describe("to the machine", () => {
    test("a file goes where it is told, with its permissions", async () => {
      await chmod(join(folder, "a.txt"), 0o640);
      const { communicator, lines } = await provision({ source: "a.txt", destination: "/srv/b.txt" });
      assert.equal(communicator.text("/srv/b.txt"), "aaa");
      assert.equal(communicator.files.get("/srv/b.txt")?.mode, 0o640);
      assert.deepEqual(lines, ["==> Uploading a.txt => /srv/b.txt"]);
    });

    test("a file of the system, which says that it is empty, arrives with what is in it", async (t) => {
      if (!existsSync("/proc/version")) {
        return t.skip("needs /proc");
      }
      const { communicator } = await provision({
        source: "/proc/version",
        generated: true,
        destination: "/srv/version",
      });
      assert.equal(communicator.text("/srv/version"), await readFile("/proc/version", "utf8"));
    });

    test("an empty file arrives empty", async () => {
      await writeFile(join(folder, "empty"), "");
      const { communicator } = await provision({ source: "empty", destination: "/srv/empty" });
      assert.equal(communicator.text("/srv/empty"), "");
    });

    test("a slash at the end of the destination keeps the file's name", async () => {
      const { communicator } = await provision({ source: "a.txt", destination: "/srv/" });
      assert.equal(communicator.text("/srv/a.txt"), "aaa");
    });

    test("a folder goes as a whole, with a slash at its end only what is in it", async () => {
      const whole = await provision({ source: "dir", destination: "/srv" });
      assert.deepEqual([...whole.communicator.files.keys()].sort(), ["/srv/dir/one", "/srv/dir/sub/two"]);
      const contents = await provision({ source: "dir/", destination: "/srv" });
      assert.deepEqual([...contents.communicator.files.keys()].sort(), ["/srv/one", "/srv/sub/two"]);
      assert.deepEqual(contents.lines, ["==> Uploading dir/ => /srv"]);
    });

    test("several sources go one after another, source after sources", async () => {
      const { lines } = await provision({ source: "a.txt", sources: ["dir/one", "dir"], destination: "/srv/" });
      assert.deepEqual(
        lines,
        ["dir/one", "dir", "a.txt"].map((source) => `==> Uploading ${source} => /srv/`),
      );
    });

    test("content becomes a file that only its owner may read", async () => {
      const { communicator, lines } = await provision({ content: "héllo\n", destination: "/etc/x" });
      assert.equal(communicator.text("/etc/x"), "héllo\n");
      assert.equal(communicator.files.get("/etc/x")?.mode, 0o600);
      assert.deepEqual(lines, ["==> Uploading content => /etc/x"]);
    });

    test("progress is shown for what is sent", async () => {
      const seen: (string | number | undefined)[] = [];
      const run = fakeProvisionRun({ host: fakeHost({ cwd: folder }) });
      Object.assign(run.ui, {
        progress: (label: string, total?: number) => {
          seen.push(label, total);
          return { advance: (bytes: number) => seen.push(bytes), end: () => seen.push("end") };
        },
      });
      await file.provision(await configOf(file, { source: "a.txt", destination: "/x" }, here()), run);
      assert.deepEqual(seen, ["a.txt", 3, 3, "end"]);
    });

    test("a failed upload is said with its reason and ends the build", async () => {
      const communicator = fakeCommunicator().failTransfer(
        "/srv/x",
        failure("network", "communicator/upload", "disk full"),
      );
      const run = fakeProvisionRun({ host: fakeHost({ cwd: folder }), communicator });
      const config = await configOf(file, { source: "a.txt", destination: "/srv/x" }, here());
      await rejectsWith(file.provision(config, run), { code: "communicator/upload" });
      assert.deepEqual(run.lines, ["==> Uploading a.txt => /srv/x", "!!! Upload failed: disk full"]);
    });

    test("a generated file that was not made is missed by name", async () => {
      await rejectsWith(provision({ source: "later", generated: true, destination: "/x" }), {
        code: "provisioner/file-missing",
        message: "stat later: no such file or directory",
      });
    });
  });

  describe("from the machine", () => {
    const machine = () => {
      const communicator = fakeCommunicator();
      for (const path of ["/var/log/app.log", "/var/log/sub/b.log"]) {
        communicator.files.set(path, { content: Buffer.from(path) });
      }
      return communicator;
    };

    test("a file is written with its folder", async () => {
      const { lines } = await provision(
        { direction: "download", source: "/var/log/app.log", destination: "out/x/y.log" },
        { communicator: machine() },
      );
      assert.equal(await readFile(join(folder, "out/x/y.log"), "utf8"), "/var/log/app.log");
      assert.equal((await stat(join(folder, "out/x/y.log"))).mode & 0o777, 0o644);
      assert.deepEqual(lines, ["==> Downloading /var/log/app.log => out/x/y.log"]);
    });

    test("a slash at the end of the destination keeps the file's name", async () => {
      await provision(
        { direction: "download", source: "/var/log/app.log", destination: "out/" },
        { communicator: machine() },
      );
      assert.deepEqual(await readdir(join(folder, "out")), ["app.log"]);
    });

    test("a folder ends the list of sources", async () => {
      const communicator = machine();
      const given = { direction: "download", sources: ["/var/log/", "/var/log/app.log"], destination: "out" };
      const { calls } = (await provision(given, { communicator })).communicator;
      assert.deepEqual(calls, [`download-dir /var/log/ -> ${join(folder, "out")}`]);
      assert.equal(await readFile(join(folder, "out/sub/b.log"), "utf8"), "/var/log/sub/b.log");
    });

    for (const pattern of ["/var/log/*.log", "/var/log/?", "/var/log/[ab]"]) {
      test(`${pattern} is left to the machine to resolve`, async () => {
        const { calls } = (await provision({ direction: "download", source: pattern, destination: "out/" }))
          .communicator;
        assert.deepEqual(calls, [`download-dir ${pattern} -> ${join(folder, "out")}`]);
      });
    }

    test("a failed download leaves no half file and what was there before", async () => {
      await writeFile(join(folder, "kept"), "old");
      const run = fakeProvisionRun({ host: fakeHost({ cwd: folder }) });
      const config = await configOf(file, { direction: "download", source: "/nope", destination: "kept" }, here());
      await rejectsWith(file.provision(config, run), { code: "communicator/download" });
      assert.match(run.lines[1] ?? "", /^!!! Download failed: .*\/nope/);
      assert.equal(await readFile(join(folder, "kept"), "utf8"), "old");
      assert.deepEqual((await readdir(folder)).sort(), ["a.txt", "dir", "kept"]);
    });

    test("a place that cannot be written to is named", async () => {
      const given = { direction: "download", source: "/var/log/app.log", destination: "a.txt/x/y" };
      await rejectsWith(provision(given, { communicator: machine() }), {
        code: "host/file-unwritable",
        message: /a\.txt\/x could not be written/,
      });
    });
  });

  test("a cancelled run stops a transfer without calling it failed", async () => {
    const stop = new AbortController();
    const communicator = fakeCommunicator();
    const upload = communicator.upload;
    communicator.upload = (source, path, signal) => {
      stop.abort(cancelled());
      return upload(source, path, signal);
    };
    const run = fakeProvisionRun({ host: fakeHost({ cwd: folder }), communicator, signal: stop.signal });
    await rejectsWith(file.provision(await configOf(file, { source: "a.txt", destination: "/x" }, here()), run), {
      code: "host/cancelled",
    });
    assert.deepEqual(run.lines, ["==> Uploading a.txt => /x"]);
  });

  describe("options", () => {
    const cases: readonly [string, Given, readonly string[]][] = [
      ["a source is needed", { destination: "/x" }, ["source: Source must be specified."]],
      ["a destination is needed", { source: "/" }, ['option/missing: Missing required option "destination"']],
      [
        "content excludes a source",
        { content: "x", source: "/", destination: "/x" },
        ['option/conflict: Only one of "source" and "content" can be set'],
      ],
      [
        "content needs the name of a file",
        { content: "x", destination: "/x/" },
        ["destination: Destination must name a file for content."],
      ],
      [
        "content cannot be downloaded",
        { content: "x", direction: "download", destination: "x" },
        ["content: Content can only be uploaded."],
      ],
      [
        "a missing source is reported",
        { source: "no", destination: "/x" },
        ["source: Bad source 'no': stat no: no such file or directory"],
      ],
      ["a generated source may be missing", { source: "no", generated: true, destination: "/x" }, []],
      ["a source to download need not exist here", { source: "/no", direction: "download", destination: "x" }, []],
      [
        "an unknown direction is refused",
        { source: "/", destination: "/x", direction: "up" },
        ['option/value: "direction" is "up", which is not allowed'],
      ],
    ];
    for (const [name, given, problems] of cases) {
      test(name, async () => assert.deepEqual((await prepareOptions(file, given, here())).problems, problems));
    }
  });
});
