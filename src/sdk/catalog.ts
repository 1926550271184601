// Everything that templates can name, native parts and plugins alike.
import type { Builder } from "./builder.ts";
import type { CommunicatorKind } from "./communicator-kind.ts";
import type { Component } from "./component.ts";
import type { DataSource } from "./datasource.ts";
import type { PostProcessor } from "./post-processor.ts";
import type { Provisioner } from "./provisioner.ts";

/** Why a plugin is not used. */
export interface Doubt {
  /** A sentence. */
  readonly text: string;
  /** It is there and something is wrong with it. */
  readonly isFault: boolean;
}

/** The components of one kind by their type. */
export interface Registry<C extends Component> {
  /** May take time: a plugin is asked what it has. */
  get(type: string): C | undefined | Promise<C | undefined>;
  /** Why plugins that may have one of this type were left aside; asked after `get`. */
  listDoubts?(type: string): readonly Doubt[];
  /** All types, sorted. */
  types(): readonly string[];
}

/** One whose components are all there. */
export interface LoadedRegistry<C extends Component> extends Registry<C> {
  get(type: string): C | undefined;
}

/** A plugin that a template asks for. */
export interface RequiredPlugin {
  readonly name: string;
  /** Where it comes from, such as `github.com/hashicorp/docker`. */
  readonly source: string;
  /** Constraints on its version, such as `>= 1.0.0, < 2.0.0`. */
  readonly version: string;
}

/** Gives the components that a template with these requirements can name. */
export type LoadCatalog = (required: readonly RequiredPlugin[]) => Promise<Catalog>;

export interface Catalog {
  readonly builders: Registry<Builder>;
  readonly provisioners: Registry<Provisioner>;
  readonly postProcessors: Registry<PostProcessor>;
  readonly dataSources: Registry<DataSource>;
  readonly communicators: Registry<CommunicatorKind>;
}

/** A catalog whose components are all there. */
export interface LoadedCatalog extends Catalog {
  readonly builders: LoadedRegistry<Builder>;
  readonly provisioners: LoadedRegistry<Provisioner>;
  readonly postProcessors: LoadedRegistry<PostProcessor>;
  readonly dataSources: LoadedRegistry<DataSource>;
  readonly communicators: LoadedRegistry<CommunicatorKind>;
}

/** Makes a registry of frozen components, such as the exports of a `registry.ts`. */
export function makeRegistry<C extends Component>(components: Iterable<C>): LoadedRegistry<C> {
  const byType = new Map<string, C>();
  for (const component of components) {
    byType.set(component.type, component);
  }
  const types = [...byType.keys()].sort();
  return Object.freeze({ get: (type: string) => byType.get(type), types: () => types });
}
