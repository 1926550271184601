// A JSON template -> an HCL2 configuration. After https://developer.hashicorp.com/packer/docs/commands/hcl2_upgrade

import type { Diagnostic } from "../../diagnostic/diagnostic.ts";
import { compareTexts } from "../../diagnostic/text-order.ts";
import { format } from "../../hcl/format.ts";
import type { Catalog, Registry } from "../../sdk/catalog.ts";
import type { Component } from "../../sdk/component.ts";
import { writeDuration } from "../../sdk/duration.ts";
import type { OptionSchema } from "../../sdk/option.ts";
import type {
  LegacyBuilder,
  LegacyPostProcessor,
  LegacyProvisioner,
  LegacySelection,
  LegacyTemplate,
} from "../../template/legacy-json/legacy-template.ts";
import { collectOptions } from "../../template/plan-builder.ts";
import { notes } from "./annotations.ts";
import {
  makeAttribute,
  makeBlock,
  quoteKey,
  quoteText,
  type WrittenBlock,
  type WrittenItem,
  writeBlocks,
} from "./hcl-writer.ts";
import { type Upgrade, upgradeBody, writeExpression, writeObject, writeString } from "./upgrade-body.ts";
import { type UpgradedVariables, upgradeVariables } from "./upgrade-variables.ts";

export interface UpgradedTemplate {
  readonly text: string;
  readonly diagnostics: readonly Diagnostic[];
}

interface Whole {
  readonly template: LegacyTemplate;
  readonly schemas: Schemas;
  readonly variables: UpgradedVariables;
  readonly sources: ReadonlyMap<string, NamedSource>;
  readonly diagnostics: Diagnostic[];
}

/** The options of everything that the template names, by type; without what nobody knows. */
interface Schemas {
  readonly builders: ReadonlyMap<string, OptionSchema>;
  readonly provisioners: ReadonlyMap<string, OptionSchema>;
  readonly postProcessors: ReadonlyMap<string, OptionSchema>;
}

async function loadSchemas(template: LegacyTemplate, catalog: Catalog): Promise<Schemas> {
  const { builders, provisioners, postProcessors, errorCleanupProvisioner: last } = template;
  return {
    builders: await readSchemas(builders, catalog.builders, (builder) => collectOptions(builder, catalog)),
    provisioners: await readSchemas([...provisioners, ...(last === undefined ? [] : [last])], catalog.provisioners),
    postProcessors: await readSchemas(postProcessors.flat(), catalog.postProcessors),
  };
}

async function readSchemas<C extends Component>(
  parts: readonly { readonly type: string }[],
  registry: Registry<C>,
  read: (component: C) => OptionSchema | Promise<OptionSchema> = ({ options }) => options,
): Promise<ReadonlyMap<string, OptionSchema>> {
  const schemas = new Map<string, OptionSchema>();
  for (const type of new Set(parts.map((part) => part.type))) {
    const component = await registry.get(type);
    if (component !== undefined) {
      schemas.set(type, await read(component));
    }
  }
  return schemas;
}

/** A builder with the names it gets. */
interface NamedSource {
  readonly builder: LegacyBuilder;
  readonly label: string;
}

/** Writes a template anew in HCL2. `annotated` adds comments that explain the file. */
export async function upgradeTemplate(
  template: LegacyTemplate,
  catalog: Catalog,
  annotated: boolean,
): Promise<UpgradedTemplate> {
  const whole: Whole = {
    template,
    schemas: await loadSchemas(template, catalog),
    variables: upgradeVariables(template),
    sources: new Map(nameSources(template.builders).map((source) => [source.builder.rawName, source])),
    diagnostics: [],
  };
  const explained = (first: WrittenBlock | undefined, note: readonly string[]): WrittenBlock | undefined =>
    first && annotated ? { ...first, comments: [...note, ...(first.comments ?? [])] } : first;
  const sources = [...whole.sources.values()].map((source) => writeSource(source, whole));
  const build = explained(buildBlock(whole), notes.build);
  const [firstVariable, ...variables] = whole.variables.blocks();
  const blocks = [
    writePackerBlock(template),
    explained(firstVariable, notes.variables),
    ...variables,
    explained(sources[0], notes.sources),
    ...sources.slice(1),
    build,
  ].filter((each) => each !== undefined);
  const head = annotated ? `${notes.file.map((line) => (line === "" ? "" : `# ${line}`)).join("\n")}\n\n` : "";
  const { text, diagnostics } = format(head + writeBlocks(blocks));
  return { text, diagnostics: [...whole.diagnostics, ...diagnostics] };
}

