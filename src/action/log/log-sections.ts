// The log as sections that never interleave: the oldest one streams, the others wait their turn.
import type { RunnerOutput } from "./runner-output.ts";
import { Spool, type SpoolPlace } from "./spool.ts";

/** A part of the log that belongs together. */
export interface Section {
  /** Appends text that ends with a line end. */
  add(text: string): void;
  /** No more will come. */
  close(): void;
}

interface Waiting {
  readonly title: string | undefined;
  /** Whose lines they are. */
  readonly owner: string | undefined;
  /** Lines that wait for their turn. */
  lines: number;
  readonly spool: Spool;
  closed: boolean;
}

export interface LogSectionsOptions {
  readonly output: RunnerOutput;
  readonly place: SpoolPlace;
}

/** Sections in the order in which they were opened, one after another. */
export class LogSections {
  readonly #options: LogSectionsOptions;
  #queue: Waiting[] = [];
  #shown = 0;
  /** How often the heading of the streaming section was printed, and whether its group is open now. */
  #headings = 0;
  #isOpen = false;

  constructor(options: LogSectionsOptions) {
    this.#options = options;
  }

  /** Opens a section; one without a title is not a collapsible group. */
  open(title: string | undefined, owner?: string): Section {
    const section: Waiting = { title, owner, lines: 0, spool: new Spool(this.#options.place), closed: false };
    this.#queue.push(section);
    return {
      // What waits may wait in a file, which is no place for secrets either.
      add: (text) => (this.#queue[0] === section ? this.#stream(section, text) : this.#keep(section, text)),
      close: () => {
        section.closed = true;
        this.#advance();
      },
    };
  }

  /** For lines that cannot wait and belong to nobody's group: it is closed for them and goes on afterwards. */
  interject(): RunnerOutput {
    this.#shown++;
    this.#closeGroup();
    return this.#options.output;
  }

  /** Ends everything: what waits is printed in order. */
  drain(): void {
    for (const section of this.#queue) {
      section.closed = true;
    }
    this.#advance();
  }

  /** Title of the section that streams. */
  get streaming(): string | undefined {
    return this.#queue[0]?.title;
  }

  /** Grows with everything that is printed; what waits does not count. */
  get shown(): number {
    return this.#shown;
  }

  /** How many lines of somebody wait for their turn. */
  waiting(owner: string): number {
    return this.#queue
      .slice(1)
      .filter((section) => section.owner === owner)
      .reduce((sum, { lines }) => sum + lines, 0);
  }

  #keep(section: Waiting, text: string): void {
    section.lines += text.split("\n").length - 1;
    section.spool.add(this.#options.output.hide(text));
  }

  #stream({ title }: Waiting, text: string): void {
    this.#shown++;
    if (title !== undefined && !this.#isOpen) {
      const suffix = this.#headings > 0 ? " (continued)" : "";
      this.#options.output.group(title + suffix);
      this.#isOpen = true;
      this.#headings++;
    }
    this.#options.output.text(text);
  }

  #closeGroup(): void {
    if (this.#isOpen) {
      this.#options.output.endGroup();
    }
    this.#isOpen = false;
  }

  #advance(): void {
    while (this.#queue[0]?.closed === true) {
      this.#closeGroup();
      this.#headings = 0;
      this.#queue.shift();
      const next = this.#queue[0];
      next?.spool.drain((text) => this.#stream(next, text));
    }
  }
}
