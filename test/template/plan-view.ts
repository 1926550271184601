// A plan as plain data: what every component would be told by a run, so that two plans can be compared.
import { createCatalog } from "../../src/catalog.ts";
import type { Diagnostic } from "../../src/diagnostic/diagnostic.ts";
import type { GeneratedData } from "../../src/sdk/artifact.ts";
import type { Catalog, LoadCatalog } from "../../src/sdk/catalog.ts";
import type { OptionSchema } from "../../src/sdk/option.ts";
import type { Lookups } from "../../src/template/engine/scope.ts";
import { loadTemplate } from "../../src/template/load.ts";
import type { LoadedTemplate, LoadRequest, PlanRequest, PlanResult } from "../../src/template/loading.ts";
import type { PlannedComponent } from "../../src/template/plan.ts";
import { type FakeHostOptions, fakeHost } from "../fakes/host.ts";

export const STARTED_AT = Date.UTC(2024, 0, 2, 3, 4, 5);

export type Loading = Partial<Omit<LoadRequest, "catalog" | "host">> & {
  readonly path: string;
  readonly cwd: string;
  readonly catalog?: Catalog | LoadCatalog | undefined;
  readonly host?: FakeHostOptions | undefined;
  readonly wanted?: Partial<PlanRequest> | undefined;
};

export interface Planned extends PlanResult {
  readonly loaded: LoadedTemplate;
  /** Of reading and of planning. */
  readonly diagnostics: readonly Diagnostic[];
  /** What was asked to be hidden. */
  readonly hidden: readonly string[];
}

/** Reads a template and plans it, at a time that stands still. A template that cannot be read has no builds. */
export async function planOf({
  path,
  cwd,
  catalog = createCatalog(),
  host,
  wanted = {},
  ...more
}: Loading): Promise<Planned> {
  const hidden: string[] = [];
  const loaded = await loadTemplate({
    path,
    host: fakeHost({ cwd, ...host }),
    catalog: typeof catalog === "function" ? catalog : async () => catalog,
    lookups: noLookups,
    readStdin: async () => new Uint8Array(),
    varFiles: [],
    vars: [],
    packerVersion: "1.16.0",
    startedAt: STARTED_AT,
    hide: (secret) => hidden.push(secret),
    ...more,
  });
  const settings = { force: false, debug: false, onError: "cleanup" as const };
  if (loaded.checkable !== true && loaded.diagnostics.some(({ severity }) => severity === "error")) {
    return {
      loaded,
      plan: { builds: [] },
      diagnostics: loaded.diagnostics,
      unmatched: [],
      selectedNames: [],
      namesAreComplete: true,
      buildNames: [],
      unsettledNames: [],
      settings: { ...settings, packerVersion: "1.16.0" },
      hidden,
    };
  }
  const result = await loaded.plan({
    only: [],
    except: [],
    settings,
    signal: new AbortController().signal,
    formOnly: true,
    ...wanted,
  });
  return { ...result, loaded, diagnostics: [...loaded.diagnostics, ...result.diagnostics], hidden };
}

const refuse = async (): Promise<never> => {
  throw new Error("A test has nobody to ask");
};
const noLookups: Lookups = {
  vault: refuse,
  consul_key: refuse,
  aws_secretsmanager: refuse,
  aws_secretsmanager_raw: refuse,
};

/** What a builder publishes, so that nothing of a plan stays unknown. */
export const GENERATED: GeneratedData = {
  ID: "the-id",
  Host: "the-host",
  Port: 22,
  User: "the-user",
  Password: "the-password",
  ConnType: "ssh",
  PackerRunUUID: "the-run",
  PackerHTTPIP: "10.0.2.2",
  PackerHTTPPort: 8000,
  PackerHTTPAddr: "10.0.2.2:8000",
  SSHPublicKey: "the-public-key",
  SSHPrivateKey: "the-private-key",
  WinRMPassword: "the-winrm-password",
};

interface PartView {
  readonly type: string;
  readonly config: unknown;
}

export interface BuildView {
  readonly builder: PartView;
  readonly communicator: string | undefined;
  readonly provisioners: readonly (PartView & { readonly around: unknown })[];
  readonly errorCleanupProvisioner: PartView | undefined;
  readonly postProcessors: readonly (readonly (PartView & {
    readonly name: string;
    readonly keep: boolean | undefined;
  })[])[];
}

/** Every build with the configurations that its components get in a run. */
export async function viewOf({ plan }: PlanResult): Promise<readonly BuildView[]> {
  const views: BuildView[] = [];
  for (const build of plan.builds) {
    const provisioners = [];
    for (const one of build.provisioners) {
      const { pauseBefore, timeout, maxRetries } = one;
      provisioners.push({ ...(await partView(one)), around: { pauseBefore, timeout, maxRetries } });
    }
    const postProcessors = [];
    for (const sequence of build.postProcessors) {
      const steps = [];
      for (const one of sequence) {
        steps.push({ ...(await partView(one)), name: one.name, keep: one.keepInputArtifact });
      }
      postProcessors.push(steps);
    }
    views.push({
      builder: await partView(build.builder),
      communicator: build.communicator?.component.type,
      provisioners,
      errorCleanupProvisioner: build.errorCleanupProvisioner && (await partView(build.errorCleanupProvisioner)),
      postProcessors,
    });
  }
  return views;
}

async function partView(part: PlannedComponent): Promise<PartView> {
  const { config } = await part.prepare(GENERATED);
  const options: OptionSchema = part.component.options;
  const shown = Object.entries(config).map(([name, value]) => [
    name,
    options[name]?.renderedLate ? rendered(value, part) : value,
  ]);
  return { type: part.component.type, config: Object.fromEntries(shown) };
}

/** What a component renders itself: with a stand-in for every value it may put in. */
function rendered(value: unknown, part: PlannedComponent): unknown {
  if (typeof value === "string") {
    return part.render(value, lateData, GENERATED);
  }
  if (Array.isArray(value)) {
    return value.map((item) => rendered(item, part));
  }
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, rendered(item, part)]));
  }
  return value;
}

const lateNames = [
  "Vars",
  "Path",
  "Image",
  "Name",
  "BuildName",
  "BuilderType",
  "Provider",
  "ArtifactId",
  "HTTPIP",
  "HTTPPort",
  "Script",
  "Command",
];
const lateData = Object.fromEntries(lateNames.map((name) => [name, `<${name}>`]));
