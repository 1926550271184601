// What an edge can do for single commands: a command says what it would use, an edge provides it, and their contract names neither.

/** Names something that an edge may provide. */
export interface Service<T> {
  readonly name: string;
  /** Never there; ties the name to the type. */
  readonly provides?: T | undefined;
}

export function defineService<T>(name: string): Service<T> {
  return Object.freeze({ name });
}

/** All that an edge provides. */
export class Services {
  readonly #provided = new Map<Service<unknown>, unknown>();

  provide<T>(service: Service<T>, value: T): this {
    this.#provided.set(service, value);
    return this;
  }

  /** `undefined` when the edge has no such thing. */
  find<T>(service: Service<T>): T | undefined {
    return this.#provided.get(service) as T | undefined;
  }
}
