// `reap`, on real records of runs that are no more.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { createCatalog } from "../../catalog.ts";
import { openJournal } from "../../core/journal.ts";
import { Secrets } from "../../core/secrets.ts";
import type { Diagnostic } from "../../diagnostic/diagnostic.ts";
import type { Host } from "../../host/host.ts";
import { nodeHost } from "../../host/node.ts";
import { createLookups } from "../../lookups.ts";
import type { CommandContext } from "../command.ts";
import type { Section } from "../section.ts";
import { reap } from "./reap.ts";

const HOUR = 3_600_000;

interface Scene {
  readonly folder: string;
  readonly left: string;
  readonly said: string[];
  readonly diagnostics: Diagnostic[];
  run(config: { older_than: number; dry_run: boolean }): Promise<number>;
  /** What the last run has for the page. */
  readonly sections: Section[];
}

/** A folder that a dead process made two hours ago. */
async function scene(test: TestContext, owner: "builder" | "nobody" = "builder"): Promise<Scene> {
  const folder = mkdtempSync(join(tmpdir(), "packer-ts-reap-"));
  test.after(() => rmSync(folder, { recursive: true, force: true }));
  const left = join(folder, "left");
  mkdirSync(left);
  const { pid } = spawnSync("true");
  const host = nodeHost();
  const past: Host = {
    ...host,
    clock: { ...host.clock, now: () => Date.now() - 2 * HOUR },
    processTable: { ...host.processTable, own: pid },
  };
  const journal = openJournal(past, join(folder, "journal"), "run", {
    "packer-ts.repository": "acme/images",
    "packer-ts.run-id": "77",
  });
  const kind = owner === "builder" ? "temporary-folder" : "moon-base";
  const entry = await journal.intend({
    build: "web",
    owner: { kind: "builder", type: "file", origin: { is: "native" } },
    resource: { kind, title: "temporary folder", wanted: { path: left } },
    place: null,
  });
  await entry.made(left);
  const said: string[] = [];
  const diagnostics: Diagnostic[] = [];
  const context: CommandContext = {
    host,
    catalog: async () => createCatalog(),
    lookups: createLookups(host, new AbortController().signal),
    face: {
      sink: () => {},
      say: (text) => void said.push(text),
      error: (text) => void said.push(text),
      machine: () => {},
      diagnostics: (list) => void diagnostics.push(...list),
    },
    secrets: new Secrets(),
    signal: new AbortController().signal,
    readStdin: async () => new Uint8Array(),
    ask: async () => undefined,
    journalDir: join(folder, "journal"),
    startedAt: Date.now(),
  };
  const sections: Section[] = [];
  const run: Scene["run"] = async (config) => {
    const result = await reap.run(config, "", context);
    sections.splice(0, sections.length, ...(result.sections ?? []));
    return result.exitCode;
  };
  return { folder, left, said, diagnostics, sections, run };
}

