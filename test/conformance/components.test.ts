// What every component must keep to, whoever wrote it: picked up from the registries, nothing to add here.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import * as builders from "../../src/builder/registry.ts";
import * as communicators from "../../src/communicator/registry.ts";
import { temporaryFolder } from "../../src/core/temporary-folder.ts";
import * as dataSources from "../../src/datasource/registry.ts";
import * as postProcessors from "../../src/post-processor/registry.ts";
import * as provisioners from "../../src/provisioner/registry.ts";
import type { Builder } from "../../src/sdk/builder.ts";
import type { Component, ComponentKind } from "../../src/sdk/component.ts";
import { connectionOptions } from "../../src/sdk/connection-options.ts";
import type { Provisioner } from "../../src/sdk/provisioner.ts";
import { prepareOptions } from "../fakes/prepare.ts";
import { cancelsEverything, sampleOptions } from "./cancelling.ts";
import { allOptions, fits, isSentence, mustBeHidden } from "./option-rules.ts";

const source = join(dirname(fileURLToPath(import.meta.url)), "../../src");

/** Keys that templates take for themselves before a component sees its options. */
const reserved: Readonly<Record<ComponentKind, readonly string[]>> = {
  builder: ["name", "type", ...Object.keys(connectionOptions)],
  provisioner: [
    "name",
    "type",
    "only",
    "except",
    "override",
    "pause_before",
    "timeout",
    "max_retries",
    "continue_on_error",
  ],
  "post-processor": ["name", "type", "only", "except", "keep_input_artifact"],
  datasource: ["name", "type", "for_each", "count"],
  communicator: ["name", "type", ...Object.keys(connectionOptions)],
};

const registries: readonly [ComponentKind, Readonly<Record<string, unknown>>][] = [
  ["builder", builders],
  ["communicator", communicators],
  ["datasource", dataSources],
  ["post-processor", postProcessors],
  ["provisioner", provisioners],
];

for (const [kind, registry] of registries) {
  describe(`conformance/${kind}`, () => {
    const lines = readFileSync(join(source, kind, "registry.ts"), "utf8")
      .split("\n")
      .filter((line) => line.startsWith("export {"));
    const entries = lines.flatMap((line) => {
      const [, name = "", path = ""] = /^export \{ (\w+) \} from "\.\/(.+)\.ts";$/.exec(line) ?? [];
      return path === "" ? [] : [{ name, path, component: registry[name] as Component }];
    });

    test("the registry has one sorted line per component and misses none", () => {
      assert.equal(
        entries.length,
        Object.keys(registry).length,
        'every line reads: export { name } from "./label/label.ts";',
      );
      const labels = entries.map(({ path }) => dirname(path));
      assert.deepEqual(
        labels,
        [...labels].sort((a, b) => (a < b ? -1 : 1)),
        "sorted",
      );
      const folders = readdirSync(join(source, kind), { withFileTypes: true }).filter((each) => each.isDirectory());
      assert.deepEqual([...labels].sort(), folders.map(({ name }) => name).sort(), "a line for every folder");
    });

    for (const { path, component } of entries) {
      describe(component.type, () => checkComponent(kind, path, component));
    }
  });
}

