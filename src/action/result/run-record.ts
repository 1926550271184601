// What happened, collected from the events for outputs and the summary.
import type { ResultSpan } from "../../command/recorded-run.ts";
import type { ArtifactFacts, BuildEvent, EventSink } from "../../core/build-event.ts";
import type { FailureClass } from "../../diagnostic/build-error.ts";
import { watchLastLines } from "./last-lines.ts";
import { type ComparedBuild, writeComparedBuild } from "./unchanged.ts";

/** A titled piece of work, also while it goes on. Times are milliseconds since 1970. */
export interface SpanRecord extends Omit<ResultSpan, "milliseconds" | "outcome"> {
  milliseconds: ResultSpan["milliseconds"];
  outcome: ResultSpan["outcome"];
}

export interface BuildRecord {
  readonly template: string;
  readonly name: string;
  readonly builderType: string;
  startedAt: number | undefined;
  /** `undefined` while it runs. */
  outcome: "built" | "unchanged" | "failed" | "cancelled" | undefined;
  milliseconds: number;
  error: string | undefined;
  failure: FailureClass | undefined;
  failedIn: string | undefined;
  artifacts: readonly ArtifactFacts[];
  /** When what is unchanged was built, in ISO 8601. */
  builtAt?: string | undefined;
  readonly spans: SpanRecord[];
  /** What was last said where it failed; lines of cleaning up are not among them. */
  lastLines?: readonly string[] | undefined;
}

/** The builds of all templates of this step. */
export interface RunRecord {
  readonly builds: BuildRecord[];
  /** What was held against its last build. */
  readonly compared: ComparedBuild[];
  runUuid: string | undefined;
}

export function startRecord(): RunRecord {
  return { builds: [], compared: [], runUuid: undefined };
}

/** Writes the events of one template's run into the record. */
export function recordInto(record: RunRecord, template: string): EventSink {
  const builds = new Map<string, BuildRecord>();
  const last = watchLastLines();
  return (event) => {
    last.note(event);
    if (event.type === "run-started") {
      record.runUuid = event.runUuid;
      for (const { name, builderType } of event.builds) {
        const build = startBuild(template, name, builderType);
        builds.set(name, build);
        record.builds.push(build);
      }
    } else if (event.type === "build-compared") {
      record.compared.push(writeComparedBuild(template, event));
    } else if (event.type === "build-unchanged") {
      const { build, builderType, artifacts, builtAt } = event;
      record.builds.push({ ...startBuild(template, build, builderType), outcome: "unchanged", artifacts, builtAt });
    } else if ("build" in event) {
      const build = builds.get(event.build);
      if (build !== undefined) {
        take(event, build);
        if (event.type === "build-ended" && event.outcome === "failed") {
          build.lastLines = last.read(event.build);
        }
      }
    }
  };
}

function startBuild(template: string, name: string, builderType: string): BuildRecord {
  return {
    template,
    name,
    builderType,
    startedAt: undefined,
    outcome: undefined,
    milliseconds: 0,
    error: undefined,
    failure: undefined,
    failedIn: undefined,
    artifacts: [],
    spans: [],
  };
}

function take(event: BuildEvent, build: BuildRecord): void {
  switch (event.type) {
    case "build-started":
      build.startedAt = event.at;
      break;
    case "span-started": {
      const { id, kind, title, componentType, parent, at: startedAt } = event;
      build.spans.push({
        id,
        kind,
        title,
        componentType,
        parent,
        startedAt,
        milliseconds: undefined,
        outcome: undefined,
      });
      break;
    }
    case "span-ended": {
      const span = build.spans.find(({ id }) => id === event.id);
      if (span !== undefined) {
        Object.assign(span, { milliseconds: event.milliseconds, outcome: event.outcome });
      }
      break;
    }
    case "build-ended": {
      const { outcome, milliseconds, error, failure, failedIn, artifacts } = event;
      Object.assign(build, { outcome, milliseconds, error, failure, failedIn, artifacts });
      break;
    }
    default:
  }
}
