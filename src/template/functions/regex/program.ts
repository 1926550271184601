// Turns a regular expression into steps for a machine that follows all its ways at once.
import type { CharacterTest, Place, Regex, RegexNode } from "./syntax.ts";
import { RegexError } from "./syntax.ts";

/** One step. Positions in the list of steps tell what comes after it. */
export type Step =
  | { readonly does: "match" }
  | { readonly does: "character"; readonly test: CharacterTest }
  /** Goes on in two ways, of which the first is preferred. */
  | { readonly does: "split"; first: number; second: number }
  | { readonly does: "jump"; to: number }
  | { readonly does: "save"; readonly slot: number }
  | { readonly does: "place"; readonly place: Place };

/** The steps of an expression; each one without a target goes on with the next. */
export type Program = readonly Step[];

const mostSteps = 50_000;

/** The steps of an expression. Slots 0 and 1 hold where the match begins and ends, 2n and 2n+1 those of group n. */
export function compileRegex({ root }: Regex): Program {
  const steps: Step[] = [];
  add(steps, { does: "save", slot: 0 });
  compile(root, steps);
  add(steps, { does: "save", slot: 1 });
  add(steps, { does: "match" });
  return steps;
}

function add<S extends Step>(steps: Step[], step: S): S {
  if (steps.length >= mostSteps) {
    throw new RegexError("its repetitions make it too large");
  }
  steps.push(step);
  return step;
}

function compile(node: RegexNode, steps: Step[]): void {
  switch (node.is) {
    case "empty":
      return;
    case "character":
      add(steps, { does: "character", test: node.test });
      return;
    case "place":
      add(steps, { does: "place", place: node.place });
      return;
    case "group":
      add(steps, { does: "save", slot: node.index * 2 });
      compile(node.inner, steps);
      add(steps, { does: "save", slot: node.index * 2 + 1 });
      return;
    case "sequence":
      for (const part of node.parts) {
        compile(part, steps);
      }
      return;
    case "choice":
      compileChoice(node.options, steps);
      return;
    case "repeat":
      compileRepeat(node, steps);
  }
}

function compileChoice(options: readonly RegexNode[], steps: Step[]): void {
  const ends: { to: number }[] = [];
  options.forEach((option, i) => {
    if (i === options.length - 1) {
      compile(option, steps);
      return;
    }
    const split = add(steps, { does: "split", first: steps.length + 1, second: 0 });
    compile(option, steps);
    ends.push(add(steps, { does: "jump", to: 0 }));
    split.second = steps.length;
  });
  for (const end of ends) {
    end.to = steps.length;
  }
}

function compileRepeat({ inner, min, max, greedy }: RegexNode & { is: "repeat" }, steps: Step[]): void {
  if (max === Number.POSITIVE_INFINITY) {
    for (let i = 1; i < min; i++) {
      compile(inner, steps);
    }
    if (min === 0) {
      compileStar(inner, greedy, steps);
      return;
    }
    const start = steps.length;
    compile(inner, steps);
    const split = add(steps, { does: "split", first: 0, second: 0 });
    aim(split, greedy, start, steps.length);
    return;
  }
  for (let i = 0; i < min; i++) {
    compile(inner, steps);
  }
  const splits: { first: number; second: number; start: number }[] = [];
  for (let i = min; i < max; i++) {
    const split = add(steps, { does: "split", first: 0, second: 0 });
    splits.push(Object.assign(split, { start: steps.length }));
    compile(inner, steps);
  }
  for (const split of splits) {
    aim(split, greedy, split.start, steps.length);
  }
}

/** (x+)? rather than a plain loop, so that an x that can be empty is tried once before it is given up. */
function compileStar(inner: RegexNode, greedy: boolean, steps: Step[]): void {
  const skip = add(steps, { does: "split", first: 0, second: 0 });
  const start = steps.length;
  compile(inner, steps);
  const again = add(steps, { does: "split", first: 0, second: 0 });
  aim(again, greedy, start, steps.length);
  aim(skip, greedy, start, steps.length);
}

function aim(split: { first: number; second: number }, greedy: boolean, inside: number, after: number): void {
  split.first = greedy ? inside : after;
  split.second = greedy ? after : inside;
}
