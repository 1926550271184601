// The runs of the action that the pictures of the README show, and where what they print is kept.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { FakeRunner } from "../../test/e2e/action-runner.ts";

const PATH = "images/web.pkr.hcl";

/** What the pictures are drawn from, as the action prints it. */
export interface Shown {
  /** The Markdown of the summary of a run in which one build succeeds and one fails. */
  readonly summary: string;
  /** The line of the log that makes the annotation of a misspelt option. */
  readonly annotation: string;
}

/** Runs the action on both templates. */
export async function runAction(runner: FakeRunner): Promise<Shown> {
  runner.file(PATH, readTemplate("built"));
  const { summary } = await runner.run({ command: "build", template: "images/*.pkr.hcl" });
  runner.file(PATH, readTemplate("mistaken"));
  const { stdout } = await runner.run({ command: "validate", template: "images/*.pkr.hcl" });
  return { summary, annotation: stdout.split("\n").find((line) => line.startsWith("::error ")) ?? "" };
}

/** The template of a picture. */
export function readTemplate(name: "built" | "mistaken"): string {
  return readFileSync(placeOf(`${name}/web.pkr.hcl`), "utf8");
}

/** A file beside this one. */
export function placeOf(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url));
}

/**
 * The lines of a text, sorted, without what is different in every run: times and what is ordered by them, sizes of archives,
 * digests and names of temporary folders.
 */
export function leaveOutChance(text: string): readonly string[] {
  return text
    .replace(/\d+(\.\d+)? ?m?s\b/g, "0 s")
    .replace(/:(crit, )?\d{13}/g, ":$10")
    .replace(/\d+ B\b/g, "0 B")
    .replace(/[0-9a-f]{64}/g, "0")
    .replace(/\/\S*packer-shell[0-9a-f]+/g, "/temp")
    .split("\n")
    .sort();
}
