// Looks for components among the plugins that are installed.
import type { Host } from "../host/host.ts";
import type { Doubt, RequiredPlugin } from "../sdk/catalog.ts";
import { parsePluginSource } from "../sdk/plugin-source.ts";
import { type Description, describePlugin, findOwnName, isPrefix } from "./describe.ts";
import { checkSum, type InstalledPlugin, listInstalled, selectRequired } from "./installed.ts";
import { PluginMemory } from "./memory.ts";
import type { PluginPart } from "./process.ts";
import type { RemotePart } from "./remote/remote-part.ts";

/**
 * How plugins come into play: those that are `installed` stand in for what is not native; with `native-first` what a template
 * requires is fetched besides when it is needed; with `as-declared` what a template requires also comes before what is native.
 */
export type PluginUse = "installed" | "native-first" | "as-declared";

/** What plugins are found, fetched and started with. */
export interface PluginSurroundings {
  readonly host: Host;
  readonly signal: AbortSignal;
  readonly use: PluginUse;
  /** For GitHub's interface. */
  readonly token?: string | undefined;
  /** Changes to the environment of plugins. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** Told of everything that plugins say beside their work. */
  log(line: string): void;
}

/** A plugin that may have what is looked for, under the name that templates use for it. */
interface Candidate {
  readonly plugin: InstalledPlugin;
  readonly prefix: string;
}

const lists = {
  builder: "builders",
  provisioner: "provisioners",
  "post-processor": "postProcessors",
  datasource: "dataSources",
} as const satisfies Readonly<Record<PluginPart["kind"], keyof Description>>;

/** Each plugin is checked and asked once. */
export class PluginFinder {
  readonly #required: readonly RequiredPlugin[];
  readonly #surroundings: PluginSurroundings;
  readonly #asked = new Map<string, Promise<PluginMemory | undefined>>();
  readonly #doubts: { readonly name: string; readonly doubt: string }[] = [];
  /** Sources of required plugins that are there. */
  readonly #known = new Set<string>();
  #installed: Promise<readonly InstalledPlugin[]> | undefined;

  constructor(required: readonly RequiredPlugin[], surroundings: PluginSurroundings) {
    this.#required = required;
    this.#surroundings = surroundings;
  }

  /** Throws `BuildError` when a plugin that must have it cannot be used. */
  async find(kind: PluginPart["kind"], type: string): Promise<RemotePart | undefined> {
    for (const { plugin, prefix } of await this.#listCandidates(type)) {
      const memory = await this.#describe(plugin);
      const name = memory && findOwnName(type, prefix, memory.description[lists[kind]]);
      if (memory !== undefined && name !== undefined) {
        const title = `${plugin.name} v${plugin.version}`;
        const { host, log, env, signal } = this.#surroundings;
        const { usesProtobuf } = memory.description;
        return { path: plugin.path, title, kind, name, usesProtobuf, type, memory, world: { host, log, env, signal } };
      }
    }
    return undefined;
  }

  /** Why plugins that may have had a component were left aside. */
  listDoubts(type: string): readonly Doubt[] {
    const missing = this.#required
      .filter(({ name, source }) => isPrefix(name, type) && !this.#known.has(source))
      .map(({ source, version }) => ({
        text: `The template requires the plugin ${source} ${version} for it, which is not installed: "packer-ts init" does that.`,
        isFault: false,
      }));
    const prefixes = new Set([
      ...this.#required.filter(({ name }) => isPrefix(name, type)).map(({ source }) => source.split("/").at(-1)),
      ...this.#doubts.map(({ name }) => name).filter((name) => isPrefix(name, type)),
    ]);
    const faults = this.#doubts.filter(({ name }) => prefixes.has(name));
    return [...faults.map(({ doubt }) => ({ text: doubt, isFault: true })), ...missing];
  }

  /** Those that the template asks for first, under the name that it gives them; then the newest of every name. */
  async #listCandidates(type: string): Promise<readonly Candidate[]> {
    const asked: Candidate[] = [];
    for (const one of this.#required.filter(({ name }) => isPrefix(name, type))) {
      const fitting = await this.#obtain(one);
      asked.push(...fitting.toReversed().map((plugin) => ({ plugin, prefix: one.name })));
    }
    const installed = await this.#list();
    const others = installed
      .filter(({ name }) => isPrefix(name, type))
      .toReversed()
      .map((plugin) => ({ plugin, prefix: plugin.name }));
    return [...asked, ...others];
  }

  #list(): Promise<readonly InstalledPlugin[]> {
    this.#installed ??= listInstalled(this.#surroundings.host);
    return this.#installed;
  }

  /** What is installed of a required plugin, which is fetched first where that is wanted. Throws `BuildError` when it cannot be. */
  async #obtain(required: RequiredPlugin): Promise<readonly InstalledPlugin[]> {
    const { use, log } = this.#surroundings;
    let fitting = selectRequired(await this.#list(), required);
    const source = parsePluginSource(required.source);
    if (fitting.length === 0 && use !== "installed" && "name" in source) {
      const [{ installPlugin }, { openInstallWorld }] = await Promise.all([
        import("./install/install.ts"),
        import("./install/open-world.ts"),
      ]);
      const world = await openInstallWorld(this.#surroundings);
      const { version, path } = await installPlugin({ source, constraints: required.version }, {}, world);
      log(`Installed plugin ${required.source} v${version} in ${JSON.stringify(path)}`);
      this.#installed = undefined;
      fitting = selectRequired(await this.#list(), required);
    }
    if (fitting.length > 0) {
      this.#known.add(required.source);
    }
    return fitting;
  }

  #describe(plugin: InstalledPlugin): Promise<PluginMemory | undefined> {
    const { host } = this.#surroundings;
    const asked = this.#asked.get(plugin.path) ?? PluginMemory.open(plugin, host, () => this.#checkAndDescribe(plugin));
    this.#asked.set(plugin.path, asked);
    return asked;
  }

  async #checkAndDescribe(plugin: InstalledPlugin): Promise<Description | undefined> {
    const doubt = await checkSum(plugin);
    if (doubt !== undefined) {
      return this.#leaveAside(plugin, doubt);
    }
    const description = await describePlugin(plugin, this.#surroundings.host);
    if (description.version.split("+")[0] !== plugin.version) {
      return this.#leaveAside(plugin, `it says that it is version ${description.version}`);
    }
    return description;
  }

  #leaveAside({ name, path }: InstalledPlugin, why: string): undefined {
    const doubt = `The plugin ${path} is left aside: ${why}.`;
    this.#doubts.push({ name, doubt });
    this.#surroundings.log(doubt);
  }
}
