// Which paths lead where nothing is read for a template.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { openFileGate } from "./file-gate.ts";

function folder(t: TestContext): string {
  const made = realpathSync(mkdtempSync(join(tmpdir(), "packer-ts-gate-")));
  t.after(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

describe("host/file-gate", () => {
  for (const path of [
    "/proc/self/environ",
    "/proc",
    "//proc/1/environ",
    "/tmp/../proc/self/environ",
    "/./sys/kernel",
    "/dev/null",
    "/dev/stdin",
    "/dev/tty",
  ]) {
    it(`refuses ${path}`, () => assert.match(openFileGate().refusal(path)?.reason ?? "", /belongs to the system/));
  }

  it("takes regular files and folders, what is not there, and files on the disk in memory", (t) => {
    const root = folder(t);
    writeFileSync(join(root, "a"), "");
    for (const path of [join(root, "a"), root, join(root, "none"), "/proceedings/x", "/device", "/dev/shm/file"]) {
      assert.equal(openFileGate().refusal(path), undefined, path);
    }
  });

  it("follows links to folders, links to links and ways back before it judges", (t) => {
    const root = folder(t);
    symlinkSync("/proc/self", join(root, "self"));
    symlinkSync("self", join(root, "again"));
    symlinkSync("/proc/self/cwd", join(root, "cwd"));
    mkdirSync(join(root, "deep"));
    symlinkSync("../self/environ", join(root, "deep/e"));
    for (const path of [
      "self/environ",
      "again/environ",
      "again/fd/0",
      "cwd/package.json",
      "deep/e",
      "self/../1/environ",
    ]) {
      assert.match(openFileGate().refusal(`${root}/${path}`)?.reason ?? "", /belongs to the system/, path);
    }
  });

  it("gives up on links in a circle", (t) => {
    const root = folder(t);
    symlinkSync("b", join(root, "a"));
    symlinkSync("a", join(root, "b"));
    assert.match(openFileGate().refusal(join(root, "a"))?.reason ?? "", /too many links/);
  });

  it("refuses sockets", async (t) => {
    const path = join(folder(t), "s");
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(path, resolve));
    t.after(() => server.close());
    assert.match(openFileGate().refusal(path)?.reason ?? "", /neither a file nor a folder/);
  });

  it("keeps to its folders wherever links lead, and where nothing is", (t) => {
    const root = folder(t);
    const outside = folder(t);
    writeFileSync(join(outside, "o"), "");
    mkdirSync(join(root, "in"));
    symlinkSync(outside, join(root, "in/out"));
    symlinkSync(root, join(outside, "back"));
    const gate = openFileGate({ within: [join(root, "in")], hint: "Do so." });
    for (const path of [
      join(outside, "o"),
      join(root, "in/out/o"),
      join(root, "in/out/none"),
      join(root, "inside"),
      `${root}/in/../x`,
    ]) {
      assert.deepEqual(gate.refusal(path), { reason: "lies outside of the workspace", hint: "Do so." }, path);
    }
    assert.equal(gate.refusal(join(outside, "back/in/x")), undefined);
  });

  it("believes a path that a person has written, but not where a link in the folders leads", (t) => {
    const root = folder(t);
    const outside = folder(t);
    writeFileSync(join(outside, "o"), "");
    symlinkSync(join(outside, "o"), join(root, "link"));
    const gate = openFileGate({ within: [root] });
    assert.equal(gate.namedRefusal(join(outside, "o")), undefined);
    assert.match(gate.namedRefusal(join(root, "link"))?.reason ?? "", /outside/);
    assert.match(gate.namedRefusal("/proc/self/environ")?.reason ?? "", /system/);
    assert.match(gate.namedRefusal("/dev/stdin")?.reason ?? "", /system/);
    // On the command line it is what a shell hands over.
    for (const path of ["/dev/stdin", "/dev/fd/63", "/proc/self/fd/3"]) {
      assert.equal(openFileGate().namedRefusal(path), undefined);
    }
    assert.match(openFileGate().namedRefusal("/proc/self/environ")?.reason ?? "", /system/);
  });
});
