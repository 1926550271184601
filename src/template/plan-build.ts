// One declared build -> a planned one, whichever language it was written in.

import { type Diagnostic, hasErrors } from "../diagnostic/diagnostic.ts";
import type { Host } from "../host/host.ts";
import type { PublishedName } from "../sdk/build-data.ts";
import type { Catalog } from "../sdk/catalog.ts";
import type { PostProcessor } from "../sdk/post-processor.ts";
import type { Provisioner } from "../sdk/provisioner.ts";
import type { RunSettings } from "../sdk/run.ts";
import { checkConnections } from "./connection-needed.ts";
import type {
  Declare,
  DeclaredBuild,
  DeclaredPart,
  DeclaredPostProcessor,
  DeclaredProvisioner,
} from "./declared-build.ts";
import type { EngineWorld } from "./engine/scope.ts";
import { findComponent, type NotNative, notNativeComponents } from "./find-component.ts";
import type { LoadRequest, PlanRequest, PlanResult } from "./loading.ts";
import { PathNotes } from "./path-notes.ts";
import { Pauses } from "./pauses.ts";
import type { PlannedBuild, PlannedComponent, PlannedPostProcessor, PlannedProvisioner } from "./plan.ts";
import { type PlannedBuilder, planBuilder } from "./plan-builder.ts";
import { type PartContext, planComponent } from "./plan-component.ts";
import { type ProblemList, problemList } from "./problem-list.ts";
import { isExcluded, isSelected, type Selection } from "./selection.ts";

/** What the builds of a template share. */
export interface Planning {
  readonly catalog: Catalog;
  readonly settings: RunSettings;
  readonly world: EngineWorld;
  readonly host: Host;
  readonly hide: LoadRequest["hide"];
  readonly selection: Selection;
  /** False after mistakes that were told already: nothing is built then. */
  readonly isSound?: boolean | undefined;
}

/** Plans the selected builds. A build with mistakes is left out and reported; the others stay. `found` is what was wrong before. */
export async function planBuilds<B>(
  declared: readonly DeclaredBuild<B>[],
  planning: Planning,
  { formOnly, listOnly }: Pick<PlanRequest, "formOnly" | "listOnly">,
  found: readonly Diagnostic[],
): Promise<Pick<PlanResult, "plan" | "diagnostics" | "collisions">> {
  const notNative = formOnly === true ? notNativeComponents() : undefined;
  const paths = new PathNotes(planning.host.cwd);
  const builds: PlannedBuild[] = [];
  const pauses = new Pauses();
  const reported = [...found];
  for (const build of declared) {
    if (!isSelected(build.name, planning.selection)) {
      continue;
    }
    const planner = new BuildPlanner(build, planning, { notNative, paths });
    const planned = await planner.plan();
    await pauses.take();
    reported.push(...planner.problems.all);
    const isSound = planning.isSound !== false && !hasErrors(found) && !hasErrors(planner.problems.all);
    if (planned !== undefined && (isSound || listOnly === true)) {
      builds.push(planned);
    }
  }
  const diagnostics = withoutRepeats([...reported, ...(notNative?.notice() ?? [])]);
  return { plan: { builds }, diagnostics, collisions: paths.judge() };
}

/** The same mistake of a part that several builds share is said once. */
function withoutRepeats(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const seen = new Set<string>();
  return diagnostics.filter(({ code, summary, detail, subject }) => {
    if (subject === undefined) {
      return true;
    }
    const key = JSON.stringify([code, summary, detail, subject.filename, subject.start, subject.end]);
    const isNew = !seen.has(key);
    seen.add(key);
    return isNew;
  });
}

/** What is gathered from all builds. */
interface Gathered {
  readonly notNative: NotNative | undefined;
  readonly paths: PathNotes;
}

class BuildPlanner<B> {
  readonly problems: ProblemList = problemList();
  readonly #declared: DeclaredBuild<B>;
  readonly #planning: Planning;
  /** Where components without a native part are gathered; without it they are mistakes. */
  readonly #notNative: NotNative | undefined;
  readonly #context: PartContext;
  /** Names that the builder publishes beside the common ones; `undefined` when nobody knows the builder. */
  #published: readonly PublishedName[] | undefined = [];
  /** Grows with every part that turns out to be for this build. */
  readonly #written: B[];

