// What a component gets while running, for tests of one component: everything said and acquired is there to look at.
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { execute } from "../../src/core/execute.ts";
import type { Resource } from "../../src/core/journal-record.ts";
import { retry } from "../../src/core/retry.ts";
import { findKind, temporaryFolder } from "../../src/core/temporary-folder.ts";
import { objectValue, type Value } from "../../src/cty/value.ts";
import type { GeneratedData } from "../../src/sdk/artifact.ts";
import type { BuildRun } from "../../src/sdk/builder.ts";
import type { Communicator } from "../../src/sdk/communicator.ts";
import type { ConnectTarget } from "../../src/sdk/communicator-kind.ts";
import type { Component } from "../../src/sdk/component.ts";
import type { ProvisionRun } from "../../src/sdk/provisioner.ts";
import { NothingMade } from "../../src/sdk/resource.ts";
import type {
  AnyResource,
  BuildIdentity,
  HandleOf,
  MeansOf,
  Run,
  RunSettings,
  Ui,
  WantedOf,
} from "../../src/sdk/run.ts";
import { type FakeCommunicator, fakeCommunicator } from "./communicator.ts";
import { type FakeHost, fakeHost } from "./host.ts";

/** One thing that was said. */
export interface Said {
  readonly level: "say" | "message" | "error" | "machine" | "ask";
  readonly text: string;
}

export interface FakeRunOptions {
  /** The component under test: only what it lists can be acquired. */
  readonly component?: Component | undefined;
  readonly build?: Partial<BuildIdentity> | undefined;
  readonly settings?: Partial<RunSettings> | undefined;
  readonly host?: FakeHost | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly generated?: GeneratedData | undefined;
  readonly rawConfig?: Value | undefined;
  readonly runUuid?: string | undefined;
  /** Answers to `ui.ask`, in order; after them nobody answers. */
  readonly answers?: readonly string[] | undefined;
  /** Instead of the simple default, which knows `{{.Name}}` and ``{{build `Name`}}``. */
  render?(template: string, data: Readonly<Record<string, unknown>>): string;
}

/** What a test can look at beside the contract. */
export interface FakeRunRecord {
  readonly host: FakeHost;
  readonly said: Said[];
  /** Everything said: `==> text`, `    text`, `!!! text` for errors; machine lines and questions by their name. */
  readonly lines: readonly string[];
  /** Values that were hidden. */
  readonly hidden: string[];
  /** What was acquired and neither removed nor kept. */
  readonly resources: readonly Resource[];
  /** What was acquired and kept. */
  readonly kept: readonly Resource[];
  /** Ends the run as core would: removes what is left, newest first. */
  finish(): Promise<void>;
}

export type FakeRun = Omit<Run<AnyResource>, "host"> & FakeRunRecord;
export type FakeProvisionRun = FakeRun &
  Omit<ProvisionRun<AnyResource>, "host" | "communicator"> & { readonly communicator: FakeCommunicator };

export function fakeRun(options: FakeRunOptions = {}): FakeRun {
  const host = options.host ?? fakeHost();
  const signal = options.signal ?? new AbortController().signal;
  const said: Said[] = [];
  const hidden: string[] = [];
  const open: Held[] = [];
  const kept: Resource[] = [];
  const generated = options.generated ?? {};
  const ui = fakeUi(said, [...(options.answers ?? [])]);
  const render = options.render ?? ((template, data) => simpleRender(template, { ...generated, ...data }, generated));

  const take = (handle: unknown): Held | undefined => {
    const at = open.findLastIndex((held) => held.handle === handle);
    return at < 0 ? undefined : open.splice(at, 1)[0];
  };
  const discard = async ({ kind, resource: { wanted, made } }: Held): Promise<void> =>
    kind.remove({ wanted, made }, { host, ui, signal: new AbortController().signal });
  const acquire = async <K extends AnyResource>(
    kind: K,
    wanted: WantedOf<K>,
    ...means: MeansOf<K>
  ): Promise<HandleOf<K>> => {
    if (findKind(options.component?.resources, kind.kind) !== kind) {
      throw new Error(`The component does not list "${kind.kind}"`);
    }
    const held: Held = { kind, resource: { kind: kind.kind, title: kind.title, wanted } };
    open.push(held);
    try {
      const { made, handle } = await kind.create(wanted, run, ...means);
      Object.assign(held, { handle, resource: { ...held.resource, made } });
      return handle as HandleOf<K>;
    } catch (thrown) {
      open.splice(open.indexOf(held), 1);
      if (thrown instanceof NothingMade) {
        throw thrown.cause;
      }
      await discard(held);
      throw thrown;
    }
  };

  const run: FakeRun = {
    build: { name: "test", builderType: "null", ...options.build },
    settings: { force: false, debug: false, onError: "cleanup", packerVersion: "1.11.2", ...options.settings },
    runUuid: options.runUuid ?? "11111111-2222-4333-8444-555555555555",
    ui,
    log: () => {},
    host,
    signal,
    generated,
    rawConfig: options.rawConfig ?? objectValue([]),
    said,
    get lines() {
      return said.map(lineOf);
    },
    hidden,
    get resources() {
      return open.map(({ resource }) => resource);
    },
    kept,
    render: (template, data = {}) => render(template, data),
    acquire,
    async remove(handle) {
      const held = take(handle);
      if (held !== undefined) {
        await discard(held);
      }
    },
    keep(handle) {
      const held = take(handle);
      if (held !== undefined) {
        kept.push(held.resource);
      }
    },
    temporaryFolder: (prefix) =>
      acquire(temporaryFolder, { path: join(host.tempDir, `${prefix}${randomUUID().replaceAll("-", "")}`) }),
    hide: (secret) => void hidden.push(secret),
    execute: (communicator, command, io) => execute(communicator, command, { ui, signal, clock: host.clock }, io),
    retry: (timeout, body) => retry({ clock: host.clock, signal, ui }, timeout, body),
    async finish() {
      for (let last = open.pop(); last !== undefined; last = open.pop()) {
        await discard(last);
      }
    },
  };
  return run;
}

