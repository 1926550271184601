// What a build is made from, as plain data: two builds with the same recipe would make the same thing.

import { createHash } from "node:crypto";
import { asEntries } from "../cty/value.ts";
import { compareTexts } from "../diagnostic/text-order.ts";
import type { Host } from "../host/host.ts";
import type { GeneratedData } from "../sdk/artifact.ts";
import { listPlannedTypes, type PublishedName, standInFor } from "../sdk/build-data.ts";
import type { BaseFacts, Builder } from "../sdk/builder.ts";
import { NO_CONNECTION } from "../sdk/communicator.ts";
import type { Component } from "../sdk/component.ts";
import { connectionOptions } from "../sdk/connection-options.ts";
import type { Option, OptionSchema, OptionType } from "../sdk/option.ts";
import type { Json } from "../sdk/run.ts";
import type {
  PlannedBuild,
  PlannedCommunicator,
  PlannedComponent,
  PlannedPostProcessor,
  PlannedProvisioner,
} from "../template/plan.ts";
import { type FileReader, type FileRecipe, type FileSource, readFiles } from "./recipe-files.ts";
import type { SecretDigest, SecretFinder } from "./recipe-secrets.ts";

/** One component with the options that the template sets, evaluated. */
export interface ComponentRecipe {
  readonly type: string;
  /** Sensitive texts are `secret:…`, long ones `sha256:…`. */
  readonly options: Readonly<Record<string, Json>>;
}

/** Everything that decides what a build makes. */
export interface BuildRecipe {
  readonly name: string;
  readonly builder: ComponentRecipe;
  readonly communicator: ComponentRecipe;
  readonly provisioners: readonly ComponentRecipe[];
  readonly errorCleanupProvisioner?: ComponentRecipe | undefined;
  readonly postProcessors: readonly (readonly ComponentRecipe[])[];
  /** Those that the build refers to. */
  readonly variables: Readonly<Record<string, Json>>;
  /** What it reads and uploads, sorted by path. */
  readonly files: readonly FileRecipe[];
  /** The image or disk it starts from, where that is known. */
  readonly base?: BaseFacts | undefined;
  /** Of this program. */
  readonly version: string;
}

/** What a recipe takes beside the build. */
export interface RecipeFacts {
  readonly host: Pick<Host, "cwd" | "files">;
  readonly secrets: SecretFinder;
  readonly digest: SecretDigest;
  readonly files: FileReader;
  readonly base?: BaseFacts | undefined;
  /** Of this program. */
  readonly version: string;
}

/** Longer texts would make recipes large, and nobody reads their differences. */
const LONGEST = 4096;

/**
 * The recipe of a build. Plan the build with {@link timeless} first, so that values which depend on time, chance or the run
 * are the same in every recipe: two runs of the same template then have the same one.
 */
export async function writeRecipe(build: PlannedBuild, facts: RecipeFacts): Promise<BuildRecipe> {
  const generated = standIns((await build.builder.prepare()).generates);
  const describe = new Describer(facts, generated);
  const { builder, communicator, errorCleanupProvisioner: cleanup } = build;
  const provisioners = [];
  for (const one of build.provisioners) {
    provisioners.push(await describe.provisioner(one));
  }
  const postProcessors = [];
  for (const sequence of build.postProcessors) {
    const steps = [];
    for (const one of sequence) {
      steps.push(await describe.postProcessor(one));
    }
    postProcessors.push(steps);
  }
  const recipe = {
    name: build.name,
    builder: await describe.component(builder, { ...connectionOptions, ...builder.component.options }),
    communicator: await describe.communicator(communicator, builder),
    provisioners,
    errorCleanupProvisioner: cleanup === undefined ? undefined : await describe.provisioner(cleanup),
    postProcessors,
    variables: await describe.variables(build),
    base: facts.base,
    version: facts.version,
  };
  return { ...recipe, files: await readFiles(describe.sources, facts) };
}

/** Equal for equal recipes: SHA-256 in hexadecimal. */
export function computeFingerprint(recipe: BuildRecipe): string {
  return createHash("sha256").update(writeCanonical(recipe)).digest("hex");
}

/** With the words that say something; a recipe does not list what was left as it is. */
function addSet(
  options: Readonly<Record<string, Json>>,
  words: Readonly<Record<string, Json | undefined>>,
): Record<string, Json> {
  const all: Record<string, Json> = { ...options };
  for (const [name, value] of Object.entries(words)) {
    if (value !== undefined) {
      all[name] = value;
    }
  }
  return all;
}

/** JSON in which the order of keys does not matter. */
export function writeCanonical(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === "object" && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => compareTexts(a, b)))
      : part,
  );
}

/** What only the run knows is itself the same in every run: `ID` is `Build_ID`. Then everything around it can be compared. */
function standIns(generates: readonly PublishedName[]): GeneratedData {
  return Object.fromEntries([...listPlannedTypes(generates)].map(([name, type]) => [name, standInFor(name, type)]));
}

