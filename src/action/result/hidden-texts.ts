// What is handed on as data, with secrets hidden in the texts in it. Names, ids, paths and kinds are what later steps look for and stay.
import type { ResultArtifact, ResultBuild, ResultComparison } from "../../command/recorded-run.ts";
import type { ArtifactFacts } from "../../core/build-event.ts";

type Hide = (text: string) => string;

export function hideInArtifact<A extends ResultArtifact>(artifact: A, hide: Hide): A {
  return { ...artifact, description: hide(artifact.description) };
}

export function hideInComparison<C extends ResultComparison>(compared: C, hide: Hide): C {
  return { ...compared, reasons: compared.reasons.map(hide) };
}

export function hideInBuild<B extends ResultBuild>(build: B, hide: Hide): B {
  const { error, failedIn, artifacts, spans, lastLines } = build;
  return {
    ...build,
    error: error === undefined ? undefined : hide(error),
    failedIn: failedIn === undefined ? undefined : hide(failedIn),
    artifacts: artifacts.map((artifact: ArtifactFacts) => ({ ...artifact, text: hide(artifact.text) })),
    spans: spans.map((span) => ({ ...span, title: hide(span.title) })),
    lastLines: lastLines?.map(hide),
  };
}
