// Names and paths that are shown as they are, also when a value that is hidden in texts is part of them.
import { isWord } from "./secret-strength.ts";

interface Place {
  readonly name: string;
  /** Where the value begins in the name. */
  readonly offset: number;
}

/** Tells whether a value stands where it does because a name was written. */
export class KeptNames {
  /** True for a name; false for a part of one, which is none when it is nothing but the value. */
  readonly #names = new Map<string, boolean>();
  readonly #places = new Map<string, readonly Place[]>();

  add(name: string): void {
    if (name !== "") {
      this.#set(name, true);
    }
  }

  addPath(path: string): void {
    const parts = path.split(/[\\/]/);
    if (path === "") {
      return;
    }
    this.#set(path, true);
    let length = 0;
    for (const part of parts.slice(0, -1)) {
      length += part.length + 1;
      if (length > 1) {
        this.#set(path.slice(0, length), true);
      }
      if (length > 1) {
        this.#set(path.slice(0, length - 1), false);
      }
    }
    if (parts.length > 1) {
      this.#set(parts.at(-1) ?? "", false);
    }
  }

  /** Whether the value at this place of a text is part of a name that stands there whole. */
  hold(text: string, at: number, value: string): boolean {
    return this.#placesOf(value).some(({ name, offset }) => {
      const from = at - offset;
      return from >= 0 && text.startsWith(name, from) && isWord(text, from, from + name.length);
    });
  }

  #set(name: string, isWhole: boolean): void {
    if (name === "" || this.#names.get(name) === true || this.#names.get(name) === isWhole) {
      return;
    }
    this.#names.set(name, isWhole);
    this.#places.clear();
  }

  #placesOf(value: string): readonly Place[] {
    let places = this.#places.get(value);
    if (places === undefined) {
      places = [...this.#names].flatMap(([name, isWhole]) =>
        name === value && !isWhole ? [] : listPlaces(name, value),
      );
      this.#places.set(value, places);
    }
    return places;
  }
}

function listPlaces(name: string, value: string): Place[] {
  const places: Place[] = [];
  for (let offset = name.indexOf(value); offset >= 0; offset = name.indexOf(value, offset + 1)) {
    places.push({ name, offset });
  }
  return places;
}
