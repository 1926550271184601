// JSON Schema of templates in JSON and YAML, from the options: for editors and other tools.
import type { Builder } from "../sdk/builder.ts";
import type { LoadedCatalog, LoadedRegistry } from "../sdk/catalog.ts";
import type { Component } from "../sdk/component.ts";
import { connectionOptions } from "../sdk/connection-options.ts";
import type { Option, OptionSchema, OptionType } from "../sdk/option.ts";

type Schema = Readonly<Record<string, unknown>>;

/** As Packer's decoder: numbers and truth values may be written as text, also as a template. */
const LOOSE = {
  number: ["number", "string"],
  fraction: ["number", "string"],
  bool: ["boolean", "string"],
  duration: "string",
  string: ["string", "number", "boolean"],
} as const;

/** The whole schema. */
export function makeTemplateSchema(catalog: LoadedCatalog): Schema {
  const builders = listComponents(catalog.builders as LoadedRegistry<Component>);
  const provisioners = listComponents(catalog.provisioners as LoadedRegistry<Component>);
  const postProcessors = listComponents(catalog.postProcessors as LoadedRegistry<Component>);
  const provisionerMeta = {
    ...selection,
    override: { type: "object", description: "Options for single builds, by the name of the build." },
    pause_before: { type: "string", description: "How long to wait before it." },
    timeout: { type: "string", description: "How long it may take." },
    max_retries: { type: ["integer", "string"], description: "How often it is tried again after a failure." },
  };
  const postProcessorMeta = {
    ...selection,
    name: { type: "string", description: "Its name for `-except`." },
    keep_input_artifact: { type: ["boolean", "string"], description: "Whether the artifact it is given stays." },
  };
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "Packer template",
    type: "object",
    required: ["builders"],
    additionalProperties: false,
    patternProperties: { "^_": { type: "string", description: "A comment." } },
    properties: {
      builders: describeList({ $ref: "#/definitions/builder" }),
      provisioners: describeList({ $ref: "#/definitions/provisioner" }),
      "error-cleanup-provisioner": { $ref: "#/definitions/provisioner" },
      "post-processors": describeList({
        anyOf: [{ $ref: "#/definitions/post-processor" }, describeList({ $ref: "#/definitions/post-processor" })],
      }),
      variables: { type: "object", description: "Variables with their defaults; `null` for those that must be given." },
      "sensitive-variables": { type: "array", items: { type: "string" } },
      min_packer_version: { type: "string" },
      description: { type: "string" },
    },
    definitions: {
      builder: joinTypes(builders, (component) => listBuilderOptions(component as Builder, catalog), {
        name: { type: "string", description: "The name of the build; its type unless set." },
      }),
      provisioner: joinTypes(provisioners, ({ options }) => options, provisionerMeta),
      "post-processor": {
        anyOf: [
          { type: "string", enum: postProcessors.map(({ type }) => type) },
          joinTypes(postProcessors, ({ options }) => options, postProcessorMeta),
        ],
      },
    },
  };
}

const selection = {
  only: { type: "array", items: { type: "string" }, description: "Only for the builds with these names." },
  except: { type: "array", items: { type: "string" }, description: "For all builds but those with these names." },
};

function describeList(items: Schema): Schema {
  return { type: "array", items };
}

function listComponents(registry: LoadedRegistry<Component>): Component[] {
  return registry.types().flatMap((type) => registry.get(type) ?? []);
}

function listBuilderOptions(builder: Builder, catalog: LoadedCatalog): OptionSchema {
  const kinds = builder.communicators.flatMap((type) => catalog.communicators.get(type) ?? []);
  return Object.assign({}, connectionOptions, ...kinds.map((kind) => kind.options), builder.options);
}

/** An object whose other keys depend on its type; a type that is not known here may have any. */
function joinTypes(
  components: readonly Component[],
  optionsOf: (component: Component) => OptionSchema,
  meta: Schema,
): Schema {
  const cases = components.map((component) => {
    const options = optionsOf(component);
    // A comment may stand anywhere; options without a value may come from a variable file of another tool.
    const required = Object.entries(component.options).flatMap(([name, { required: needed }]) =>
      needed ? [name] : [],
    );
    return {
      if: { properties: { type: { const: component.type } } },
      // biome-ignore lint/suspicious/noThenProperty: the word of JSON Schema
      then: {
        properties: { type: { description: component.summary }, ...meta, ...describeProperties(options) },
        required: required.length === 0 ? undefined : required,
        additionalProperties: false,
      },
    };
  });
  const types = components.map(({ type }) => type);
  return {
    type: "object",
    required: ["type"],
    properties: { type: { type: "string", examples: types } },
    allOf: cases,
  };
}

function describeProperties(options: OptionSchema): Schema {
  const names = Object.keys(options).sort();
  return Object.fromEntries(names.map((name) => [name, makeOptionSchema(options[name] as Option)]));
}

function makeOptionSchema(option: Option): Schema {
  const { description, default: fallback, deprecated, type, oneOf } = option;
  const base = makeTypeSchema(type);
  return {
    ...base,
    description: description || undefined,
    default: fallback,
    deprecated: deprecated === undefined ? undefined : true,
    // A value may also be a `{{ }}` template, so allowed values are examples.
    examples: oneOf === undefined || type.is === "list" ? undefined : [...oneOf],
  };
}

function makeTypeSchema(type: OptionType): Schema {
  switch (type.is) {
    case "any":
      return {};
    case "list":
    case "set":
      return { anyOf: [{ type: "array", items: makeTypeSchema(type.of) }, { type: "string" }] };
    case "map":
      return { type: "object", additionalProperties: makeTypeSchema(type.of) };
    case "object":
      return { type: "object", properties: describeProperties(type.options), additionalProperties: false };
    case "block": {
      const body = { type: "object", properties: describeProperties(type.options), additionalProperties: false };
      const block = (type.labels ?? []).reduce<Schema>(
        (inner) => ({ type: "object", additionalProperties: { anyOf: [describeList(inner), inner] } }),
        body,
      );
      return type.many ? { anyOf: [describeList(block), block] } : block;
    }
    default:
      return { type: LOOSE[type.is] };
  }
}
