// Stand-ins for components that are not native: they take whatever options a JSON template gives them.
import { createCatalog } from "../../src/catalog.ts";
import { type Builder, defineBuilder } from "../../src/sdk/builder.ts";
import type { Catalog, LoadedRegistry } from "../../src/sdk/catalog.ts";
import type { Component } from "../../src/sdk/component.ts";
import { type Option, type OptionSchema, option } from "../../src/sdk/option.ts";
import { definePostProcessor } from "../../src/sdk/post-processor.ts";
import { defineProvisioner } from "../../src/sdk/provisioner.ts";
import type { LegacyTemplate } from "../../src/template/legacy-json/legacy-template.ts";
import type { RawMap, RawValue } from "../../src/template/raw-value.ts";

/** The native components without their own checks, which look for files, and one for every other type that the template names, with the options it uses. */
export function catalogFor(template: LegacyTemplate): Catalog {
  const native = createCatalog();
  const { builders, provisioners, postProcessors } = template;
  const cleanup = template.errorCleanupProvisioner === undefined ? [] : [template.errorCleanupProvisioner];
  const unavailable = async (): Promise<never> => {
    throw new Error("A stand-in does nothing");
  };
  const overridden = [...provisioners, ...cleanup].flatMap((part) => [
    part,
    ...[...part.override.values()].map(({ body }) => ({ type: part.type, body })),
  ]);
  return {
    ...native,
    communicators: unchecked(native.communicators),
    builders: withStandIns<Builder>(native.builders, builders, (type, options) =>
      defineBuilder({
        type,
        summary: "Stands in.",
        communicators: ["none", "ssh", "winrm"],
        options,
        build: unavailable,
      }),
    ),
    provisioners: withStandIns(native.provisioners, overridden, (type, options) =>
      defineProvisioner({ type, summary: "Stands in.", options, provision: unavailable }),
    ),
    postProcessors: withStandIns(native.postProcessors, postProcessors.flat(), (type, options) =>
      definePostProcessor({ type, summary: "Stands in.", options, postProcess: unavailable }),
    ),
  };
}

interface Part {
  readonly type: string;
  readonly body: RawMap;
}

function withStandIns<C extends Component>(
  native: LoadedRegistry<C>,
  parts: readonly Part[],
  make: (type: string, options: OptionSchema) => C,
): LoadedRegistry<C> {
  const extra = new Map<string, C>();
  for (const type of new Set(parts.map((part) => part.type))) {
    if (native.get(type) === undefined) {
      extra.set(type, make(type, schemaOf(parts.filter((part) => part.type === type).map(({ body }) => body))));
    }
  }
  const own = unchecked(native);
  return { get: (type) => own.get(type) ?? extra.get(type), types: () => [...native.types(), ...extra.keys()].sort() };
}

function unchecked<C extends Component>(registry: LoadedRegistry<C>): LoadedRegistry<C> {
  const get = (type: string): C | undefined => {
    const found = registry.get(type);
    if (found === undefined) {
      return undefined;
    }
    const { prepare: _, ...rest } = found;
    return rest as C;
  };
  return { get, types: () => registry.types() };
}

function schemaOf(bodies: readonly RawMap[]): OptionSchema {
  const schema: Record<string, Option> = {};
  for (const key of new Set(bodies.flatMap((body) => body.entries.map((entry) => entry.key)))) {
    const values = bodies.flatMap((body) => body.entries.flatMap((entry) => (entry.key === key ? entry.value : [])));
    const inner = values.flatMap(bodiesIn);
    schema[key] =
      inner.length > 0 ? option.blocks(schemaOf(inner), { description: "" }) : option.any({ description: "" });
  }
  return schema;
}

/** The blocks that a value stands for, by its shape. */
function bodiesIn(value: RawValue): readonly RawMap[] {
  if (value.is === "map") {
    return value.entries.some((entry) => entry.value.is === "map" || entry.value.is === "list") ? [value] : [];
  }
  if (value.is !== "list" || value.items.length === 0) {
    return [];
  }
  const maps = value.items.flatMap((item) => (item.is === "map" ? item : []));
  return maps.length === value.items.length ? maps : [];
}
