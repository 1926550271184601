// JSON values that remember where they stand. Places are worked out only when one is asked for.
import type { SourceRange } from "../../diagnostic/diagnostic.ts";
import { makeRange, type TextFile } from "../../diagnostic/text-file.ts";
import type { RawEntry, RawValue } from "../raw-value.ts";

class Located {
  readonly file: TextFile;
  readonly start: number;
  readonly end: number;

  constructor(file: TextFile, start: number, end: number) {
    this.file = file;
    this.start = start;
    this.end = end;
  }

  range(): SourceRange {
    return makeRange(this.file, this.start, this.end);
  }
}

export class JsonString extends Located {
  readonly is = "string";
  readonly text: string;

  constructor(file: TextFile, start: number, end: number, text: string) {
    super(file, start, end);
    this.text = text;
  }

  rangeWithin(offset: number, length: number): SourceRange {
    return makeRange(this.file, this.#sourceOffset(offset), this.#sourceOffset(offset + length));
  }

  /** Where the character at `offset` of the text stands in the file, escapes counted as written. */
  #sourceOffset(offset: number): number {
    let at = this.start + 1;
    for (let left = offset; left > 0 && at < this.end - 1; left--) {
      if (this.file.text[at] !== "\\") {
        at++;
      } else {
        at += this.file.text[at + 1] === "u" ? 6 : 2;
      }
    }
    return at;
  }
}

export class JsonNumber extends Located {
  readonly is = "number";
  get text(): string {
    return this.file.text.slice(this.start, this.end);
  }
}

export class JsonBool extends Located {
  readonly is = "bool";
  get value(): boolean {
    return this.file.text[this.start] === "t";
  }
}

export class JsonNull extends Located {
  readonly is = "null";
}

export class JsonList extends Located {
  readonly is = "list";
  readonly items: readonly RawValue[];

  constructor(file: TextFile, start: number, end: number, items: readonly RawValue[]) {
    super(file, start, end);
    this.items = items;
  }
}

export class JsonMap extends Located {
  readonly is = "map";
  readonly entries: readonly RawEntry[];

  constructor(file: TextFile, start: number, end: number, entries: readonly RawEntry[]) {
    super(file, start, end);
    this.entries = entries;
  }
}

/** A key and its value. */
export class JsonEntry implements RawEntry {
  readonly name: JsonString;
  readonly value: RawValue;

  constructor(name: JsonString, value: RawValue) {
    this.name = name;
    this.value = value;
  }

  get key(): string {
    return this.name.text;
  }

  keyRange(): SourceRange {
    return this.name.range();
  }

  keyRangeWithin(offset: number, length: number): SourceRange {
    return this.name.rangeWithin(offset, length);
  }
}
