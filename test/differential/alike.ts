// Holds the two sides of a case against one another: exit code, words, commands, and every file that is there afterwards.
import assert from "node:assert/strict";
import { lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { basename, join } from "node:path";
import { bySpeaker, normal } from "./normal.ts";
import type { Pair, Side } from "./side-by-side.ts";

/** A difference that is meant, and why. */
export interface Deliberate {
  readonly why: string;
  /** Turns what Packer printed into what this program prints. */
  output?(packer: string): string;
  /** Leaves out of the commands that the machine got what may differ. */
  commands?(all: readonly string[]): readonly string[];
  /** Files that only one of the two has, or that differ. */
  readonly files?: readonly string[] | undefined;
}

/** Fails with the first thing in which the sides differ. Lines of different builds may mix in any order. */
export function assertAlike({ packer, ours }: Pair, ...deliberate: readonly Deliberate[]): void {
  const expected = deliberate.reduce((text, { output }) => output?.(text) ?? text, packer.output);
  assert.deepEqual(bySpeaker(ours.output), bySpeaker(expected));
  assert.equal(ours.code, packer.code);
  assert.equal(ours.stderr, packer.stderr);
  const commandsOf = (side: Side): readonly string[] =>
    deliberate.reduce<readonly string[]>((list, difference) => difference.commands?.(list) ?? list, side.commands);
  assert.deepEqual(commandsOf(ours), commandsOf(packer));
  const ignored = new Set(deliberate.flatMap(({ files }) => files ?? []));
  const [theirs, own] = [packer, ours].map((side) => filesOf(side, ignored));
  assert.deepEqual(own, theirs);
}

/** Every file of a side with its mode and content: of its folder, of its machine, and what is left of its temporary ones. */
export function filesOf({ place }: Side, ignored: ReadonlySet<string> = new Set()): Readonly<Record<string, string>> {
  const root = join(place.folder, "..");
  const all = ["case", "tmp", ...(place.machine === undefined ? [] : ["machine/home"])].flatMap((name) =>
    walk(join(root, name), name),
  );
  const shown = all
    .filter(([path]) => !ignored.has(path))
    .map(([path, text]) => [normal(path, root), normal(text, root, place.machine)]);
  return Object.fromEntries(shown);
}

function walk(path: string, name: string): (readonly [string, string])[] {
  const stat = lstatSync(path);
  const mode = (stat.mode & 0o7777).toString(8);
  if (stat.isSymbolicLink()) {
    return [[name, `-> ${readlinkSync(path)}`]];
  }
  if (!stat.isDirectory()) {
    return [[name, `${mode} ${contentOf(path)}`]];
  }
  // Unlike Packer: a folder for journals, which is empty once nothing is left to remove.
  if (/^packer-ts-journal-\d+$/.test(basename(path)) && readdirSync(path).length === 0) {
    return [];
  }
  return [
    [name, `${mode} folder`],
    ...readdirSync(path).flatMap((entry) => walk(join(path, entry), `${name}/${entry}`)),
  ];
}

/** Archives hold times and are packed by different programs: post-processors.test.ts opens them. */
function contentOf(path: string): string {
  if (/\.(?:tar|gz|zip)$/.test(path)) {
    return "an archive";
  }
  const text = readFileSync(path, "latin1");
  return text.startsWith('{\n  "builds": [') ? manifest(text) : text;
}

/** Builds that run at the same time end in any order. */
function manifest(text: string): string {
  const { builds, ...rest } = JSON.parse(text) as { builds: { name: string; build_time: number }[] };
  const shown = builds.map((build) => ({ ...build, build_time: "MOMENT" }));
  return JSON.stringify({ ...rest, builds: shown.sort((a, b) => (a.name < b.name ? -1 : 1)) }, null, 2);
}
