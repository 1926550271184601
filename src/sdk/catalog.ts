// Everything that templates can name, native parts and plugins alike.
import type { Builder } from "./builder.ts";
import type { CommunicatorKind } from "./communicator-kind.ts";
import type { Component } from "./component.ts";
import type { DataSource } from "./datasource.ts";
import type { PostProcessor } from "./post-processor.ts";
import type { Provisioner } from "./provisioner.ts";

/** The components of one kind by their type. */
export interface Registry<C extends Component> {
  get(type: string): C | undefined;
  /** All types, sorted. */
  types(): readonly string[];
}

export interface Catalog {
  readonly builders: Registry<Builder>;
  readonly provisioners: Registry<Provisioner>;
  readonly postProcessors: Registry<PostProcessor>;
  readonly dataSources: Registry<DataSource>;
  readonly communicators: Registry<CommunicatorKind>;
}

/** Makes a registry of frozen components, such as the exports of a `registry.ts`. */
export function registryOf<C extends Component>(components: Iterable<C>): Registry<C> {
  const byType = new Map<string, C>();
  for (const component of components) {
    byType.set(component.type, component);
  }
  const types = [...byType.keys()].sort();
  return Object.freeze({ get: (type: string) => byType.get(type), types: () => types });
}
