// What can be wrong with a template, and the error that carries it out of the evaluator.
import type { gotemplateCodes } from "../diagnostic/codes/gotemplate.ts";

/** A mistake in a template, with its place inside the template's text. */
export interface TemplateProblem {
  readonly code: TemplateProblemCode;
  /** What is wrong, in one sentence without a full stop. */
  readonly message: string;
  /** Where it begins, in UTF-16 units from the start of the template. */
  readonly offset: number;
  readonly length: number;
  /** What to try. */
  readonly hint?: string | undefined;
}

/** One of the codes documented in `diagnostic/codes/gotemplate.ts`. */
export type TemplateProblemCode = keyof typeof gotemplateCodes;

/** A piece of the template's text: from `start` up to but not including `end`. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Thrown by a template function that wants to say more than a sentence. The evaluator adds the place. */
export class TemplateFailure extends Error {
  readonly code: TemplateProblemCode;
  readonly hint: string | undefined;
  /** Which argument is to blame, counted from 0; the whole call when undefined. */
  readonly argument: number | undefined;

  constructor(
    message: string,
    more: {
      code?: TemplateProblemCode | undefined;
      hint?: string | undefined;
      argument?: number | undefined;
      cause?: unknown;
    } = {},
  ) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.name = "TemplateFailure";
    this.code = more.code ?? "gotemplate/function-failed";
    this.hint = more.hint;
    this.argument = more.argument;
  }
}

/** A piece of the template in quotes that do not mix with its own. */
export function quoteShort(text: string): string {
  return text.includes('"') ? `'${text}'` : `"${text}"`;
}

/** A problem at a place. */
export function problemAt(span: Span, code: TemplateProblemCode, message: string, hint?: string): TemplateProblem {
  const place = { code, message, offset: span.start, length: span.end - span.start };
  return hint === undefined ? place : { ...place, hint };
}
