import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, type TestContext, test } from "node:test";
import { fakeHost } from "../../../test/fakes/host.ts";
import { fakeRun } from "../../../test/fakes/run.ts";
import {
  BASE_IMAGE,
  baseImage,
  docker as cli,
  realHost,
  startTestContainer,
} from "../../../test/servers/docker-fixture.ts";
import { BuildError } from "../../diagnostic/build-error.ts";
import { openContainer } from "../../driver/docker/container.ts";
import { openContainerOverProgram } from "../../driver/docker/container-over-program.ts";
import { nodeHost } from "../../host/node.ts";
import type { CommandIo, Communicator } from "../../sdk/communicator.ts";
import { type ContainerTarget, giveContainer } from "../../step/container-target.ts";
import { docker } from "./docker.ts";
import { openLinuxContainer } from "./linux-container.ts";

const host = realHost();
const never = new AbortController().signal;

for (const way of ["socket", "program"] as const) {
  describe(`communicator/docker over the ${way}`, () => {
    test("a command's output comes apart into its two streams, with its exit status", async (t) => {
      const open = await opened(t, way);
      if (open === undefined) {
        return;
      }
      const ran = await run(open.communicator, "echo out; echo err >&2; exit 7");
      assert.deepEqual(ran, { end: { end: "exited", code: 7 }, stdout: "out\n", stderr: "err\n" });
    });

    test("a command reads what it is given, to the end", async (t) => {
      const open = await opened(t, way);
      if (open === undefined) {
        return;
      }
      const given = Buffer.alloc(300_000, "abc\n");
      const ran = await run(open.communicator, "wc -c", given);
      assert.equal(ran.stdout.trim(), "300000");
    });

    test("a command that is given nothing reads nothing", async (t) => {
      const open = await opened(t, way);
      if (open === undefined) {
        return;
      }
      assert.equal((await run(open.communicator, "cat; echo end")).stdout, "end\n");
    });

    test("a command that reads none of its input ends all the same", async (t) => {
      const open = await opened(t, way);
      if (open === undefined) {
        return;
      }
      assert.deepEqual((await run(open.communicator, "exit 3", Buffer.alloc(1_000_000))).end, {
        end: "exited",
        code: 3,
      });
    });

    test("much output arrives whole and waits for a slow reader", async (t) => {
      const open = await opened(t, way);
      if (open === undefined) {
        return;
      }
      const hash = createHash("md5");
      let size = 0;
      let waiting = 0;
      const io: CommandIo = {
        async stdout(chunk) {
          assert.equal(waiting++, 0, "a piece came while the one before was still being taken");
          await new Promise((resolve) => setImmediate(resolve));
          waiting--;
          hash.update(chunk);
          size += chunk.length;
        },
        stderr: () => {},
      };
      await open.communicator.exec("dd if=/dev/zero bs=1M count=24 2>/dev/null", io, never);
      assert.equal(size, 24 * 1024 * 1024);
      assert.equal(hash.digest("hex"), createHash("md5").update(Buffer.alloc(size)).digest("hex"));
    });

    test("a script can be run by the user that runs the commands", async (t) => {
      const open = await opened(t, way, { target: { execUser: "app" } });
      if (open === undefined) {
        return;
      }
      const text = "#!/bin/sh\nid -u\n";
      await open.communicator.upload({ content: pieces(text), size: text.length, mode: 0o644 }, "/tmp/own.sh", never);
      const ran = await run(open.communicator, "chmod +x /tmp/own.sh && /tmp/own.sh");
      assert.deepEqual(ran, { end: { end: "exited", code: 0 }, stdout: "1000\n", stderr: "" });
    });

    test("files whose names are no text come out one by one", async (t) => {
      const open = await opened(t, way);
      if (open === undefined) {
        return;
      }
      inside(
        open.id,
        `mkdir -p /latin/sub; cd /latin; for n in 351 340; do echo $n > "$(printf "caf\\\\$n")"; done; touch "sub/$(printf "\\\\374")"`,
      );
      const folder = localFolder(t);
      await open.communicator.downloadDir("/latin/", folder, never);
      const names = readdirSync(folder, "buffer").map((name) => name.toString("latin1"));
      assert.deepEqual(names.sort(), ["caf\xe0", "caf\xe9", "sub"]);
      assert.equal(readFileSync(Buffer.from(`${folder}/caf\xe9`, "latin1"), "utf8"), "351\n");
      assert.equal(readdirSync(join(folder, "sub"), "buffer")[0]?.toString("latin1"), "\xfc");
    });

    test("commands run as exec_user", async (t) => {
      const open = await opened(t, way, { target: { execUser: "app" } });
      if (open === undefined) {
        return;
      }
      assert.match((await run(open.communicator, "id -u")).stdout, /^1000\n/);
    });

    test("with pty a command has a terminal, though this program has none", async (t) => {
      const open = await opened(t, way, { target: { pty: true, execUser: "app" } });
      if (open === undefined) {
        return;
      }
      const ran = await run(open.communicator, "test -t 0 && test -t 1 && echo terminal; id -u");
      assert.deepEqual(ran, { end: { end: "exited", code: 0 }, stdout: "terminal\r\n1000\r\n", stderr: "" });
    });

    test("a cancelled command is over at once", async (t) => {
      const open = await opened(t, way, { fresh: true });
      if (open === undefined) {
        return;
      }
      const cancel = new AbortController();
      const reason = new Error("enough");
      const ran = open.communicator.exec(
        "echo started; sleep 600",
        { stdout: () => cancel.abort(reason), stderr: () => {} },
        cancel.signal,
      );
      await assert.rejects(ran, (thrown) => thrown === reason);
    });

    test("a container that is killed under a command is a lost connection, and said to be one", async (t) => {
      const open = await opened(t, way, { fresh: true });
      if (open === undefined) {
        return;
      }
      const stderr: string[] = [];
      const io = {
        stdout: () => void cli(["kill", open.id]),
        stderr: (chunk: Uint8Array) => void stderr.push(String(chunk)),
      };
      assert.deepEqual(await open.communicator.exec("echo started; sleep 600", io, never), { end: "disconnected" });
      assert.match(stderr.join(""), new RegExp(`The container ${open.id} stopped or was removed`));
    });

    test("a container that was removed is a lost connection for the next command", async (t) => {
      const open = await opened(t, way, { fresh: true });
      if (open === undefined) {
        return;
      }
      cli(["rm", "-f", open.id]);
      assert.deepEqual((await run(open.communicator, "true")).end, { end: "disconnected" });
    });

    test("a command that is killed itself only has exit status 137", async (t) => {
      const open = await opened(t, way);
      if (open === undefined) {
        return;
      }
      assert.deepEqual((await run(open.communicator, "kill -9 $$")).end, { end: "exited", code: 137 });
    });

    test("an uploaded file has its content, its mode, its date and the container user as owner", async (t) => {
      for (const [user, owner] of [
        ["", "0:0"],
        ["42", "42:0"],
        ["42:7", "42:7"],
        ["app", "1000:0"],
        ["app:app", "1000:1000"],
      ] as const) {
        const open = await opened(t, way, { run: user === "" ? [] : ["-u", user] });
        if (open === undefined) {
          return;
        }
        const source = { content: pieces("hello ", "world"), size: 11, mode: 0o751, modified: Date.UTC(2020, 0, 1) };
        await open.communicator.upload(source, "/tmp/a file", never);
        assert.equal(
          inside(open.id, "stat -c '%u:%g %a %Y' '/tmp/a file'; cat '/tmp/a file'"),
          `${owner} 751 1577836800\nhello world`,
        );
      }
    });

    test("without fix_upload_owner an uploaded file belongs to root", async (t) => {
      const open = await opened(t, way, { run: ["-u", "42"], target: { fixUploadOwner: false } });
      if (open === undefined) {
        return;
      }
      await open.communicator.upload({ content: pieces("x"), size: 1 }, "/tmp/f", never);
      assert.equal(inside(open.id, "stat -c '%u:%g %a' /tmp/f"), "0:0 600");
    });

    test("content of unknown length is uploaded, however long it is, and nothing of it stays here", async (t) => {
      const open = await opened(t, way);
      if (open === undefined) {
        return;
      }
      const megabyte = "m".repeat(1024 * 1024);
      await open.communicator.upload({ content: pieces("small") }, "/tmp/small", never);
      await open.communicator.upload({ content: pieces(megabyte, megabyte, megabyte, "end") }, "/tmp/large", never);
      await open.communicator.upload({ content: pieces() }, "/tmp/empty", never);
      assert.equal(
        inside(open.id, "wc -c < /tmp/small; wc -c < /tmp/large; wc -c < /tmp/empty"),
        `5\n${3 * 1024 * 1024 + 3}\n0`,
      );
      assert.deepEqual(open.run.resources, []);
    });

    test("names that no old tar header holds are uploaded and downloaded", async (t) => {
      const open = await opened(t, way);
      if (open === undefined) {
        return;
      }
      const path = `/tmp/${"ä".repeat(110)}.txt`;
      await open.communicator.upload({ content: pieces("long"), size: 4 }, path, never);
      assert.equal(String(await whole(open.communicator.download(path, never))), "long");
    });

    test("a file that changes while it is sent is an error, and so is a folder that is not there", async (t) => {
      const open = await opened(t, way);
      if (open === undefined) {
        return;
      }
      for (const size of [1, 9]) {
        await assert.rejects(
          open.communicator.upload({ content: pieces("four"), size }, "/tmp/f", never),
          withText(/changed while it was sent/),
        );
      }
      await assert.rejects(
        open.communicator.upload({ content: pieces("x".repeat(3_000_000)), size: 3_000_000 }, "/nowhere/f", never),
        withText(/Failed to upload to '\/nowhere' in container[\s\S]*nowhere/),
      );
    });

    test("a source that cannot be read fails with its own reason", async (t) => {
      const open = await opened(t, way);
      if (open === undefined) {
        return;
      }
      const reason = new Error("the disk is broken");
      const content = (async function* () {
        yield Buffer.from("a");
        throw reason;
      })();
      await assert.rejects(
        open.communicator.upload({ content, size: 5 }, "/tmp/f", never),
        (thrown) => thrown === reason,
      );
    });

    test("an upload can be cancelled in the middle", async (t) => {
      const open = await opened(t, way, { fresh: true });
      if (open === undefined) {
        return;
      }
      const cancel = new AbortController();
      const content = (async function* () {
        for (let at = 0; at < 1000; at++) {
          if (at === 20) {
            cancel.abort(new Error("enough"));
          }
          yield Buffer.alloc(65536);
          await new Promise((resolve) => setTimeout(resolve, 1));
        }
      })();
      await assert.rejects(open.communicator.upload({ content, size: 65_536_000 }, "/tmp/f", cancel.signal), /enough/);
    });

    test("a folder goes into the one that is there, under its name where none is, and its content with a slash", async (t) => {
      const open = await opened(t, way, { fresh: true, run: ["-u", "42"] });
      if (open === undefined) {
        return;
      }
      const folder = localFolder(t);
      mkdirSync(join(folder, "up/sub"), { recursive: true });
      writeFileSync(join(folder, "up/sub/file"), "x");
      symlinkSync("sub/file", join(folder, "up/link"));
      cli(["exec", "-u", "root", open.id, "mkdir", "/there"]);
      await open.communicator.uploadDir(join(folder, "up"), "/there", never);
      await open.communicator.uploadDir(join(folder, "up"), "/new", never);
      await open.communicator.uploadDir(`${join(folder, "up")}/`, "/content", never);
      assert.equal(
        inside(open.id, "find /there /new /content | sort | xargs stat -c '%n %u'"),
        [
          "/content",
          "/content/link",
          "/content/sub",
          "/content/sub/file",
          "/new",
          "/new/link",
          "/new/sub",
          "/new/sub/file",
          "/there",
        ]
          .concat(["/there/up", "/there/up/link", "/there/up/sub", "/there/up/sub/file"])
          .map((path) => `${path} 42`)
          .join("\n"),
      );
    });

    test("a download gives the file, through links, and refuses folders, loops and what is not there", async (t) => {
      const open = await opened(t, way, { fresh: true });
      if (open === undefined) {
        return;
      }
      inside(
        open.id,
        "mkdir /d; echo real > /d/f; ln -s f /d/l; ln -s /d/l /abs; ln -s /d /folder; ln -s loop /loop; : > /empty",
      );
      for (const path of ["/d/f", "/d/l", "/abs", "/folder/f"]) {
        assert.equal(String(await whole(open.communicator.download(path, never))), "real\n");
      }
      assert.equal((await whole(open.communicator.download("/empty", never))).length, 0);
      await assert.rejects(whole(open.communicator.download("/d", never)), withText(/It is a folder/));
      await assert.rejects(whole(open.communicator.download("/folder", never)), withText(/It is a folder/));
      await assert.rejects(whole(open.communicator.download("/loop", never)), withText(/circles|Error downloading/));
      await assert.rejects(
        whole(open.communicator.download("/missing", never)),
        withText(/Error downloading '\/missing'[\s\S]*missing/),
      );
    });

    test("a downloaded folder keeps its files, modes and inner links, and links that lead out become files", async (t) => {
      const open = await opened(t, way, { fresh: true });
      if (open === undefined) {
        return;
      }
      inside(
        open.id,
        "mkdir -p /d/sub /out; echo secret > /out/s; echo f > /d/sub/f; chmod 750 /d/sub/f; ln /d/sub/f /d/hard; ln -s sub/f /d/in; " +
          "ln -s /out/s /d/abs; ln -s ../out/s /d/up; ln -s ../out /d/upfolder; ln -s nothing /d/dangling; mkfifo /d/fifo; " +
          "ln -s .. /d/sub/top; ln -s sub/top/../out/s /d/crooked",
      );
      const folder = localFolder(t);
      await open.communicator.downloadDir("/d", folder, never);
      await open.communicator.downloadDir("/d/", join(folder, "content"), never);
      for (const base of [join(folder, "d"), join(folder, "content")]) {
        assert.equal(readFileSync(join(base, "sub/f"), "utf8"), "f\n");
        assert.equal(statSync(join(base, "sub/f")).mode & 0o777, 0o750);
        assert.equal(readFileSync(join(base, "hard"), "utf8"), "f\n");
        assert.equal(readlinkSync(join(base, "in")), "sub/f");
        for (const name of ["abs", "up"]) {
          assert.equal(lstatSync(join(base, name)).isFile(), true);
          assert.equal(readFileSync(join(base, name), "utf8"), "secret\n");
        }
        assert.equal(existsSync(join(base, "upfolder")), false);
        assert.equal(existsSync(join(base, "crooked")), false, "what leads out by way of another link");
        assert.equal(readlinkSync(join(base, "dangling")), "nothing");
      }
      await assert.rejects(open.communicator.downloadDir("/d/sub/f", folder, never), BuildError);
      await assert.rejects(open.communicator.downloadDir("/missing", folder, never), withText(/missing/));
    });

    test("a file goes to a mount that only the container sees, and comes back, and nothing of it is in the image", async (t) => {
      const open = await opened(t, way, { fresh: true, run: ["--tmpfs", "/run/keys", "--tmpfs", "/tmp"] });
      if (open === undefined) {
        return;
      }
      inside(open.id, "ln -s /run/keys /shortcut; ln -s /dev/shm /elsewhere");
      const source = () => ({
        content: pieces("pass", "phrase"),
        size: 10,
        mode: 0o640,
        modified: Date.UTC(2020, 0, 1),
      });
      for (const path of ["/run/keys/one", "/shortcut/two", "/elsewhere/three", "/tmp/a 'file'", "/run/keys/one"]) {
        await open.communicator.upload(source(), path, never);
        assert.equal(String(await whole(open.communicator.download(path, never))), "passphrase", path);
      }
      assert.equal(
        inside(open.id, "stat -c '%u:%g %a %Y' /run/keys/one; cat /dev/shm/three"),
        "0:0 640 1577836800\npassphrase",
      );
      assert.deepEqual(imageFiles(t, open.id, "/run/keys", "/dev/shm", "/tmp"), []);
    });

    test("a folder goes to a mount that only the container sees, and comes back, and nothing of it is in the image", async (t) => {
      const open = await opened(t, way, { fresh: true, run: ["--tmpfs", "/run/keys", "-u", "42"] });
      if (open === undefined) {
        return;
      }
      const folder = localFolder(t);
      const long = `${"n".repeat(120)}.txt`;
      mkdirSync(join(folder, "up/sub"), { recursive: true });
      writeFileSync(join(folder, "up/sub/file"), "x".repeat(70_000));
      writeFileSync(join(folder, "up", long), "long");
      symlinkSync("sub/file", join(folder, "up/link"));
      await open.communicator.uploadDir(join(folder, "up"), "/run/keys", never);
      await open.communicator.uploadDir(join(folder, "up"), "/run/keys/new", never);
      await open.communicator.uploadDir(`${join(folder, "up")}/`, "/run/keys/content", never);
      for (const name of ["up", "new", "content"]) {
        const at = `/run/keys/${name}`;
        assert.equal(
          inside(open.id, `wc -c < ${at}/link; cat ${at}/${long}; stat -c ' %u' ${at}/sub`),
          "70000\nlong 42",
        );
      }
      await open.communicator.downloadDir("/run/keys/up", join(folder, "down"), never);
      await open.communicator.downloadDir("/run/", join(folder, "all"), never);
      for (const at of ["down/up", "all/keys/up"]) {
        assert.equal(statSync(join(folder, at, "sub/file")).size, 70_000);
        assert.equal(readlinkSync(join(folder, at, "link")), "sub/file");
        assert.equal(readFileSync(join(folder, at, long), "utf8"), "long");
      }
      assert.deepEqual(imageFiles(t, open.id, "/run/keys"), []);
    });

    test("a folder with something for a mount below its destination arrives whole", async (t) => {
      const open = await opened(t, way, { fresh: true, run: ["--mount", "type=tmpfs,destination=/srv/app/keys"] });
      if (open === undefined) {
        return;
      }
      const folder = localFolder(t);
      mkdirSync(join(folder, "app/keys"), { recursive: true });
      writeFileSync(join(folder, "app/keys/token"), "secret");
      writeFileSync(join(folder, "app/plain"), "plain");
      await open.communicator.uploadDir(join(folder, "app"), "/srv", never);
      assert.equal(inside(open.id, "cat /srv/app/keys/token /srv/app/plain"), "secretplain");
      assert.deepEqual(imageFiles(t, open.id, "/srv/app/keys"), []);
    });

    test("what a script mounts is found where the container may mount", async (t) => {
      const open = await opened(t, way, {
        fresh: true,
        run: ["--cap-add", "SYS_ADMIN", "--security-opt", "apparmor=unconfined"],
      });
      if (open === undefined) {
        return;
      }
      await open.communicator.upload({ content: pieces("before"), size: 6 }, "/mnt-file", never);
      inside(open.id, "mkdir /late; mkdir /late/sub");
      await open.communicator.upload({ content: pieces("under"), size: 5 }, "/late/under", never);
      inside(open.id, "mount -t tmpfs tmpfs /late");
      await open.communicator.upload({ content: pieces("over"), size: 4 }, "/late/over", never);
      assert.equal(inside(open.id, "cat /late/over"), "over");
      assert.deepEqual(imageFiles(t, open.id, "/late"), ["/late", "/late/sub", "/late/under"]);
    });

    test("volumes, folders of this machine and /etc/hosts are written where the container sees them", async (t) => {
      const folder = localFolder(t);
      const open = await opened(t, way, {
        fresh: true,
        run: ["-v", "/volume", "-v", `${folder}:/bound`, "--read-only", "--tmpfs", "/ro"],
      });
      if (open === undefined) {
        return;
      }
      const writable = await opened(t, way, { fresh: true });
      const places = ["/volume/f", "/bound/f", "/ro/f"].map((path) => ({ open, path }));
      if (writable === undefined) {
        return;
      }
      for (const { open: to, path } of [...places, { open: writable, path: "/etc/hosts" }]) {
        await to.communicator.upload({ content: pieces("127.0.0.1 x\n"), size: 12 }, path, never);
        assert.equal(inside(to.id, `cat ${path}`), "127.0.0.1 x", path);
      }
    });

    test("an upload to such a mount that cannot be done says why", async (t) => {
      const open = await opened(t, way, { fresh: true, run: ["--tmpfs", "/small:size=64k"] });
      if (open === undefined) {
        return;
      }
      const upload = (path: string, content: AsyncIterable<Uint8Array>, size: number) =>
        open.communicator.upload({ content, size }, path, never);
      await assert.rejects(
        upload("/small/no/f", pieces("x"), 1),
        withText(/Failed to upload to '\/small\/no\/f'[\s\S]*(nonexistent|No such)/),
      );
      await assert.rejects(upload("/small/f", pieces("x".repeat(200_000)), 200_000), withText(/No space left/));
      await assert.rejects(upload("/small", pieces("x"), 1), withText(/is a folder|Failed to upload/));
      for (const size of [1, 9]) {
        await assert.rejects(upload("/small/f", pieces("four"), size), withText(/changed while it was sent/));
      }
      const folder = localFolder(t);
      writeFileSync(join(folder, "large"), "x".repeat(200_000));
      await assert.rejects(open.communicator.uploadDir(`${folder}/`, "/small", never), withText(/No space left/));
    });
  });
}

