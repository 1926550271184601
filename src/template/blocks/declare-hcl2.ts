// One source of one `build` block, as the planner takes it.

import { didYouMean } from "../../diagnostic/did-you-mean.ts";
import type { Body } from "../../hcl/body.ts";
import { mergeBodies } from "../../hcl/merged-body.ts";
import type { PublishedName } from "../../sdk/build-data.ts";
import type {
  DeclaredBuild,
  DeclaredPart,
  DeclaredPostProcessor,
  DeclaredProvisioner,
  DeclaredStep,
} from "../declared-build.ts";
import { mergeOver } from "../merge-bodies.ts";
import type { ReadBody } from "../plan-component.ts";
import type { ProblemList } from "../problem-list.ts";
import type { RawMap } from "../raw-value.ts";
import type { BuildBlock, PartBlock, SourceUse } from "./build-block.ts";
import { BuildScope } from "./build-scope.ts";
import type { Hcl2Config, Hcl2Content } from "./hcl2-config.ts";
import { type PartMeta, readMeta } from "./part-meta.ts";
import { checkReferences, makeRawBody } from "./raw-hcl.ts";
import { findUsedVariables } from "./used-variables.ts";

/** A build block with one of its sources, under the name that `-only` knows. */
export interface NamedBuild {
  readonly build: BuildBlock;
  readonly use: SourceUse;
  readonly name: string;
}

/** What the parts of one build share. */
interface Declaring extends Omit<NamedBuild, "name"> {
  readonly config: Hcl2Config;
  readonly scope: BuildScope;
}

export function declareBuild(
  { build, use, name }: NamedBuild,
  config: Hcl2Config,
  content: Hcl2Content,
): DeclaredBuild<Body> {
  const { source } = use;
  const declaring: Declaring = { build, use, config, scope: new BuildScope(content.context, build, use) };
  const cleanup = build.errorCleanupProvisioner;
  return {
    name,
    // Packer gives plugins the source's own name, whatever the build calls it.
    sourceName: source.name,
    range: use.range.toRange(),
    builder: declareBuilder(declaring),
    provisioners: build.provisioners.map(
      (part) => (published, problems) =>
        declareProvisioner({ part, word: "provisioner", published, problems }, declaring),
    ),
    errorCleanupProvisioner:
      cleanup &&
      ((published, problems) =>
        declareProvisioner({ part: cleanup, word: "error-cleanup-provisioner", published, problems }, declaring)),
    postProcessors: build.postProcessors.map((sequence) =>
      sequence.map(
        (part) => (published, problems) =>
          declarePostProcessor({ part, word: "post-processor", published, problems }, declaring),
      ),
    ),
    readUserVariable: () => "",
    listVariables: (written) => findUsedVariables(written, config),
  };
}

function declareBuilder(declaring: Declaring): DeclaredPart<Body> {
  const { source, extra } = declaring.use;
  const body = extra === undefined ? source.body : mergeBodies([source.body, extra]);
  return {
    type: source.type,
    label: `source "${source.type}" "${source.name}"`,
    range: source.range.toRange(),
    written: body,
    body: bodyReader(body, declaring),
    checkUnknown: () => checkReferences(body, declaring.scope.planning([])),
  };
}

/** A part whose turn it is. */
interface Turn {
  readonly part: PartBlock;
  readonly word: string;
  readonly published: readonly PublishedName[] | undefined;
  readonly problems: ProblemList;
}

function declareProvisioner(turn: Turn, declaring: Declaring): DeclaredProvisioner<Body> {
  const meta = readMeta("provisioner", turn.part.body, declaring.scope.planning(turn.published), turn.problems);
  const { name, pauseBefore, timeout, continueOnError } = meta;
  const step = declareStep(turn, meta, declaring);
  return { ...step, name, pauseBefore, timeout, continueOnError, readMaxRetries: () => meta.maxRetries };
}

function declarePostProcessor(turn: Turn, declaring: Declaring): DeclaredPostProcessor<Body> {
  const meta = readMeta("post-processor", turn.part.body, declaring.scope.planning(turn.published), turn.problems);
  const step = declareStep(turn, meta, declaring);
  return { ...step, name: meta.name ?? turn.part.type, keepInputArtifact: meta.keepInputArtifact };
}

function declareStep({ part, word, published }: Turn, meta: PartMeta, declaring: Declaring): DeclaredStep<Body> {
  return {
    type: part.type,
    label: `${word} "${part.type}"`,
    range: part.range.toRange(),
    written: part.body,
    body: bodyReader(meta.body, declaring, meta.override.get(declaring.use.localName)),
    checkUnknown: () => checkReferences(meta.body, declaring.scope.planning(published)),
    isForBuild: (problems) => {
      checkNames(meta, declaring.build, problems);
      return isFor(meta, declaring.use);
    },
  };
}

/** Evaluates a body with what is known by then; values from outside are fetched on the way. */
function bodyReader(body: Body, { config, scope }: Declaring, override?: RawMap): ReadBody {
  return (schema, { published, generated }) =>
    config.lookups.complete(() => {
      const context = generated === undefined ? scope.planning(published) : scope.running(generated);
      const reading = makeRawBody(body, schema, context, config.request.hide);
      return override === undefined ? reading : { ...reading, body: mergeOver(reading.body, override) };
    });
}

/** Packer skips a name that nothing has, without a word. */
function checkNames({ only, except, namesRange }: PartMeta, build: BuildBlock, problems: ProblemList): void {
  if (build.references === undefined) {
    return;
  }
  const taken = new Set(build.uses.map(({ source }) => `${source.type}.${source.name}`));
  const known = build.uses.map(({ source, localName }) => `${source.type}.${localName}`);
  // A source that does not exist is told elsewhere.
  const missing = build.references.filter((reference) => !taken.has(reference));
  for (const name of [...only, ...except]) {
    if (known.includes(name) || missing.includes(name)) {
      continue;
    }
    const hint = hintSource(name, build, [...new Set([...known, ...missing])]);
    problems.warning("template/unknown-build", namesRange?.toRange(), `This build has no source "${name}"`, { hint });
  }
}

function hintSource(name: string, { uses }: BuildBlock, known: readonly string[]): string {
  const renamed = uses.find(({ source }) => `${source.type}.${source.name}` === name);
  if (renamed !== undefined) {
    return `This build gives it another name; write "${renamed.source.type}.${renamed.localName}".`;
  }
  if (/[*?[\]{}]/.test(name)) {
    return `Patterns are for -only and -except; name the sources one by one: ${known.join(", ")}.`;
  }
  // Such as `source.TYPE.NAME`, with the name of the build in front, or the name alone.
  const near = known.find((one) => name.endsWith(`.${one}`) || one.endsWith(`.${name}`)) ?? didYouMean(name, known);
  return near === undefined ? `Its sources are ${known.join(", ")}.` : `did you mean "${near}"?`;
}

function isFor({ only, except }: PartMeta, { source, localName }: SourceUse): boolean {
  const name = `${source.type}.${localName}`;
  return only.length > 0 ? only.includes(name) : !except.includes(name);
}
