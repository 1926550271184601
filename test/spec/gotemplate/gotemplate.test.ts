// Runs inputs whose results were recorded from Go 1.26's own packages: text/template, fmt, time and strconv.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { escapeHtml, escapeJs, escapeUrlQuery } from "../../../src/gotemplate/escape.ts";
import { sprintf } from "../../../src/gotemplate/format.ts";
import type { TemplateProblem } from "../../../src/gotemplate/problem.ts";
import { quote, quoteToAscii } from "../../../src/gotemplate/quote.ts";
import { parseTemplate, renderTemplate } from "../../../src/gotemplate/template.ts";
import { formatTime } from "../../../src/gotemplate/time.ts";
import { parseDuration, writeDuration } from "../../../src/sdk/duration.ts";
import { type RecordedValue, readValue, testFunctions } from "./recorded.ts";

/** `text` is Go's. Of a mistake, `go` is Go's message; `problems` are ours: code, offset and length. */
interface TemplateCase {
  readonly template: string;
  readonly data?: string | undefined;
  readonly text?: string | undefined;
  readonly problems?: readonly (readonly [string, number, number])[] | undefined;
  readonly go?: string | undefined;
}

/** Format, arguments and text. */
type FormatCase = readonly [string, readonly RecordedValue[], string];

/** Instant, layout and text. */
type TimeCase = readonly [string, string, string];

interface QuoteCase {
  readonly input: string;
  readonly quoted: string;
  readonly ascii: string;
  readonly html: string;
  readonly js: string;
  readonly url: string;
}

/** What `time.ParseDuration` said, and how Go prints the duration. */
type DurationCase = { readonly input: string } & (
  | { readonly error: string }
  | { readonly nanoseconds: string; readonly text: string }
);

function read<File>(name: string): File {
  return JSON.parse(readFileSync(new URL(name, import.meta.url), "utf8")) as File;
}

function casesOf<Case>(name: string): readonly Case[] {
  return read<{ cases: readonly Case[] }>(name).cases;
}

const { data } = read<{ data: Record<string, RecordedValue> }>("templates.json");

function run({ template, data: name }: TemplateCase): { text: string } | { problems: readonly TemplateProblem[] } {
  const parsed = parseTemplate(template, testFunctions.keys());
  if ("problems" in parsed) {
    return parsed;
  }
  const values = name === undefined ? undefined : readValue(data[name] ?? null);
  const rendered = renderTemplate(parsed.template, values, testFunctions);
  return "text" in rendered ? rendered : { problems: [rendered.problem] };
}

function outcome(one: TemplateCase): TemplateCase {
  const { text: _text, problems: _problems, go: _go, ...given } = one;
  const result = run(one);
  if ("text" in result) {
    return { ...given, text: result.text };
  }
  return {
    ...given,
    problems: result.problems.map(({ code, offset, length }) => [code.replace("gotemplate/", ""), offset, length]),
  };
}

/** The cases that come out otherwise than recorded. */
function surprises<Case>(
  cases: readonly Case[],
  actual: (one: Case) => Case,
  expected: (one: Case) => Case = (one) => one,
): unknown[] {
  assert.ok(cases.length > 0);
  return cases
    .map((one) => ({ recorded: expected(one), actual: actual(one) }))
    .filter(({ recorded, actual }) => JSON.stringify(recorded) !== JSON.stringify(actual));
}

function withoutGo({ go: _, ...one }: TemplateCase): TemplateCase {
  return one;
}

describe("spec/gotemplate", () => {
  for (const name of ["templates.json", "mutated.json"]) {
    const cases = casesOf<TemplateCase>(name);
    test(`${cases.length} templates of ${name} give what Go gives, and mistakes are found at their places`, () => {
      assert.deepEqual(surprises(cases, outcome, withoutGo), []);
    });
  }

  const formats = casesOf<FormatCase>("printf.json");
  test(`printf gives Go's text for ${formats.length} formats`, () => {
    const wrong = surprises<FormatCase>(formats, ([format, args]) => [
      format,
      args,
      sprintf(format, args.map(readValue)),
    ]);
    assert.deepEqual(wrong, []);
  });

  const layouts = casesOf<TimeCase>("times.json");
  test(`${layouts.length} times in layouts read as Go writes them`, () => {
    const wrong = surprises<TimeCase>(layouts, ([time, layout]) => [time, layout, formatTime(new Date(time), layout)]);
    assert.deepEqual(wrong, []);
  });

  const texts = casesOf<QuoteCase>("quotes.json");
  test(`${texts.length} texts are quoted and escaped as in Go`, () => {
    const quoteAll = ({ input }: QuoteCase) => ({
      ascii: quoteToAscii(input),
      html: escapeHtml(input),
      input,
      js: escapeJs(input),
    });
    const wrong = surprises(texts, (one) => ({
      ...quoteAll(one),
      quoted: quote(one.input),
      url: escapeUrlQuery(one.input),
    }));
    assert.deepEqual(wrong, []);
  });

  const durations = casesOf<DurationCase>("durations.json");
  test(`${durations.length} durations are read, printed or refused as in Go`, () => {
    for (const one of durations) {
      const parsed = parseDuration(one.input);
      if ("error" in one) {
        assert.deepEqual(parsed, { error: one.error }, one.input);
        continue;
      }
      assert.equal(parsed, Number(one.nanoseconds) / 1e6, one.input);
      // A number of milliseconds holds nanoseconds exactly for about a hundred days.
      if (Number.isSafeInteger(Number(one.nanoseconds))) {
        assert.equal(writeDuration(parsed), one.text);
      }
    }
  });
});
