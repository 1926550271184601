// The rules of the house, checked on the files themselves: who imports whom, names, codes.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import * as builders from "../src/builder/registry.ts";
import * as communicators from "../src/communicator/registry.ts";
import * as dataSources from "../src/datasource/registry.ts";
import { diagnosticCodes } from "../src/diagnostic/codes.ts";
import * as postProcessors from "../src/post-processor/registry.ts";
import * as provisioners from "../src/provisioner/registry.ts";
import type { Component } from "../src/sdk/component.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const src = join(root, "src");

/** What each folder may import beside itself. `types` may be imported as types only. */
const rules: Readonly<
  Record<string, { readonly may: readonly string[]; readonly types?: readonly string[] | undefined }>
> = {
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
  plugin: { may: ["sdk", "cty", "driver", "diagnostic"], types: ["host"] },
  template: { may: ["hcl", "cty", "gotemplate", "sdk", "diagnostic"], types: ["host"] },
  recipe: { may: ["sdk", "cty", "diagnostic"], types: ["host", "template"] },
  core: { may: ["sdk", "cty", "diagnostic"], types: ["host", "template"] },
  command: {
    may: ["core", "template", "recipe", "plugin", "hcl", "cty", "gotemplate", "sdk", "diagnostic"],
    types: ["host"],
  },
  action: {
    may: ["command", "catalog.ts", "lookups.ts", "core", "host", "sdk", "template", "driver", "diagnostic"],
    types: ["recipe"],
  },
  cli: { may: ["command", "catalog.ts", "lookups.ts", "core", "host", "sdk", "template", "diagnostic", "driver"] },
  generate: {
    may: ["command", "catalog.ts", "lookups.ts", "sdk", "action", "cli", "template", "gotemplate", "diagnostic"],
  },
  "catalog.ts": { may: ["builder", "communicator", "datasource", "plugin", "post-processor", "provisioner", "sdk"] },
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
  const found = text.matchAll(
    /^\s*(?:import|export)\s+(type\s+)?(?:([^"';]*?)\sfrom\s+)?"([^"]+)"|\bimport\(\s*"([^"]+)"\s*\)/gm,
  );
  return [...found].map(([, type, clause = "", fixed, dynamic]) => {
    const names = clause
      .replace(/[{}]/g, "")
      .split(",")
      .map((name) => name.trim());
    const typeOnly =
      type !== undefined || (clause !== "" && names.every((name) => name === "" || name.startsWith("type ")));
    return { file, target: fixed ?? dynamic ?? "", names, typeOnly };
  });
}

function roomOf(path: string): string {
  return relative(src, path).split("/")[0] ?? "";
}

/** Groups of files that import one another, if only as types; each is to be mended, none may grow. */
const typeCircles: readonly (readonly string[])[] = [
  [
    "driver/docker/container.ts",
    "driver/docker/container-facts.ts",
    "driver/docker/container-over-program.ts",
    "driver/docker/container-over-socket.ts",
  ],
  ["driver/github/github.ts", "driver/github/request.ts"],
  ["driver/ssh/connection.ts", "driver/ssh/route.ts", "driver/ssh/silence.ts"],
  ["driver/winrm/connect-errors.ts", "driver/winrm/http-connection.ts"],
];

/** Groups of files in which each can be reached from each (Tarjan's strongly connected components), without groups of one. */
function circlesOf(imports: readonly Import[]): string[][] {
  const graph = new Map<string, string[]>();
  for (const { file, target } of imports) {
    if (target.startsWith(".")) {
      graph.set(file, [...(graph.get(file) ?? []), resolve(dirname(file), target)]);
    }
  }
  const circles: string[][] = [];
  const waiting: string[] = [];
  const lowest = new Map<string, number>();
  const visit = (file: string): number => {
    const own = lowest.size;
    lowest.set(file, own);
    waiting.push(file);
    let low = own;
    for (const next of graph.get(file) ?? []) {
      if (!lowest.has(next)) {
        low = Math.min(low, visit(next));
      } else if (waiting.includes(next)) {
        low = Math.min(low, lowest.get(next) ?? low);
      }
    }
    lowest.set(file, low);
    if (low === own) {
      const group = waiting.splice(waiting.indexOf(file)).map((one) => relative(src, one));
      if (group.length > 1 || graph.get(file)?.includes(file)) {
        circles.push(group.sort());
      }
    }
    return low;
  };
  for (const file of graph.keys()) {
    if (!lowest.has(file)) {
      visit(file);
    }
  }
  return circles;
}

describe("project", () => {
  it("keeps every folder to the imports it may have", () => {
    const breaches: string[] = [];
    for (const { file, target, typeOnly } of production.flatMap(importsOf)) {
      if (!target.startsWith(".")) {
        continue;
      }
      const from = roomOf(file);
      const to = roomOf(resolve(dirname(file), target));
      const rule = rules[from];
      if (rule === undefined) {
        breaches.push(`${relative(root, file)}: the folder ${from} has no rule`);
      } else if (from !== to && !rule.may.includes(to) && !(typeOnly && rule.types?.includes(to))) {
        breaches.push(`${relative(root, file)} imports ${target}`);
      }
    }
    assert.deepEqual(breaches, []);
  });

  it("keeps components from importing one another", () => {
    const kinds = ["builder", "provisioner", "post-processor", "datasource", "communicator"];
    const breaches = production.flatMap(importsOf).filter(({ file, target }) => {
      if (!target.startsWith(".") || file.endsWith("registry.ts")) {
        return false;
      }
      const [kind = "", type = ""] = relative(src, file).split("/");
      const [otherKind = "", otherType = ""] = relative(src, resolve(dirname(file), target)).split("/");
      return kinds.includes(kind) && kinds.includes(otherKind) && (kind !== otherKind || type !== otherType);
    });
    assert.deepEqual(
      breaches.map(({ file, target }) => `${relative(root, file)} imports ${target}`),
      [],
    );
  });

  it("keeps contracts from looking at this machine: what does is a step or a tool", () => {
    const breaches = production.flatMap(importsOf).filter(({ file, target, typeOnly }) => {
      return roomOf(file) === "sdk" && target.startsWith("node:") && !typeOnly;
    });
    assert.deepEqual(
      breaches.map(({ file, target }) => `${relative(root, file)} imports ${target}`),
      [],
    );
  });

  it("keeps Packer's options and variables out of the tools: a message may name one, code takes none", () => {
    const parts: readonly Component[] = [builders, communicators, dataSources, postProcessors, provisioners].flatMap(
      (registry) => Object.values<Component>(registry as Readonly<Record<string, Component>>),
    );
    const options = new Set(parts.flatMap((part) => Object.keys(part.options)));
    const breaches: string[] = [];
    for (const file of production.filter((one) => roomOf(one) === "driver")) {
      const code = readFileSync(file, "utf8");
      for (const [, name = ""] of code.matchAll(/(?:\.|\breadonly )([a-z0-9]+(?:_[a-z0-9]+)+)\b/g)) {
        if (options.has(name)) {
          breaches.push(`${relative(root, file)}: ${name}`);
        }
      }
      if (/PACKER_(BUILD|RUN|HTTP)/.test(code)) {
        breaches.push(`${relative(root, file)}: a variable of scripts`);
      }
    }
    assert.deepEqual(breaches, []);
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
      if (one.target.startsWith("@actions/")) {
        return room !== "action";
      }
      return !one.typeOnly && room !== "host" && opens(one);
    });
    assert.deepEqual(
      breaches.map(({ file, target }) => `${relative(root, file)} imports ${target}`),
      [],
    );
  });

  it("lets text out through the writers that hide secrets alone", () => {
    const writers = [
      "action/main.ts",
      "action/post.ts",
      "cli/main.ts",
      "cli/run-cli.ts",
      "cli/debug-log.ts",
      "cli/quickstart.ts",
      "driver/ssh/embedded-server.ts",
    ];
    const paths = production.map((file) => ({ path: relative(src, file), text: readFileSync(file, "utf8") }));
    for (const { path, text } of paths) {
      if (/^(host|generate)\//.test(path) || writers.includes(path)) {
        continue;
      }
      assert.doesNotMatch(text, /process\.std(out|err)|console\.(log|error|info|warn)\(/, path);
    }
    const commands = paths.filter(
      ({ path, text }) => path.startsWith("action/") && /writeRunnerCommand\(|::add-mask/.test(text),
    );
    assert.deepEqual(commands.map(({ path }) => path).sort(), [
      "action/log/runner-command.ts",
      "action/log/runner-output.ts",
    ]);
  });

  it("has no circle of imports", () => {
    assert.deepEqual(
      circlesOf(production.flatMap(importsOf).filter(({ typeOnly }) => !typeOnly)).map((circle) => circle.join(", ")),
      [],
    );
  });

  it("has no circle of types either, but for the ones that are still there", () => {
    const circles = circlesOf(production.flatMap(importsOf));
    const added = circles.filter(
      (circle) => !typeCircles.some((known) => circle.every((file) => known.includes(file))),
    );
    assert.deepEqual(
      added.map((circle) => circle.join(", ")),
      [],
    );
  });

  it("keeps the contract of a command and the main step of the action from knowing commands by name", () => {
    const contract = ["command.ts", "section.ts", "service.ts", "recorded-run.ts"].map((name) => `command/${name}`);
    const breaches = production
      .filter((file) => contract.includes(relative(src, file)))
      .flatMap(importsOf)
      .filter(({ file, target }) => dirname(resolve(dirname(file), target)).startsWith(join(src, "command/")));
    assert.deepEqual(
      breaches.map(({ file, target }) => `${relative(root, file)} imports ${target}`),
      [],
    );
    for (const name of ["run-action.ts", "run-templates.ts", "action-state.ts"]) {
      assert.doesNotMatch(readFileSync(join(src, "action", name), "utf8"), /\.name [!=]== |case "/, name);
    }
    for (const name of ["cli/exit-codes.ts", "action/input/inputs.ts"]) {
      assert.doesNotMatch(
        readFileSync(join(src, name), "utf8"),
        /"(build|collect|fmt|inspect|plan|reap|validate)"/,
        name,
      );
    }
  });

  it("begins every file with a comment that says what it is", () => {
    const bare = production.filter((file) => !/^(\/\/|\/\*\*) ?\S/.test(readFileSync(file, "utf8")));
    assert.deepEqual(
      bare.map((file) => relative(root, file)),
      [],
    );
  });

  it("names the chunks of the bundle by what they hold, so that a change of their text moves no file", () => {
    const names = readdirSync(join(root, "dist", "chunks"));
    assert.ok(names.length > 50);
    assert.deepEqual(
      names.filter((name) => /[-.][0-9A-Z]{8}\.js$/.test(name)),
      [],
    );
  });

  it("calls no file a helper, manager or collection of utilities", () => {
    assert.deepEqual(
      files
        .filter((file) => /util|helper|manager|misc|common/i.test(relative(src, file)))
        .map((file) => relative(root, file)),
      [],
    );
  });

  it("documents every diagnostic code that is used, with a sentence", () => {
    const used = new Set<string>();
    for (const file of production.filter((one) => !relative(src, one).startsWith("diagnostic/codes/"))) {
      const text = readFileSync(file, "utf8");
      for (const [, code = ""] of text.matchAll(
        /(?:code: |failure\(\s*"[a-z]+",\s*|\.(?:error|warning|problem)\(\s*)"([a-z][a-z0-9-]*\/[a-z0-9-]+)"/g,
      )) {
        used.add(code);
      }
    }
    assert.ok(used.size > 50);
    assert.deepEqual([...used].filter((code) => !Object.hasOwn(diagnosticCodes, code)).sort(), []);
    for (const [code, sentence] of Object.entries(diagnosticCodes)) {
      assert.match(sentence, /^[A-Z`"].*[.]$/s, code);
    }
  });

  it("keeps download addresses out of the lock file", () => {
    assert.doesNotMatch(readFileSync(join(root, "package-lock.json"), "utf8"), /"resolved":/);
  });
});