function checkComponent(kind: ComponentKind, path: string, component: Component): void {
  const folder = dirname(path);
  const options = allOptions(component.options);

  test("is called like its folder and has its test beside it", () => {
    assert.equal(component.kind, kind);
    assert.equal(component.type, folder);
    assert.equal(path, `${folder}/${folder}`);
    assert.ok(existsSync(join(source, kind, `${path}.test.ts`)), `${path}.test.ts`);
  });

  test("cannot be changed", () => {
    assert.ok(Object.isFrozen(component));
    for (const [name, option] of options) {
      assert.ok(Object.isFrozen(option), name);
    }
  });

  test("is described in sentences", () => {
    assert.ok(isSentence(component.summary), component.summary);
    for (const [name, { description, deprecated }] of options) {
      assert.ok(isSentence(description), `${name}: ${description}`);
      if (deprecated !== undefined) {
        assert.ok(isSentence(deprecated), `${name}: ${deprecated}`);
      }
    }
  });

  test("has options with names that templates can use", () => {
    for (const name of Object.keys(component.options)) {
      assert.match(name, /^[a-z][a-z0-9_]*$/);
      assert.equal(reserved[kind].includes(name), false, `"${name}" is taken by templates`);
    }
  });

  test("has defaults, examples and bounds that fit", () => {
    for (const [name, option] of options) {
      if (option.default !== undefined) {
        // Lists and maps are empty unless set, also where they must be set.
        if (option.required) {
          assert.equal(JSON.stringify(option.default).length, 2, `${name} is required, so it needs no default`);
        }
        assert.ok(fits(option, option.default), `the default of ${name}: ${JSON.stringify(option.default)}`);
      }
      // Examples are as the component reads them; durations are milliseconds there.
      if (option.example !== undefined && option.type.is !== "duration") {
        assert.ok(fits(option, option.example), `the example of ${name}`);
      }
      if (option.type.is === "duration" && option.example !== undefined) {
        assert.equal(typeof option.example, "number", name);
      }
    }
  });

  test("names only options that exist as conflicts", () => {
    for (const [name, { conflicts = [] }] of Object.entries(component.options)) {
      for (const other of conflicts) {
        assert.ok(other !== name && Object.hasOwn(component.options, other), `${name} conflicts with ${other}`);
      }
    }
  });

  test("hides secrets", () => {
    for (const [name, option] of options) {
      if (mustBeHidden(name, option)) {
        assert.equal(option.sensitive, true, name);
      }
    }
  });

  test("says what templates may use in options that are rendered late", () => {
    for (const [name, option] of options) {
      if (option.templateData !== undefined) {
        assert.equal(option.renderedLate, true, name);
      }
    }
  });

  test("lists each kind of thing that it makes once, with words for people, and cannot be changed", () => {
    const resources = component.resources ?? [];
    const names = [temporaryFolder.kind, ...resources.map((each) => each.kind)];
    assert.equal(new Set(names).size, names.length, names.join(", "));
    for (const each of resources) {
      assert.ok(Object.isFrozen(each), each.kind);
      assert.match(each.kind, /^[a-z]+(-[a-z]+)*$/);
      assert.match(each.title, /^[A-Za-z ]+$/);
    }
  });

  test("checks an empty block without falling over, the same each time", async () => {
    const context =
      kind === "builder"
        ? { communicator: { type: (component as Builder).communicators[0] ?? "none", config: {} } }
        : {};
    const first = await prepareOptions(component, {}, context);
    const second = await prepareOptions(component, {}, context);
    assert.deepEqual(first, second);
  });

  if (kind === "builder") {
    checkBuilder(component as Builder);
  }
  if (kind === "communicator") {
    checkCommunicator(component);
  }
  if (kind === "provisioner") {
    checkProvisioner(component as Provisioner);
  }
}

function checkBuilder(builder: Builder): void {
  const kinds = Object.values(communicators as Readonly<Record<string, Component>>);

  test("connects in ways that exist, at least by default", () => {
    const [usual] = builder.communicators;
    assert.ok(
      kinds.some(({ type }) => type === usual),
      `there is no communicator "${usual}"`,
    );
    assert.equal(new Set(builder.communicators).size, builder.communicators.length, "each once");
  });

  test("leaves the names of the connection's options alone", () => {
    for (const { type, options } of kinds) {
      if (!builder.communicators.includes(type)) {
        continue;
      }
      for (const name of Object.keys(options)) {
        assert.equal(Object.hasOwn(builder.options, name), false, `${name} belongs to ${type}`);
      }
    }
  });
}

function checkCommunicator(communicator: Component): void {
  test("has options that begin with its name", () => {
    // As in Packer, the keys that a builder makes for SSH are the exception.
    const own = [`${communicator.type}_`, "temporary_key_pair_"];
    for (const name of Object.keys(communicator.options)) {
      assert.ok(
        own.some((prefix) => name.startsWith(prefix)),
        name,
      );
    }
  });
}

function checkProvisioner(provisioner: Provisioner): void {
  test("does nothing for a run that is cancelled already", async () => {
    await cancelsEverything(provisioner, await sampleOptions(provisioner), "before");
  });

  test("ends when the run is cancelled while it waits for something", async () => {
    await cancelsEverything(provisioner, await sampleOptions(provisioner), "while waiting");
  });
}
