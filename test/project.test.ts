// The rules of the house, checked on the files themselves: who imports whom, names, codes.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { diagnosticCodes } from "../src/diagnostic/codes.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const src = join(root, "src");

/** What each folder may import beside itself. `types` may be imported as types only. */
const rules: Readonly<Record<string, { readonly may: readonly string[]; readonly types?: readonly string[] }>> = {
  diagnostic: { may: [] },
  host: { may: ["diagnostic"] },
  cty: { may: ["diagnostic"] },
  gotemplate: { may: ["diagnostic"] },
  hcl: { may: ["diagnostic", "cty"] },
  sdk: { may: ["diagnostic", "cty"], types: ["host"] },
  driver: { may: ["diagnostic"], types: ["host"] },
  step: { may: ["sdk", "driver", "gotemplate", "diagnostic"], types: ["host"] },
  communicator: { may: ["sdk", "driver", "step", "diagnostic"], types: ["host"] },
  builder: { may: ["sdk", "step", "driver", "gotemplate", "diagnostic"], types: ["host"] },
  provisioner: { may: ["sdk", "step", "driver", "gotemplate", "diagnostic"], types: ["host"] },
  "post-processor": { may: ["sdk", "step", "driver", "gotemplate", "diagnostic"], types: ["host"] },
  datasource: { may: ["sdk", "step", "driver", "gotemplate", "diagnostic"], types: ["host"] },
  template: { may: ["hcl", "cty", "gotemplate", "sdk", "diagnostic"], types: ["host"] },
  core: { may: ["sdk", "cty", "diagnostic"], types: ["host", "template"] },
  command: { may: ["core", "template", "hcl", "cty", "gotemplate", "sdk", "diagnostic"], types: ["host"] },
  action: { may: ["command", "catalog.ts", "lookups.ts", "core", "host", "sdk", "template", "driver", "diagnostic"] },
  cli: { may: ["command", "catalog.ts", "lookups.ts", "core", "host", "sdk", "template", "diagnostic", "driver"] },
  generate: { may: ["command", "catalog.ts", "lookups.ts", "sdk", "action", "cli", "template", "gotemplate", "diagnostic"] },
  "catalog.ts": { may: ["builder", "communicator", "datasource", "post-processor", "provisioner", "sdk"] },
  "lookups.ts": { may: ["driver"], types: ["host", "template"] },
};

interface Import {
  readonly file: string;
  /** What stands in braces. */
  readonly names: readonly string[];
  readonly target: string;
  readonly typeOnly: boolean;
}