class Describer {
  /** Files and folders that go into the build, as the template names them. */
  readonly sources: FileSource[] = [];
  readonly #facts: RecipeFacts;
  readonly #generated: GeneratedData;

  constructor(facts: RecipeFacts, generated: GeneratedData) {
    this.#facts = facts;
    this.#generated = generated;
  }

  /** The options of `schema` that are set; those of `without` belong to somebody else. */
  async component(
    planned: PlannedComponent,
    schema: OptionSchema,
    without: OptionSchema = {},
  ): Promise<ComponentRecipe> {
    const { config, rawConfig } = await planned.prepare(this.#generated);
    const component: Component = planned.component;
    const leavesOut = component.leavesOut?.(config, this.#facts.host.cwd);
    for (const path of component.reads?.(config) ?? []) {
      if (path !== "") {
        this.sources.push({ path, leavesOut });
      }
    }
    const written = [...asEntries(rawConfig).keys()];
    const options: Record<string, Json> = {};
    for (const name of written.sort()) {
      const option = Object.hasOwn(without, name) ? undefined : schema[name];
      if (option !== undefined && config[name] !== undefined) {
        options[name] = await this.#value(config[name], option);
      }
    }
    return { type: component.type, options };
  }

  async communicator(
    planned: PlannedCommunicator | undefined,
    builder: PlannedComponent<Builder>,
  ): Promise<ComponentRecipe> {
    if (planned === undefined) {
      return { type: NO_CONNECTION, options: {} };
    }
    return this.component(planned, planned.component.options, builder.component.options);
  }

  async provisioner(planned: PlannedProvisioner): Promise<ComponentRecipe> {
    const { pauseBefore, timeout, maxRetries, continueOnError } = planned;
    const { type, options } = await this.component(planned, planned.component.options);
    return {
      type,
      options: addSet(options, {
        pause_before: pauseBefore || undefined,
        timeout: timeout || undefined,
        max_retries: maxRetries || undefined,
        continue_on_error: continueOnError || undefined,
      }),
    };
  }

  async postProcessor(planned: PlannedPostProcessor): Promise<ComponentRecipe> {
    const { type, options } = await this.component(planned, planned.component.options);
    const keep = planned.keepInputArtifact;
    return { type, options: addSet(options, { keep_input_artifact: keep }) };
  }

  async variables({ variables = [] }: PlannedBuild): Promise<Record<string, Json>> {
    const found: Record<string, Json> = {};
    for (const { name, value, sensitive } of [...variables].sort((a, b) => (a.name < b.name ? -1 : 1))) {
      found[name] = await this.#plain(value, sensitive);
    }
    return found;
  }

  async #value(value: unknown, { sensitive = false, type }: Option): Promise<Json> {
    return sensitive ? this.#plain(value, sensitive) : this.#typed(value, type);
  }

  /** A value in which some fields may be secrets. */
  async #typed(value: unknown, type: OptionType): Promise<Json> {
    if (Array.isArray(value)) {
      const items = [];
      for (const item of value as readonly unknown[]) {
        items.push(await this.#typed(item, "of" in type ? type.of : type));
      }
      return items;
    }
    if (!("options" in type) || typeof value !== "object" || value === null) {
      return this.#plain(value, false);
    }
    const found: Record<string, Json> = {};
    const labels = type.is === "block" ? (type.labels ?? []) : [];
    for (const [name, item] of Object.entries(value)) {
      const option = type.options[name];
      if (item !== undefined && option !== undefined) {
        found[name] = await this.#value(item, option);
      } else if (labels.includes(name)) {
        found[name] = await this.#plain(item, false);
      }
    }
    return found;
  }

  async #plain(value: unknown, sensitive: boolean): Promise<Json> {
    if (Array.isArray(value)) {
      const items = [];
      for (const item of value as readonly unknown[]) {
        items.push(await this.#plain(item, sensitive));
      }
      return items;
    }
    if (typeof value === "object" && value !== null) {
      const found: Record<string, Json> = {};
      for (const [key, item] of Object.entries(value)) {
        found[await this.#text(key, false)] = await this.#plain(item, sensitive);
      }
      return found;
    }
    if (typeof value === "string") {
      return this.#text(value, sensitive);
    }
    if (value === undefined || value === null) {
      return null;
    }
    return sensitive ? this.#facts.digest(String(value)) : (value as number | boolean);
  }

  /** What holds a secret is digested as a whole: the text around it may be as telling as the secret. */
  async #text(text: string, sensitive: boolean): Promise<string> {
    const { secrets, digest, host } = this.#facts;
    if (sensitive || secrets.holds(text)) {
      return text === "" ? "" : digest(text);
    }
    const stable = withoutFolder(text, host.cwd);
    return stable.length <= LONGEST ? stable : `sha256:${createHash("sha256").update(stable).digest("hex")}`;
  }
}

/** Where the checkout lies is not part of what is built. */
function withoutFolder(text: string, cwd: string): string {
  return cwd.length < 3 ? text : text.replaceAll(cwd, ".");
}