describe("communicator/docker", () => {
  test("it uses the engine's socket where docker would, and the program everywhere else", async (t) => {
    if (baseImage(t) === undefined) {
      return;
    }
    const id = startTestContainer(t);
    const over = async (executable: string, env: Record<string, string>): Promise<string> => {
      const own = { ...nodeHost({ ...process.env, ...env }) };
      return (await openContainer({ host: own, executable }, id, never)).over;
    };
    assert.equal(await over("docker", {}), "socket");
    assert.equal(await over("/usr/bin/docker", { DOCKER_HOST: "unix:///var/run/docker.sock" }), "socket");
    assert.equal(await over("podman", {}), "program");
    assert.equal(await over("docker", { DOCKER_HOST: "tcp://127.0.0.1:1" }), "program");
    assert.equal(await over("docker", { DOCKER_HOST: "ssh://nobody@127.0.0.1" }), "program");
    assert.equal(await over("docker", { DOCKER_HOST: "unix:///nowhere.sock" }), "program");
    assert.equal(await over("docker", { DOCKER_CONTEXT: "elsewhere" }), "program");
  });

  test("a builder without containers is told to choose another communicator", async () => {
    const connecting = docker.connect({}, {}, fakeRun({ host: fakeHost() }));
    await assert.rejects(connecting, withText(/only works with a builder that makes containers/));
  });
});