  constructor(declared: DeclaredBuild<B>, planning: Planning, { notNative, paths }: Gathered) {
    this.#declared = declared;
    this.#planning = planning;
    this.#notNative = notNative;
    this.#written = [declared.builder.written];
    const { settings, host, world, hide } = planning;
    this.#context = {
      build: { name: declared.sourceName, builderType: declared.builder.type },
      settings,
      host,
      world,
      user: (name, pending) => declared.readUserVariable(name, pending),
      generates: () => this.#published ?? [],
      publishesUnknown: () => this.#published === undefined,
      hide,
      notePaths: paths.of(declared.name),
    };
  }

  /** `undefined` without a builder, or without the communicator that it is to use. */
  async plan(): Promise<PlannedBuild | undefined> {
    const { name, sourceName, range, builder } = this.#declared;
    const planned = await this.#planBuilder();
    const provisioners: PlannedProvisioner[] = [];
    for (const declare of this.#declared.provisioners) {
      const provisioner = await this.#planProvisioner(declare);
      if (provisioner !== undefined) {
        provisioners.push(provisioner);
      }
    }
    const cleanup = this.#declared.errorCleanupProvisioner;
    const errorCleanupProvisioner = cleanup && (await this.#planProvisioner(cleanup));
    const postProcessors = await this.#planPostProcessors();
    checkConnections(name, planned, provisioners, this.problems);
    if (planned?.isComplete !== true) {
      return undefined;
    }
    return {
      name,
      sourceName,
      builderType: builder.type,
      range,
      builder: planned.builder,
      communicator: planned.communicator,
      provisioners,
      errorCleanupProvisioner,
      postProcessors,
      variables: this.#declared.listVariables(this.#written),
    };
  }

  async #planBuilder(): Promise<PlannedBuilder | undefined> {
    const { builder: declared } = this.#declared;
    const { catalog } = this.#planning;
    const builder = await findComponent(
      catalog.builders,
      { kind: "builder", type: declared.type, range: declared.range },
      this.#notNative,
      this.problems,
    );
    if (builder === undefined) {
      this.#published = undefined;
      this.problems.add(declared.checkUnknown());
      return undefined;
    }
    const { label, range, body } = declared;
    const planned = await planBuilder({ builder, label, range, body }, catalog, this.#context);
    this.problems.add(planned.prepared.diagnostics);
    this.#published = planned.prepared.generates;
    return planned;
  }

  async #planProvisioner(declare: Declare<DeclaredProvisioner<B>>): Promise<PlannedProvisioner | undefined> {
    const part = declare(this.#published, this.problems);
    if (!part.isForBuild(this.problems)) {
      return undefined;
    }
    const { provisioners } = this.#planning.catalog;
    const component = await findComponent<Provisioner>(
      provisioners,
      { kind: "provisioner", type: part.type, range: part.range },
      this.#notNative,
      this.problems,
    );
    const planned = await this.#planPart(part, component);
    if (planned === undefined) {
      return undefined;
    }
    const { type, name, pauseBefore, timeout, continueOnError } = part;
    return {
      ...planned,
      type,
      name,
      pauseBefore,
      timeout,
      maxRetries: part.readMaxRetries(this.problems),
      continueOnError,
    };
  }

  /** A step that `-except` names ends its sequence there. */
  async #planPostProcessors(): Promise<readonly (readonly PlannedPostProcessor[])[]> {
    const sequences: PlannedPostProcessor[][] = [];
    for (const sequence of this.#declared.postProcessors) {
      const steps: PlannedPostProcessor[] = [];
      for (const declare of sequence) {
        const part = declare(this.#published, this.problems);
        if (isExcluded(part.name, this.#planning.selection.except)) {
          break;
        }
        const step = part.isForBuild(this.problems) ? await this.#planPostProcessor(part) : undefined;
        if (step !== undefined) {
          steps.push(step);
        }
      }
      if (steps.length > 0) {
        sequences.push(steps);
      }
    }
    return sequences;
  }

  async #planPostProcessor(part: DeclaredPostProcessor<B>): Promise<PlannedPostProcessor | undefined> {
    const { postProcessors } = this.#planning.catalog;
    const component = await findComponent<PostProcessor>(
      postProcessors,
      { kind: "post-processor", type: part.type, range: part.range },
      this.#notNative,
      this.problems,
    );
    const planned = await this.#planPart(part, component);
    return planned && { ...planned, type: part.type, name: part.name, keepInputArtifact: part.keepInputArtifact };
  }

  async #planPart<C extends Provisioner | PostProcessor>(
    part: DeclaredPart<B>,
    component: C | undefined,
  ): Promise<PlannedComponent<C> | undefined> {
    if (component === undefined) {
      this.problems.add(part.checkUnknown());
      return undefined;
    }
    const { label, range, body } = part;
    const planned = planComponent({ component, label, range, body }, this.#context);
    this.problems.add((await planned.prepare()).diagnostics);
    this.#written.push(part.written);
    return planned;
  }
}
