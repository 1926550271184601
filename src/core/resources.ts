// What was made and must not be left behind, in the order in which it was made.
import { failure, readMessage } from "../diagnostic/build-error.ts";
import type { Host } from "../host/host.ts";
import type { Component } from "../sdk/component.ts";
import { NothingMade } from "../sdk/resource.ts";
import type { AnyResource, HandleOf, MeansOf, Run, Ui, WantedOf } from "../sdk/run.ts";
import { asCancellation } from "./cancel.ts";
import type { Emitter } from "./emitter.ts";
import type { Journal, JournalEntry } from "./journal.ts";
import type { Resource } from "./journal-record.ts";
import { closeOlderRecords, refuseTakenPlace } from "./place.ts";
import { removeResource } from "./removal.ts";
import { findKind } from "./temporary-folder.ts";

/** What a lifetime needs to know of the build it belongs to. */
export interface LifetimeContext {
  readonly build: string;
  readonly host: Host;
  readonly journal: Journal;
  readonly emitter: Emitter;
  readonly removalLimit: number | undefined;
  /** Told of everything that could not be removed. */
  leftBehind(title: string, reason: string): void;
}

interface Held {
  readonly kind: AnyResource;
  readonly entry: JournalEntry;
  readonly ui: Ui;
  readonly step: string | undefined;
  resource: Resource;
  /** As `create` gave it: how the component names it. */
  handle?: unknown;
}

/** Who makes something, and during which step. */
export interface Maker {
  readonly owner: Component;
  readonly run: Run;
  readonly step: string | undefined;
}

/** Something to end that no later process could: a connection. */
interface Deferred {
  readonly step: string | undefined;
  end(): Promise<void>;
}

/** The things whose time ends together. */
export class Lifetime {
  readonly #context: LifetimeContext;
  #held: (Held | Deferred)[] = [];
  #over = false;

  constructor(context: LifetimeContext) {
    this.#context = context;
  }

  /** Records, creates, records what it gave. When creating fails, what there may be of it is removed at once. */
  async acquire<K extends AnyResource>(
    maker: Maker,
    kind: K,
    wanted: WantedOf<K>,
    means: MeansOf<K>,
  ): Promise<HandleOf<K>> {
    const { owner, run, step } = maker;
    if (this.#over || run.signal.aborted) {
      throw asCancellation(run.signal);
    }
    if (findKind(owner.resources, kind.kind) !== kind) {
      throw new Error(`${owner.kind} "${owner.type}" acquires "${kind.kind}" but does not list it among its resources`);
    }
    const { build, host, journal } = this.#context;
    const resource = { kind: kind.kind, title: kind.title, wanted };
    const place = kind.place?.(wanted) ?? null;
    const from = { kind: owner.kind, type: owner.type, origin: { is: "native" as const } };
    const entry = await journal.intend({ build, owner: from, resource, place });
    const held: Held = { kind, entry, ui: run.ui, step, resource };
    this.#held.push(held);
    const created = await this.#create(held, place, () => kind.create(wanted, run, ...means));
    held.handle = created.handle;
    held.resource = { ...resource, made: created.made };
    await entry.made(created.made);
    if (place !== null) {
      await closeOlderRecords(host, journal, place);
    }
    this.#tell("resource-acquired", resource);
    // Nobody is left who would remove it later.
    if (this.#over) {
      await this.#dispose(held);
    }
    return created.handle as HandleOf<K>;
  }

  /** What there may be of something that could not be made is removed at once. */
  async #create<T>(held: Held, place: string | null, create: () => Promise<T>): Promise<T> {
    const { host, journal } = this.#context;
    try {
      if (place !== null) {
        await refuseTakenPlace(host, journal, held.entry, place).catch((thrown: unknown) => {
          throw new NothingMade(thrown);
        });
      }
      return await create();
    } catch (thrown) {
      if (!(thrown instanceof NothingMade)) {
        await this.#dispose(held);
        throw thrown;
      }
      this.#held = this.#held.filter((each) => each !== held);
      await held.entry.removed().catch((error: unknown) => this.#log(readMessage(error)));
      throw thrown.cause;
    }
  }