interface Opened {
  readonly id: string;
  readonly communicator: Communicator;
  readonly run: ReturnType<typeof fakeRun>;
}

async function opened(
  t: TestContext,
  way: "socket" | "program",
  options: {
    fresh?: boolean | undefined;
    run?: readonly string[] | undefined;
    target?: Partial<ContainerTarget> | undefined;
  } = {},
): Promise<Opened | undefined> {
  if (baseImage(t) === undefined) {
    return undefined;
  }
  const id = options.fresh ? startTestContainer(t, options.run) : sharedContainer(options.run ?? []);
  const target: ContainerTarget = {
    ...{ id, executable: "docker", execUser: "", pty: false, windows: false, fixUploadOwner: true },
    ...{ hostDir: "/nowhere", containerDir: "/packer-files" },
    ...options.target,
  };
  const run = fakeRun({ host });
  if (way === "program") {
    return {
      id,
      communicator: openLinuxContainer(openContainerOverProgram({ host, executable: "docker" }, id), target, run),
      run,
    };
  }
  return { id, communicator: await docker.connect({}, { own: giveContainer(target) }, run), run };
}

const shared = new Map<string, string>();
after(() => void (shared.size > 0 && cli(["rm", "-f", "-v", ...shared.values()])));

/** Starting a container takes longer than most tests: those that leave theirs as it was use one together. */
function sharedContainer(args: readonly string[]): string {
  const key = args.join(" ");
  const id = shared.get(key) ?? cli(["run", "-d", "-i", "-t", ...args, "--entrypoint=/bin/sh", "--", BASE_IMAGE]);
  shared.set(key, id);
  return id;
}