function writePackerBlock({ minVersion }: LegacyTemplate): WrittenBlock | undefined {
  if (minVersion === undefined || minVersion.text === "") {
    return undefined;
  }
  return makeBlock("packer", [], [makeAttribute("required_version", quoteText(`>= ${minVersion.text}`))]);
}

/** As Packer: sorted by type and name; one that has only its type for a name gets its place for one. */
function nameSources(builders: readonly LegacyBuilder[]): readonly NamedSource[] {
  const taken = new Set<string>();
  const key = (builder: LegacyBuilder): string => builder.type + builder.rawName;
  return [...builders]
    .sort((a, b) => (key(a) < key(b) ? -1 : 1))
    .map((builder, i) => {
      const plain =
        builder.rawName === builder.type ? `autogenerated_${i + 1}` : builder.rawName.replace(/\{\{|\}\}/g, "");
      let label =
        isLabel(builder.rawName) || builder.rawName === builder.type
          ? plain
          : plain.replace(/[^\p{ID_Continue}-]+/gu, "_");
      while (taken.has(`${builder.type}.${label}`)) {
        label += "_";
      }
      taken.add(`${builder.type}.${label}`);
      return { builder, label };
    });
}

/** A dot would end the name where a source is referred to, and a label cannot hold a value. */
function isLabel(name: string): boolean {
  return !/[.${}%"\\\n]/.test(name);
}

function startUpgrade({ variables, diagnostics }: Whole): Upgrade {
  return { names: variables.names, kept: [], diagnostics };
}

function writeSource({ builder, label }: NamedSource, whole: Whole): WrittenBlock {
  const upgrade = startUpgrade(whole);
  const schema = whole.schemas.builders.get(builder.type);
  return makeBlock("source", [builder.type, label], upgradeBody(builder.body, schema, upgrade), noteKept(upgrade));
}

function buildBlock(whole: Whole): WrittenBlock {
  const { template, schemas, sources } = whole;
  const provisioner = (word: string, part: LegacyProvisioner): WrittenBlock =>
    writePart(
      { word, part, schema: schemas.provisioners.get(part.type), words: writeProvisionerWords(part, whole) },
      whole,
    );
  const step = (part: LegacyPostProcessor): WrittenBlock =>
    writePart(
      {
        word: "post-processor",
        part,
        schema: schemas.postProcessors.get(part.type),
        words: writeStepWords(part, whole),
      },
      whole,
    );
  const parts = [
    ...template.provisioners.map((part) => provisioner("provisioner", part)),
    ...(template.errorCleanupProvisioner === undefined
      ? []
      : [provisioner("error-cleanup-provisioner", template.errorCleanupProvisioner)]),
    ...template.postProcessors.flatMap((sequence) => {
      const [only, second] = sequence;
      if (only === undefined) {
        return [];
      }
      return second === undefined ? step(only) : makeBlock("post-processors", [], sequence.map(step));
    }),
  ];
  const named = [...sources.values()].map((source) => ({ source, name: makeLocalName(source, whole) }));
  const listed = named.flatMap(({ source, name }) => (name === undefined ? quoteText(writeReference(source)) : []));
  const own = named.flatMap(({ source, name }) =>
    name === undefined ? [] : makeBlock("source", [writeReference(source)], [makeAttribute("name", quoteText(name))]),
  );
  const description = template.description === undefined || template.description === "" ? [] : [template.description];
  return makeBlock(
    "build",
    [],
    [
      ...description.map((text) => makeAttribute("description", quoteText(text))),
      ...(listed.length === 0 ? [] : [makeAttribute("sources", `[${listed.join(", ")}]`)]),
      ...own,
      ...parts,
    ],
    noteNames([...sources.values()]),
  );
}

function writeReference({ builder, label }: NamedSource): string {
  return `source.${builder.type}.${label}`;
}

/** The name that a source needs in the build beside its label. As Packer: none can hold a value, so that the label has to do. */
function makeLocalName({ builder, label }: NamedSource, { variables }: Whole): string | undefined {
  if (builder.rawName === label || holdsValue(builder.rawName)) {
    return undefined;
  }
  return builder.rawName === builder.type && !variables.usesBuildName() ? undefined : builder.rawName;
}

function holdsValue(name: string): boolean {
  return name.includes("{{");
}

/** What the names of builds are now that cannot be what they were. */
function noteNames(sources: readonly NamedSource[]): readonly string[] {
  return sources
    .filter(({ builder }) => holdsValue(builder.rawName))
    .map(({ builder, label }) => `HCL2 takes no values in names: the build "${builder.rawName}" is "${label}" here.`);
}

type Words = (upgrade: Upgrade) => readonly WrittenItem[];

interface Part {
  readonly word: string;
  readonly part: LegacyProvisioner | LegacyPostProcessor;
  readonly schema: OptionSchema | undefined;
  /** Writes what stands beside its own options. */
  readonly words: Words;
}

function writePart({ word, part, schema, words }: Part, whole: Whole): WrittenBlock {
  const upgrade = startUpgrade(whole);
  const items = [...upgradeBody(part.body, schema, upgrade), ...words(upgrade)];
  const name = (item: WrittenItem): string => (item.is === "attribute" ? item.name : item.type);
  items.sort((a, b) => compareTexts(name(a), name(b)));
  return makeBlock(word, [part.type], items, noteKept(upgrade));
}

function writeProvisionerWords(part: LegacyProvisioner, whole: Whole): Words {
  return (upgrade) => {
    const overrides = [...part.override].map(
      ([name, { body }]) => [overrideKey(name, whole), writeExpression(body, upgrade)] as const,
    );
    return [
      ...writeSelection(part, whole, upgrade),
      ...(overrides.length === 0 ? [] : [makeAttribute("override", writeObject(overrides))]),
      ...(part.pauseBefore === 0 ? [] : [makeAttribute("pause_before", quoteText(writeDuration(part.pauseBefore)))]),
      ...(part.timeout === 0 ? [] : [makeAttribute("timeout", quoteText(writeDuration(part.timeout)))]),
      ...(part.maxRetries === undefined
        ? []
        : [makeAttribute("max_retries", writeExpression(part.maxRetries, upgrade))]),
    ];
  };
}

function writeStepWords(part: LegacyPostProcessor, whole: Whole): Words {
  return (upgrade) => [
    ...writeSelection(part, whole, upgrade),
    ...(part.name === part.type ? [] : [makeAttribute("name", quoteText(part.name))]),
    ...(part.keepInputArtifact === undefined
      ? []
      : [makeAttribute("keep_input_artifact", String(part.keepInputArtifact))]),
  ];
}

function writeSelection({ only, except }: LegacySelection, whole: Whole, upgrade: Upgrade): readonly WrittenItem[] {
  const names = (list: LegacySelection["only"]): string =>
    `[${(list ?? []).map(({ text }) => writeString(writeSelectedName(text, whole), upgrade)).join(", ")}]`;
  return [
    ...(only === undefined || only.length === 0 ? [] : [makeAttribute("only", names(only))]),
    ...(except === undefined || except.length === 0 ? [] : [makeAttribute("except", names(except))]),
  ];
}

/** `TYPE.NAME`, with which HCL2 selects; a name of nothing stays what it is. */
function writeSelectedName(name: string, whole: Whole): string {
  const source = whole.sources.get(name);
  return source === undefined ? name : `${source.builder.type}.${makeLocalName(source, whole) ?? source.label}`;
}

function overrideKey(name: string, whole: Whole): string {
  const source = whole.sources.get(name);
  const local = source === undefined ? name : (makeLocalName(source, whole) ?? source.label);
  return quoteKey(local);
}

function noteKept({ kept }: Upgrade): readonly string[] {
  const calls = [...new Set(kept)].map((name) => `"${name}"`);
  if (calls.length === 0) {
    return [];
  }
  return [
    `The ${calls.length === 1 ? "call" : "calls"} of ${calls.join(" and ")} could not be turned into HCL2 and stayed as written.`,
  ];
}