const files = readdirSync(src, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
  .map((entry) => join(entry.parentPath, entry.name));
const production = files.filter((file) => !file.endsWith(".test.ts"));

function importsOf(file: string): Import[] {
  const text = readFileSync(file, "utf8");
  const found = text.matchAll(/^\s*(?:import|export)\s+(type\s+)?(?:([^"';]*?)\sfrom\s+)?"([^"]+)"|\bimport\(\s*"([^"]+)"\s*\)/gm);
  return [...found].map(([, type, clause = "", fixed, dynamic]) => {
    const names = clause
      .replace(/[{}]/g, "")
      .split(",")
      .map((name) => name.trim());
    const typeOnly = type !== undefined || (clause !== "" && names.every((name) => name === "" || name.startsWith("type ")));
    return { file, target: fixed ?? dynamic ?? "", names, typeOnly };
  });
}

function roomOf(path: string): string {
  return relative(src, path).split("/")[0] ?? "";
}

describe("project", () => {
  it("keeps every folder to the imports it may have", () => {
    const breaches: string[] = [];
    for (const { file, target, typeOnly } of production.flatMap(importsOf)) {
      if (!target.startsWith(".")) continue;
      const from = roomOf(file);
      const to = roomOf(resolve(dirname(file), target));
      const rule = rules[from];
      if (rule === undefined) breaches.push(`${relative(root, file)}: the folder ${from} has no rule`);
      else if (from !== to && !rule.may.includes(to) && !(typeOnly && rule.types?.includes(to)))
        breaches.push(`${relative(root, file)} imports ${target}`);
    }
    assert.deepEqual(breaches, []);
  });

  it("keeps components from importing one another", () => {
    const kinds = ["builder", "provisioner", "post-processor", "datasource", "communicator"];
    const breaches = production.flatMap(importsOf).filter(({ file, target }) => {
      if (!target.startsWith(".") || file.endsWith("registry.ts")) return false;
      const [kind = "", type = ""] = relative(src, file).split("/");
      const [otherKind = "", otherType = ""] = relative(src, resolve(dirname(file), target)).split("/");
      return kinds.includes(kind) && kinds.includes(otherKind) && (kind !== otherKind || type !== otherType);
    });
    assert.deepEqual(
      breaches.map(({ file, target }) => `${relative(root, file)} imports ${target}`),
      [],
    );
  });

  it("uses the Actions toolkit in the action alone, and starts processes and sockets in the host alone", () => {
    // Looking at an address or speaking HTTP over a socket that the host opened is no opening of one;
    // a Server that is handed such sockets listens nowhere.
    const harmless = ["isIP", "isIPv4", "isIPv6", "BlockList", "request", "Agent", "Server", "TLSSocket"];
    const opens = ({ target, names }: Import): boolean =>
      /^(node:)?(child_process|net|tls|http|https|dgram|cluster)$/.test(target) &&
      !names.every((name) => name === "" || name.startsWith("type ") || harmless.includes(name));
    const breaches = production.flatMap(importsOf).filter((one) => {
      const room = roomOf(one.file);
      if (one.target.startsWith("@actions/")) return room !== "action";
      return !one.typeOnly && room !== "host" && opens(one);
    });
    assert.deepEqual(
      breaches.map(({ file, target }) => `${relative(root, file)} imports ${target}`),
      [],
    );
  });

  it("has no circle of imports", () => {
    const graph = new Map(
      production.map((file) => [
        file,
        importsOf(file)
          .filter(({ target, typeOnly }) => target.startsWith(".") && !typeOnly)
          .map(({ target }) => resolve(dirname(file), target)),
      ]),
    );
    const done = new Set<string>();
    const circles: string[] = [];
    const walk = (file: string, path: readonly string[]): void => {
      if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].map((one) => relative(src, one)).join(" -> "));
      if (done.has(file) || path.includes(file)) return;
      for (const next of graph.get(file) ?? []) walk(next, [...path, file]);
      done.add(file);
    };
    for (const file of production) walk(file, []);
    assert.deepEqual(circles, []);
  });

  it("begins every file with a comment that says what it is", () => {
    const bare = production.filter((file) => !/^(\/\/|\/\*\*) ?\S/.test(readFileSync(file, "utf8")));
    assert.deepEqual(
      bare.map((file) => relative(root, file)),
      [],
    );
  });

  it("calls no file a helper, manager or collection of utilities", () => {
    assert.deepEqual(
      files.filter((file) => /util|helper|manager|misc|common/i.test(relative(src, file))).map((file) => relative(root, file)),
      [],
    );
  });

  it("documents every diagnostic code that is used, with a sentence", () => {
    const used = new Set<string>();
    for (const file of production.filter((one) => !one.includes("/codes/"))) {
      const text = readFileSync(file, "utf8");
      for (const [, code = ""] of text.matchAll(
        /(?:code: |failure\(\s*"[a-z]+",\s*|\.(?:error|warning|problem)\(\s*)"([a-z][a-z0-9-]*\/[a-z0-9-]+)"/g,
      ))
        used.add(code);
    }
    assert.ok(used.size > 50);
    assert.deepEqual([...used].filter((code) => !Object.hasOwn(diagnosticCodes, code)).sort(), []);
    for (const [code, sentence] of Object.entries(diagnosticCodes)) assert.match(sentence, /^[A-Z`"].*[.]$/s, code);
  });

  it("keeps download addresses out of the lock file", () => {
    assert.doesNotMatch(readFileSync(join(root, "package-lock.json"), "utf8"), /"resolved":/);
  });
});
