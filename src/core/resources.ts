// What was made and must not be left behind, in the order in which it was made.
import { failure, messageOf } from "../diagnostic/build-error.ts";
import type { Host } from "../host/host.ts";
import type { Component } from "../sdk/component.ts";
import type { Json, Removal, Resource, ResourceIntent, Ui } from "../sdk/run.ts";
import { cancellation } from "./cancel.ts";
import { identified } from "./core-removals.ts";
import type { Emitter } from "./emitter.ts";
import type { Journal, JournalEntry } from "./journal.ts";
import { removalOf, removeResource } from "./removal.ts";

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
  readonly owner: Component;
  readonly removal: Removal;
  readonly entry: JournalEntry;
  readonly ui: Ui;
  readonly step: string | undefined;
  resource: Resource;
  /** As `create` gave it: how the component names it. */
  made?: Json;
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
  async acquire<T extends Json>(
    maker: { readonly owner: Component; readonly ui: Ui; readonly signal: AbortSignal; readonly step?: string | undefined },
    intent: ResourceIntent,
    create: () => Promise<T>,
  ): Promise<T> {
    const { owner, ui, signal, step } = maker;
    if (this.#over || signal.aborted) throw cancellation(signal);
    const removal = removalOf(owner.removes, intent.kind);
    if (removal === undefined) throw new Error(`${owner.kind} "${owner.type}" acquires "${intent.kind}" but does not say how to remove it`);
    const entry = await this.#context.journal.intend(this.#context.build, owner, intent);
    const held: Held = { owner, removal, entry, ui, step, resource: intent };
    this.#held.push(held);
    let made: T;
    try {
      made = await create();
    } catch (thrown) {
      await this.#dispose(held);
      throw thrown;
    }
    held.made = made;
    held.resource = { ...intent, made: await identified(intent.kind, made, this.#context.host.processTable) };
    await entry.made(held.resource.made ?? null);
    this.#tell("resource-acquired", intent);
    // Nobody is left who would remove it later.
    if (this.#over) await this.#dispose(held);
    return made;
  }

  /** Removes one thing now; throws when it could not be removed, and tries again at the end. */
  async remove(made: Json): Promise<void> {
    const held = this.#find(made);
    if (held === undefined) return;
    const error = await this.#dispose(held, false);
    if (error === undefined) return;
    throw failure("environment", "run/left-behind", `Could not remove the ${held.resource.title}`, {
      detail: messageOf(error),
      cause: error,
    });
  }

  /** Leaves one thing in place for good. */
  keep(made: Json): void {
    const held = this.#find(made);
    if (held === undefined) return;
    this.#held = this.#held.filter((each) => each !== held);
    held.entry.kept("artifact").catch((thrown: unknown) => this.#log(messageOf(thrown)));
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
  async removeAll(options: { readonly since?: number; before?(step: string | undefined): Promise<void> } = {}): Promise<void> {
    const { since = 0, before } = options;
    const asked = new Set<string | undefined>();
    for (const each of this.#held.slice(since).reverse()) {
      if (before !== undefined && !asked.has(each.step)) {
        asked.add(each.step);
        await before(each.step);
      }
      if ("end" in each) await this.#endDeferred(each);
      else await this.#dispose(each);
    }
  }

  /** Ends this lifetime: removes everything, and whatever someone still makes in the background. */
  async end(before?: (step: string | undefined) => Promise<void>): Promise<void> {
    this.#over = true;
    await this.removeAll(before === undefined ? {} : { before });
  }

  /** Leaves everything in place for a look; connections are closed all the same. Gives what stays, the newest first. */
  async abandon(): Promise<Resource[]> {
    this.#over = true;
    const stay: Resource[] = [];
    for (const each of [...this.#held].reverse()) {
      if ("end" in each) {
        await this.#endDeferred(each);
        continue;
      }
      stay.push(each.resource);
      await each.entry.kept("abandoned").catch((thrown: unknown) => this.#log(messageOf(thrown)));
    }
    this.#held = [];
    return stay;
  }

  #find(made: Json): Held | undefined {
    const text = JSON.stringify(made);
    return this.#held.findLast((each): each is Held => "entry" in each && each.made !== undefined && JSON.stringify(each.made) === text);
  }

  /** Gives the error when it could not be removed; then it stays on the list. */
  async #dispose(held: Held, last = true): Promise<unknown> {
    const { resource, ui } = held;
    try {
      await removeResource(held.removal, resource, { host: this.#context.host, ui }, this.#context.removalLimit);
    } catch (thrown) {
      this.#tell("resource-removed", resource, messageOf(thrown));
      if (last) this.#context.leftBehind(resource.title, messageOf(thrown));
      return thrown ?? new Error("unknown");
    }
    this.#held = this.#held.filter((each) => each !== held);
    this.#tell("resource-removed", resource);
    await held.entry.removed().catch((thrown: unknown) => this.#log(messageOf(thrown)));
    return undefined;
  }

  async #endDeferred(deferred: Deferred): Promise<void> {
    this.#held = this.#held.filter((each) => each !== deferred);
    await deferred.end().catch((thrown: unknown) => this.#log(messageOf(thrown)));
  }

  #tell(type: "resource-acquired" | "resource-removed", { kind, title }: ResourceIntent, error?: string): void {
    this.#context.emitter.emit({ type, build: this.#context.build, kind, title, ...(error === undefined ? {} : { error }) });
  }

  #log(text: string): void {
    this.#context.emitter.emit({ type: "log", text, speaker: { build: this.#context.build } });
  }
}
