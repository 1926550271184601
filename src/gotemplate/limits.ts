// How much one template may do: enough for anything sensible, and little enough to end soon.
import { TemplateFailure } from "./problem.ts";

/** Levels of nested actions, parentheses and template calls in a rendering. */
export const maxDepth = 400;
/** Nodes and loop rounds of one rendering, and pieces of text that its functions work on. */
export const maxSteps = 1_000_000;
/** Characters of text whose handling counts as one more step. */
export const charactersPerStep = 256;
/** Characters of a result, and of any text made on the way. */
export const maxLength = 8 * 1024 * 1024;

/** Gathers pieces of text, and fails before they become too long. */
export class BoundedText {
  readonly #pieces: string[] = [];
  #length = 0;

  add(piece: string): void {
    this.#length += piece.length;
    if (this.#length > maxLength) {
      throw new TemplateFailure(tooLong(), { code: "gotemplate/too-much" });
    }
    this.#pieces.push(piece);
  }

  toString(): string {
    return this.#pieces.join("");
  }
}

/** What is said of a text beyond `maxLength`. */
function tooLong(): string {
  return `the text would be longer than ${maxLength.toLocaleString("en")} characters`;
}