interface Held {
  readonly kind: AnyResource;
  resource: Resource;
  handle?: unknown;
}

/** For tests of provisioners: a run with a connection to a machine in memory. */
export function fakeProvisionRun(
  options: FakeRunOptions & { readonly communicator?: FakeCommunicator | undefined } = {},
): FakeProvisionRun {
  const communicator = options.communicator ?? fakeCommunicator();
  return withFields(fakeRun({ ...options, generated: { ...communicator.generated, ...options.generated } }), {
    communicator,
  });
}

export type FakeBuildRun = FakeRun &
  Omit<BuildRun<AnyResource>, "host"> & {
    /** Titles of the steps that were begun. */
    readonly steps: string[];
    readonly targets: ConnectTarget[];
    /** How often the template's provisioners were run, and over what. */
    readonly provisioned: (Communicator | undefined)[];
  };

/** For tests of builders: connections go to a machine in memory, provisioning is the test's. */
export function fakeBuildRun(
  options: FakeRunOptions & {
    readonly communicator?: FakeCommunicator | undefined;
    readonly provision?: ((communicator: Communicator | undefined) => Promise<void>) | undefined;
  } = {},
): FakeBuildRun {
  const generated: Record<string, GeneratedData[string]> = { ...options.generated };
  const communicator = options.communicator ?? fakeCommunicator();
  const steps: string[] = [];
  const targets: ConnectTarget[] = [];
  const provisioned: (Communicator | undefined)[] = [];
  return withFields(fakeRun({ ...options, generated }), {
    steps,
    targets,
    provisioned,
    async step<T>(title: string, body: () => Promise<T>): Promise<T> {
      steps.push(title);
      return body();
    },
    // Nobody else builds.
    ports: { claim: () => undefined, giveBack: () => {}, untilGivenBack: async () => false },
    publish: (data: GeneratedData) => void Object.assign(generated, data),
    communicator: async () => ({ type: "none", config: {}, connects: false }),
    temporaryKey: async () => undefined,
    async connect(target: ConnectTarget) {
      targets.push(target);
      return communicator;
    },
    async provision(over: Communicator | undefined) {
      provisioned.push(over);
      await options.provision?.(over);
    },
  });
}

/** Adds fields without reading the getters of `run`. */
function withFields<R extends object, F extends object>(run: R, fields: F): R & F {
  return Object.defineProperties(run, Object.getOwnPropertyDescriptors(fields)) as R & F;
}

function fakeUi(said: Said[], answers: string[]): Ui {
  const add =
    (level: Said["level"]) =>
    (text: string): void =>
      void said.push({ level, text });
  return {
    say: add("say"),
    message: add("message"),
    error: add("error"),
    machine: (type, ...data) => add("machine")([type, ...data].join(",")),
    async ask(question) {
      add("ask")(question);
      return answers.shift();
    },
    progress: () => ({ advance() {}, end() {} }),
  };
}

function lineOf({ level, text }: Said): string {
  if (level === "say") {
    return `==> ${text}`;
  }
  if (level === "message") {
    return `    ${text}`;
  }
  if (level === "error") {
    return `!!! ${text}`;
  }
  return `${level}: ${text}`;
}

/** Knows `{{.Name}}` and ``{{build `Name`}}`` and nothing else. */
export function simpleRender(
  template: string,
  data: Readonly<Record<string, unknown>>,
  generated: GeneratedData,
): string {
  return template
    .replaceAll(/\{\{-?\s*\.(\w+)\s*-?\}\}/g, (whole, name: string) => (name in data ? String(data[name]) : whole))
    .replaceAll(/\{\{-?\s*build [`"](\w+)[`"]\s*-?\}\}/g, (whole, name: string) =>
      name in generated ? String(generated[name]) : whole,
    );
}
