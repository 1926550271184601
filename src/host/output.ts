// Standard output and error as they may be: on a full disk, a terminal that was closed, a pipe that nobody reads.
import { fstatSync, writeSync } from "node:fs";
import { readMessage } from "../diagnostic/build-error.ts";
import { waitForReader } from "./blocking-output.ts";

type Stream = NodeJS.WriteStream & { readonly fd: number };

/** One of them. Writing never throws: what cannot be written is told once, and what follows is dropped. */
export class Output {
  readonly #stream: Stream;
  readonly #onBroken: (error: Error) => void;
  readonly #isFile: boolean;
  #isOver = false;

  constructor(stream: Stream, onBroken: (error: Error) => void) {
    this.#stream = stream;
    this.#onBroken = onBroken;
    this.#isFile = isFile(stream);
    stream.on("error", (error) => this.#end(error));
    waitForReader(stream);
  }

  write(text: string): void {
    if (this.#isOver) {
      return;
    }
    try {
      if (this.#isFile) {
        writeWhole(this.#stream.fd, text);
      } else {
        this.#stream.write(text);
      }
    } catch (thrown) {
      this.#end(thrown as NodeJS.ErrnoException);
    }
  }

  #end(error: NodeJS.ErrnoException): void {
    if (this.#isOver) {
      return;
    }
    this.#isOver = true;
    // As with other programs, whoever stops reading, such as `head`, has read enough.
    if (error.code !== "EPIPE") {
      this.#onBroken(error);
    }
  }
}

/** Both, and whatever else is written for the user while a program runs. */
export class Outputs {
  readonly out: Output;
  readonly err: Output;
  #isBroken = false;
  #whenBroken: () => void = () => {};

  constructor(stdout: Stream = process.stdout, stderr: Stream = process.stderr) {
    this.out = new Output(stdout, (error) => this.lost("Standard output", error));
    this.err = new Output(stderr, (error) => this.lost("Standard error", error));
  }

  /** Some of what was to be said is lost. */
  get isBroken(): boolean {
    return this.#isBroken;
  }

  /** Called once, when something is lost. */
  whenBroken(act: () => void): void {
    this.#whenBroken = act;
    if (this.#isBroken) {
      act();
    }
  }

  /** Tells that something cannot be written any more, wherever something still can. */
  lost(what: string, error: Error): void {
    if (this.#isBroken) {
      return;
    }
    this.#isBroken = true;
    const text = `${what} cannot be written any more: ${readMessage(error)}\nThe run ends here and removes what it made.\n`;
    this.err.write(text);
    if (what === "Standard error") {
      this.out.write(text);
    }
    this.#whenBroken();
  }
}

/** A disk that is almost full takes a part without a word, and refuses only the next piece. */
function writeWhole(descriptor: number, text: string): void {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; ) {
    at += writeSync(descriptor, bytes, at);
  }
}

function isFile({ fd, isTTY }: Stream): boolean {
  try {
    const facts = fstatSync(fd);
    return facts.isFile() || (facts.isCharacterDevice() && !isTTY);
  } catch {
    return false;
  }
}
