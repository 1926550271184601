// A sensitive value may hold `{{ }}` itself: what is wrong there is told without the words that stand in it, and what becomes of it is hidden too.
import type { TemplateProblem } from "../../gotemplate/problem.ts";

/** The values that nobody may see. */
export interface HiddenValues {
  /** Those that stand in a text. */
  find(text: string): readonly string[];
  hide(value: string): void;
}

/** Those that a request knows, if any. */
export function readHiddenValues(request: {
  readonly findHidden?: HiddenValues["find"] | undefined;
  readonly hide: HiddenValues["hide"];
}): HiddenValues | undefined {
  const { findHidden: find, hide } = request;
  return find === undefined ? undefined : { find, hide };
}

/** A word of a secret; a single character tells nothing. */
const WORD = /[\p{L}\p{N}_]{2,}/gu;

/** The problems of a text, without what its hidden values would tell by them. */
export function concealProblems(
  problems: readonly TemplateProblem[],
  text: string,
  hidden: HiddenValues | undefined,
): readonly TemplateProblem[] {
  const values = hidden?.find(text) ?? [];
  const parts = values.filter((value) => value !== text);
  // A text that a secret was put into is one as a whole; what is beside the secret in it can be named.
  const places = findPlaces(parts.length === 0 ? values : parts, text);
  return places.length === 0
    ? problems
    : problems.map((problem) => (tells(problem, text, places) ? conceal(problem) : problem));
}

interface Place {
  readonly from: number;
  readonly to: number;
}

function findPlaces(values: readonly string[], text: string): readonly Place[] {
  return values.flatMap((value) => {
    const found: Place[] = [];
    for (let from = text.indexOf(value); from >= 0; from = text.indexOf(value, from + 1)) {
      found.push({ from, to: from + value.length });
    }
    return found;
  });
}

/** Whether a problem lies in a hidden value, or names a word of one that stands in the same action. */
function tells(
  { offset, length, message, hint = "" }: TemplateProblem,
  text: string,
  places: readonly Place[],
): boolean {
  const end = offset + length;
  if (places.some(({ from, to }) => from < end && offset < to)) {
    return true;
  }
  const first = Math.max(0, text.lastIndexOf("{{", offset));
  const closed = text.indexOf("}}", end);
  const last = closed < 0 ? text.length : closed;
  return places.some(({ from, to }) => {
    const words = text.slice(Math.max(from, first), Math.min(to, last)).match(WORD) ?? [];
    return words.some((word) => message.includes(word) || hint.includes(word));
  });
}

function conceal({ code, offset, length }: TemplateProblem): TemplateProblem {
  const hint = 'Check what stands between "{{" and "}}" in it.';
  return { code, offset, length, message: "A sensitive value cannot be rendered as a template", hint };
}