  /** Removes one thing now; throws when it could not be removed, and tries again at the end. */
  async remove(handle: unknown): Promise<void> {
    const held = this.#find(handle);
    if (held === undefined) {
      return;
    }
    const error = await this.#dispose(held, false);
    if (error === undefined) {
      return;
    }
    throw failure("environment", "run/left-behind", `Could not remove the ${held.resource.title}`, {
      detail: readMessage(error),
      cause: error,
    });
  }

  /** Leaves one thing in place for good. */
  keep(handle: unknown): void {
    const held = this.#find(handle);
    if (held === undefined) {
      return;
    }
    this.#held = this.#held.filter((each) => each !== held);
    held.entry.kept("artifact").catch((thrown: unknown) => this.#log(readMessage(thrown)));
  }

  /** Ends something with this lifetime that is no resource. */
  defer(step: string | undefined, end: () => Promise<void>): void {
    this.#held.push({ step, end });
  }

  /** A point in time for `removeAll`. */
  mark(): number {
    return this.#held.length;
  }

  get hasResources(): boolean {
    return this.#held.some((each) => "entry" in each);
  }

  /** Removes everything made since `mark`, the newest first. One that fails stops nothing; all failures are told. */
  async removeAll(
    options: { readonly since?: number | undefined; before?(step: string | undefined): Promise<void> } = {},
  ): Promise<void> {
    const { since = 0, before } = options;
    const asked = new Set<string | undefined>();
    for (const each of this.#held.slice(since).reverse()) {
      if (before !== undefined && !asked.has(each.step)) {
        asked.add(each.step);
        await before(each.step);
      }
      if ("end" in each) {
        await this.#endDeferred(each);
      } else {
        await this.#dispose(each);
      }
    }
  }

  /** Ends this lifetime: removes everything, and whatever someone still makes in the background. */
  async end(before?: (step: string | undefined) => Promise<void>): Promise<void> {
    this.#over = true;
    await this.removeAll(before === undefined ? {} : { before });
  }

  /** Leaves everything in place for a look; connections are closed all the same. Gives what stays in words, the newest first. */
  async abandon(): Promise<string[]> {
    this.#over = true;
    const stay: string[] = [];
    for (const each of [...this.#held].reverse()) {
      if ("end" in each) {
        await this.#endDeferred(each);
        continue;
      }
      const { wanted, made, title } = each.resource;
      stay.push(`${title} ${each.kind.describe?.({ wanted, made }) ?? ""}`.trim());
      await each.entry.kept("abandoned").catch((thrown: unknown) => this.#log(readMessage(thrown)));
    }
    this.#held = [];
    return stay;
  }

  #find(handle: unknown): Held | undefined {
    return this.#held.findLast((each): each is Held => "entry" in each && "handle" in each && each.handle === handle);
  }

  /** Gives the error when it could not be removed; then it stays on the list. */
  async #dispose(held: Held, last = true): Promise<unknown> {
    const { resource, ui } = held;
    try {
      await removeResource(held.kind, resource, { host: this.#context.host, ui }, this.#context.removalLimit);
    } catch (thrown) {
      this.#tell("resource-removed", resource, readMessage(thrown));
      if (last) {
        this.#context.leftBehind(resource.title, readMessage(thrown));
      }
      return thrown ?? new Error("unknown");
    }
    this.#held = this.#held.filter((each) => each !== held);
    this.#tell("resource-removed", resource);
    await held.entry.removed().catch((thrown: unknown) => this.#log(readMessage(thrown)));
    return undefined;
  }

  async #endDeferred(deferred: Deferred): Promise<void> {
    this.#held = this.#held.filter((each) => each !== deferred);
    await deferred.end().catch((thrown: unknown) => this.#log(readMessage(thrown)));
  }

  #tell(
    type: "resource-acquired" | "resource-removed",
    { kind, title }: Pick<Resource, "kind" | "title">,
    error?: string,
  ): void {
    this.#context.emitter.emit({
      type,
      build: this.#context.build,
      kind,
      title,
      error,
    });
  }

  #log(text: string): void {
    this.#context.emitter.emit({ type: "log", text, speaker: { build: this.#context.build } });
  }
}
