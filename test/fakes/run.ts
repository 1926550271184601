// What a component gets while running, for tests of one component: everything said and acquired is there to look at.
import { mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import { execute } from "../../src/core/execute.ts";
import { removalOf } from "../../src/core/removal.ts";
import { retry } from "../../src/core/retry.ts";
import { objectValue, type Value } from "../../src/cty/value.ts";
import type { GeneratedData } from "../../src/sdk/artifact.ts";
import type { BuildRun } from "../../src/sdk/builder.ts";
import type { Communicator, ConnectTarget } from "../../src/sdk/communicator.ts";
import type { Component } from "../../src/sdk/component.ts";
import type { ProvisionRun } from "../../src/sdk/provisioner.ts";
import type { BuildIdentity, Json, Resource, Run, RunSettings, Ui } from "../../src/sdk/run.ts";
import { type FakeCommunicator, fakeCommunicator } from "./communicator.ts";
import { type FakeHost, fakeHost } from "./host.ts";

/** One thing that was said. */
export interface Said {
  readonly level: "say" | "message" | "error" | "machine" | "ask";
  readonly text: string;
}

export interface FakeRunOptions {
  /** The component under test: its `removes` clean up what it acquired. */
  readonly component?: Component;
  readonly build?: Partial<BuildIdentity>;
  readonly settings?: Partial<RunSettings>;
  readonly host?: FakeHost;
  readonly signal?: AbortSignal;
  readonly generated?: GeneratedData;
  readonly rawConfig?: Value;
  readonly runUuid?: string;
  /** Answers to `ui.ask`, in order; after them nobody answers. */
  readonly answers?: readonly string[];
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

export type FakeRun = Omit<Run, "host"> & FakeRunRecord;
export type FakeProvisionRun = FakeRun & Omit<ProvisionRun, "host" | "communicator"> & { readonly communicator: FakeCommunicator };

export function fakeRun(options: FakeRunOptions = {}): FakeRun {
  const host = options.host ?? fakeHost();
  const signal = options.signal ?? new AbortController().signal;
  const said: Said[] = [];
  const hidden: string[] = [];
  const open: { resource: Resource }[] = [];
  const kept: Resource[] = [];
  const generated = options.generated ?? {};
  const ui = fakeUi(said, [...(options.answers ?? [])]);
  const render = options.render ?? ((template, data) => simpleRender(template, { ...generated, ...data }, generated));

  const take = (made: Json): Resource | undefined => {
    const at = open.findLastIndex(({ resource }) => same(resource.made, made));
    return at < 0 ? undefined : open.splice(at, 1)[0]?.resource;
  };
  const discard = async (resource: Resource): Promise<void> => {
    const removal = removalOf(options.component?.removes, resource.kind);
    if (removal === undefined) throw new Error(`The component has no removal for "${resource.kind}": give it to fakeRun as component`);
    await removal(resource, { host, ui, signal: new AbortController().signal });
  };
  const acquire: Run["acquire"] = async (intent, create) => {
    const entry: { resource: Resource } = { resource: intent };
    open.push(entry);
    try {
      const made = await create();
      entry.resource = { ...intent, made };
      return made;
    } catch (thrown) {
      open.splice(open.indexOf(entry), 1);
      await discard(entry.resource);
      throw thrown;
    }
  };

  return {
    build: { name: "test", builderType: "null", ...options.build },
    settings: { force: false, debug: false, onError: "cleanup", packerVersion: "1.11.2", ...options.settings },
    runUuid: options.runUuid ?? "11111111-2222-4333-8444-555555555555",
    ui,
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
    async remove(made) {
      const resource = take(made);
      if (resource !== undefined) await discard(resource);
    },
    keep(made) {
      const resource = take(made);
      if (resource !== undefined) kept.push(resource);
    },
    temporaryFolder: (prefix) => {
      const intent = { kind: "temporary-folder", title: "temporary folder", data: { prefix } };
      return acquire(intent, () => mkdtemp(join(host.tempDir, prefix)));
    },
    hide: (secret) => void hidden.push(secret),
    execute: (communicator, command, io) => execute(communicator, command, ui, signal, io),
    retry: (timeout, body) => retry(host.clock, signal, timeout, body),
    async finish() {
      for (let last = open.pop(); last !== undefined; last = open.pop()) await discard(last.resource);
    },
  };
}

/** For tests of provisioners: a run with a connection to a machine in memory. */
export function fakeProvisionRun(options: FakeRunOptions & { readonly communicator?: FakeCommunicator } = {}): FakeProvisionRun {
  const communicator = options.communicator ?? fakeCommunicator();
  return withFields(fakeRun({ ...options, generated: { ...communicator.generated, ...options.generated } }), { communicator });
}

export type FakeBuildRun = FakeRun &
  Omit<BuildRun, "host"> & {
    /** Titles of the steps that were begun. */
    readonly steps: string[];
    readonly targets: ConnectTarget[];
    /** How often the template's provisioners were run, and over what. */
    readonly provisioned: (Communicator | undefined)[];
  };

/** For tests of builders: connections go to a machine in memory, provisioning is the test's. */
export function fakeBuildRun(
  options: FakeRunOptions & {
    readonly communicator?: FakeCommunicator;
    readonly provision?: (communicator: Communicator | undefined) => Promise<void>;
  } = {},
): FakeBuildRun {
  const generated: Record<string, string | number | boolean> = { ...options.generated };
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
    publish: (data: GeneratedData) => void Object.assign(generated, data),
    communicator: async () => ({ type: "none", config: {} }),
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
  if (level === "say") return `==> ${text}`;
  if (level === "message") return `    ${text}`;
  if (level === "error") return `!!! ${text}`;
  return `${level}: ${text}`;
}

/** Knows `{{.Name}}` and ``{{build `Name`}}`` and nothing else. */
export function simpleRender(template: string, data: Readonly<Record<string, unknown>>, generated: GeneratedData): string {
  return template
    .replaceAll(/\{\{-?\s*\.(\w+)\s*-?\}\}/g, (whole, name: string) => (name in data ? String(data[name]) : whole))
    .replaceAll(/\{\{-?\s*build [`"](\w+)[`"]\s*-?\}\}/g, (whole, name: string) => (name in generated ? String(generated[name]) : whole));
}

function same(a: Json | undefined, b: Json): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
