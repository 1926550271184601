// One slip in a real template is one message: at its place, with the template's name, in the template's own language.
import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { after, before, describe, it, type TestContext } from "node:test";
import { stringify } from "yaml";
import type { Diagnostic } from "../../src/diagnostic/diagnostic.ts";
import { folderWith } from "../packer-ts.ts";
import { corpusFolder, corpusTemplates } from "./corpus.ts";
import { HCL_SLIPS, JSON_SLIPS, type Slip, YAML_SLIPS } from "./corpus-slips.ts";
import { planOf } from "./plan-view.ts";

/** Large templates tell no more than small ones, and take longer. */
const MAX_BYTES = 60_000;
/** Of each kind of slip, in the order of the corpus: more take longer and tell the same. */
const PER_SLIP = 40;

/** A text that cannot be read, or a file that lacks its neighbours, has nothing more to be broken. */
const UNREADABLE = /^(json|yaml|hcl|source|build|local|variable)\/|^template\/language/;

interface Subject {
  readonly cwd: string;
  readonly path: string;
  readonly text: string;
}

async function errorsOf({ cwd, path, text }: Subject, test: TestContext): Promise<readonly Diagnostic[]> {
  // What it names lies beside the original, so that only its text is another one.
  const folder = folderWith(test, { [path]: text });
  const { diagnostics } = await planOf({ path: join(folder, path), cwd, allowUnsetVars: true });
  return diagnostics
    .filter(({ severity, code }) => severity === "error" || code === "variable/undeclared")
    .map((found) => JSON.parse(JSON.stringify(found).replaceAll(folder, "")) as Diagnostic);
}

const key = ({ code, summary, detail, subject }: Diagnostic): string =>
  JSON.stringify([code, summary, detail, subject?.start.line]);

/** What is wrong with what is said of a slip; nothing when all is well. */
function faultsOf(slip: Slip, had: readonly Diagnostic[], has: readonly Diagnostic[], file: string): string[] {
  const before = new Map<string, number>();
  for (const one of had) {
    before.set(key(one), (before.get(key(one)) ?? 0) + 1);
  }
  const fresh = has.filter((one) => {
    const left = before.get(key(one)) ?? 0;
    before.set(key(one), left - 1);
    return left <= 0;
  });
  const [only] = fresh;
  if (only === undefined || fresh.length !== 1) {
    return [`${fresh.length} messages: ${fresh.map(({ code, summary }) => `${code} ${summary}`).join(" | ")}`];
  }
  const hidden = slip.losesWay === true ? [] : [...before].filter(([, left]) => left > 0);
  const start = only.subject?.start;
  const words = `${only.detail ?? ""} ${only.hint ?? ""}`;
  const foreign = file.endsWith(".hcl") ? /`user`|"builders"/ : /\$\{var\.|\bvariable "/;
  const yaml = file.endsWith(".yaml") ? /^(?!did you mean).*"\w+": |\{ "/ : /(?!)/;
  return [
    slip.code.test(only.code) ? "" : `the code is ${only.code}: ${only.summary}`,
    hidden.length === 0 ? "" : `hides ${hidden.length} others: ${hidden[0]?.[0]}`,
    slip.at === undefined || start?.offset === slip.at
      ? ""
      : `points to ${start?.line}:${start?.column} (${start?.offset} instead of ${slip.at})`,
    start !== undefined ? "" : "has no place",
    only.subject === undefined || basename(only.subject.filename) === basename(file)
      ? ""
      : `names ${only.subject.filename}`,
    slip.says === undefined || slip.says.test(`${only.summary} ${words}`) ? "" : `does not say ${slip.says}: ${words}`,
    foreign.test(words) || yaml.test(only.hint ?? "") ? `speaks another language: ${words}` : "",
  ].filter((fault) => fault !== "");
}

function jsonSubjects(folder: string): readonly Subject[] {
  return corpusTemplates(folder, "json").flatMap(({ path }) => {
    const full = join(folder, path);
    const text = statSync(full).size > MAX_BYTES ? "" : readFileSync(full, "utf8");
    return text === "" ? [] : { cwd: dirname(full), path: basename(full), text };
  });
}

function yamlSubjects(folder: string): readonly Subject[] {
  return jsonSubjects(folder).flatMap(({ cwd, path, text }) => {
    try {
      const value: unknown = JSON.parse(text);
      return { cwd, path: path.replace(/\.json$/, ".yaml"), text: stringify(value, { lineWidth: 0 }) };
    } catch {
      return [];
    }
  });
}

/** Configurations of a single file, which need no others. */
function hclSubjects(folder: string): readonly Subject[] {
  return corpusTemplates(folder, "hcl2").flatMap(({ path }) => {
    const full = join(folder, path);
    const isFolder = statSync(full).isDirectory();
    const names = isFolder ? readdirSync(full).filter((name) => name.endsWith(".pkr.hcl")) : [basename(full)];
    const cwd = isFolder ? full : dirname(full);
    const [name = ""] = names;
    const text = names.length === 1 ? readFileSync(join(cwd, name), "utf8") : "";
    return text === "" || text.length > MAX_BYTES || text.includes("/*") ? [] : { cwd, path: name, text };
  });
}

describe("corpus/slips", () => {
  const kinds = [
    ["JSON", jsonSubjects, JSON_SLIPS],
    ["YAML", yamlSubjects, YAML_SLIPS],
    ["HCL2", hclSubjects, HCL_SLIPS],
  ] as const;
  const made: string[] = [];
  for (const [language, list, slips] of kinds) {
    it(`are told once and for what they are: ${language}`, async (t) => {
      const folder = corpusFolder(t);
      if (folder === undefined) {
        return;
      }
      const faults: string[] = [];
      const counts = slips.map(() => 0);
      for (const subject of list(folder)) {
        const had = await errorsOf(subject, t);
        if (had.some(({ code }) => UNREADABLE.test(code))) {
          continue;
        }
        for (const [i, make] of slips.entries()) {
          const slip = (counts[i] ?? 0) < PER_SLIP ? make(subject.text) : undefined;
          if (slip === undefined || slip.text === subject.text) {
            continue;
          }
          counts[i] = (counts[i] ?? 0) + 1;
          made.push(slip.what);
          const has = await errorsOf({ ...subject, text: slip.text }, t);
          for (const fault of faultsOf(slip, had, has, subject.path)) {
            faults.push(`${slip.what} in ${join(subject.cwd.slice(folder.length), subject.path)}: ${fault}`);
          }
        }
      }
      t.diagnostic(`${language}: ${counts.reduce((sum, count) => sum + count, 0)} slips (${counts.join(" ")})`);
      assert.deepEqual(faults, []);
    });
  }
  before(() => made.splice(0));
  after(() => made.splice(0));
});