describe("command/reap", () => {
  it("removes what a killed run left, and its record", async (t) => {
    const { folder, left, said, run } = await scene(t);
    assert.equal(await run({ older_than: HOUR, dry_run: false }), 0);
    assert.match(
      said[0] ?? "",
      /^Removed the temporary folder of build 'web', made 20\S+ \(packer-ts\.repository=acme\/images, packer-ts\.run-id=77\)/,
    );
    assert.equal(existsSync(left), false);
    assert.deepEqual(readdirSync(join(folder, "journal")), []);
    assert.equal(await run({ older_than: HOUR, dry_run: false }), 0);
    // Nobody is told that all is well where nobody ever kept a record.
    const journals = join(folder, "journal");
    const nothing = `There are no records of runs in ${journals}. Runs with another TMPDIR or PACKER_TMP_DIR keep theirs in that folder.`;
    assert.deepEqual(said.slice(1), [nothing]);
  });

  it("lists for the page of a workflow run what was removed, or would be", async (t) => {
    const { sections, run } = await scene(t);
    await run({ older_than: HOUR, dry_run: true });
    assert.equal(sections[0]?.title, "Would be removed");
    await run({ older_than: HOUR, dry_run: false });
    const [removed] = sections;
    assert.ok(removed?.is === "table");
    assert.equal(removed.title, "Removed");
    assert.deepEqual(
      removed.rows.map(([what, build]) => [what, build]),
      [["temporary folder", "web"]],
    );
    await run({ older_than: HOUR, dry_run: false });
    assert.deepEqual(
      sections.map((section) => (section.is === "table" ? section.rows : [])),
      [[]],
    );
  });

  it("leaves alone what is not old enough", async (t) => {
    const { left, said, run } = await scene(t);
    assert.equal(await run({ older_than: 3 * HOUR, dry_run: false }), 0);
    assert.deepEqual(said, [
      "What 1 run left behind is not old enough yet: less than 3h0m0s. -older-than=0s removes it at once.",
    ]);
    assert.ok(existsSync(left));
  });

  it("only shows what it would remove when asked to", async (t) => {
    const { left, said, run } = await scene(t);
    assert.equal(await run({ older_than: HOUR, dry_run: true }), 0);
    assert.match(said[0] ?? "", /^Would remove the temporary folder/);
    assert.ok(existsSync(left));
  });

  it("says what it could not remove and keeps the record", async (t) => {
    const { folder, diagnostics, run } = await scene(t, "nobody");
    assert.equal(await run({ older_than: HOUR, dry_run: false }), 1);
    assert.equal(diagnostics[0]?.code, "run/left-behind");
    assert.equal(readdirSync(join(folder, "journal")).length, 1);
  });

  it("says that nothing was left behind where runs still go on", async (t) => {
    const { folder, said, run } = await scene(t);
    await run({ older_than: HOUR, dry_run: false });
    const living = openJournal(nodeHost(), join(folder, "journal"), "living");
    const resource = { kind: "temporary-folder", title: "temporary folder", wanted: { path: join(folder, "x") } };
    await living.intend({
      build: "b",
      owner: { kind: "builder", type: "file", origin: { is: "native" } },
      resource,
      place: null,
    });
    said.length = 0;
    assert.equal(await run({ older_than: 0, dry_run: false }), 0);
    assert.deepEqual(said, ["Nothing was left behind."]);
  });

  it("names a record that cannot be understood, and removes what the others say", async (t) => {
    const { folder, left, diagnostics, run } = await scene(t);
    const broken = join(folder, "journal", "1-broken.jsonl");
    writeFileSync(broken, "anything\n", { mode: 0o600 });
    assert.equal(await run({ older_than: HOUR, dry_run: false }), 1);
    assert.equal(existsSync(left), false);
    assert.deepEqual([diagnostics[0]?.code, diagnostics[0]?.summary.includes(broken)], ["run/journal-broken", true]);
  });

  it("removes what a run with a wrong clock left, for its age tells nothing", async (t) => {
    const { folder, left, run } = await scene(t);
    const [name = ""] = readdirSync(join(folder, "journal"));
    const file = join(folder, "journal", name);
    const inAYear = Date.now() + 365 * 24 * HOUR;
    writeFileSync(file, readFileSync(file, "utf8").replaceAll(/"at":\d+/g, `"at":${inAYear}`));
    assert.equal(await run({ older_than: HOUR, dry_run: false }), 0);
    assert.equal(existsSync(left), false);
  });

  it("leaves alone what was made where its process cannot be seen", async (t) => {
    const { folder, left, said, run } = await scene(t);
    const [name = ""] = readdirSync(join(folder, "journal"));
    const file = join(folder, "journal", name);
    const elsewhere = JSON.stringify("another-machine 00000000-0000 pid:[1]");
    writeFileSync(file, readFileSync(file, "utf8").replace(/"space":"[^"]*"/, `"space":${elsewhere}`));
    assert.equal(await run({ older_than: HOUR, dry_run: false }), 0);
    assert.ok(existsSync(left));
    assert.match(said.join(), /from another container or machine/);
  });
});