async function run(
  communicator: Communicator,
  command: string,
  input?: Uint8Array,
): Promise<{ end: unknown; stdout: string; stderr: string }> {
  const out: Uint8Array[] = [];
  const err: Uint8Array[] = [];
  const io = {
    stdout: (chunk: Uint8Array) => void out.push(chunk),
    stderr: (chunk: Uint8Array) => void err.push(chunk),
    stdin: input === undefined ? undefined : pieces(input),
  };
  const end = await communicator.exec(command, io, never);
  return { end, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() };
}

/** The paths in an image of the container that lie in these folders, but for the folders the image had before. */
function imageFiles(t: TestContext, id: string, ...folders: readonly string[]): readonly string[] {
  const image = cli(["commit", id]);
  t.after(() => void cli(["rmi", "-f", image]));
  const list = `for d in ${folders.join(" ")}; do [ -e $d ] && find $d; done; true`;
  const found = cli(["run", "--rm", "--network=none", "--entrypoint=/bin/sh", image, "-c", list])
    .split("\n")
    .filter(Boolean);
  const empty = folders.filter((folder) => !found.some((path) => path.startsWith(`${folder}/`)));
  return found.filter((path) => !empty.includes(path));
}

function inside(id: string, command: string): string {
  return cli(["exec", "-u", "root", id, "/bin/sh", "-c", command]);
}

async function* pieces(...parts: readonly (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) {
    yield Buffer.from(part);
  }
}

async function whole(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) {
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function localFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "docker-test-"));
  chmodSync(folder, 0o755);
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function withText(pattern: RegExp): (thrown: unknown) => boolean {
  return (thrown) => thrown instanceof BuildError && pattern.test(thrown.message);
}
