// Looks for components among the plugins that are installed.
import type { Host } from "../host/host.ts";
import type { RequiredPlugin } from "../sdk/catalog.ts";
import { type Description, describePlugin, findOwnName } from "./describe.ts";
import { checkSum, type InstalledPlugin, listInstalled, selectRequired } from "./installed.ts";
import type { PluginPart } from "./process.ts";
import type { RemotePart } from "./remote/remote-part.ts";

/** What plugins are started with. */
export interface PluginSurroundings {
  readonly host: Host;
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
  readonly #asked = new Map<string, Promise<Description | undefined>>();
  readonly #doubts: { readonly name: string; readonly doubt: string }[] = [];
  #installed: Promise<readonly InstalledPlugin[]> | undefined;

  constructor(required: readonly RequiredPlugin[], surroundings: PluginSurroundings) {
    this.#required = required;
    this.#surroundings = surroundings;
  }

  /** Throws `BuildError` when a plugin that must have it cannot be used. */
  async find(kind: PluginPart["kind"], type: string): Promise<RemotePart | undefined> {
    for (const { plugin, prefix } of await this.#listCandidates(type)) {
      const description = await this.#describe(plugin);
      const name = description && findOwnName(type, prefix, description[lists[kind]]);
      if (description !== undefined && name !== undefined) {
        const { usesProtobuf } = description;
        const title = `${plugin.name} v${plugin.version}`;
        const { host, log } = this.#surroundings;
        return { path: plugin.path, title, kind, name, usesProtobuf, type, world: { host, log } };
      }
    }
    return undefined;
  }

  /** Why plugins that may have had a component were left aside. */
  listDoubts(type: string): readonly string[] {
    const prefixes = new Set([
      ...this.#required.filter(({ name }) => isPrefix(name, type)).map(({ source }) => source.split("/").at(-1)),
      ...this.#doubts.map(({ name }) => name).filter((name) => isPrefix(name, type)),
    ]);
    return this.#doubts.filter(({ name }) => prefixes.has(name)).map(({ doubt }) => doubt);
  }

  /** Those that the template asks for first, under the name that it gives them; then the newest of every name. */
  async #listCandidates(type: string): Promise<readonly Candidate[]> {
    this.#installed ??= listInstalled(this.#surroundings.host);
    const installed = await this.#installed;
    const asked = this.#required
      .filter(({ name }) => isPrefix(name, type))
      .flatMap((one) =>
        selectRequired(installed, one)
          .toReversed()
          .map((plugin) => ({ plugin, prefix: one.name })),
      );
    const others = installed
      .filter(({ name }) => isPrefix(name, type))
      .toReversed()
      .map((plugin) => ({ plugin, prefix: plugin.name }));
    return [...asked, ...others];
  }

  #describe(plugin: InstalledPlugin): Promise<Description | undefined> {
    const asked = this.#asked.get(plugin.path) ?? this.#checkAndDescribe(plugin);
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

/** Components are called as their plugin, or begin with its name and a dash. */
function isPrefix(name: string, type: string): boolean {
  return type === name || type.startsWith(`${name}-`);
}
